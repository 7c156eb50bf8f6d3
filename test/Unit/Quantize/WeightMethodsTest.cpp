#include "Methods/GroupScales.h"
#include "Methods/Methods.h"
#include "Methods/ZeroPoints.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StorageRange kFourBits = {-8, 7};

/// The second moments of random patches whose elements are correlated.
static SquareMatrix getHessian(int64_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  SquareMatrix hessian(size);
  for (int64_t sample = 0; sample < 4 * size; ++sample) {
    const double common = normal(random);
    std::vector<double> patch(size);
    for (double &value : patch)
      value = common + 0.5 * normal(random);
    for (int64_t i = 0; i < size; ++i)
      for (int64_t j = 0; j < size; ++j)
        hessian.at(i, j) += patch[i] * patch[j];
  }
  return hessian;
}

static WeightColumn getColumn(int64_t size, unsigned seed, float scale) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  WeightColumn column;
  for (int64_t k = 0; k < size; ++k)
    column.weights.push_back(normal(random));
  column.setScale(scale);
  return column;
}

static void roundToNearest(WeightColumn &column) {
  column.integers.clear();
  for (double weight : column.weights)
    column.integers.push_back(
        std::clamp<int64_t>(std::llrint(weight / column.scales.front()), kFourBits.min, kFourBits.max));
}

TEST(GPTQ, RoundsToTheNearestWhereNothingIsCorrelated) {
  SquareMatrix identity(3);
  for (int64_t i = 0; i < 3; ++i)
    identity.at(i, i) = 1.0;
  WeightColumn column;
  column.weights = {0.823, -1.275, 2.043};
  column.setScale(1.0f);
  GPTQ(identity).round(column, kFourBits);
  EXPECT_EQ(column.integers, (std::vector<int64_t>{1, -1, 2}));
}

TEST(GPTQ, CompensatesWhatIsCorrelated) {
  // Two elements that are nearly one: their errors must cancel. The second, of the larger moment, is rounded first.
  SquareMatrix hessian(2);
  hessian.at(0, 0) = 1.0;
  hessian.at(1, 1) = 1.001;
  hessian.at(0, 1) = hessian.at(1, 0) = 1.0;
  WeightColumn column;
  column.weights = {0.4, 0.4};
  column.setScale(1.0f);
  GPTQ(hessian).round(column, kFourBits);
  EXPECT_EQ(column.integers, (std::vector<int64_t>{1, 0}));
}

TEST(GPTQ, SolvesWithItsFactor) {
  const SquareMatrix hessian = getHessian(8, 4);
  const std::vector<double> right = getColumn(8, 5, 1.0f).weights;
  const std::vector<double> found = GPTQ(hessian).solve(right);
  for (int64_t i = 0; i < 8; ++i) {
    double product = 0.0;
    for (int64_t j = 0; j < 8; ++j)
      product += hessian.at(i, j) * found[j];
    EXPECT_NEAR(product, right[i], 1e-9);
  }
}

TEST(GPTQ, StaysInTheRange) {
  SquareMatrix hessian = getHessian(8, 1);
  WeightColumn column = getColumn(8, 2, 0.01f);
  GPTQ(hessian).round(column, kFourBits);
  for (int64_t integer : column.integers) {
    EXPECT_GE(integer, kFourBits.min);
    EXPECT_LE(integer, kFourBits.max);
  }
}

TEST(WeightMethods, EachIsBetterThanTheOneBefore) {
  double nearestSum = 0.0, gptqSum = 0.0, descentSum = 0.0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const SquareMatrix hessian = getHessian(24, seed);
    WeightColumn column = getColumn(24, seed + 100, 0.5f);
    roundToNearest(column);
    nearestSum += getSquaredError(column, hessian);
    GPTQ(hessian).round(column, kFourBits);
    const double gptq = getSquaredError(column, hessian);
    gptqSum += gptq;
    descend(column, hessian, kFourBits);
    const double descent = getSquaredError(column, hessian);
    EXPECT_LE(descent, gptq * (1 + 1e-9));
    descentSum += descent;
  }
  EXPECT_LT(gptqSum, 0.5 * nearestSum);
  EXPECT_LT(descentSum, gptqSum);
}

TEST(CoordinateDescent, EndsWhereNoStepHelps) {
  const SquareMatrix hessian = getHessian(12, 3);
  WeightColumn column = getColumn(12, 4, 0.5f);
  roundToNearest(column);
  descend(column, hessian, kFourBits);
  const double error = getSquaredError(column, hessian);
  for (size_t k = 0; k < column.integers.size(); ++k)
    for (int64_t direction : {-1, 1}) {
      WeightColumn moved = column;
      moved.integers[k] += direction;
      if (moved.integers[k] >= kFourBits.min && moved.integers[k] <= kFourBits.max) {
        EXPECT_GE(getSquaredError(moved, hessian), error * (1 - 1e-6));
      }
    }
}

TEST(FitScale, IsTheBestScaleForTheIntegers) {
  const SquareMatrix hessian = getHessian(12, 5);
  WeightColumn column = getColumn(12, 6, 0.5f);
  roundToNearest(column);
  std::optional<float> fit = fitScale(column, hessian);
  ASSERT_TRUE(fit);
  column.setScale(*fit);
  const double error = getSquaredError(column, hessian);
  for (float factor : {0.99f, 1.01f}) {
    column.setScale(*fit * factor);
    EXPECT_GT(getSquaredError(column, hessian), error);
  }
  column.integers.assign(12, 0);
  EXPECT_FALSE(fitScale(column, hessian));
}

TEST(MSEScales, ClipWhereThatIsBetter) {
  // 1000 weights up to 1 and one of 3: the few integers serve the many.
  std::vector<float> weights(1000);
  for (int i = 0; i < 1000; ++i)
    weights[i] = static_cast<float>(i - 500) / 500.0f;
  weights.push_back(3.0f);
  auto one = [](int64_t) { return int64_t(0); };
  auto scales = chooseMSEScales(weights, {}, one, 1, kFourBits);
  ASSERT_TRUE(scales);
  EXPECT_LT((*scales)[0], 0.7f * 3.0f / 7.0f);
  // Where the large one counts most, it is not clipped.
  std::vector<float> importance(1000, 1e-6f);
  importance.push_back(1.0f);
  auto important = chooseMSEScales(weights, importance, one, 1, kFourBits);
  EXPECT_GT((*important)[0], 0.99f * 3.0f / 7.0f);
}

TEST(MSEScales, GivesEachGroupItsOwn) {
  const float weights[] = {7.0f, 7.0f, 0.0f, 0.0f, 14.0f, -14.0f};
  auto pairs = [](int64_t index) { return index / 2; };
  auto scales = chooseMSEScales(weights, {}, pairs, 3, kFourBits);
  ASSERT_TRUE(scales);
  EXPECT_FLOAT_EQ((*scales)[0], 1.0f);
  EXPECT_FLOAT_EQ((*scales)[1], 2.0f); // zeros take the scale of the tensor
  const float broken[] = {1.0f, std::nanf("")};
  EXPECT_FALSE(chooseMSEScales(broken, {}, pairs, 1, kFourBits));
}

TEST(GPTQ, RoundsAroundTheZeroPoint) {
  SquareMatrix identity(4);
  for (int64_t i = 0; i < 4; ++i)
    identity.at(i, i) = 1.0;
  WeightColumn column;
  column.weights = {-1.2, -0.1, 0.9, 9.0};
  column.setScale(1.0f);
  column.zeroPoints.assign(4, -0.5); // two bits in half steps
  GPTQ(identity).round(column, {-2, 1});
  EXPECT_EQ(column.integers, (std::vector<int64_t>{-2, -1, 0, 1}));
  EXPECT_EQ(column.getSteps(0), -1.5);
  EXPECT_NEAR(column.getError(0), -0.3, 1e-12);
  // The best scale for -1.5, -0.5, 0.5 and 1.5 steps.
  std::optional<float> fit = fitScale(column, identity);
  ASSERT_TRUE(fit);
  EXPECT_FLOAT_EQ(*fit, (1.5f * 1.2f + 0.5f * 0.1f + 0.5f * 0.9f + 1.5f * 9.0f) / 5.0f);
}

TEST(ZeroPoints, SpanWhatTheWeightsDo) {
  const WeightGroup oneSided{{0.0f, 3.0f, 7.5f, 15.0f}, {}}, twoSided{{-8.0f, 7.0f}, {}};
  auto params = chooseWeightParams({oneSided, twoSided}, kFourBits, WeightZeroPoints::Integer, WeightScales::AbsMax);
  ASSERT_TRUE(params);
  EXPECT_EQ((*params)[0].scale, 1.0f);
  EXPECT_EQ((*params)[0].zeroPoint, -8.0);
  EXPECT_EQ((*params)[1].scale, 1.0f);
  EXPECT_EQ((*params)[1].zeroPoint, 0.0);
  // The largest weight is the outermost of the half steps.
  params = chooseWeightParams({oneSided, twoSided}, {-2, 1}, WeightZeroPoints::Half, WeightScales::AbsMax);
  ASSERT_TRUE(params);
  EXPECT_EQ((*params)[0].scale, 10.0f);
  EXPECT_EQ((*params)[0].zeroPoint, -0.5);
  // Zeros have the scale of the tensor.
  const WeightGroup zeros{{0.0f, 0.0f}, {}};
  params = chooseWeightParams({zeros, twoSided}, kFourBits, WeightZeroPoints::Integer, WeightScales::MSE);
  ASSERT_TRUE(params);
  EXPECT_EQ((*params)[0].scale, 8.0f / 7.0f);
  EXPECT_EQ((*params)[0].zeroPoint, 0.0);
  const WeightGroup broken{{1.0f, std::nanf("")}, {}};
  EXPECT_FALSE(chooseWeightParams({broken}, kFourBits, WeightZeroPoints::Integer, WeightScales::MSE));
}

TEST(ZeroPoints, FitANormalDistribution) {
  WeightGroup group;
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (int i = 0; i < 20000; ++i)
    group.weights.push_back(normal(random));
  auto params = chooseWeightParams({group}, {-2, 1}, WeightZeroPoints::Half, WeightScales::MSE);
  ASSERT_TRUE(params);
  // Of equidistant levels the best lie 0.996 standard deviations apart (Max, 1960).
  EXPECT_NEAR((*params)[0].scale, 0.996f, 0.03f);
  // Whatever the weights, nothing is lost against levels around 0.
  for (float &weight : group.weights)
    weight += 0.3f;
  auto getError = [&](const WeightParams &params) {
    double error = 0.0;
    for (float weight : group.weights) {
      const double position = weight / static_cast<double>(params.scale) + params.zeroPoint;
      const double integer = std::clamp(std::nearbyint(position), -8.0, 7.0);
      error += std::pow((integer - params.zeroPoint) * params.scale - weight, 2);
    }
    return error;
  };
  params = chooseWeightParams({group}, kFourBits, WeightZeroPoints::Integer, WeightScales::MSE);
  auto symmetric = chooseMSEScales(group.weights, {}, [](int64_t) { return int64_t(0); }, 1, kFourBits);
  EXPECT_LE(getError((*params)[0]), getError({(*symmetric)[0], 0.0}));
  EXPECT_LT((*params)[0].zeroPoint, 0.0);
}

/// Groups of 4 weights of very different sizes.
static SmallVector<WeightGroup, 0> getGroups(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  SmallVector<WeightGroup, 0> groups(count);
  for (WeightGroup &group : groups) {
    const float size = std::exp(normal(random));
    for (int i = 0; i < 4; ++i)
      group.weights.push_back(size * normal(random));
  }
  return groups;
}

static SmallVector<float> getWantedScales(ArrayRef<WeightGroup> groups) {
  SmallVector<float> scales;
  for (const WeightGroup &group : groups) {
    float largest = 0.0f;
    for (float weight : group.weights)
      largest = std::max(largest, std::fabs(weight));
    scales.push_back(largest / 7.0f);
  }
  return scales;
}

/// The squared error of the groups rounded to the nearest integers.
static double getSquaredError(ArrayRef<WeightGroup> groups, const GroupScales &scales) {
  double error = 0.0;
  for (auto [group, multiplier] : llvm::zip_equal(groups, scales.multipliers))
    for (float weight : group.weights) {
      const double scale = static_cast<double>(multiplier) * scales.channelScale;
      const double integer = std::clamp<double>(std::nearbyint(weight / scale), kFourBits.min, kFourBits.max);
      error += std::pow(weight - integer * scale, 2);
    }
  return error;
}

TEST(GroupScales, HaveMultipliersWhoseProductsFitEightBits) {
  EXPECT_EQ(getLargestMultiplier({-8, 7}, 0), 15);
  EXPECT_EQ(getLargestMultiplier({-8, 7}, -8), 8);
  EXPECT_EQ(getLargestMultiplier({-2, 1}, 0), 63);
  for (unsigned seed = 0; seed < 50; ++seed) {
    const auto groups = getGroups(6, seed);
    const SmallVector<float> wanted = getWantedScales(groups);
    for (const GroupScales &scales :
         {coverGroupScales(groups, wanted, kFourBits), fitGroupScales(groups, wanted, kFourBits)})
      for (int64_t multiplier : scales.multipliers) {
        EXPECT_GE(multiplier, 1);
        EXPECT_LE(multiplier, 15);
        const float scale = static_cast<float>(multiplier) * scales.channelScale;
        EXPECT_EQ(static_cast<double>(scale), static_cast<double>(multiplier) * scales.channelScale);
      }
  }
}

TEST(GroupScales, CoverWhatIsWanted) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const auto groups = getGroups(6, seed);
    const SmallVector<float> wanted = getWantedScales(groups);
    const GroupScales scales = coverGroupScales(groups, wanted, kFourBits);
    for (auto [scale, multiplier] : llvm::zip_equal(wanted, scales.multipliers)) {
      EXPECT_GE(static_cast<float>(multiplier) * scales.channelScale, scale);
      EXPECT_LT(static_cast<float>(multiplier - 1) * scales.channelScale, scale);
    }
  }
}

TEST(GroupScales, FitBetterThanTheyCover) {
  double covered = 0.0, fitted = 0.0;
  for (unsigned seed = 0; seed < 50; ++seed) {
    const auto groups = getGroups(6, seed);
    const SmallVector<float> wanted = getWantedScales(groups);
    covered += getSquaredError(groups, coverGroupScales(groups, wanted, kFourBits));
    fitted += getSquaredError(groups, fitGroupScales(groups, wanted, kFourBits));
  }
  EXPECT_LT(fitted, 0.9 * covered);
}

// A group whose integers reach farther from its zero point may have smaller multipliers: no effective weight exceeds
// 127.
TEST(GroupScales, AreBoundedByZeroPoints) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    auto groups = getGroups(6, seed);
    for (auto [index, group] : llvm::enumerate(groups))
      group.zeroPoint = static_cast<int64_t>((seed + 5 * index) % 16) - 8;
    const SmallVector<float> wanted = getWantedScales(groups);
    const GroupScales covered = coverGroupScales(groups, wanted, kFourBits);
    for (const GroupScales &scales : {covered, fitGroupScales(groups, wanted, kFourBits)})
      for (auto [group, multiplier] : llvm::zip_equal(groups, scales.multipliers)) {
        EXPECT_GE(multiplier, 1);
        EXPECT_LE(multiplier * (7 - group.zeroPoint), 127);
        EXPECT_LE(multiplier * (group.zeroPoint + 8), 127);
      }
    for (auto [scale, multiplier] : llvm::zip_equal(wanted, covered.multipliers))
      EXPECT_GE(static_cast<float>(multiplier) * covered.channelScale, scale);
  }
}

TEST(GroupScales, AreBoundedForExtremeWeights) {
  for (float wanted : {std::numeric_limits<float>::min(), std::numeric_limits<float>::max() / 7.0f}) {
    const GroupScales scales = coverGroupScales({WeightGroup(), WeightGroup()}, {wanted, wanted / 2.0f}, kFourBits);
    for (int64_t multiplier : scales.multipliers)
      EXPECT_TRUE(std::isnormal(static_cast<float>(multiplier) * scales.channelScale));
  }
}

TEST(GroupScales, AreTheTensorsForAGroupOfZeros) {
  const float weights[] = {0.0f, 0.0f, 3.5f, -7.0f};
  auto pairOf = [](int64_t index) { return index / 2; };
  EXPECT_EQ(chooseAbsMaxScales(weights, pairOf, 2, kFourBits), (SmallVector<float>{1.0f, 1.0f}));
  const float bad[] = {1.0f, std::nanf("")};
  EXPECT_FALSE(chooseAbsMaxScales(bad, pairOf, 1, kFourBits));
}

TEST(GroupedColumns, DescendAroundZeroPoints) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const SquareMatrix hessian = getHessian(8, seed);
    GroupedColumn column;
    static_cast<WeightColumn &>(column) = getColumn(8, seed + 100, 0.5f);
    column.groupScales = {0.125f, {2, 8}};
    column.groups = {0, 0, 0, 0, 1, 1, 1, 1};
    column.zeroPoints = {3, 3, 3, 3, -8, -8, -8, -8};
    column.applyScales();
    GPTQ(hessian).round(column, kFourBits);
    const double rounded = getSquaredError(column, hessian);
    descendMultipliers(column, hessian, kFourBits);
    EXPECT_LE(getSquaredError(column, hessian), rounded * (1 + 1e-9));
    EXPECT_LE(column.groupScales.multipliers[1], 8);
  }
}

TEST(GroupedColumns, DescendAndFitWithLessError) {
  double before = 0.0, after = 0.0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const SquareMatrix hessian = getHessian(24, seed);
    GroupedColumn column;
    static_cast<WeightColumn &>(column) = getColumn(24, seed + 100, 0.5f);
    column.groupScales = {0.125f, {1, 9, 15, 4, 2, 3}};
    for (int64_t k = 0; k < 24; ++k)
      column.groups.push_back(k / 4);
    column.applyScales();
    EXPECT_EQ(column.scales[5], 9 * 0.125);
    GPTQ(hessian).round(column, kFourBits);
    const double rounded = getSquaredError(column, hessian);
    descendMultipliers(column, hessian, kFourBits);
    const double descended = getSquaredError(column, hessian);
    EXPECT_LE(descended, rounded * (1 + 1e-9));
    before += rounded;
    after += descended;
    // Exact multiples cost a little of what the best scale gains.
    fitChannelScale(column, hessian);
    EXPECT_LE(getSquaredError(column, hessian), descended * (1 + 1e-3));
    for (auto [k, group] : llvm::enumerate(column.groups))
      EXPECT_EQ(column.scales[k],
                static_cast<double>(column.groupScales.multipliers[group]) * column.groupScales.channelScale);
  }
  EXPECT_LT(after, 0.95 * before);
}
