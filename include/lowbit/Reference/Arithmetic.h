#ifndef LOWBIT_REFERENCE_ARITHMETIC_H
#define LOWBIT_REFERENCE_ARITHMETIC_H

#include "lowbit/Support/FixedPoint.h"
#include <cstdint>
#include <limits>

/// The arithmetic contract of docs/Arithmetic.md as scalar functions: slow, obvious and right. Compiled code is tested
/// against these to the bit. f32 operations round once each; none is contracted.
namespace mlir::lowbit::reference {

/// What a result is bounded to: the storage range, tightened by the op's clamp.
struct Bounds {
  int64_t min = 0;
  int64_t max = 0;
};

/// `min(max(value, bounds.min), bounds.max)`: where the bounds cross, the upper one wins.
int64_t clamp(int64_t value, Bounds bounds);

/// `clamp(rne(value) + zeroPoint)`: rounds half to even and saturates; a NaN gives the zero point, clamped.
int64_t roundAndClamp(float value, int64_t zeroPoint, Bounds bounds);

/// `clamp(rne(f32(x / scale)) + zeroPoint)`; infinities saturate, NaN gives the zero point.
int64_t quantize(float x, float scale, int64_t zeroPoint, Bounds bounds);

/// `f32(f32(q - zeroPoint) * scale)`.
float dequantize(int64_t q, float scale, int64_t zeroPoint);

/// How an accumulator is scaled: the f32 multiplier of mode `f32`, or the integers of mode `fixed`.
struct Multiplier {
  bool isFixed = false;
  float value = 1.0f;
  FixedPointMultiplier fixed;

  static Multiplier get(double ratio, bool isFixed);
};

/// `clamp(rne(f32(f32(accumulator) * m)) + zeroPoint)`, or in fixed point
/// `clamp(((i64(accumulator) * mantissa + 2^(shift-1)) >> shift) + zeroPoint)`.
int64_t requantize(int32_t accumulator, const Multiplier &multiplier, int64_t zeroPoint, Bounds bounds);

/// A quantized operand of an elementwise op: its storage integer, zero point and multiplier into the result's scale.
struct ScaledOperand {
  int64_t q = 0;
  int64_t zeroPoint = 0;
  float multiplier = 1.0f;
};

/// `clamp(rne(f32(f32(a) * ma) + f32(f32(b) * mb)) + zeroPoint)`, each product and the sum rounded to f32.
int64_t add(ScaledOperand lhs, ScaledOperand rhs, int64_t zeroPoint, Bounds bounds);
/// As `add` with the second product subtracted.
int64_t subtract(ScaledOperand lhs, ScaledOperand rhs, int64_t zeroPoint, Bounds bounds);

/// Scale and zero point of ONNX DynamicQuantizeLinear for values from `min` to `max`, in [0, 255].
struct DynamicParams {
  float scale = 1.0f;
  int64_t zeroPoint = 0;
};
DynamicParams chooseDynamicParams(float min, float max);

/// The scale of a row whose largest finite magnitude is `absMax`, in which that is `qmax`: at least 2^-126, so that it
/// has a reciprocal.
float chooseDynamicScale(float absMax, int64_t qmax);
/// `clamp(rne(f32(x * f32(1 / scale))))`; infinities saturate, NaN gives 0.
int64_t quantizeDynamic(float x, float scale, Bounds bounds);

} // namespace mlir::lowbit::reference

#endif // LOWBIT_REFERENCE_ARITHMETIC_H
