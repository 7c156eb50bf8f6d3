#include "lowbit/Support/QuantScheme.h"
#include "lowbit/Reference/Arithmetic.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();
static constexpr float kMax = std::numeric_limits<float>::max();
static constexpr float kSmallestNormal = std::numeric_limits<float>::min();
static const float kNaN = std::nanf("");
static constexpr StorageRange kActivations = {-128, 127};
static constexpr StorageRange kWeights = {-127, 127};

TEST(QuantScheme, HasARowForEightBits) {
  const QuantScheme *scheme = QuantScheme::get(8);
  ASSERT_NE(scheme, nullptr);
  EXPECT_EQ(scheme->activations.min, -128);
  EXPECT_EQ(scheme->activations.max, 127);
  EXPECT_EQ(scheme->weights.min, -127);
  EXPECT_EQ(scheme->weights.max, 127);
  EXPECT_EQ(scheme->accumulatorBits, 32u);
  EXPECT_EQ(QuantScheme::get(0), nullptr);
  EXPECT_EQ(QuantScheme::get(9), nullptr);
}

TEST(QuantScheme, HasARowForFourAndTwoBits) {
  const QuantScheme *four = QuantScheme::get(4), *two = QuantScheme::get(2);
  ASSERT_TRUE(four && two);
  EXPECT_EQ(four->activations.min, -8);
  EXPECT_EQ(four->activations.max, 7);
  EXPECT_EQ(four->weights.min, -8);
  EXPECT_EQ(four->weights.max, 7);
  EXPECT_EQ(two->activations.min, -2);
  EXPECT_EQ(two->activations.max, 1);
  EXPECT_EQ(two->weights.min, -2);
  EXPECT_EQ(two->weights.max, 1);
}

// The classic example: at scale 1 a weight becomes the integer nearest to it, and a half the even one beside it.
TEST(QuantScheme, RoundsWeightsToTheNearestInteger) {
  const StorageRange range = QuantScheme::get(4)->weights;
  auto quantize = [&](float weight) { return reference::quantize(weight, 1.0f, 0, {range.min, range.max}); };
  EXPECT_EQ(quantize(0.823f), 1);
  EXPECT_EQ(quantize(-1.275f), -1);
  EXPECT_EQ(quantize(2.043f), 2);
  EXPECT_EQ(quantize(0.5f), 0);
  EXPECT_EQ(quantize(1.5f), 2);
  EXPECT_EQ(quantize(-2.5f), -2);
  EXPECT_EQ(quantize(-9.0f), -8);
}

TEST(ChooseAsymmetric, SpansTheStorage) {
  auto params = chooseAsymmetric({-1.0f, 3.0f}, kActivations);
  ASSERT_TRUE(params);
  EXPECT_EQ(params->scale, static_cast<float>(4.0 / 255.0));
  // -128 + 1 / (4 / 255) = -64.25
  EXPECT_EQ(params->zeroPoint, -64);
}

TEST(ChooseAsymmetric, WidensTheRangeToZero) {
  auto above = chooseAsymmetric({2.0f, 5.1f}, kActivations);
  ASSERT_TRUE(above);
  EXPECT_EQ(above->scale, static_cast<float>(static_cast<double>(5.1f) / 255.0));
  EXPECT_EQ(above->zeroPoint, -128);
  auto below = chooseAsymmetric({-5.1f, -2.0f}, kActivations);
  ASSERT_TRUE(below);
  EXPECT_EQ(below->scale, above->scale);
  EXPECT_EQ(below->zeroPoint, 127);
}

TEST(ChooseAsymmetric, GivesZerosAScale) {
  for (FloatRange range : {FloatRange{0.0f, 0.0f}, FloatRange{-0.0f, 0.0f}, FloatRange{-0.0f, -0.0f}}) {
    auto params = chooseAsymmetric(range, kActivations);
    ASSERT_TRUE(params);
    EXPECT_EQ(params->scale, 1.0f);
    EXPECT_EQ(params->zeroPoint, -128);
  }
}

TEST(ChooseAsymmetric, AcceptsATensorOfEqualValues) {
  auto params = chooseAsymmetric({7.0f, 7.0f}, kActivations);
  ASSERT_TRUE(params);
  EXPECT_EQ(params->scale, static_cast<float>(7.0 / 255.0));
  EXPECT_EQ(params->zeroPoint, -128);
}

TEST(ChooseAsymmetric, NeverGivesASubnormalScale) {
  for (float max : {std::numeric_limits<float>::denorm_min(), kSmallestNormal, 255.0f * kSmallestNormal / 2}) {
    auto params = chooseAsymmetric({0.0f, max}, kActivations);
    ASSERT_TRUE(params);
    EXPECT_EQ(params->scale, kSmallestNormal);
    EXPECT_EQ(params->zeroPoint, -128);
    auto symmetric = chooseSymmetricScale(max, kWeights);
    ASSERT_TRUE(symmetric);
    EXPECT_GE(*symmetric, kSmallestNormal);
  }
}

TEST(ChooseAsymmetric, HoldsTheLargestRange) {
  auto params = chooseAsymmetric({-kMax, kMax}, kActivations);
  ASSERT_TRUE(params);
  EXPECT_EQ(params->scale, static_cast<float>(2.0 * static_cast<double>(kMax) / 255.0));
  EXPECT_TRUE(std::isfinite(params->scale));
  // The midpoint -0.5 rounds to the even 0.
  EXPECT_EQ(params->zeroPoint, 0);
}

TEST(ChooseAsymmetric, RefusesWhatIsNoRange) {
  for (FloatRange range : {FloatRange{kNaN, 1.0f}, FloatRange{0.0f, kNaN}, FloatRange{-kInfinity, 1.0f},
                           FloatRange{0.0f, kInfinity}, FloatRange{1.0f, -1.0f}})
    EXPECT_FALSE(chooseAsymmetric(range, kActivations));
}

TEST(ChooseSymmetricScale, DividesByTheLargestInteger) {
  EXPECT_EQ(chooseSymmetricScale(1.0f, kWeights), static_cast<float>(1.0 / 127.0));
  EXPECT_EQ(chooseSymmetricScale(0.0f, kWeights), 1.0f);
  for (float absMax : {kNaN, kInfinity, -1.0f})
    EXPECT_FALSE(chooseSymmetricScale(absMax, kWeights));
}

TEST(ChooseWeightScales, TakesEachChannelAlongItsAxis) {
  // [2, 3]: rows are {1, -2, 3} and {-4, 5, -6}.
  const float weights[] = {1, -2, 3, -4, 5, -6};
  auto scaleOf = [](float absMax) { return *chooseSymmetricScale(absMax, kWeights); };
  EXPECT_EQ(*chooseWeightScales(weights, {2, 3}, 0, kWeights), (SmallVector<float>{scaleOf(3), scaleOf(6)}));
  EXPECT_EQ(*chooseWeightScales(weights, {2, 3}, 1, kWeights),
            (SmallVector<float>{scaleOf(4), scaleOf(5), scaleOf(6)}));
  EXPECT_EQ(*chooseWeightScales(weights, {2, 3}, -1, kWeights), (SmallVector<float>{scaleOf(6)}));
}

TEST(ChooseWeightScales, LendsAChannelOfZerosTheScaleOfTheTensor) {
  const float weights[] = {0, 0, 2, -8};
  auto scales = chooseWeightScales(weights, {2, 2}, 0, kWeights);
  ASSERT_TRUE(scales);
  EXPECT_EQ((*scales)[0], (*scales)[1]);
  const float zeros[] = {0, 0};
  EXPECT_EQ(*chooseWeightScales(zeros, {2, 1}, 0, kWeights), (SmallVector<float>{1.0f, 1.0f}));
}

TEST(HalfSteps, AreOddIntegersOfHalfTheScale) {
  MLIRContext context;
  context.loadDialect<quant::QuantDialect>();
  auto type = cast<quant::UniformQuantizedPerAxisType>(getHalfStepType(&context, {0.5f, 3.0f}, /*channelAxis=*/1));
  EXPECT_EQ(llvm::to_vector(type.getScales()), (SmallVector<double>{0.25, 1.5}));
  EXPECT_EQ(type.getStorageTypeMin(), -3);
  EXPECT_EQ(type.getStorageTypeMax(), 3);
  EXPECT_TRUE(isHalfStepType(type));
  EXPECT_EQ(getRestingBits(type), 2u);
  EXPECT_TRUE(isHalfStepType(getHalfStepType(&context, {0.5f}, /*channelAxis=*/-1)));
  quant::QuantizedType whole = getWeightType(&context, *QuantScheme::get(4), {0.5f, 3.0f}, 1, {-2, 7});
  EXPECT_FALSE(isHalfStepType(whole));
  EXPECT_EQ(getRestingBits(whole), 4u);
  EXPECT_EQ(llvm::to_vector(cast<quant::UniformQuantizedPerAxisType>(whole).getZeroPoints()),
            (SmallVector<int64_t>{-2, 7}));
}

TEST(ChooseWeightScales, RefusesWhatIsNotFinite) {
  for (float weight : {kNaN, kInfinity, -kInfinity})
    EXPECT_FALSE(chooseWeightScales({1.0f, weight}, {2}, 0, kWeights));
}
