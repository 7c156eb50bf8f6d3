#ifndef LOWBIT_LIB_REFERENCE_SCALARMATH_H
#define LOWBIT_LIB_REFERENCE_SCALARMATH_H

#include "lowbit/Support/MathExpansions.h"
#include <cmath>
#include <cstring>

namespace mlir::lowbit::reference {

/// The machine of `MathExpansions` that computes on C++ scalars. Integers are unsigned, so that they wrap.
struct ScalarMachine {
  using Float = float;
  using Double = double;
  using Int = uint32_t;
  using Long = uint64_t;
  using Bool = bool;

  static float constant(float, float value) { return value; }
  static double constant(double, double value) { return value; }
  template <typename T> static T select(bool condition, T a, T b) { return condition ? a : b; }

  static uint32_t bits(float x) { return cast<uint32_t>(x); }
  static uint64_t bits(double x) { return cast<uint64_t>(x); }
  static float fromBits(uint32_t x) { return cast<float>(x); }
  static double fromBits(uint64_t x) { return cast<double>(x); }

  static double toDouble(float x) { return x; }
  static double toDouble(uint32_t x) { return static_cast<int32_t>(x); }
  static float toFloat(double x) { return static_cast<float>(x); }
  static uint32_t toInt(float x) { return static_cast<int32_t>(x); }
  static uint32_t toInt(double x) { return static_cast<int32_t>(x); }
  static uint64_t toLong(uint32_t x) { return static_cast<int64_t>(static_cast<int32_t>(x)); }
  static uint32_t truncate(uint64_t x) { return static_cast<uint32_t>(x); }

  template <typename T> static T roundEven(T x) { return std::nearbyint(x); }
  template <typename T> static T floor(T x) { return std::floor(x); }
  template <typename T> static T abs(T x) { return std::fabs(x); }
  template <typename T> static T sqrt(T x) { return std::sqrt(x); }

private:
  template <typename To, typename From> static To cast(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    std::memcpy(&to, &from, sizeof(to));
    return to;
  }
};

/// The functions that the contract defines by expansion. Instantiate them only where contraction is off.
using ScalarMath = MathExpansions<ScalarMachine>;

} // namespace mlir::lowbit::reference

#endif // LOWBIT_LIB_REFERENCE_SCALARMATH_H
