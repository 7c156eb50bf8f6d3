#include "FunctionTable.h"
#include "Models.h"
#include "lowbit/Reference/Arithmetic.h"
#include "lowbit/Reference/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

/// 8 bits of storage have as many codes.
static constexpr int64_t kCodes = 256;

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

bool lowbit::isFunction(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 ||
      op->getNumResults() != 1 || op.getNumParallelLoops() != op.getNumLoops() || !op.getBlock() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return false;
  auto isF32 = [](Value value) { return getElementTypeOrSelf(value.getType()).isF32(); };
  return isF32(op.getDpsInputs()[0]) && isF32(op->getResult(0)) &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isIdentity(); }) &&
         reference::isScalarProgram(*op.getBlock()) && getCapturedConstants(*op.getBlock());
}

/// A function of a vector of f32 that computes what `op`, which `isFunction`, computes, in a module of its own.
static OwningOpRef<ModuleOp> createProgram(linalg::LinalgOp op) {
  Location loc = op.getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder(module->getBodyRegion());
  auto type = RankedTensorType::get({kCodes}, builder.getF32Type());
  auto function = func::FuncOp::create(builder, loc, "table", builder.getFunctionType(type, type));
  builder.setInsertionPointToStart(function.addEntryBlock());
  IRMapping mapping;
  const std::optional<SetVector<Operation *>> constants = getCapturedConstants(*op.getBlock());
  for (Operation *constant : *constants)
    builder.clone(*constant, mapping);
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  const SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(1));
  auto generic = linalg::GenericOp::create(
      builder, loc, type, function.getArgument(0), init, maps, utils::IteratorType::parallel,
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        mapping.map(op.getBlock()->getArguments(), args);
        for (Operation &inner : op.getBlock()->without_terminator())
          builder.clone(inner, mapping);
        Value yielded = mapping.lookupOrDefault(op.getBlock()->getTerminator()->getOperand(0));
        linalg::YieldOp::create(builder, loc, yielded);
      });
  func::ReturnOp::create(builder, loc, generic.getResults());
  return module;
}

FailureOr<SmallVector<int8_t>> lowbit::tabulate(linalg::LinalgOp op, quant::UniformQuantizedType from,
                                                quant::UniformQuantizedType to) {
  OwningOpRef<ModuleOp> module = createProgram(op);
  reference::Tensor codes({kCodes}, reference::ElementKind::F32);
  const int64_t smallest = from.isSigned() ? -kCodes / 2 : 0;
  for (auto [index, value] : llvm::enumerate(codes.get<float>()))
    value = reference::dequantize(smallest + static_cast<int64_t>(index), static_cast<float>(from.getScale()),
                                  from.getZeroPoint());
  auto results = reference::interpret(*module->getOps<func::FuncOp>().begin(), codes);
  if (failed(results))
    return failure();
  SmallVector<int8_t> table;
  for (float value : results->front().get<float>())
    table.push_back(static_cast<int8_t>(quantizeScalar(value, to)));
  return table;
}
