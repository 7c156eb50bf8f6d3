#include "lowbit/Reference/Arithmetic.h"
#include <algorithm>
#include <cmath>

using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

int64_t reference::clamp(int64_t value, Bounds bounds) { return std::min(std::max(value, bounds.min), bounds.max); }

/// Rounds half to even. Every f32 is a double, and the rounding is exact there.
static double roundToEven(float value) { return std::nearbyint(static_cast<double>(value)); }

int64_t reference::roundAndClamp(float value, int64_t zeroPoint, Bounds bounds) {
  if (std::isnan(value))
    return clamp(zeroPoint, bounds);
  // What is beyond 2^40 saturates any storage type; the sum with the zero point must not overflow.
  constexpr double kLimit = 0x1p40;
  const double rounded = std::clamp(roundToEven(value), -kLimit, kLimit);
  return clamp(static_cast<int64_t>(rounded) + zeroPoint, bounds);
}

int64_t reference::quantize(float x, float scale, int64_t zeroPoint, Bounds bounds) {
  return roundAndClamp(x / scale, zeroPoint, bounds);
}

float reference::dequantize(int64_t q, float scale, int64_t zeroPoint) {
  return static_cast<float>(q - zeroPoint) * scale;
}

Multiplier Multiplier::get(double ratio, bool isFixed) {
  Multiplier multiplier;
  multiplier.isFixed = isFixed;
  if (isFixed)
    multiplier.fixed = decomposeMultiplier(ratio);
  else
    multiplier.value = roundMultiplier(ratio);
  return multiplier;
}

int64_t reference::requantize(int32_t accumulator, const Multiplier &multiplier, int64_t zeroPoint, Bounds bounds) {
  if (multiplier.isFixed)
    return clamp(multiplyFixedPoint(accumulator, multiplier.fixed) + zeroPoint, bounds);
  return roundAndClamp(static_cast<float>(accumulator) * multiplier.value, zeroPoint, bounds);
}

/// The value of an operand in steps of the result's scale.
static float scaleOperand(ScaledOperand operand) {
  return static_cast<float>(operand.q - operand.zeroPoint) * operand.multiplier;
}

int64_t reference::add(ScaledOperand lhs, ScaledOperand rhs, int64_t zeroPoint, Bounds bounds) {
  const float a = scaleOperand(lhs), b = scaleOperand(rhs);
  return roundAndClamp(a + b, zeroPoint, bounds);
}

int64_t reference::subtract(ScaledOperand lhs, ScaledOperand rhs, int64_t zeroPoint, Bounds bounds) {
  const float a = scaleOperand(lhs), b = scaleOperand(rhs);
  return roundAndClamp(a - b, zeroPoint, bounds);
}

DynamicParams reference::chooseDynamicParams(float min, float max) {
  const float lo = std::min(min, 0.0f), hi = std::max(max, 0.0f);
  DynamicParams params;
  if (lo == hi)
    return params;
  params.scale = (hi - lo) / 255.0f;
  params.zeroPoint = roundAndClamp(-lo / params.scale, 0, {0, 255});
  return params;
}

float reference::chooseDynamicScale(float absMax, int64_t qmax) {
  return std::max(absMax / static_cast<float>(qmax), std::numeric_limits<float>::min());
}

int64_t reference::quantizeDynamic(float x, float scale, Bounds bounds) {
  const float reciprocal = 1.0f / scale;
  return roundAndClamp(x * reciprocal, 0, bounds);
}
