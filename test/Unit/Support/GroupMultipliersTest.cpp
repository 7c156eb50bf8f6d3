#include "lowbit/Support/GroupMultipliers.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>
#include <random>

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Weights [K, N] of 4 bits, output channels along 1, unless a test says otherwise.
struct GroupMultipliersTest : testing::Test {
  GroupMultipliersTest() { context.loadDialect<quant::QuantDialect>(); }

  quant::UniformQuantizedSubChannelType parse(StringRef type) {
    return cast<quant::UniformQuantizedSubChannelType>(parseType(type, &context));
  }
  FailureOr<GroupMultipliers> get(StringRef type, int64_t channelAxis = 1) {
    return GroupMultipliers::get(parse(type), channelAxis, reason);
  }
  /// A type of one channel with those scales of groups of 16.
  quant::UniformQuantizedSubChannelType makeType(ArrayRef<float> scales) {
    auto shape = RankedTensorType::get({static_cast<int64_t>(scales.size()), 1}, Float32Type::get(&context));
    Type storage = IntegerType::get(&context, 4);
    SmallVector<APInt> zeroPoints(scales.size(), APInt(4, 0));
    return quant::UniformQuantizedSubChannelType::get(
        quant::QuantizationFlags::Signed, storage, Float32Type::get(&context), DenseElementsAttr::get(shape, scales),
        DenseElementsAttr::get(shape.clone(storage), zeroPoints), {0, 1}, {16, 1}, -8, 7);
  }
  FailureOr<GroupMultipliers> get(ArrayRef<float> scales) {
    return GroupMultipliers::get(makeType(scales), /*channelAxis=*/1, reason);
  }

  MLIRContext context;
  std::string reason;
};
} // namespace

TEST_F(GroupMultipliersTest, DivideTheScalesOfAChannel) {
  auto multipliers = get("!quant.uniform<i4:f32:{0:16, 1:1}, {{0.75, 0.5}, {0.5, 0.5}, {1.25, 7.5}}>");
  ASSERT_TRUE(succeeded(multipliers)) << reason;
  EXPECT_EQ(multipliers->getChannelScales(), (ArrayRef<double>{0.25, 0.5}));
  EXPECT_EQ(multipliers->getMultipliers(), (ArrayRef<int8_t>{3, 1, 2, 1, 5, 15}));
  EXPECT_EQ(multipliers->getLargestMagnitude(), 120);
}

TEST_F(GroupMultipliersTest, DivideTheScalesOfAFilter) {
  // [F, KH, KW, C] = [2, 1, 2, 32]
  auto multipliers = get("!quant.uniform<i2:f32:{0:1, 1:1, 2:1, 3:16}, "
                         "{{{{3.0, 6.0}, {9.0, 3.0}}}, {{{1.0, 63.0}, {2.0, 4.0}}}}>",
                         /*channelAxis=*/0);
  ASSERT_TRUE(succeeded(multipliers)) << reason;
  EXPECT_EQ(multipliers->getChannelScales(), (ArrayRef<double>{3.0, 1.0}));
  EXPECT_EQ(multipliers->getMultipliers(), (ArrayRef<int8_t>{1, 2, 3, 1, 1, 63, 2, 4}));
}

TEST_F(GroupMultipliersTest, ExpandWeights) {
  auto multipliers = get("!quant.uniform<i4:f32:{0:2, 1:1}, {{0.5:1, 0.25}, {1.0:-2, 0.75}}>");
  ASSERT_TRUE(succeeded(multipliers)) << reason;
  const int8_t weights[] = {7, -8, -8, 7, 7, 1, -8, 2};
  EXPECT_EQ(multipliers->expand(weights, {4, 2}), (SmallVector<int8_t, 0>{6, -8, -9, 7, 18, 3, -12, 6}));
}

// Every integer with every zero point and multiplier of 4 and 2 bits: either the effective weight is right and fits, or
// the type is refused.
TEST_F(GroupMultipliersTest, ExpandEveryWeight) {
  for (int bits : {4, 2}) {
    const int low = -(1 << (bits - 1)), high = -low - 1;
    SmallVector<int8_t> weights;
    for (int weight = low; weight <= high; ++weight)
      weights.push_back(static_cast<int8_t>(weight));
    const int64_t size = weights.size();
    for (int zeroPoint = low; zeroPoint <= high; ++zeroPoint)
      for (int multiplier = 1; multiplier <= 128; ++multiplier) {
        // A second group of scale 1 makes the scale of the channel 1.
        const std::string type = "!quant.uniform<i" + std::to_string(bits) + ":f32:{0:" + std::to_string(size) +
                                 ", 1:1}, {{" + std::to_string(multiplier) + ".0:" + std::to_string(zeroPoint) +
                                 "}, {1.0}}>";
        SmallVector<int8_t> both = weights;
        both.append(weights.begin(), weights.end());
        auto multipliers = get(type);
        const int most = multiplier * std::max(high - zeroPoint, zeroPoint - low);
        ASSERT_EQ(succeeded(multipliers), most <= 127) << type;
        if (failed(multipliers))
          continue;
        const SmallVector<int8_t, 0> expanded = multipliers->expand(both, {2 * size, 1});
        for (int64_t index = 0; index < size; ++index) {
          EXPECT_EQ(expanded[index], multiplier * (weights[index] - zeroPoint)) << type;
          EXPECT_EQ(expanded[size + index], weights[index]) << type;
        }
      }
  }
}

TEST_F(GroupMultipliersTest, AreTheSmallestThereAre) {
  std::mt19937 random(11);
  for (int trial = 0; trial < 2000; ++trial) {
    SmallVector<float> scales;
    const float scale = roundChannelScale(
        std::ldexp(1.0f + static_cast<float>(random() % 8388608) / 8388608.0f, static_cast<int>(random() % 200) - 100));
    SmallVector<int64_t> chosen;
    int64_t divisor = 0;
    for (unsigned group = 0, count = 1 + random() % 6; group < count; ++group) {
      chosen.push_back(1 + random() % 15);
      divisor = std::gcd(divisor, chosen.back());
      scales.push_back(static_cast<float>(chosen.back()) * scale);
      EXPECT_EQ(static_cast<double>(scales.back()), static_cast<double>(chosen.back()) * scale);
    }
    auto multipliers = get(scales);
    ASSERT_TRUE(succeeded(multipliers)) << reason;
    // The odd part of the significand is no part of a multiplier, nor is a power of two that all share.
    for (auto [index, multiplier] : llvm::enumerate(multipliers->getMultipliers())) {
      EXPECT_EQ(multiplier, chosen[index] / divisor);
      EXPECT_EQ(multiplier * multipliers->getChannelScales().front(), static_cast<double>(scales[index]));
    }
  }
}

TEST_F(GroupMultipliersTest, RefuseLargeMultiples) {
  EXPECT_TRUE(succeeded(get(ArrayRef<float>{1.0f, 15.0f})));
  EXPECT_TRUE(failed(get(ArrayRef<float>{1.0f, 16.0f, 3.0f})));
  EXPECT_EQ(reason,
            "the groups of weights of output channel 0 have scales that are too large multiples of their common "
            "divisor: an effective weight may reach 128, more than 127");
  // Neighbours have a common divisor of their last bit.
  EXPECT_TRUE(failed(get(ArrayRef<float>{1.0f, std::nextafter(1.0f, 2.0f)})));
  // Neither the shift nor the product overflows.
  EXPECT_TRUE(failed(get(ArrayRef<float>{std::numeric_limits<float>::max(), std::numeric_limits<float>::min()})));
}

TEST_F(GroupMultipliersTest, RefuseScalesThatAreNone) {
  const float kNaN = std::nanf(""), kInfinity = std::numeric_limits<float>::infinity();
  for (float scale : {0.0f, -0.0f, -1.0f, kNaN, kInfinity, -kInfinity}) {
    EXPECT_TRUE(failed(get(ArrayRef<float>{1.0f, scale})));
    EXPECT_EQ(reason, "the scale of a group of weights is no positive, finite f32");
  }
}

TEST_F(GroupMultipliersTest, RefuseSubnormalDivisors) {
  constexpr float kSmallest = std::numeric_limits<float>::min();
  EXPECT_TRUE(succeeded(get(ArrayRef<float>{kSmallest, 3.0f * kSmallest})));
  EXPECT_TRUE(failed(get(ArrayRef<float>{kSmallest, 1.5f * kSmallest})));
  EXPECT_EQ(reason, "the common divisor of the scales of groups of weights is subnormal");
  EXPECT_TRUE(failed(get(ArrayRef<float>{std::numeric_limits<float>::denorm_min()})));
}

TEST_F(GroupMultipliersTest, CountZeroPointsIntoTheBound) {
  // -8 - 7 = -15, times 8 is -120, times 9 is -135.
  EXPECT_TRUE(succeeded(get("!quant.uniform<i4:f32:{0:16, 1:1}, {{1.0}, {8.0:7}}>")));
  EXPECT_TRUE(failed(get("!quant.uniform<i4:f32:{0:16, 1:1}, {{1.0}, {9.0:7}}>")));
  // Of any integer that the storage can hold, whatever range the type says.
  EXPECT_TRUE(failed(get("!quant.uniform<i8<-7:7>:f32:{0:16, 1:1}, {{1.0}, {1.0}}>")));
}

TEST_F(GroupMultipliersTest, RefuseOtherLayouts) {
  EXPECT_TRUE(failed(get("!quant.uniform<i4:f32:{0:1, 1:2}, {{1.0}, {2.0}}>")));
  EXPECT_EQ(reason, "groups of weights extend along another dimension than 0");
  EXPECT_TRUE(failed(get("!quant.uniform<i4:f32:{0:16}, {{1.0}, {2.0}}>")));
  EXPECT_TRUE(failed(get("!quant.uniform<i4:f32:{0:16}, {1.0, 2.0}>", /*channelAxis=*/0)));
  EXPECT_EQ(reason, "weights in groups have no output channels");
  EXPECT_TRUE(failed(get("!quant.uniform<i4:f32:{0:16, 1:1}, {{1.0}, {2.0}}>", /*channelAxis=*/-1)));
  EXPECT_TRUE(failed(get("!quant.uniform<i16:f32:{0:16, 1:1}, {{1.0}, {2.0}}>")));
  EXPECT_EQ(reason, "weights in groups have more than 8 bits");
}

TEST_F(GroupMultipliersTest, ManyGroups) {
  SmallVector<float> scales(1 << 16);
  for (auto [index, scale] : llvm::enumerate(scales))
    scale = static_cast<float>(1 + index % 15) * 0.125f;
  auto multipliers = get(scales);
  ASSERT_TRUE(succeeded(multipliers)) << reason;
  EXPECT_EQ(multipliers->getChannelScales(), ArrayRef<double>{0.125});
}

TEST_F(GroupMultipliersTest, TakeOtherChannelScales) {
  auto type = parse("!quant.uniform<i4:f32:{0:16, 1:1}, {{0.75, 3.0}, {0.5, 1.0}}>");
  const float other = std::nextafter(1.0f, 2.0f);
  quant::UniformQuantizedSubChannelType widened = withChannelScales(type, 1, {other, 1.0f});
  auto multipliers = GroupMultipliers::get(widened, 1, reason);
  ASSERT_TRUE(succeeded(multipliers)) << reason;
  EXPECT_EQ(multipliers->getMultipliers(), (ArrayRef<int8_t>{3, 3, 2, 1}));
  EXPECT_EQ(multipliers->getChannelScales(), (ArrayRef<double>{1.0 + 0x1p-16, 1.0}));
  EXPECT_EQ(withChannelScales(type, 1, {0.25f, 1.0f}), type);
  EXPECT_FALSE(withChannelScales(type, 1, {std::numeric_limits<float>::max(), 1.0f}));
}

TEST(RoundChannelScale, LeavesRoomForMultipliers) {
  EXPECT_EQ(roundChannelScale(1.0f), 1.0f);
  EXPECT_EQ(roundChannelScale(std::nextafter(2.0f, 1.0f)), 2.0f);
  EXPECT_EQ(roundChannelScale(0.1f), 0x1.999ap-4f);
  EXPECT_EQ(roundChannelScale(std::numeric_limits<float>::max()), std::numeric_limits<float>::infinity());
}

TEST_F(GroupMultipliersTest, ScalesOfChannels) {
  auto scalesOf = [&](StringRef type, int64_t axis) {
    return getChannelScales(cast<quant::QuantizedType>(parseType(type, &context)), axis);
  };
  EXPECT_EQ(scalesOf("!quant.uniform<i8:f32, 0.5>", 1), (SmallVector<double>{0.5}));
  EXPECT_EQ(scalesOf("!quant.uniform<i8:f32:1, {0.5, 0.25}>", 1), (SmallVector<double>{0.5, 0.25}));
  EXPECT_EQ(scalesOf("!quant.uniform<i8:f32:1, {0.5, 0.25}>", 0), std::nullopt);
  EXPECT_EQ(scalesOf("!quant.uniform<i4:f32:{0:16, 1:1}, {{0.75}, {0.5}}>", 1), (SmallVector<double>{0.25}));
  EXPECT_EQ(scalesOf("!quant.uniform<i4:f32:{0:16, 1:1}, {{17.0}, {1.0}}>", 1), std::nullopt);
}
