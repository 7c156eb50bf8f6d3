#include "lowbit/Support/QuantScheme.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr QuantScheme kSchemes[] = {
    // bits, activations, weights, accumulator bits
    {16, {-32767, 32767}, {-32767, 32767}, 32},
    {8, {-128, 127}, {-127, 127}, 32},
    {4, {-8, 7}, {-8, 7}, 32},
    {2, {-2, 1}, {-2, 1}, 32},
};

const QuantScheme *QuantScheme::get(unsigned bits) {
  const QuantScheme *found = llvm::find_if(kSchemes, [&](const QuantScheme &scheme) { return scheme.bits == bits; });
  return found == std::end(kSchemes) ? nullptr : found;
}

/// Rounds to f32. Subnormal scales would lose the precision that quantization relies on, and their reciprocals
/// overflow, so the smallest normal number stands in for them.
static float roundScale(double scale) { return std::max(static_cast<float>(scale), std::numeric_limits<float>::min()); }

std::optional<QuantParams> lowbit::chooseAsymmetric(FloatRange range, StorageRange storage) {
  if (!std::isfinite(range.min) || !std::isfinite(range.max) || range.max < range.min)
    return std::nullopt;
  const double min = std::min(range.min, 0.0f), max = std::max(range.max, 0.0f);
  QuantParams params;
  if (max > min)
    params.scale = roundScale((max - min) / static_cast<double>(storage.max - storage.min));
  // nearbyint rounds half to even: nothing in this process changes the rounding mode.
  const double zeroPoint = std::nearbyint(static_cast<double>(storage.min) - min / static_cast<double>(params.scale));
  params.zeroPoint =
      static_cast<int64_t>(std::clamp(zeroPoint, static_cast<double>(storage.min), static_cast<double>(storage.max)));
  return params;
}

std::optional<float> lowbit::chooseSymmetricScale(float absMax, StorageRange storage) {
  if (!std::isfinite(absMax) || absMax < 0.0f)
    return std::nullopt;
  if (absMax == 0.0f)
    return 1.0f;
  return roundScale(static_cast<double>(absMax) / static_cast<double>(storage.max));
}

std::optional<SmallVector<float>> lowbit::chooseWeightScales(ArrayRef<float> weights, ArrayRef<int64_t> shape,
                                                             int64_t channelAxis, StorageRange storage) {
  const int64_t channels = channelAxis < 0 ? 1 : shape[channelAxis];
  const int64_t stride = channelAxis < 0 ? 1 : computeProduct(shape.drop_front(channelAxis + 1));
  SmallVector<float> absMax(channels, 0.0f);
  float tensorMax = 0.0f;
  for (auto [index, weight] : llvm::enumerate(weights)) {
    if (!std::isfinite(weight))
      return std::nullopt;
    float &channelMax = absMax[channelAxis < 0 ? 0 : index / stride % channels];
    channelMax = std::max(channelMax, std::fabs(weight));
    tensorMax = std::max(tensorMax, std::fabs(weight));
  }
  SmallVector<float> scales;
  for (float value : absMax)
    scales.push_back(*chooseSymmetricScale(value == 0.0f ? tensorMax : value, storage));
  return scales;
}

quant::UniformQuantizedType lowbit::getActivationType(MLIRContext *context, const QuantScheme &scheme,
                                                      const QuantParams &params) {
  return quant::UniformQuantizedType::get(quant::QuantizationFlags::Signed, IntegerType::get(context, scheme.bits),
                                          Float32Type::get(context), static_cast<double>(params.scale),
                                          params.zeroPoint, scheme.activations.min, scheme.activations.max);
}

quant::QuantizedType lowbit::getWeightType(MLIRContext *context, const QuantScheme &scheme, ArrayRef<float> scales,
                                           int64_t channelAxis, ArrayRef<int64_t> zeroPoints) {
  Type storage = IntegerType::get(context, scheme.bits), expressed = Float32Type::get(context);
  const auto [min, max] = scheme.weights;
  SmallVector<int64_t> zeros(zeroPoints);
  zeros.resize(scales.size(), 0);
  if (channelAxis < 0)
    return quant::UniformQuantizedType::get(quant::QuantizationFlags::Signed, storage, expressed,
                                            static_cast<double>(scales.front()), zeros.front(), min, max);
  SmallVector<double> axisScales = llvm::map_to_vector(scales, [](float scale) { return static_cast<double>(scale); });
  return quant::UniformQuantizedPerAxisType::get(quant::QuantizationFlags::Signed, storage, expressed, axisScales,
                                                 zeros, static_cast<int32_t>(channelAxis), min, max);
}

/// Half steps as the scheme of the integers that are stored.
static constexpr QuantScheme kHalfSteps = {4, {-3, 3}, {-3, 3}, 32};

quant::QuantizedType lowbit::getHalfStepType(MLIRContext *context, ArrayRef<float> scales, int64_t channelAxis) {
  auto halves = llvm::map_to_vector(scales, [](float scale) { return roundScale(static_cast<double>(scale) / 2.0); });
  return getWeightType(context, kHalfSteps, halves, channelAxis);
}

bool lowbit::isHalfStepType(quant::QuantizedType type) {
  if (!type.isSigned() || type.getStorageTypeIntegralWidth() != kHalfSteps.bits ||
      type.getStorageTypeMin() != kHalfSteps.weights.min || type.getStorageTypeMax() != kHalfSteps.weights.max)
    return false;
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return llvm::all_of(perAxis.getZeroPoints(), [](int64_t zeroPoint) { return zeroPoint == 0; });
  auto perTensor = dyn_cast<quant::UniformQuantizedType>(type);
  return perTensor && perTensor.getZeroPoint() == 0;
}

unsigned lowbit::getRestingBits(quant::QuantizedType type) {
  return isHalfStepType(type) ? 2 : type.getStorageTypeIntegralWidth();
}
