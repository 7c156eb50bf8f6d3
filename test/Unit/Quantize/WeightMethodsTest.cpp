#include "Methods/Methods.h"
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
