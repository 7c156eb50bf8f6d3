#include "Verifiers.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

/// The largest scale of a type.
static float getLargestScale(quant::QuantizedType type) {
  double largest = 0.0;
  if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type))
    largest = perTensor.getScale();
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    largest = *llvm::max_element(perAxis.getScales());
  if (auto blocks = dyn_cast<quant::UniformQuantizedSubChannelType>(type))
    for (const APFloat &scale : blocks.getScales().getValues<APFloat>())
      largest = std::max(largest, scale.convertToDouble());
  return static_cast<float>(largest);
}

/// Whether quantize(dequantize(q)) is q: d = q - z has at most 17 bits, so f32(f32(d * s) / s) is d to within a quarter
/// of a step, unless the product overflows.
static bool isQuantizationOfDequantizationExact(quant::QuantizedType type) {
  if (type.getStorageTypeIntegralWidth() > 16)
    return false;
  const auto widest = static_cast<float>(type.getStorageTypeMax() - type.getStorageTypeMin());
  return std::isfinite(widest * getLargestScale(type));
}

OpFoldResult QuantizeOp::fold(FoldAdaptor) {
  auto dequantize = getInput().getDefiningOp<DequantizeOp>();
  if (dequantize && dequantize.getInput().getType() == getType() &&
      isQuantizationOfDequantizationExact(getQuantizedType(getType())))
    return dequantize.getInput();
  return {};
}

OpFoldResult RequantizeOp::fold(FoldAdaptor) {
  // A ratio of 1 changes nothing, in either mode.
  if (getInput().getType() == getType())
    return getInput();
  return {};
}

OpFoldResult ClampOp::fold(FoldAdaptor) {
  quant::QuantizedType type = getQuantizedType(getType());
  if (getMinAttr().getInt() == type.getStorageTypeMin() && getMaxAttr().getInt() == type.getStorageTypeMax())
    return getInput();
  return {};
}

OpFoldResult CheckIndexOp::fold(FoldAdaptor) {
  std::optional<int64_t> index = getConstantIntValue(getIndex()), size = getConstantIntValue(getSize());
  if (index && size && *index >= 0 && *index < *size)
    return getIndex();
  return {};
}
