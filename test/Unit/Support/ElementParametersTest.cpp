#include "lowbit/Support/ElementParameters.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
struct ElementParametersTest : testing::Test {
  ElementParametersTest() { context.loadDialect<quant::QuantDialect>(); }

  /// The index of the parameters of each element.
  SmallVector<unsigned, 0> getIndices(StringRef type, ArrayRef<int64_t> shape) {
    auto quantized = dyn_cast_or_null<quant::QuantizedType>(parseType(type, &context));
    auto parameters = quantized ? ElementParameters::get(quantized, shape.size()) : std::nullopt;
    return parameters ? parameters->getIndices(shape) : SmallVector<unsigned, 0>();
  }

  MLIRContext context;
};
} // namespace

TEST_F(ElementParametersTest, ShareOneScale) {
  EXPECT_EQ(getIndices("!quant.uniform<i8:f32, 0.5>", {2, 2}), (SmallVector<unsigned, 0>{0, 0, 0, 0}));
}

TEST_F(ElementParametersTest, FollowAnAxis) {
  EXPECT_EQ(getIndices("!quant.uniform<i8:f32:0, {1.0, 2.0}>", {2, 3}), (SmallVector<unsigned, 0>{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(getIndices("!quant.uniform<i8:f32:1, {1.0, 2.0, 3.0}>", {2, 3}),
            (SmallVector<unsigned, 0>{0, 1, 2, 0, 1, 2}));
}

TEST_F(ElementParametersTest, FollowBlocks) {
  EXPECT_EQ(getIndices("!quant.uniform<i8:f32:{0:1, 1:2}, {{1.0, 2.0}, {3.0, 4.0}}>", {2, 4}),
            (SmallVector<unsigned, 0>{0, 0, 1, 1, 2, 2, 3, 3}));
}

TEST_F(ElementParametersTest, RoundScalesToF32) {
  auto type = cast<quant::QuantizedType>(parseType("!quant.uniform<i8:f32, 0.1:3>", &context));
  auto parameters = ElementParameters::get(type, 1);
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->scales.front(), static_cast<double>(0.1f));
  EXPECT_EQ(parameters->zeroPoints.front(), 3);
}
