#ifndef LOWBIT_SUPPORT_FIXEDPOINT_H
#define LOWBIT_SUPPORT_FIXEDPOINT_H

#include <cstdint>

/// The multipliers of requantization, computed here and nowhere else: the interpreter and the compiler must agree on
/// them to the bit. See docs/Arithmetic.md, "Requantize".
namespace mlir::lowbit {

/// The exact ratio a requantization multiplies with, in f64. Scales are finite and positive.
double computeRatio(double inputScale, double outputScale);
/// For the product of two quantized values: `lhs * rhs / output`, in this order.
double computeProductRatio(double lhsScale, double rhsScale, double outputScale);
/// For a sum of `count` quantized values of which the mean is the result: `input / (output * count)`.
double computeMeanRatio(double inputScale, double outputScale, int64_t count);

/// The multiplier of mode `f32`: the ratio rounded to f32, at most 2^64. With that, every value but 0 saturates any
/// storage type as it would with a larger one, but no product is infinite, and no sum or difference of products is NaN.
float roundMultiplier(double ratio);

/// The multiplier of mode `fixed`: `mantissa * 2^-shift` with a mantissa of at most 31 bits and 1 <= shift <= 62.
struct FixedPointMultiplier {
  int32_t mantissa = 0;
  int32_t shift = 1;
};

/// The nearest multiplier with a mantissa in [2^30, 2^31). Ratios below 2^-32 use a smaller mantissa; ratios of 2^30
/// and above become the largest multiplier, with which every accumulator but 0 saturates an 8- or 16-bit result.
FixedPointMultiplier decomposeMultiplier(double ratio);

/// `(accumulator * mantissa + 2^(shift-1)) >> shift`: the product rounded once, half toward plus infinity. Exact in i64
/// for accumulators of 32 bits.
int64_t multiplyFixedPoint(int32_t accumulator, FixedPointMultiplier multiplier);

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_FIXEDPOINT_H
