#include "lowbit/Support/ElementParameters.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/AffineExpr.h"

using namespace mlir;
using namespace mlir::lowbit;

std::optional<ElementParameters> ElementParameters::get(quant::QuantizedType type, int64_t rank) {
  MLIRContext *context = type.getContext();
  ElementParameters parameters;
  auto addScale = [&](double scale) { parameters.scales.push_back(static_cast<float>(scale)); };
  if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type)) {
    addScale(perTensor.getScale());
    parameters.zeroPoints = {perTensor.getZeroPoint()};
    parameters.map = AffineMap::get(rank, 0, context);
    return parameters;
  }
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type)) {
    llvm::for_each(perAxis.getScales(), addScale);
    llvm::append_range(parameters.zeroPoints, perAxis.getZeroPoints());
    parameters.shape = {static_cast<int64_t>(parameters.scales.size())};
    parameters.map = AffineMap::get(rank, 0, getAffineDimExpr(perAxis.getQuantizedDimension(), context));
    return parameters;
  }
  auto blocks = dyn_cast<quant::UniformQuantizedSubChannelType>(type);
  if (!blocks)
    return std::nullopt;
  for (const APFloat &scale : blocks.getScales().getValues<APFloat>())
    addScale(scale.convertToDouble());
  for (const APInt &zeroPoint : blocks.getZeroPoints().getValues<APInt>())
    parameters.zeroPoints.push_back(type.isSigned() ? zeroPoint.getSExtValue()
                                                    : static_cast<int64_t>(zeroPoint.getZExtValue()));
  llvm::append_range(parameters.shape, blocks.getScales().getType().getShape());
  SmallVector<AffineExpr> exprs(rank, getAffineConstantExpr(0, context));
  for (auto [dim, size] : llvm::zip_equal(blocks.getQuantizedDimensions(), blocks.getBlockSizes()))
    exprs[dim] = getAffineDimExpr(dim, context).floorDiv(size);
  parameters.map = AffineMap::get(rank, 0, exprs, context);
  return parameters;
}

SmallVector<unsigned, 0> ElementParameters::getIndices(ArrayRef<int64_t> tensorShape) const {
  if (isPerTensor())
    return SmallVector<unsigned, 0>(computeProduct(tensorShape), 0);
  // Each dimension of the parameters follows one of the tensor, whose share in the index is a sum of its own.
  const SmallVector<int64_t> strides = computeStrides(shape);
  SmallVector<int64_t> position(tensorShape.size(), 0);
  SmallVector<unsigned, 0> indices = {0};
  for (auto [dim, size] : llvm::enumerate(tensorShape)) {
    SmallVector<unsigned> offsets;
    for (position[dim] = 0; position[dim] < size; ++position[dim])
      offsets.push_back(static_cast<unsigned>(linearize(map.compose(position), strides)));
    position[dim] = 0;
    SmallVector<unsigned, 0> inner;
    inner.reserve(indices.size() * offsets.size());
    for (unsigned index : indices)
      for (unsigned offset : offsets)
        inner.push_back(index + offset);
    indices = std::move(inner);
  }
  return indices;
}
