#include "lowbit/Support/FixedPoint.h"
#include <algorithm>
#include <cmath>

using namespace mlir::lowbit;

double mlir::lowbit::computeRatio(double inputScale, double outputScale) { return inputScale / outputScale; }

double mlir::lowbit::computeProductRatio(double lhsScale, double rhsScale, double outputScale) {
  return lhsScale * rhsScale / outputScale;
}

double mlir::lowbit::computeMeanRatio(double inputScale, double outputScale, int64_t count) {
  return inputScale / (outputScale * static_cast<double>(count));
}

float mlir::lowbit::roundMultiplier(double ratio) { return static_cast<float>(std::min(ratio, 0x1p64)); }

FixedPointMultiplier mlir::lowbit::decomposeMultiplier(double ratio) {
  constexpr int kMantissaBits = 31, kMaxShift = 62;
  constexpr int64_t kMantissaEnd = int64_t(1) << kMantissaBits;
  int exponent = 0;
  const double fraction = std::frexp(ratio, &exponent);
  int64_t mantissa = std::llrint(std::ldexp(fraction, kMantissaBits));
  if (mantissa == kMantissaEnd) {
    mantissa /= 2;
    ++exponent;
  }
  const int shift = kMantissaBits - exponent;
  if (shift < 1)
    return {static_cast<int32_t>(kMantissaEnd - 1), 1};
  if (shift > kMaxShift)
    return {static_cast<int32_t>(std::llrint(std::ldexp(ratio, kMaxShift))), kMaxShift};
  return {static_cast<int32_t>(mantissa), shift};
}

int64_t mlir::lowbit::multiplyFixedPoint(int32_t accumulator, FixedPointMultiplier multiplier) {
  const int64_t product = static_cast<int64_t>(accumulator) * multiplier.mantissa;
  return (product + (int64_t(1) << (multiplier.shift - 1))) >> multiplier.shift;
}
