#include "lowbit/Reference/Arithmetic.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();
static constexpr float kSmallest = std::numeric_limits<float>::denorm_min();
static constexpr float kMax = std::numeric_limits<float>::max();
static const float kNaN = std::nanf("");
static constexpr Bounds kI8 = {-128, 127};
static constexpr Bounds kU8 = {0, 255};
static constexpr Bounds kI32 = {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};

TEST(Quantize, RoundsHalfToEven) {
  const float halves[] = {-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f};
  const int64_t evens[] = {-2, -2, 0, 0, 2, 2};
  for (size_t i = 0; i < std::size(halves); ++i) {
    EXPECT_EQ(quantize(halves[i], 1.0f, 0, kI8), evens[i]);
    // The zero point is added after rounding: an odd one does not turn halves the other way.
    EXPECT_EQ(quantize(halves[i], 1.0f, 1, kI8), evens[i] + 1);
  }
}

TEST(Quantize, SaturatesAndGivesNaNTheZeroPoint) {
  for (int64_t zeroPoint : {-128, -1, 0, 127}) {
    EXPECT_EQ(quantize(kInfinity, 0.5f, zeroPoint, kI8), 127);
    EXPECT_EQ(quantize(-kInfinity, 0.5f, zeroPoint, kI8), -128);
    EXPECT_EQ(quantize(kMax, kSmallest, zeroPoint, kI8), 127);
    EXPECT_EQ(quantize(-kMax, kSmallest, zeroPoint, kI8), -128);
    EXPECT_EQ(quantize(kNaN, 0.5f, zeroPoint, kI8), zeroPoint);
    EXPECT_EQ(quantize(-kNaN, 0.5f, zeroPoint, kI8), zeroPoint);
    EXPECT_EQ(quantize(0.0f, 0.5f, zeroPoint, kI8), zeroPoint);
    EXPECT_EQ(quantize(-0.0f, 0.5f, zeroPoint, kI8), zeroPoint);
  }
}

TEST(Quantize, DividesInsteadOfMultiplyingWithAReciprocal) {
  // 7 / 0.1 rounds to 70 in f32; many products with f32(1 / s) do not round to the quotient.
  int differing = 0;
  for (int i = 1; i < 2000; ++i) {
    const float scale = 0.001f * static_cast<float>(i);
    const float x = scale * 2.5f;
    const auto expected = std::nearbyint(static_cast<double>(static_cast<float>(x / scale)));
    EXPECT_EQ(quantize(x, scale, 0, kI8), static_cast<int64_t>(expected));
    differing += std::nearbyint(x * (1.0f / scale)) != expected;
  }
  EXPECT_GT(differing, 0);
}

TEST(Quantize, IsTotalForScalesThatTypesRefuse) {
  EXPECT_EQ(quantize(1.0f, 0.0f, 3, kI8), 127);
  EXPECT_EQ(quantize(-1.0f, 0.0f, 3, kI8), -128);
  EXPECT_EQ(quantize(0.0f, 0.0f, 3, kI8), 3);
  EXPECT_EQ(quantize(1.0f, kInfinity, 3, kI8), 3);
  EXPECT_EQ(quantize(1.0f, kNaN, 3, kI8), 3);
  EXPECT_EQ(quantize(kSmallest, kSmallest, 0, kI8), 1);
}

TEST(Quantize, HoldsTheEndsOfWideStorage) {
  EXPECT_EQ(quantize(2147483648.0f, 1.0f, 0, kI32), kI32.max);
  EXPECT_EQ(quantize(-2147483648.0f, 1.0f, 0, kI32), kI32.min);
  EXPECT_EQ(quantize(2147483520.0f, 1.0f, 0, kI32), 2147483520);
  EXPECT_EQ(quantize(kInfinity, 1.0f, kI32.max, kI32), kI32.max);
}

TEST(Dequantize, RoundsTheDifferenceAndTheProductOnceEach) {
  EXPECT_EQ(dequantize(5, 0.1f, -3), 8.0f * 0.1f);
  // 2^24 + 1 is no f32.
  EXPECT_EQ(dequantize(16777217, 1.0f, 0), 16777216.0f);
  EXPECT_EQ(dequantize(127, 1.0f, -128), 255.0f);
  EXPECT_EQ(dequantize(3, kSmallest, 0), 3 * kSmallest);
  EXPECT_EQ(dequantize(127, kMax, -128), kInfinity);
}

TEST(Dequantize, IsUndoneByQuantize) {
  for (float scale : {kSmallest, 1.1754944e-38f, 0.0039f, 0.1f, 1.0f, 3.0f, 1e30f})
    for (int64_t zeroPoint : {-128, 0, 5, 127})
      for (int64_t q = -128; q <= 127; ++q)
        EXPECT_EQ(quantize(dequantize(q, scale, zeroPoint), scale, zeroPoint, kI8), q);
}

TEST(Requantize, RoundsTheProductToF32First) {
  // 1 + 2^-23 times 2^23 + 1 is 8388609 + 1 + 2^-23: rounded to f32 first, it is 8388610.
  const Multiplier multiplier = Multiplier::get(1.0 + 0x1p-23, /*isFixed=*/false);
  EXPECT_EQ(requantize(8388609, multiplier, 0, kI32), 8388610);
  // An accumulator beyond 2^24 is rounded before the product.
  EXPECT_EQ(requantize(16777217, Multiplier::get(1.0, false), 0, kI32), 16777216);
}

TEST(Requantize, HalvesDifferBetweenTheModes) {
  const Multiplier f32 = Multiplier::get(0.5, false), fixed = Multiplier::get(0.5, true);
  // To even, against toward plus infinity.
  EXPECT_EQ(requantize(1, f32, 0, kI8), 0);
  EXPECT_EQ(requantize(1, fixed, 0, kI8), 1);
  EXPECT_EQ(requantize(-1, f32, 0, kI8), 0);
  EXPECT_EQ(requantize(-1, fixed, 0, kI8), 0);
  EXPECT_EQ(requantize(3, f32, 0, kI8), 2);
  EXPECT_EQ(requantize(3, fixed, 0, kI8), 2);
}

TEST(Requantize, SaturatesInBothModes) {
  constexpr int32_t kLeast = std::numeric_limits<int32_t>::min(), kMost = std::numeric_limits<int32_t>::max();
  for (bool isFixed : {false, true})
    for (double ratio : {1e-30, 0.001, 1.0, 1e10, 1e300})
      for (int64_t zeroPoint : {-128, 0, 127}) {
        const Multiplier multiplier = Multiplier::get(ratio, isFixed);
        EXPECT_EQ(requantize(0, multiplier, zeroPoint, kI8), zeroPoint);
        const bool vanishes = ratio < 1e-20;
        EXPECT_EQ(requantize(kMost, multiplier, zeroPoint, kI8), vanishes ? zeroPoint : 127);
        EXPECT_EQ(requantize(kLeast, multiplier, zeroPoint, kI8), vanishes ? zeroPoint : -128);
      }
}

TEST(DynamicParams, FollowDynamicQuantizeLinear) {
  // The example of the ONNX specification.
  DynamicParams params = chooseDynamicParams(-2.5f, 2.0f);
  EXPECT_EQ(params.scale, 4.5f / 255.0f);
  EXPECT_EQ(params.zeroPoint, 142);
  params = chooseDynamicParams(1.0f, 4.0f);
  EXPECT_EQ(params.scale, 4.0f / 255.0f);
  EXPECT_EQ(params.zeroPoint, 0);
  params = chooseDynamicParams(-4.0f, -1.0f);
  EXPECT_EQ(params.scale, 4.0f / 255.0f);
  EXPECT_EQ(params.zeroPoint, 255);
  params = chooseDynamicParams(0.0f, 0.0f);
  EXPECT_EQ(params.scale, 1.0f);
  EXPECT_EQ(params.zeroPoint, 0);
  EXPECT_EQ(quantize(kNaN, 1.0f, params.zeroPoint, kU8), 0);
}

TEST(DynamicScale, IsThatOfTheLargestMagnitude) {
  EXPECT_EQ(chooseDynamicScale(127.0f, 127), 1.0f);
  EXPECT_EQ(chooseDynamicScale(1.0f, 127), 1.0f / 127.0f);
  constexpr float kLeast = std::numeric_limits<float>::min();
  for (float absMax : {0.0f, 1e-45f, kLeast, 126.0f * kLeast})
    EXPECT_EQ(chooseDynamicScale(absMax, 127), kLeast) << absMax;
  EXPECT_GT(chooseDynamicScale(130.0f * kLeast, 127), kLeast);
}

TEST(DynamicScale, GivesEveryStepBack) {
  // The reciprocal is rounded, and so is the product with it; their errors are far less than half a step.
  constexpr Bounds kSteps = {-127, 127};
  for (float absMax : {1.0f, 0.1f, 3.3333f, 1e-37f, 5e-39f, 1e30f, std::numeric_limits<float>::max()}) {
    const float scale = chooseDynamicScale(absMax, 127);
    for (int64_t q = -127; q <= 127; ++q)
      EXPECT_EQ(quantizeDynamic(dequantize(q, scale, 0), scale, kSteps), q) << absMax;
  }
}

TEST(DynamicScale, SpecialValues) {
  constexpr Bounds kSteps = {-127, 127};
  for (float scale : {std::numeric_limits<float>::min(), 1.0f, std::numeric_limits<float>::max() / 127.0f}) {
    EXPECT_EQ(quantizeDynamic(kNaN, scale, kSteps), 0);
    EXPECT_EQ(quantizeDynamic(kInfinity, scale, kSteps), 127);
    EXPECT_EQ(quantizeDynamic(-kInfinity, scale, kSteps), -127);
    EXPECT_EQ(quantizeDynamic(-0.0f, scale, kSteps), 0);
  }
  EXPECT_EQ(quantizeDynamic(0.5f, 1.0f, kSteps), 0);
  EXPECT_EQ(quantizeDynamic(1.5f, 1.0f, kSteps), 2);
}
