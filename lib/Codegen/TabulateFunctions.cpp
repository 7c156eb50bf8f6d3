#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Reference/ElementwiseFunction.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <numeric>

namespace mlir::lowbit {
#define GEN_PASS_DEF_TABULATEFUNCTIONS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// True for a function of a byte that gives a byte and computes with floats: it has more ops than a look-up.
static bool isWorthATable(linalg::GenericOp op) {
  auto isByte = [](Value value) { return getElementTypeOrSelf(value.getType()).isInteger(8); };
  if (!op->hasAttrOfType<TileAttr>(kTileAttrName) || !reference::isElementwiseFunction(op) ||
      !isByte(op.getInputs().front()) || !isByte(op.getResult(0)))
    return false;
  return llvm::any_of(op.getBlock()->without_terminator(), [](Operation &inner) {
    return llvm::any_of(inner.getResultTypes(), [](Type type) { return isa<FloatType>(type); });
  });
}

static LogicalResult tabulate(OpBuilder &builder, linalg::GenericOp op, const TableInstruction &instruction) {
  constexpr int64_t kBytes = 256;
  reference::Tensor bytes({kBytes}, reference::ElementKind::I8);
  // An entry for each byte as an unsigned number, which is the index.
  std::iota(bytes.get<uint8_t>().begin(), bytes.get<uint8_t>().end(), 0);
  FailureOr<reference::Tensor> entries = reference::applyElementwiseFunction(op, bytes);
  if (failed(entries))
    return failure();
  builder.setInsertionPoint(op);
  Location loc = op.getLoc();
  auto type = RankedTensorType::get({kBytes}, builder.getI8Type());
  Value table = createConstant<int8_t>(builder, loc, type, entries->get<int8_t>(), "table");
  Block &body = *op.getBlock();
  builder.setInsertionPoint(body.getTerminator());
  Value index = arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), body.getArgument(0));
  body.getTerminator()->setOperand(0, tensor::ExtractOp::create(builder, loc, table, index));
  for (Operation &inner : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&inner))
      inner.erase();
  auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
  op->setAttr(kTileAttrName, TileAttr::get(op.getContext(), tile.getRows(), tile.getVectors(),
                                           builder.getStringAttr(instruction.name)));
  return success();
}

namespace {
struct TabulateFunctions : lowbit::impl::TabulateFunctionsBase<TabulateFunctions> {
  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    const TableInstruction *instruction = target->getTableInstruction();
    if (!instruction || !instruction->isFast)
      return;
    OpBuilder builder(&getContext());
    WalkResult result = getOperation().walk([&](linalg::GenericOp op) {
      return WalkResult(isWorthATable(op) ? tabulate(builder, op, *instruction) : success());
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
