#include "lowbit/Dialect/AccumulatorType.h"
#include "lowbit/Support/GroupMultipliers.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

bool lowbit::isAccumulatorType(Type elementType) {
  if (auto type = dyn_cast<quant::QuantizedType>(elementType))
    return type.getStorageTypeIntegralWidth() == 32;
  return elementType.isInteger(32);
}

/// Signed i32 in those scales, each rounded to f32.
static quant::QuantizedType createType(MLIRContext *context, ArrayRef<double> scales, std::optional<int64_t> axis) {
  SmallVector<double> rounded;
  for (double scale : scales) {
    const auto value = static_cast<float>(scale);
    if (!std::isnormal(value))
      return {};
    rounded.push_back(static_cast<double>(value));
  }
  Type storage = IntegerType::get(context, 32), expressed = Float32Type::get(context);
  constexpr int64_t min = std::numeric_limits<int32_t>::min(), max = std::numeric_limits<int32_t>::max();
  if (!axis)
    return quant::UniformQuantizedType::get(quant::QuantizationFlags::Signed, storage, expressed, rounded.front(), 0,
                                            min, max);
  const SmallVector<int64_t> zeroPoints(rounded.size(), 0);
  return quant::UniformQuantizedPerAxisType::get(quant::QuantizationFlags::Signed, storage, expressed, rounded,
                                                 zeroPoints, static_cast<int32_t>(*axis), min, max);
}

/// A scale as the f32 it stands for.
static double getScale(double scale) { return static_cast<double>(static_cast<float>(scale)); }

quant::QuantizedType lowbit::getAccumulatorType(quant::QuantizedType lhs, quant::QuantizedType rhs,
                                                int64_t rhsChannelAxis, int64_t channelAxis) {
  auto left = dyn_cast<quant::UniformQuantizedType>(lhs);
  std::optional<SmallVector<double>> scales = getChannelScales(rhs, rhsChannelAxis);
  if (!left || !scales)
    return {};
  for (double &scale : *scales)
    scale *= getScale(left.getScale());
  const bool isPerTensor = isa<quant::UniformQuantizedType>(rhs);
  return createType(lhs.getContext(), *scales, isPerTensor ? std::nullopt : std::optional<int64_t>(channelAxis));
}

quant::QuantizedType lowbit::getMeanAccumulatorType(quant::QuantizedType input, int64_t count) {
  auto type = dyn_cast<quant::UniformQuantizedType>(input);
  if (!type || count <= 0)
    return {};
  return createType(input.getContext(), {getScale(type.getScale()) / static_cast<double>(count)}, std::nullopt);
}
