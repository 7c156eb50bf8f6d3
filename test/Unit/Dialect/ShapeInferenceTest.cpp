#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/IR/Builders.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::lowbit;

namespace {

constexpr int64_t kUnknown = ShapedType::kDynamic;

/// Infers shapes from attributes and operands of given shapes: no op has to exist.
class ShapeInferenceTest : public testing::Test {
protected:
  ShapeInferenceTest() : builder(&context) { context.loadDialect<LowbitDialect>(); }

  RankedTensorType getType(ArrayRef<int64_t> shape) {
    auto type = quant::UniformQuantizedType::get(quant::QuantizationFlags::Signed, builder.getI8Type(),
                                                 builder.getF32Type(), /*scale=*/0.5, /*zeroPoint=*/0,
                                                 /*storageTypeMin=*/-128, /*storageTypeMax=*/127);
    return RankedTensorType::get(shape, type);
  }

  /// The shape of the result of an op with operands of `shapes`; nothing where it has none.
  template <typename OpTy>
  std::optional<SmallVector<int64_t>> infer(ArrayRef<ArrayRef<int64_t>> shapes, typename OpTy::Properties properties) {
    Block block;
    for (ArrayRef<int64_t> shape : shapes)
      block.addArgument(getType(shape), builder.getUnknownLoc());
    SmallVector<ShapedTypeComponents> components;
    if (failed(OpTy::inferReturnTypeComponents(&context, std::nullopt, ValueRange(block.getArguments()),
                                               DictionaryAttr(), OpaqueProperties(&properties), {}, components)))
      return std::nullopt;
    EXPECT_EQ(components.size(), 1u);
    EXPECT_FALSE(components.front().getElementType());
    return llvm::to_vector(components.front().getDims());
  }

  template <typename OpTy>
  typename OpTy::Properties getWindow(ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations, ArrayRef<int64_t> pad) {
    typename OpTy::Properties properties;
    properties.strides = builder.getDenseI64ArrayAttr(strides);
    properties.dilations = builder.getDenseI64ArrayAttr(dilations);
    properties.pad = builder.getDenseI64ArrayAttr(pad);
    return properties;
  }

  MLIRContext context;
  Builder builder;
};

using Shape = SmallVector<int64_t>;

TEST_F(ShapeInferenceTest, Products) {
  EXPECT_EQ(infer<MatmulOp>({{3, 8}, {8, kUnknown}}, {}), (Shape{3, kUnknown}));
  EXPECT_EQ(infer<BatchMatmulOp>({{2, 3, 8}, {2, 8, 5}}, {}), (Shape{2, 3, 5}));
  EXPECT_EQ(infer<MatmulOp>({{3, 8}, {8}}, {}), std::nullopt);
}

TEST_F(ShapeInferenceTest, Convolutions) {
  auto window = getWindow<Conv2DOp>({2, 1}, {1, 3}, {1, 1, 0, 0});
  EXPECT_EQ(infer<Conv2DOp>({{1, 9, 9, 4}, {16, 3, 3, 4}}, window), (Shape{1, 5, 3, 16}));
  EXPECT_EQ(infer<Conv2DOp>({{1, kUnknown, 9, 4}, {16, 3, 3, 4}}, window), (Shape{1, kUnknown, 3, 16}));
  // A window that is larger than the image.
  EXPECT_EQ(infer<Conv2DOp>({{1, 9, 6, 4}, {16, 3, 3, 4}}, window), std::nullopt);
  EXPECT_EQ(
      infer<DepthwiseConv2DOp>({{1, 9, 9, 4}, {3, 3, 4}}, getWindow<DepthwiseConv2DOp>({1, 1}, {1, 1}, {0, 0, 0, 0})),
      (Shape{1, 7, 7, 4}));
}

TEST_F(ShapeInferenceTest, AttributesThatAreNoWindow) {
  for (auto window :
       {getWindow<Conv2DOp>({0, 1}, {1, 1}, {0, 0, 0, 0}), getWindow<Conv2DOp>({1}, {1, 1}, {0, 0, 0, 0}),
        getWindow<Conv2DOp>({1, 1}, {1, -1}, {0, 0, 0, 0}), getWindow<Conv2DOp>({1, 1}, {1, 1}, {0, 0, 0}),
        getWindow<Conv2DOp>({1, 1}, {1, 1}, {0, 0, 0, -1}),
        getWindow<Conv2DOp>({1, 1}, {1, 1}, {INT64_MAX, INT64_MAX, 0, 0})})
    EXPECT_EQ(infer<Conv2DOp>({{1, 9, 9, 4}, {16, 3, 3, 4}}, window), std::nullopt);
}

TEST_F(ShapeInferenceTest, PoolsAndMeans) {
  auto pool = getWindow<MaxPool2DOp>({2, 2}, {1, 1}, {0, 1, 0, 1});
  pool.kernel = builder.getDenseI64ArrayAttr({3, 3});
  EXPECT_EQ(infer<MaxPool2DOp>({{1, 8, 9, 4}}, pool), (Shape{1, 4, 4, 4}));
  ReduceMeanOp::Properties mean;
  mean.dims = builder.getDenseI64ArrayAttr({1, 2});
  EXPECT_EQ(infer<ReduceMeanOp>({{1, 8, 9, 4}}, mean), (Shape{1, 4}));
  mean.dims = builder.getDenseI64ArrayAttr({2, 2});
  EXPECT_EQ(infer<ReduceMeanOp>({{1, 8, 9, 4}}, mean), std::nullopt);
  mean.dims = builder.getDenseI64ArrayAttr({1, 4});
  EXPECT_EQ(infer<ReduceMeanOp>({{1, 8, 9, 4}}, mean), std::nullopt);
}

TEST_F(ShapeInferenceTest, TypeOfDequantize) {
  Block block;
  Value input = block.addArgument(getType({2, kUnknown}), builder.getUnknownLoc());
  SmallVector<Type> types;
  ASSERT_TRUE(succeeded(DequantizeOp::inferReturnTypes(&context, std::nullopt, ValueRange(input), DictionaryAttr(),
                                                       OpaqueProperties(nullptr), {}, types)));
  EXPECT_EQ(types.front(), RankedTensorType::get({2, kUnknown}, builder.getF32Type()));
}

} // namespace
