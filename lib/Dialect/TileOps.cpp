#include "lowbit/Dialect/LowbitDialect.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Dimensions behind the panels and the steps of weights: blocks, groups, vectors, bytes.
static constexpr int64_t kInnerRank = 4;

/// In that order, whether the weights are contiguous or not.
static SmallVector<int64_t> getInnerShape(MultiplyTilesOp op) {
  SmallVector<int64_t> shape(cast<ShapedType>(op.getWeights().getType()).getShape().take_back(kInnerRank));
  if (op.getContiguous())
    std::swap(shape[1], shape[2]);
  return shape;
}

int64_t MultiplyTilesOp::getBlockCount() { return getInnerShape(*this)[0]; }
int64_t MultiplyTilesOp::getBlockSize() { return 4 * getInnerShape(*this)[1]; }

void MultiplyTilesOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : getOperation()->getOpOperands())
    if (isa<MemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
}

LogicalResult MultiplyTilesOp::verify() {
  auto activations = cast<ShapedType>(getActivations().getType());
  auto weights = cast<ShapedType>(getWeights().getType());
  if (getLow() && cast<ShapedType>(getLow().getType()).getShape() != activations.getShape())
    return emitOpError() << "expected as many low bytes as there are high ones, but got " << getLow().getType();
  AffineMap map = getMap();
  const int64_t rank = activations.getRank(), panels = getPanel().size();
  if (rank == 0 || map.getNumSymbols() != 0 || map.getNumDims() < 3 || map.getNumResults() != rank ||
      static_cast<int64_t>(getActivationIndices().size()) != rank)
    return emitOpError()
           << "expected an index, and a result of a map of register, row, steps and element, for each of the " << rank
           << " dimensions of the activations";
  for (auto [index, result] : llvm::enumerate(map.getResults())) {
    // The element lies in the last dimension, where the bytes of a run are side by side.
    AffineExpr element = getAffineDimExpr(map.getNumDims() - 1, getContext());
    const bool isLast = static_cast<int64_t>(index) == rank - 1;
    AffineExpr rest = isLast ? simplifyAffineExpr(result - element, map.getNumDims(), 0) : result;
    if (!result.isPureAffine() || rest.isFunctionOfDim(map.getNumDims() - 1))
      return emitOpError() << "expected a map that counts the element in its last result alone, but got "
                           << getMapAttr();
  }
  if (!weights.hasStaticShape() || weights.getRank() != panels + getStepCount() + kInnerRank)
    return emitOpError() << "expected weights of static shape with " << panels << " panels, " << getStepCount()
                         << " steps, blocks, groups, vectors and bytes, but got " << weights;
  VectorType sums = getSums().getType();
  const SmallVector<int64_t> inner = getInnerShape(*this);
  const int64_t groups = inner[1], run = getRun();
  if (groups < 1 || groups > kRowBytes / 4 || 4 * groups > run ||
      inner[0] != static_cast<int64_t>(llvm::divideCeil(run, 4 * groups)) || inner[2] != getVectors() ||
      inner[3] != kRowBytes)
    return emitOpError() << "expected the weights of " << getVectors() << " vectors in blocks of at most " << kRowBytes
                         << " elements, as many as make a run of " << run << ", but got " << weights;
  if (sums.isScalable() || sums.getShape().back() * 4 != kRowBytes || getRowsOfTile() > kMostRows ||
      getRowTiles() * getVectors() * getActivationBytes() > kMostAccumulators)
    return emitOpError() << "expected sums in at most " << kMostAccumulators / getActivationBytes()
                         << " registers of at most " << kMostRows << " rows, but got " << sums;
  if (Value start = getStart()) {
    SmallVector<int64_t> expected(weights.getShape().take_front(panels));
    expected.push_back(getVectors() * sums.getShape().back());
    if (cast<ShapedType>(start.getType()).getShape() != ArrayRef<int64_t>(expected))
      return emitOpError() << "expected a start for each channel of each panel, but got " << start.getType();
  }
  return success();
}
