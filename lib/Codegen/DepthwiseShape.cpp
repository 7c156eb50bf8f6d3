#include "DepthwiseShape.h"
#include "TileKernel.h"
#include "lowbit/Dialect/LowbitDialect.h"

using namespace mlir;
using namespace mlir::lowbit;

std::optional<DepthwiseShape> DepthwiseShape::get(linalg::LinalgOp op) {
  auto conv = dyn_cast<linalg::DepthwiseConv2DNhwcHwcOp>(op.getOperation());
  auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
  FailureOr<Target> target = Target::get(op->getParentOfType<ModuleOp>());
  if (!conv || !tile || !tile.getInstruction() || failed(target))
    return std::nullopt;
  const DotInstruction *instruction = target->getDotInstruction(tile.getInstruction());
  auto weights = getConstantValues<int8_t>(op->getOperand(1));
  auto window = cast<ShapedType>(op->getOperand(1).getType());
  constexpr int64_t kMostElements = 64;
  if (!instruction || !weights || !canMultiplyElementwise(*instruction) ||
      window.getDimSize(0) * window.getDimSize(1) > kMostElements)
    return std::nullopt;
  return DepthwiseShape{instruction,
                        window.getDimSize(2),
                        window.getDimSize(0),
                        window.getDimSize(1),
                        llvm::to_vector<2>(conv.getStrides().getValues<int64_t>()),
                        llvm::to_vector<2>(conv.getDilations().getValues<int64_t>()),
                        std::move(*weights)};
}
