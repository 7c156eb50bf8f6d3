#include "lowbit/Reference/ElementwiseFunction.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

/// The constants from outside the body that it reads; nothing where it reads anything else from there.
static std::optional<SetVector<Operation *>> getCapturedConstants(Block &body) {
  SetVector<Operation *> constants;
  for (Operation &inner : body)
    for (Value operand : inner.getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (operand.getParentBlock() == &body)
        continue;
      if (!producer || !matchPattern(producer, m_Constant()))
        return std::nullopt;
      constants.insert(producer);
    }
  return constants;
}

bool reference::isElementwiseFunction(linalg::LinalgOp op) {
  return op.hasPureTensorSemantics() && op.getNumDpsInputs() == 1 && op.getNumDpsInits() == 1 &&
         op->getNumResults() == 1 && op.getNumParallelLoops() == op.getNumLoops() && op.getBlock() &&
         !op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isIdentity(); }) &&
         isScalarProgram(*op.getBlock()) && getCapturedConstants(*op.getBlock());
}

/// A function of a vector of `size` elements that computes what `op` computes, in a module of its own.
static OwningOpRef<ModuleOp> createProgram(linalg::LinalgOp op, int64_t size) {
  Location loc = op.getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder(module->getBodyRegion());
  auto getType = [&](Value value) { return RankedTensorType::get({size}, getElementTypeOrSelf(value.getType())); };
  auto inputType = getType(op.getDpsInputs()[0]), type = getType(op->getResult(0));
  auto function = func::FuncOp::create(builder, loc, "function", builder.getFunctionType(inputType, type));
  builder.setInsertionPointToStart(function.addEntryBlock());
  IRMapping mapping;
  const std::optional<SetVector<Operation *>> constants = getCapturedConstants(*op.getBlock());
  for (Operation *constant : *constants)
    builder.clone(*constant, mapping);
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  const SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(1));
  auto generic =
      linalg::GenericOp::create(builder, loc, type, function.getArgument(0), init, maps, utils::IteratorType::parallel,
                                [&](OpBuilder &builder, Location loc, ValueRange args) {
                                  mapping.map(op.getBlock()->getArguments(), args);
                                  for (Operation &inner : op.getBlock()->without_terminator())
                                    builder.clone(inner, mapping);
                                  Value yielded =
                                      mapping.lookupOrDefault(op.getBlock()->getTerminator()->getOperand(0));
                                  linalg::YieldOp::create(builder, loc, yielded);
                                });
  func::ReturnOp::create(builder, loc, generic.getResults());
  return module;
}

FailureOr<Tensor> reference::applyElementwiseFunction(linalg::LinalgOp op, const Tensor &elements) {
  OwningOpRef<ModuleOp> module = createProgram(op, elements.getNumElements());
  FailureOr<SmallVector<Tensor>> results = interpret(*module->getOps<func::FuncOp>().begin(), elements);
  if (failed(results))
    return failure();
  return results->front();
}
