#include "lowbit/Analysis/ContractionPatches.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace mlir::lowbit;

int64_t StridedLoops::getOffset(int64_t index) const {
  int64_t offset = 0;
  for (auto [size, stride] : llvm::reverse(llvm::zip_equal(sizes, strides))) {
    offset += index % size * stride;
    index /= size;
  }
  return offset;
}

/// How far each loop steps through a tensor of `shape` that is indexed by `map`; nothing where a step is not constant.
static std::optional<SmallVector<int64_t>> getLoopStrides(AffineMap map, ArrayRef<int64_t> shape) {
  const SmallVector<int64_t> tensorStrides = computeStrides(shape);
  SmallVector<int64_t> strides(map.getNumDims(), 0);
  for (auto [result, tensorStride] : llvm::zip_equal(map.getResults(), tensorStrides)) {
    SmallVector<AffineExpr> worklist = {result};
    while (!worklist.empty()) {
      AffineExpr expr = worklist.pop_back_val();
      int64_t factor = 1;
      if (auto binary = dyn_cast<AffineBinaryOpExpr>(expr)) {
        if (binary.getKind() == AffineExprKind::Add) {
          worklist.append({binary.getLHS(), binary.getRHS()});
          continue;
        }
        auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
        if (binary.getKind() != AffineExprKind::Mul || !constant)
          return std::nullopt;
        expr = binary.getLHS();
        factor = constant.getValue();
      }
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (!dim)
        return std::nullopt;
      strides[dim.getPosition()] += factor * tensorStride;
    }
  }
  return strides;
}

std::optional<ContractionPatches> ContractionPatches::get(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || op->getNumResults() != 1 ||
      op.getNumReductionLoops() == 0 || op.hasDynamicShape())
    return std::nullopt;
  auto shapeOf = [&](unsigned operand) {
    auto type = dyn_cast<RankedTensorType>(op->getOperand(operand).getType());
    return type ? std::optional(type.getShape()) : std::nullopt;
  };
  auto inputShape = shapeOf(0), weightShape = shapeOf(1);
  if (!inputShape || !weightShape)
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  auto inputStrides = getLoopStrides(maps[0], *inputShape), weightStrides = getLoopStrides(maps[1], *weightShape);
  if (!inputStrides || !weightStrides)
    return std::nullopt;

  ContractionPatches patches;
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  for (auto [loop, size, iterator] : llvm::enumerate(sizes, op.getIteratorTypesArray())) {
    auto add = [&, size = size](StridedLoops &loops, int64_t stride) {
      loops.sizes.push_back(size);
      loops.strides.push_back(stride);
    };
    const bool readsInput = maps[0].isFunctionOfDim(loop), readsWeights = maps[1].isFunctionOfDim(loop);
    if (iterator == utils::IteratorType::reduction) {
      if (!readsInput || !readsWeights)
        return std::nullopt;
      add(patches.elements, (*inputStrides)[loop]);
      add(patches.weights, (*weightStrides)[loop]);
    } else if (readsInput && readsWeights) {
      return std::nullopt;
    } else if (readsWeights) {
      add(patches.channels, (*weightStrides)[loop]);
    } else {
      add(patches.positions, (*inputStrides)[loop]);
    }
  }
  return patches;
}
