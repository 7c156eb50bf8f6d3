#include "ScalarMath.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

using namespace mlir::lowbit::reference;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();
static const float kNaN = std::nanf("");

/// The distance of `value` from the `exact` result in units of the last place of the f32 that is nearest to it, whose
/// smallest exponent is that of the subnormals.
static double getUlps(float value, double exact) {
  if (std::isnan(exact) || std::isnan(value))
    return std::isnan(exact) && std::isnan(value) ? 0.0 : HUGE_VAL;
  const auto nearest = static_cast<float>(exact);
  if (std::isinf(nearest) || std::isinf(value))
    return nearest == value ? 0.0 : HUGE_VAL;
  const int exponent = nearest == 0.0f ? -126 : std::max(-126, std::ilogb(nearest));
  return std::fabs(static_cast<double>(value) - exact) / std::ldexp(1.0, exponent - 23);
}

/// Every 1009th bit pattern of f32 and those around the ends of each kind of number.
static std::vector<float> getInputs() {
  std::vector<float> inputs;
  auto add = [&](uint32_t bits) { inputs.push_back(ScalarMachine::fromBits(bits)); };
  for (uint64_t bits = 0; bits <= 0xffffffffu; bits += 1009)
    add(static_cast<uint32_t>(bits));
  for (uint32_t sign : {0u, 0x80000000u})
    for (uint32_t end : {0x00000000u, 0x00800000u, 0x3f800000u, 0x7f800000u, 0x7fc00000u})
      for (int step = -3; step <= 3; ++step)
        add(sign | ((end + step) & 0x7fffffffu));
  return inputs;
}

namespace {
struct UnaryCase {
  const char *name;
  float (*function)(float);
  double (*exact)(double);
  /// The accuracy that docs/Arithmetic.md states, for inputs of magnitude up to `limit`.
  double ulps;
  float limit;
};
class UnaryMathTest : public testing::TestWithParam<UnaryCase> {};
} // namespace

TEST_P(UnaryMathTest, IsAsAccurateAsStated) {
  const UnaryCase &unary = GetParam();
  double worst = 0.0;
  float where = 0.0f;
  for (float x : getInputs()) {
    if (std::fabs(x) > unary.limit && std::isfinite(x))
      continue;
    const double ulps = getUlps(unary.function(x), unary.exact(static_cast<double>(x)));
    if (ulps > worst) {
      worst = ulps;
      where = x;
    }
  }
  EXPECT_LE(worst, unary.ulps) << unary.name << " of " << where << " gives " << unary.function(where);
  // A statement that is far from the truth is of no use.
  EXPECT_GE(worst, unary.ulps - 0.2) << unary.name;
}

static constexpr float kMax = std::numeric_limits<float>::max();
static constexpr UnaryCase kUnary[] = {
    {"exp", ScalarMath::exp, std::exp, 1.0, kMax},       {"exp2", ScalarMath::exp2, std::exp2, 1.1, kMax},
    {"expm1", ScalarMath::expm1, std::expm1, 1.8, kMax}, {"log", ScalarMath::log, std::log, 0.6, kMax},
    {"log2", ScalarMath::log2, std::log2, 0.6, kMax},    {"log10", ScalarMath::log10, std::log10, 0.6, kMax},
    {"log1p", ScalarMath::log1p, std::log1p, 0.6, kMax}, {"tanh", ScalarMath::tanh, std::tanh, 1.4, kMax},
    {"erf", ScalarMath::erf, std::erf, 1.5, kMax},       {"sin", ScalarMath::sin, std::sin, 0.6, 1.6e6f},
    {"cos", ScalarMath::cos, std::cos, 0.6, 1.6e6f},
};
INSTANTIATE_TEST_SUITE_P(Functions, UnaryMathTest, testing::ValuesIn(kUnary),
                         [](const testing::TestParamInfo<UnaryCase> &info) { return std::string(info.param.name); });

/// The sign of a zero and where a function has no value.
TEST(MathTest, SpecialValues) {
  for (auto odd : {ScalarMath::expm1, ScalarMath::log1p, ScalarMath::tanh, ScalarMath::erf, ScalarMath::sin}) {
    EXPECT_TRUE(odd(-0.0f) == 0.0f && std::signbit(odd(-0.0f)));
    EXPECT_TRUE(odd(0.0f) == 0.0f && !std::signbit(odd(0.0f)));
  }
  // Beyond the range in which they are accurate.
  for (float x = 1e7f; x < 1e38f; x *= 3.7f) {
    EXPECT_LE(std::fabs(ScalarMath::sin(x)), 1.0f);
    EXPECT_LE(std::fabs(ScalarMath::cos(-x)), 1.0f);
  }
}

TEST(MathTest, Powers) {
  const float values[] = {0.0f,       -0.0f,  1.0f,        -1.0f,      0.5f,   -0.5f,       2.0f,
                          -2.0f,      3.0f,   -3.0f,       2.5f,       -2.5f,  1e-3f,       1e30f,
                          1e-30f,     1e-45f, -1e-45f,     kMax,       -kMax,  16777217.0f, kInfinity,
                          -kInfinity, kNaN,   0.99999994f, 1.0000001f, 127.0f, -127.0f,     1e-10f};
  for (float x : values)
    for (float y : values) {
      const float power = ScalarMath::powf(x, y);
      const double exact = std::pow(static_cast<double>(x), static_cast<double>(y));
      EXPECT_LE(getUlps(power, exact), 0.6) << x << " to the power of " << y << " gives " << power;
      EXPECT_EQ(std::signbit(power) && !std::isnan(power), std::signbit(exact) && !std::isnan(exact));
    }
  double worst = 0.0;
  uint32_t state = 1;
  auto next = [&] { return state = state * 1664525u + 1013904223u; };
  for (int i = 0; i < 400000; ++i) {
    const float x = ScalarMachine::fromBits(next() & 0x7fffffffu);
    const auto y = static_cast<float>((static_cast<double>(next()) / 4294967296.0 - 0.5) * (i % 2 ? 20.0 : 1.0));
    worst = std::max(worst, getUlps(ScalarMath::powf(x, y), std::pow(static_cast<double>(x), static_cast<double>(y))));
  }
  EXPECT_LE(worst, 0.6);

  EXPECT_EQ(ScalarMath::fpowi(1.5f, 0), 1.0f);
  EXPECT_EQ(ScalarMath::fpowi(-1.5f, 3), -3.375f);
  EXPECT_EQ(ScalarMath::fpowi(2.0f, -3), 0.125f);
  EXPECT_EQ(ScalarMath::fpowi(0.0f, -1), kInfinity);
  EXPECT_EQ(ScalarMath::fpowi(1.0f, std::numeric_limits<int64_t>::min()), 1.0f);
}

TEST(MathTest, FusedMultiplyAddRoundsOnce) {
  uint32_t state = 7;
  auto next = [&] { return state = state * 1664525u + 1013904223u; };
  auto isSame = [](float a, float b) { return ScalarMachine::bits(a) == ScalarMachine::bits(b) || (a != a && b != b); };
  int differsFromTwoRoundings = 0;
  for (int i = 0; i < 2000000; ++i) {
    float a = ScalarMachine::fromBits(next()), b = ScalarMachine::fromBits(next()), c = ScalarMachine::fromBits(next());
    // Products and addends of like magnitude, where roundings meet; and results that are subnormal.
    if (i % 4 != 0)
      c = a * b * (i % 4 == 1 ? 1.0f : ScalarMachine::fromBits(0x3f000000u | (next() & 0x00ffffffu))) *
          (next() & 1u ? -1.0f : 1.0f);
    const float fused = ScalarMath::fma(a, b, c), expected = std::fma(a, b, c);
    ASSERT_TRUE(isSame(fused, expected)) << a << " * " << b << " + " << c << " gives " << fused << ", not " << expected;
    differsFromTwoRoundings += !isSame(fused, a * b + c);
  }
  EXPECT_GT(differsFromTwoRoundings, 1000);
}
