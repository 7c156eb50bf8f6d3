#include "lowbit/Support/FixedPoint.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace mlir::lowbit;

TEST(Multiplier, RoundsOnceFromF64) {
  // f32(0.1) * f32(0.2) / f32(0.3) in f64, then f32: not what f32 arithmetic gives.
  const double a = static_cast<double>(0.1f), b = static_cast<double>(0.2f), c = static_cast<double>(0.3f);
  EXPECT_EQ(roundMultiplier(computeProductRatio(a, b, c)), static_cast<float>(a * b / c));
  EXPECT_EQ(computeRatio(a, c), a / c);
  EXPECT_EQ(computeMeanRatio(a, c, 49), a / (c * 49.0));
}

TEST(Multiplier, StaysFinite) {
  constexpr double kMax = std::numeric_limits<float>::max(), kMin = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(roundMultiplier(computeProductRatio(kMax, kMax, kMin)), 0x1p64f);
  EXPECT_EQ(roundMultiplier(computeProductRatio(kMin, kMin, kMax)), 0.0f);
}

TEST(FixedPoint, HasThirtyOneBits) {
  EXPECT_EQ(decomposeMultiplier(1.0).mantissa, 1 << 30);
  EXPECT_EQ(decomposeMultiplier(1.0).shift, 30);
  EXPECT_EQ(decomposeMultiplier(0.75).mantissa, 3 << 29);
  EXPECT_EQ(decomposeMultiplier(0.75).shift, 31);
  // A fraction that rounds up to a power of two.
  const FixedPointMultiplier almostOne = decomposeMultiplier(1.0 - 0x1p-40);
  EXPECT_EQ(almostOne.mantissa, 1 << 30);
  EXPECT_EQ(almostOne.shift, 30);
}

TEST(FixedPoint, HoldsRatiosOfAnySize) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> exponent(-160.0, 160.0);
  for (int i = 0; i < 100000; ++i) {
    const double ratio = std::exp2(exponent(random));
    const FixedPointMultiplier multiplier = decomposeMultiplier(ratio);
    ASSERT_GE(multiplier.shift, 1);
    ASSERT_LE(multiplier.shift, 62);
    ASSERT_GE(multiplier.mantissa, 0);
    if (ratio < 0x1p30 && ratio > 0x1p-31) {
      ASSERT_GE(multiplier.mantissa, 1 << 30);
      ASSERT_NEAR(std::ldexp(multiplier.mantissa, -multiplier.shift) / ratio, 1.0, 0x1p-31);
    }
  }
}

TEST(FixedPoint, RoundsTheExactProductHalfUp) {
  std::mt19937 random(2);
  const int32_t kLeast = std::numeric_limits<int32_t>::min(), kMost = std::numeric_limits<int32_t>::max();
  for (int i = 0; i < 100000; ++i) {
    const int32_t accumulator = i < 2 ? (i == 0 ? kLeast : kMost) : static_cast<int32_t>(random()) >> (random() % 31);
    const FixedPointMultiplier multiplier =
        decomposeMultiplier(std::ldexp(1.0 + (random() % 1000) / 1000.0, static_cast<int>(random() % 60) - 31));
    // floor(x + 1/2), exact in 128 bits.
    const __int128 product = static_cast<__int128>(accumulator) * multiplier.mantissa * 2;
    const __int128 unit = static_cast<__int128>(1) << (multiplier.shift + 1);
    __int128 quotient = (product + unit / 2) / unit;
    if (quotient * unit > product + unit / 2)
      --quotient;
    ASSERT_EQ(multiplyFixedPoint(accumulator, multiplier), static_cast<int64_t>(quotient));
  }
}

TEST(FixedPoint, SaturatesWhereTheRatioIsLarge) {
  const FixedPointMultiplier multiplier = decomposeMultiplier(1e30);
  EXPECT_GT(multiplyFixedPoint(1, multiplier), 32767);
  EXPECT_LT(multiplyFixedPoint(-1, multiplier), -32768);
  EXPECT_EQ(multiplyFixedPoint(0, multiplier), 0);
}
