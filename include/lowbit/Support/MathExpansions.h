#ifndef LOWBIT_SUPPORT_MATHEXPANSIONS_H
#define LOWBIT_SUPPORT_MATHEXPANSIONS_H

#include "llvm/ADT/ArrayRef.h"

/// The functions of the `math` dialect on f32 as sequences of IEEE additions, multiplications, divisions, roundings,
/// comparisons and bit operations, none contracted: the same bits on every machine, in vectors as in scalars.
///
/// Each is written once, over values of a machine `M`, and instantiated twice: on C++ scalars by the interpreter
/// (`lib/Reference/ScalarMath.cpp`) and on MLIR values by code generation (`lib/Codegen/ExpandMath.cpp`). A machine has
///
/// - the types `Float`, `Double`, `Int`, `Long` (f32, f64, i32, i64) and `Bool`, with the operators used below on two
///   values, or on a value and a C++ constant of its type at the right: `+ - * /`, unary `-`, ordered comparisons
///   (false where an operand is NaN); `+ - & | ^ << >>` on integers, modulo 2^n, `>>` filling with zeros; `& | !` on
///   `Bool`;
/// - `select(condition, a, b)`, where `b` may be a constant; `constant(x, c)`, `c` in the shape of `x`;
/// - `bits(x)` and `fromBits(x)` between floats and integers of the same width;
/// - `toDouble` (exact) and `toFloat` (rounds) between floats, `toInt(double or float)` of a value that has an integer,
///   `toDouble(int)`, `toLong` (sign-extends), `truncate` (the low half of an i64);
/// - `roundEven`, `floor`, `abs`, `sqrt`.
///
/// Coefficients named "fitted" are ours: least squares on Chebyshev nodes, reweighted (Lawson) until the relative error
/// of the function is level, then rounded. Accuracies are in docs/Arithmetic.md and held by
/// test/Unit/Reference/MathTest.cpp.
namespace mlir::lowbit {

template <typename M> struct MathExpansions {
  using Float = typename M::Float;
  using Double = typename M::Double;
  using Int = typename M::Int;
  using Bool = typename M::Bool;

  //===------------------------------------------------------------------===//
  // Exponentials, in f32
  //===------------------------------------------------------------------===//

  static Float exp(Float x) {
    // Beyond these bounds the result is 0 or infinity; a NaN takes the lower one until the end.
    Float bounded = M::select(x > -104.0f, x, -104.0f);
    bounded = M::select(bounded < 89.0f, bounded, 89.0f);
    Reduced reduced = reduceByLn2(bounded);
    return keepNaN(x, scale(expSeries(reduced.rest) + 1.0f, reduced.count));
  }

  static Float exp2(Float x) {
    Float bounded = M::select(x > -151.0f, x, -151.0f);
    bounded = M::select(bounded < 129.0f, bounded, 129.0f);
    Float count = M::roundEven(bounded);
    Float rest = (bounded - count) * kLn2;
    return keepNaN(x, scale(expSeries(rest) + 1.0f, count));
  }

  static Float expm1(Float x) {
    // 2^n * (e^r - 1) + (2^n - 1); from 2^25 on that is e^x.
    Float bounded = M::select(x > -30.0f, x, -30.0f);
    bounded = M::select(bounded < 20.0f, bounded, 20.0f);
    Reduced reduced = reduceByLn2(bounded);
    Float power = M::fromBits((M::toInt(reduced.count) + 127) << 23);
    Float sum = power * expSeries(reduced.rest) + (power - 1.0f);
    Float result = M::select(x > 17.5f, exp(x), sum);
    // x + x^2 / 2 rounds to x. The sum would lose the sign of -0, and NaNs.
    return M::select(M::abs(x) > 1e-10f, result, x);
  }

  static Float tanh(Float x) {
    static constexpr float kSeries[] = {-3.333327832e-01f, 1.333132896e-01f, -5.372923005e-02f, 2.060200777e-02f,
                                        -5.660789059e-03f}; // fitted: (tanh(x) / x - 1) / x^2 by x^2 up to 0.4
    Float magnitude = M::abs(x), square = x * x;
    Float small = magnitude + magnitude * (square * polynomial(square, kSeries));
    // 1 - 2 / (e^2x + 1); 1 where e^2x is infinite.
    Float large = constant(x, 1.0f) - constant(x, 2.0f) / (exp(magnitude + magnitude) + 1.0f);
    return copySign(M::select(magnitude > 0.625f, large, small), x);
  }

  static Float erf(Float x) {
    static constexpr float kSmall[] = {
        1.283791659e-01f, -3.761262714e-01f, 1.128360018e-01f, -2.685444465e-02f,
        5.189535455e-03f, -8.020842314e-04f, 7.889122990e-05f}; // fitted: erf(x) / x - 1 by x^2 up to 1
    static constexpr float kLarge[] = {
        -3.415213932e-04f, -1.127089197e+00f, -6.381448217e-01f, -1.031067641e-01f,
        2.183806849e-02f,  -2.947659399e-03f, 1.863793006e-04f}; // fitted: log(erfc(x)) for x from 1 to 4
    Float square = x * x;
    Float small = x + x * polynomial(square, kSmall);
    Float magnitude = M::abs(x);
    Float bounded = M::select(magnitude < 4.0f, magnitude, 4.0f);
    Float large = constant(x, 1.0f) - exp(polynomial(bounded, kLarge));
    return M::select(magnitude > 1.0f, copySign(large, x), small);
  }

  //===------------------------------------------------------------------===//
  // Logarithms and powers, in f64: the result is rounded once more
  //===------------------------------------------------------------------===//

  static Float log(Float x) { return logarithm(x, kLn2Double, 1.0); }
  static Float log2(Float x) { return logarithm(x, 1.0, kLog2E); }
  static Float log10(Float x) { return logarithm(x, kLog10Of2, kLog10E); }

  static Float log1p(Float x) {
    Double sum = M::toDouble(x) + 1.0;
    Float result = M::toFloat(naturalLog(sum));
    result = M::select(x > -1.0f, result, M::select(x < -1.0f, constant(x, kNaN), -kInfinity));
    result = M::select(x < kInfinity, result, kInfinity);
    // x - x^2 / 2 rounds to x; the sum loses its bits, and the sign of -0.
    result = M::select(M::abs(x) > 1.0e-8f, result, x);
    return keepNaN(x, result);
  }

  static Float powf(Float x, Float y) {
    Float magnitude = M::abs(x);
    Double log = log2OfPositive(M::toDouble(magnitude));
    log = M::select(M::toDouble(magnitude) > 0.0, log, -kInfinityDouble);
    log = M::select(M::toDouble(magnitude) < kInfinityDouble, log, kInfinityDouble);
    Float result = exp2OfDouble(M::toDouble(y) * log);

    Bool isInteger = M::floor(y) == y;
    Float half = y * 0.5f;
    Bool isOdd = isInteger & !(M::floor(half) == half);
    result = M::select(isOdd & isNegative(x), -result, result);
    Bool hasNoPower = (x < 0.0f) & (x > -kInfinity) & !isInteger;
    result = M::select(hasNoPower, constant(x, kNaN), result);
    result = M::select((x == x) & (y == y), result, kNaN);
    // -1 to the power of an infinity is 1.
    result = M::select((magnitude == 1.0f) & (M::abs(y) == kInfinity), constant(x, 1.0f), result);
    // Whatever the other is, even NaN.
    return M::select((y == 0.0f) | (x == 1.0f), constant(x, 1.0f), result);
  }

  //===------------------------------------------------------------------===//
  // Sine and cosine, in f64
  //===------------------------------------------------------------------===//

  /// Below the bound x - x^3 / 6 rounds to x; the reduction would lose the sign of -0.
  static Float sin(Float x) { return M::select(M::abs(x) < 1e-5f, x, sinOfQuarters(x, 0)); }
  static Float cos(Float x) { return sinOfQuarters(x, 1); }

  //===------------------------------------------------------------------===//
  // The rest
  //===------------------------------------------------------------------===//

  /// The quotient and the root round once each.
  template <typename T> static T rsqrt(T x) { return M::constant(x, 1) / M::sqrt(x); }

  /// `f32(a * b + c)` with one rounding. The product is exact in f64; the sum is rounded to odd there, after which
  /// rounding to f32 is as good as rounding the exact sum (Boldo and Melquiond, Emulation of FMA and correctly rounded
  /// sums, 2008).
  static Float fma(Float a, Float b, Float c) {
    Double product = M::toDouble(a) * M::toDouble(b), addend = M::toDouble(c);
    Double sum = product + addend;
    // What the sum lost (Knuth's TwoSum).
    Double part = sum - product;
    Double error = (product - (sum - part)) + (addend - part);
    auto bits = M::bits(sum);
    auto isEven = (bits & 1) == 0;
    Bool grows = ((error > 0.0) & (sum > 0.0)) | ((error < 0.0) & (sum < 0.0));
    Bool shrinks = ((error > 0.0) & (sum < 0.0)) | ((error < 0.0) & (sum > 0.0));
    auto odd = M::select(isEven & grows, bits + 1, M::select(isEven & shrinks, bits - 1, bits));
    return M::toFloat(M::fromBits(odd));
  }

  /// `x` to the power of a constant: the powers of two that make up `|exponent|`, multiplied from the lowest up, and
  /// the reciprocal of that for a negative one.
  static Float fpowi(Float x, int64_t exponent) {
    uint64_t left = exponent < 0 ? -static_cast<uint64_t>(exponent) : exponent;
    Float power = x, result = constant(x, 1.0f);
    for (bool isFirst = true; left != 0; left >>= 1) {
      if (left & 1) {
        result = isFirst ? power : result * power;
        isFirst = false;
      }
      if (left > 1)
        power = power * power;
    }
    return exponent < 0 ? constant(x, 1.0f) / result : result;
  }

private:
  static constexpr float kInfinity = __builtin_inff();
  static constexpr float kNaN = __builtin_nanf("");
  static constexpr double kInfinityDouble = __builtin_inf();
  static constexpr int32_t kSignBit = INT32_MIN;
  static constexpr int64_t kMantissaBits = (int64_t(1) << 52) - 1;
  static constexpr int64_t kExponentOfOne = int64_t(1023) << 52;
  static constexpr float kLn2 = 0x1.62e430p-1f;
  static constexpr double kLn2Double = 0x1.62e42fefa39efp-1;
  static constexpr double kLog2E = 0x1.71547652b82fep+0;
  static constexpr double kLog10E = 0x1.bcb7b1526e50ep-2;
  static constexpr double kLog10Of2 = 0x1.34413509f79ffp-2;

  /// The constant in every lane of the shape of `like`.
  static Float constant(Float like, float value) { return M::constant(like, value); }

  static Float keepNaN(Float x, Float result) { return M::select(x == x, result, x); }
  static Bool isNegative(Float x) { return (M::bits(x) >> 31) == 1; }
  static Float copySign(Float magnitude, Float sign) {
    return M::fromBits(M::bits(magnitude) | (M::bits(sign) & kSignBit));
  }

  /// `coefficients[0] + x * (coefficients[1] + x * (...))`.
  template <typename T, typename C> static T polynomial(T x, llvm::ArrayRef<C> coefficients) {
    T sum = M::constant(x, coefficients.back());
    for (C coefficient : llvm::reverse(coefficients.drop_back()))
      sum = sum * x + coefficient;
    return sum;
  }
  template <typename T, typename C, size_t N> static T polynomial(T x, const C (&coefficients)[N]) {
    return polynomial(x, llvm::ArrayRef<C>(coefficients));
  }

  struct Reduced {
    Float count;
    Float rest;
  };

  /// `x = count * ln 2 + rest` with |rest| <= ln 2 / 2. The high part of ln 2 has 9 bits, so that its product with
  /// `count` is exact (Cody and Waite).
  static Reduced reduceByLn2(Float x) {
    Float count = M::roundEven(x * 0x1.715476p+0f);
    return {count, (x - count * 0x1.63p-1f) - count * -0x1.bd0106p-13f};
  }

  /// `e^r - 1` for |r| <= ln 2 / 2.
  static Float expSeries(Float r) {
    static constexpr float kSeries[] = {5.000000101e-01f, 1.666651289e-01f, 4.166618726e-02f, 8.369598211e-03f,
                                        1.395171927e-03f}; // fitted: (e^r - 1 - r) / r^2
    return r + (r * r) * polynomial(r, kSeries);
  }

  /// `x * 2^count` for a whole `count` in [-252, 254]: in two steps, of which only the second rounds.
  static Float scale(Float x, Float count) {
    Float first = M::floor(count * 0.5f);
    auto powerOfTwo = [](Float exponent) { return M::fromBits((M::toInt(exponent) + 127) << 23); };
    return x * powerOfTwo(first) * powerOfTwo(count - first);
  }

  struct Split {
    Double exponent;
    Double log;
  };

  /// `ln(x) = exponent * ln 2 + log` for positive, finite and normal `x`, with x * 2^-exponent between 1 / sqrt 2 and
  /// sqrt 2. `log` is the series of 2 artanh((m - 1) / (m + 1)).
  static Split splitLog(Double x) {
    static constexpr double kSeries[] = {2.0,      2.0 / 3,  2.0 / 5,  2.0 / 7, 2.0 / 9,
                                         2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17};
    auto bits = M::bits(x);
    Double mantissa = M::fromBits((bits & kMantissaBits) | kExponentOfOne);
    Bool isLarge = mantissa > 0x1.6a09e667f3bcdp+0;
    mantissa = M::select(isLarge, mantissa * 0.5, mantissa);
    Double exponent = M::toDouble(M::truncate(bits >> 52) - 1023);
    exponent = M::select(isLarge, exponent + 1.0, exponent);
    Double s = (mantissa - 1.0) / (mantissa + 1.0);
    return {exponent, s * polynomial(s * s, kSeries)};
  }

  static Double naturalLog(Double x) {
    Split split = splitLog(x);
    return split.exponent * kLn2Double + split.log;
  }
  static Double log2OfPositive(Double x) {
    Split split = splitLog(x);
    return split.exponent + split.log * kLog2E;
  }

  static Float logarithm(Float x, double ofTwo, double ofE) {
    Split split = splitLog(M::toDouble(x));
    Float result = M::toFloat(split.exponent * ofTwo + split.log * ofE);
    result = M::select(x > 0.0f, result, M::select(x < 0.0f, constant(x, kNaN), -kInfinity));
    result = M::select(x < kInfinity, result, kInfinity);
    return keepNaN(x, result);
  }

  /// `f32(2^x)`; anything for a NaN.
  static Float exp2OfDouble(Double x) {
    static constexpr double kSeries[] = {1.0,       1.0,       1.0 / 2,    1.0 / 6,     1.0 / 24,
                                         1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880};
    x = M::select(x > -160.0, x, -160.0);
    x = M::select(x < 140.0, x, 140.0);
    Double count = M::roundEven(x);
    Double power = M::fromBits(M::toLong(M::toInt(count) + 1023) << 52);
    return M::toFloat(polynomial((x - count) * kLn2Double, kSeries) * power);
  }

  /// sin(x + shift * pi / 2). `x` less the nearest multiple of pi / 2 is exact to f64 for multiples up to 2^20: the
  /// parts of pi / 2 have 33 bits. Beyond that accuracy is lost, but the result stays in [-1, 1].
  static Float sinOfQuarters(Float x, int32_t shift) {
    static constexpr double kSin[] = {1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800};
    static constexpr double kCos[] = {1.0,         -1.0 / 2,       1.0 / 24,       -1.0 / 720,
                                      1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600};
    static constexpr double kQuarter = 0x1.921fb54442d18p-1;
    Bool isFinite = M::abs(x) < kInfinity;
    Double wide = M::toDouble(M::select(isFinite, x, 0.0f));
    Double count = M::roundEven(wide * 0x1.45f306dc9c883p-1);
    Double rest = ((wide - count * 0x1.921fb544p+0) - count * 0x1.0b4611a6p-34) - count * 0x1.3198a2e037073p-69;
    rest = M::select(rest < kQuarter, rest, kQuarter);
    rest = M::select(rest > -kQuarter, rest, -kQuarter);
    Double square = rest * rest;
    Double sine = rest * polynomial(square, kSin), cosine = polynomial(square, kCos);

    Int quadrant = M::toInt(count - M::floor(count * 0.25) * 4.0) + shift;
    Float result = M::toFloat(M::select((quadrant & 1) == 0, sine, cosine));
    result = M::select((quadrant & 2) == 0, result, -result);
    return M::select(isFinite, result, kNaN);
  }
};

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_MATHEXPANSIONS_H
