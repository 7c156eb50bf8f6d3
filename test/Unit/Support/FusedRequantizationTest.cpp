#include "lowbit/Support/FusedRequantization.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mlir::lowbit;

namespace {

/// Every sum, as the contract has it and in one multiply-add.
void expectSame(const Requantization &plain, const FusedRequantization &fused) {
  for (int64_t sum = plain.least; sum <= plain.greatest; ++sum)
    ASSERT_EQ(fused.apply(sum, plain), plain.apply(sum)) << "sum " << sum << " times " << plain.multiplier;
}

TEST(FusedRequantization, IsTheSameForEverySum) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> exponent(-12.0f, 1.0f);
  std::uniform_int_distribution<int> bound(0, 1'000'000), zero(-128, 127);
  int found = 0;
  constexpr int kTries = 40;
  for (int number = 0; number < kTries; ++number) {
    const int64_t zeroPoint = zero(random);
    const Requantization plain = {std::exp2(exponent(random)), -128 - zeroPoint, 127 - zeroPoint, -bound(random),
                                  bound(random)};
    if (auto fused = FusedRequantization::find(plain)) {
      ++found;
      expectSame(plain, *fused);
    }
  }
  EXPECT_GE(found, kTries - 2);
}

/// Sums that are read as other floats than integers, as they are clamped in any case.
TEST(FusedRequantization, ClampsSumsOfAnySize) {
  const Requantization plain = {0.0007f, -128, 127, -16'000'000, 24'000'000};
  auto fused = FusedRequantization::find(plain);
  ASSERT_TRUE(fused);
  expectSame(plain, *fused);
}

/// Narrow clamps, one sum only, sums that all give the same, and a result for each sum or more.
TEST(FusedRequantization, TakesEveryClampAndRange) {
  for (const Requantization &plain :
       {Requantization{0.013f, 0, 255, -70'000, 50'000}, Requantization{0.4f, 0, 6, -5'000, 5'000},
        Requantization{0.013f, -128, 127, 1234, 1234}, Requantization{1.0f, -128, 127, 1000, 2000},
        Requantization{0.5f, -128, 127, -300, 300}, Requantization{3.7f, -100, 155, -300, 300}}) {
    auto fused = FusedRequantization::find(plain);
    ASSERT_TRUE(fused);
    expectSame(plain, *fused);
  }
}

/// The floats of 24 bits have no place for the sums between the clamps, or the product would leave the integers.
TEST(FusedRequantization, FindsNothingBeyondFloats) {
  EXPECT_FALSE(FusedRequantization::find({0x1p-17f, -128, 127, -100'000'000, 100'000'000}));
  EXPECT_FALSE(FusedRequantization::find({0x1p40f, -128, 127, -1'000'000, 1'000'000}));
  EXPECT_FALSE(FusedRequantization::find({0.0f, -128, 127, -10, 10}));
}

} // namespace
