#include "lowbit/Analysis/AccumulatorRange.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StorageValues kInput = {{-128, 127}, 3};
static constexpr int64_t kMost = std::numeric_limits<int32_t>::max();

TEST(AccumulatorRange, MeasuresFromTheZeroPoint) {
  EXPECT_EQ((StorageValues{{-128, 127}, 0}).getLargestMagnitude(), 128);
  EXPECT_EQ((StorageValues{{-128, 127}, -128}).getLargestMagnitude(), 255);
  EXPECT_EQ((StorageValues{{-128, 127}, 127}).getLargestMagnitude(), 255);
}

TEST(AccumulatorRange, SumsTheChannelOfMostWeight) {
  // Filter [3, 1, 2, 1], output channels along 0.
  const int8_t weights[] = {1, -2, 100, -127, 5, 5};
  AccumulatorBound bound = boundAccumulator(weights, {3, 1, 2, 1}, 0, {0}, kInput, {});
  EXPECT_EQ(bound.channel, 1);
  EXPECT_EQ(bound.magnitude, 227 * 131);
  // The same bytes as [1, 2, 3], output channels along 2.
  bound = boundAccumulator(weights, {1, 2, 3}, 2, {0}, kInput, {});
  EXPECT_EQ(bound.channel, 0);
  EXPECT_EQ(bound.magnitude, 128 * 131);
}

TEST(AccumulatorRange, AddsTheBias) {
  const int8_t weights[] = {1, 1};
  const int32_t bias[] = {0, std::numeric_limits<int32_t>::min()};
  AccumulatorBound bound = boundAccumulator(weights, {2, 1}, 0, {0}, kInput, bias);
  EXPECT_EQ(bound.channel, 1);
  EXPECT_EQ(bound.magnitude, (int64_t(1) << 31) + 131);
  EXPECT_FALSE(bound.fits());
}

TEST(AccumulatorRange, IsExactAtTheLimit) {
  EXPECT_TRUE((AccumulatorBound{kMost, 0}).fits());
  EXPECT_FALSE((AccumulatorBound{kMost + 1, 0}).fits());
}

TEST(AccumulatorRange, SaturatesInsteadOfWrapping) {
  const StorageValues wide = {{std::numeric_limits<int32_t>::min(), kMost}, 0};
  EXPECT_FALSE(boundAccumulator(wide, wide, std::numeric_limits<int64_t>::max() / 2).fits());
  EXPECT_TRUE(boundAccumulator(wide, wide, 0).fits());
}

TEST(AccumulatorRange, HoldsForEveryPrefixOfEveryOrder) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 200; ++trial) {
    const int64_t zeroPoint = static_cast<int64_t>(random() % 256) - 128;
    SmallVector<int8_t> weights(1 + random() % 50);
    for (int8_t &weight : weights)
      weight = static_cast<int8_t>(random());
    const int32_t bias = static_cast<int32_t>(random()) >> 12;
    const int64_t count = weights.size();
    AccumulatorBound bound = boundAccumulator(weights, {1, count}, 0, {0}, {{-128, 127}, zeroPoint}, {bias});
    for (int sample = 0; sample < 20; ++sample) {
      std::shuffle(weights.begin(), weights.end(), random);
      int64_t sum = bias;
      for (int8_t weight : weights) {
        // The extremes, which the worst inputs are made of.
        const int64_t q = random() % 2 ? -128 : 127;
        sum += (q - zeroPoint) * weight;
        ASSERT_LE(std::abs(sum), bound.magnitude);
      }
    }
  }
}

namespace {
struct VerifyAccumulator : testing::Test {
  /// The reason why an accumulator of `body` may overflow, or nothing.
  std::string verify(StringRef body) {
    context.loadDialect<LowbitDialect, quant::QuantDialect, arith::ArithDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(body, &context);
    std::string reason;
    if (!module)
      return "did not parse";
    module->walk([&](Operation *op) {
      if (op->getDialect() && op->getDialect()->getNamespace() == "lowbit" && failed(verifyAccumulator(op, reason)))
        return WalkResult::interrupt();
      return WalkResult::advance();
    });
    return reason;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST_F(VerifyAccumulator, ReadsWeightsThroughTheStorageCast) {
  EXPECT_EQ(verify(R"mlir(
    func.func @f(%x: tensor<1x2x!quant.uniform<i8:f32, 1.0>>) -> tensor<1x1xi32> {
      %w = arith.constant dense<[[1], [-1]]> : tensor<2x1xi8>
      %q = quant.scast %w : tensor<2x1xi8> to tensor<2x1x!quant.uniform<i8:f32, 1.0>>
      %b = arith.constant dense<[2147483391]> : tensor<1xi32>
      %y = lowbit.matmul %x, %q bias %b : tensor<1x2x!quant.uniform<i8:f32, 1.0>>,
        tensor<2x1x!quant.uniform<i8:f32, 1.0>>, tensor<1xi32> -> tensor<1x1xi32>
      return %y : tensor<1x1xi32>
    })mlir"),
            "");
}

TEST_F(VerifyAccumulator, NamesTheChannel) {
  EXPECT_EQ(verify(R"mlir(
    func.func @f(%x: tensor<1x2x!quant.uniform<i8:f32, 1.0>>) -> tensor<1x2xi32> {
      %w = arith.constant dense<[[1, 1], [1, -1]]> : tensor<2x2xi8>
      %q = quant.scast %w : tensor<2x2xi8> to tensor<2x2x!quant.uniform<i8:f32:1, {1.0, 2.0}>>
      %b = arith.constant dense<[0, 2147483392]> : tensor<2xi32>
      %y = lowbit.matmul %x, %q bias %b : tensor<1x2x!quant.uniform<i8:f32, 1.0>>,
        tensor<2x2x!quant.uniform<i8:f32:1, {1.0, 2.0}>>, tensor<2xi32> -> tensor<1x2xi32>
      return %y : tensor<1x2xi32>
    })mlir"),
            "the accumulator of output channel 1 may reach 2147483648, more than 2147483647");
}

TEST_F(VerifyAccumulator, MultipliesTheGroupsOfWeights) {
  // 128 * (15 * |-8| + 1 * |7|) = 16256
  auto product = [](const std::string &bias) {
    return R"mlir(
    func.func @f(%x: tensor<1x2x!quant.uniform<i8:f32, 1.0>>) -> tensor<1x1xi32> {
      %w = arith.constant dense<[[-8], [7]]> : tensor<2x1xi4>
      %q = quant.scast %w : tensor<2x1xi4> to tensor<2x1x!quant.uniform<i4:f32:{0:1, 1:1}, {{7.5}, {0.5}}>>
      %b = arith.constant dense<[)mlir" +
           bias + R"mlir(]> : tensor<1xi32>
      %y = lowbit.matmul %x, %q bias %b : tensor<1x2x!quant.uniform<i8:f32, 1.0>>,
        tensor<2x1x!quant.uniform<i4:f32:{0:1, 1:1}, {{7.5}, {0.5}}>>, tensor<1xi32> -> tensor<1x1xi32>
      return %y : tensor<1x1xi32>
    })mlir";
  };
  EXPECT_EQ(verify(product("2147467391")), "");
  EXPECT_EQ(verify(product("2147467392")),
            "the accumulator of output channel 0 may reach 2147483648, more than 2147483647");
}

TEST_F(VerifyAccumulator, BoundsUnknownGroupsByTheirTypes) {
  // 128 * 120 * 139810 > 2^31 - 1 >= 128 * 120 * 139809.
  auto product = [](int k) {
    const std::string lhs = "tensor<1x" + std::to_string(k) + "x!quant.uniform<i8:f32, 1.0>>";
    const std::string rhs = "tensor<" + std::to_string(k) + "x1x!quant.uniform<i4:f32:{0:" + std::to_string(k / 2) +
                            ", 1:1}, {{7.5}, {0.5}}>>";
    return "func.func @f(%a: " + lhs + ", %b: " + rhs + ") { %c = lowbit.matmul %a, %b : " + lhs + ", " + rhs +
           " -> tensor<1x1xi32> \n return }";
  };
  EXPECT_EQ(verify(product(139808)), "");
  EXPECT_EQ(verify(product(139812)), "the accumulator may reach 2147512320, more than 2147483647");
}

TEST_F(VerifyAccumulator, BoundsUnknownOperandsByTheirTypes) {
  // 255 * 255 * 33026 > 2^31 - 1 >= 255 * 255 * 33025.
  auto product = [](int k) {
    const std::string lhs = "tensor<1x1x" + std::to_string(k) + "x!quant.uniform<i8:f32, 1.0:-128>>";
    const std::string rhs = "tensor<1x" + std::to_string(k) + "x1x!quant.uniform<i8:f32, 1.0:127>>";
    return "func.func @f(%a: " + lhs + ", %b: " + rhs + ") { %c = lowbit.batch_matmul %a, %b : " + lhs + ", " + rhs +
           " -> tensor<1x1x1xi32> \n return }";
  };
  EXPECT_EQ(verify(product(33025)), "");
  EXPECT_EQ(verify(product(33026)), "the accumulator may reach 2147515650, more than 2147483647");
}

TEST_F(VerifyAccumulator, RefusesABiasItCannotRead) {
  EXPECT_EQ(verify(R"mlir(
    func.func @f(%x: tensor<1x2x!quant.uniform<i8:f32, 1.0>>, %q: tensor<2x1x!quant.uniform<i8:f32, 1.0>>,
                 %b: tensor<1xi32>) {
      %y = lowbit.matmul %x, %q bias %b : tensor<1x2x!quant.uniform<i8:f32, 1.0>>,
        tensor<2x1x!quant.uniform<i8:f32, 1.0>>, tensor<1xi32> -> tensor<1x1xi32>
      return
    })mlir"),
            "the bias is no constant of 1 values, so it may be any i32");
}
