#include "Interpret.h"
#include <cmath>
#include <random>

using namespace mlir;
using namespace mlir::lowbit::reference;

static const float kNaN = std::nanf("");
static constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST_F(InterpreterTest, QuantizesPerTensorAxisAndBlock) {
  const Tensor x = floats({2, 2}, {0.6f, -0.6f, 100.0f, kNaN});
  EXPECT_EQ(runTo<int8_t>(R"mlir(func.func @f(%x: tensor<2x2xf32>) -> tensor<2x2x!quant.uniform<i8:f32, 0.5:-3>> {
              %q = lowbit.quantize %x : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i8:f32, 0.5:-3>>
              return %q : tensor<2x2x!quant.uniform<i8:f32, 0.5:-3>>
            })mlir",
                          {x}),
            (std::vector<int8_t>{-2, -4, 127, -3}));
  EXPECT_EQ(
      runTo<int8_t>(R"mlir(func.func @f(%x: tensor<2x2xf32>) -> tensor<2x2x!quant.uniform<i8:f32:1, {0.5:1, 0.1:2}>> {
              %q = lowbit.quantize %x : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i8:f32:1, {0.5:1, 0.1:2}>>
              return %q : tensor<2x2x!quant.uniform<i8:f32:1, {0.5:1, 0.1:2}>>
            })mlir",
                    {x}),
      (std::vector<int8_t>{2, -4, 127, 2}));
  EXPECT_EQ(
      runTo<int8_t>(
          R"mlir(func.func @f(%x: tensor<1x4xf32>) -> tensor<1x4x!quant.uniform<i8:f32:{0:1, 1:2}, {{1.0, 0.25:1}}>> {
              %q = lowbit.quantize %x : tensor<1x4xf32> -> tensor<1x4x!quant.uniform<i8:f32:{0:1, 1:2}, {{1.0, 0.25:1}}>>
              return %q : tensor<1x4x!quant.uniform<i8:f32:{0:1, 1:2}, {{1.0, 0.25:1}}>>
            })mlir",
          {floats({1, 4}, {3.0f, -3.0f, 3.0f, -3.0f})}),
      (std::vector<int8_t>{3, -3, 13, -11}));
}

TEST_F(InterpreterTest, DequantizesUnsignedStorage) {
  EXPECT_EQ(runTo<float>(R"mlir(func.func @f(%q: tensor<3x!quant.uniform<u8:f32, 0.5:128>>) -> tensor<3xf32> {
              %x = lowbit.dequantize %q : tensor<3x!quant.uniform<u8:f32, 0.5:128>> -> tensor<3xf32>
              return %x : tensor<3xf32>
            })mlir",
                         {bytes({3}, {0, -128, -1})}),
            (std::vector<float>{-64.0f, 0.0f, 63.5f}));
}

TEST_F(InterpreterTest, RequantizesInBothModes) {
  for (StringRef mode : {"", "mode fixed"}) {
    const std::string source = (R"mlir(func.func @f(%q: tensor<4x!quant.uniform<i8:f32, 0.5:1>>)
                -> tensor<4x!quant.uniform<i8:f32, 1.0:-1>> {
              %r = lowbit.requantize %q )mlir" +
                                mode + R"mlir(: tensor<4x!quant.uniform<i8:f32, 0.5:1>>
                -> tensor<4x!quant.uniform<i8:f32, 1.0:-1>>
              return %r : tensor<4x!quant.uniform<i8:f32, 1.0:-1>>
            })mlir")
                                   .str();
    // Values in halves: -64.5, -0.5, 0.5, 63.
    const std::vector<int8_t> expected =
        mode.empty() ? std::vector<int8_t>{-65, -1, -1, 62} : std::vector<int8_t>{-65, -1, 0, 62};
    EXPECT_EQ(runTo<int8_t>(source, {bytes({4}, {-128, 0, 2, 127})}), expected);
  }
}

TEST_F(InterpreterTest, DynamicallyQuantizes) {
  auto results = run(R"mlir(func.func @f(%x: tensor<4xf32>) -> (tensor<4xi8>, tensor<f32>, tensor<i8>) {
              %q, %s, %z = lowbit.dynamic_quantize %x : tensor<4xf32> -> tensor<4xi8>, tensor<f32>, tensor<i8>
              return %q, %s, %z : tensor<4xi8>, tensor<f32>, tensor<i8>
            })mlir",
                     {floats({4}, {0.0f, 2.0f, -2.5f, kNaN})});
  ASSERT_TRUE(succeeded(results)) << error;
  EXPECT_EQ((*results)[0].get<uint8_t>().vec(), (std::vector<uint8_t>{142, 255, 0, 142}));
  EXPECT_EQ((*results)[1].get<float>()[0], 4.5f / 255.0f);
  EXPECT_EQ((*results)[2].get<uint8_t>()[0], 142);
}

TEST_F(InterpreterTest, QuantizesRowsDynamically) {
  // A row of 127 steps, one whose only finite element is 0, and one that NaN and infinity are no part of the range of.
  auto results = run(R"mlir(
            !steps = !quant.uniform<i8<-127:127>:f32, 1.0>
            !sums = !quant.uniform<i8<-127:127>:f32:1, {0.5, 2.0}>
            func.func @f(%x: tensor<3x2xf32>, %q: tensor<3x2xi8>, %b: tensor<2xf32>)
                -> (tensor<3x2xi8>, tensor<3xf32>, tensor<3x2xf32>) {
              %0, %s = lowbit.dynamic_quantize %x : tensor<3x2xf32> -> tensor<3x2x!steps>, tensor<3xf32>
              %1 = quant.scast %0 : tensor<3x2x!steps> to tensor<3x2xi8>
              %2 = quant.scast %q : tensor<3x2xi8> to tensor<3x2x!sums>
              %y = lowbit.dynamic_dequantize %2, %s bias %b
                  : tensor<3x2x!sums>, tensor<3xf32>, tensor<2xf32> -> tensor<3x2xf32>
              return %1, %s, %y : tensor<3x2xi8>, tensor<3xf32>, tensor<3x2xf32>
            })mlir",
                     {floats({3, 2}, {-254.0f, 3.0f, 0.0f, kInfinity, kNaN, 12.7f}), bytes({3, 2}, {1, 1, 2, 2, 3, -3}),
                      floats({2}, {10.0f, 20.0f})});
  ASSERT_TRUE(succeeded(results)) << error;
  EXPECT_EQ((*results)[0].get<int8_t>().vec(), (std::vector<int8_t>{-127, 2, 0, 127, 0, 127}));
  constexpr float kLeast = std::numeric_limits<float>::min();
  const float third = 12.7f / 127.0f;
  EXPECT_EQ((*results)[1].get<float>().vec(), (std::vector<float>{2.0f, kLeast, third}));
  EXPECT_EQ((*results)[2].get<float>().vec(),
            (std::vector<float>{11.0f, 24.0f, 10.0f, 20.0f, 1.5f * third + 10.0f, -6.0f * third + 20.0f}));
}

TEST_F(InterpreterTest, MultipliesMatrices) {
  // (1 2) with z 1 -> (0 1); weights (3 -1; 2 5); bias (10 -20).
  const StringRef source =
      R"mlir(func.func @f(%x: tensor<1x2x!quant.uniform<i8:f32, 0.5:1>>) -> tensor<1x2x!quant.uniform<i8:f32, 2.0:-5>> {
      %w = arith.constant dense<[[3, -1], [2, 5]]> : tensor<2x2xi8>
      %q = quant.scast %w : tensor<2x2xi8> to tensor<2x2x!quant.uniform<i8:f32:1, {1.0, 4.0}>>
      %b = arith.constant dense<[10, -20]> : tensor<2xi32>
      %y = lowbit.matmul %x, %q bias %b clamp [-5, 127] : tensor<1x2x!quant.uniform<i8:f32, 0.5:1>>,
        tensor<2x2x!quant.uniform<i8:f32:1, {1.0, 4.0}>>, tensor<2xi32> -> tensor<1x2x!quant.uniform<i8:f32, 2.0:-5>>
      return %y : tensor<1x2x!quant.uniform<i8:f32, 2.0:-5>>
    })mlir";
  // 12 * 0.25 - 5 and -15 * 1 - 5, the latter clamped.
  EXPECT_EQ(runTo<int8_t>(source, {bytes({1, 2}, {1, 2})}), (std::vector<int8_t>{-2, -5}));
}

TEST_F(InterpreterTest, MultipliesGroupsOfWeights) {
  // Channel 0: scale 0.25, multipliers 3 and 2; channel 1: scale 0.5, multipliers 1 and 7.
  // 1*3*3 + 2*3*-1 + 3*2*2 + 4*2*-8 = -49 and 1*(-8+1) + 2*(7+1) + 3*7*1 + 4*7*0 = 30.
  const StringRef source = R"mlir(
    !x = !quant.uniform<i8:f32, 1.0>
    !w = !quant.uniform<i4:f32:{0:2, 1:1}, {{0.75, 0.5:-1}, {0.5, 3.5}}>
    func.func @f(%x: tensor<1x4x!x>) -> (tensor<1x2xi32>, tensor<1x2x!quant.uniform<i8:f32, 0.5>>) {
      %w = arith.constant dense<[[3, -8], [-1, 7], [2, 1], [-8, 0]]> : tensor<4x2xi4>
      %q = quant.scast %w : tensor<4x2xi4> to tensor<4x2x!w>
      %0 = lowbit.matmul %x, %q : tensor<1x4x!x>, tensor<4x2x!w> -> tensor<1x2xi32>
      %1 = lowbit.matmul %x, %q : tensor<1x4x!x>, tensor<4x2x!w> -> tensor<1x2x!quant.uniform<i8:f32, 0.5>>
      return %0, %1 : tensor<1x2xi32>, tensor<1x2x!quant.uniform<i8:f32, 0.5>>
    })mlir";
  auto results = run(source, {bytes({1, 4}, {1, 2, 3, 4})});
  ASSERT_TRUE(succeeded(results)) << error;
  EXPECT_EQ((*results)[0].get<int32_t>().vec(), (std::vector<int32_t>{-49, 30}));
  EXPECT_EQ((*results)[1].get<int8_t>().vec(), (std::vector<int8_t>{-24, 30}));
}

TEST_F(InterpreterTest, MultipliesBatchesIntoAccumulators) {
  EXPECT_EQ(runTo<int32_t>(R"mlir(func.func @f(%a: tensor<2x1x2x!quant.uniform<i8:f32, 0.5:1>>,
        %b: tensor<2x2x1x!quant.uniform<i8:f32, 0.5:-1>>) -> tensor<2x1x1xi32> {
      %y = lowbit.batch_matmul %a, %b : tensor<2x1x2x!quant.uniform<i8:f32, 0.5:1>>,
        tensor<2x2x1x!quant.uniform<i8:f32, 0.5:-1>> -> tensor<2x1x1xi32>
      return %y : tensor<2x1x1xi32>
    })mlir",
                           {bytes({2, 1, 2}, {1, 2, 3, 4}), bytes({2, 2, 1}, {5, 6, 7, 8})}),
            (std::vector<int32_t>{0 * 6 + 1 * 7, 2 * 8 + 3 * 9}));
}

/// A strided, dilated, padded convolution against loops that index every operand by the formula of the op.
TEST_F(InterpreterTest, Convolves) {
  const int64_t h = 6, w = 7, c = 3, f = 4, kh = 3, kw = 2, oh = 3, ow = 6;
  std::mt19937 random(3);
  std::vector<int8_t> input(h * w * c), filter(f * kh * kw * c);
  for (std::vector<int8_t> *values : {&input, &filter})
    for (int8_t &value : *values)
      value = static_cast<int8_t>(random());
  std::vector<int32_t> actual = runTo<int32_t>(R"mlir(
    func.func @f(%x: tensor<1x6x7x3x!quant.uniform<i8:f32, 0.5:9>>, %w: tensor<4x3x2x3x!quant.uniform<i8:f32, 0.5:-2>>)
        -> tensor<1x3x6x4xi32> {
      %b = arith.constant dense<[1, 2, 3, 4]> : tensor<4xi32>
      %y = lowbit.conv_2d %x, %w bias %b strides [2, 1] dilations [1, 3] pad [1, 0, 2, 0]
        : tensor<1x6x7x3x!quant.uniform<i8:f32, 0.5:9>>, tensor<4x3x2x3x!quant.uniform<i8:f32, 0.5:-2>>, tensor<4xi32>
        -> tensor<1x3x6x4xi32>
      return %y : tensor<1x3x6x4xi32>
    })mlir",
                                               {bytes({1, h, w, c}, input), bytes({f, kh, kw, c}, filter)});
  ASSERT_EQ(actual.size(), size_t(oh * ow * f));
  for (int64_t y = 0; y < oh; ++y)
    for (int64_t x = 0; x < ow; ++x)
      for (int64_t k = 0; k < f; ++k) {
        int32_t expected = static_cast<int32_t>(k + 1);
        for (int64_t i = 0; i < kh; ++i)
          for (int64_t j = 0; j < kw; ++j)
            for (int64_t d = 0; d < c; ++d) {
              const int64_t row = 2 * y + i - 1, column = x + 3 * j - 2;
              if (row < 0 || row >= h || column < 0 || column >= w)
                continue;
              expected += (input[(row * w + column) * c + d] - 9) * (filter[((k * kh + i) * kw + j) * c + d] + 2);
            }
        EXPECT_EQ(actual[(y * ow + x) * f + k], expected);
      }
}

TEST_F(InterpreterTest, ConvolvesDepthwise) {
  EXPECT_EQ(runTo<int32_t>(R"mlir(
    func.func @f(%x: tensor<1x2x2x2x!quant.uniform<i8:f32, 0.5>>, %w: tensor<1x2x2x!quant.uniform<i8:f32:2, {1.0, 2.0}>>)
        -> tensor<1x2x1x2xi32> {
      %y = lowbit.depthwise_conv_2d %x, %w strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0]
        : tensor<1x2x2x2x!quant.uniform<i8:f32, 0.5>>, tensor<1x2x2x!quant.uniform<i8:f32:2, {1.0, 2.0}>>
        -> tensor<1x2x1x2xi32>
      return %y : tensor<1x2x1x2xi32>
    })mlir",
                           {bytes({1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), bytes({1, 2, 2}, {10, 20, 30, 40})}),
            (std::vector<int32_t>{1 * 10 + 3 * 30, 2 * 20 + 4 * 40, 5 * 10 + 7 * 30, 6 * 20 + 8 * 40}));
}

TEST_F(InterpreterTest, PoolsAndAverages) {
  const Tensor x = bytes({1, 2, 2, 1}, {-100, 3, 50, 120});
  EXPECT_EQ(
      runTo<int8_t>(
          R"mlir(func.func @f(%x: tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5:3>>) -> tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5:3>> {
      %y = lowbit.max_pool_2d %x kernel [2, 1] strides [1, 1] dilations [1, 1] pad [0, 1, 0, 0]
        : tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5:3>> -> tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5:3>>
      return %y : tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5:3>>
    })mlir",
          {x}),
      (std::vector<int8_t>{50, 120, 50, 120}));
  // Rows: (-103 + 0) / 2 and (47 + 117) / 2; columns with a row of padding: the divisor stays 2.
  EXPECT_EQ(
      runTo<int8_t>(
          R"mlir(func.func @f(%x: tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5:3>>) -> tensor<1x2x1x1x!quant.uniform<i8:f32, 0.5:1>> {
      %y = lowbit.avg_pool_2d %x kernel [1, 2] strides [1, 1] pad [0, 0, 0, 0]
        : tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5:3>> -> tensor<1x2x1x1x!quant.uniform<i8:f32, 0.5:1>>
      return %y : tensor<1x2x1x1x!quant.uniform<i8:f32, 0.5:1>>
    })mlir",
          {x}),
      (std::vector<int8_t>{-51, 83}));
  EXPECT_EQ(
      runTo<int8_t>(
          R"mlir(func.func @f(%x: tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5:3>>) -> tensor<1x1x!quant.uniform<i8:f32, 1.0:0>> {
      %y = lowbit.reduce_mean %x dims [1, 2]
        : tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5:3>> -> tensor<1x1x!quant.uniform<i8:f32, 1.0:0>>
      return %y : tensor<1x1x!quant.uniform<i8:f32, 1.0:0>>
    })mlir",
          {x}),
      (std::vector<int8_t>{8})); // 61 / 8 = 7.625
}

TEST_F(InterpreterTest, LooksUpFromTheSmallestInteger) {
  std::string table;
  for (int i = 0; i < 256; ++i)
    table += (i ? ", " : "") + std::to_string(127 - i);
  auto source = [&](StringRef storage) {
    const std::string type = "tensor<3x!quant.uniform<" + storage.str() + ":f32, 0.5>>";
    return "func.func @f(%x: " + type +
           ") -> tensor<3x!quant.uniform<i8:f32, 0.25>> {\n %y = lowbit.lookup %x, dense<[" + table +
           "]> : tensor<256xi8> : " + type +
           " -> tensor<3x!quant.uniform<i8:f32, 0.25>>\n return %y : tensor<3x!quant.uniform<i8:f32, 0.25>> }";
  };
  const Tensor x = bytes({3}, {-128, 0, 127});
  EXPECT_EQ(runTo<int8_t>(source("i8"), {x}), (std::vector<int8_t>{127, -1, -128}));
  EXPECT_EQ(runTo<int8_t>(source("u8"), {x}), (std::vector<int8_t>{-1, 127, 0}));
}

TEST_F(InterpreterTest, Clamps) {
  EXPECT_EQ(
      runTo<int8_t>(
          R"mlir(func.func @f(%x: tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4x!quant.uniform<i8:f32, 0.5>> {
      %y = lowbit.clamp %x min -3 max 5 : tensor<4x!quant.uniform<i8:f32, 0.5>>
      return %y : tensor<4x!quant.uniform<i8:f32, 0.5>>
    })mlir",
          {bytes({4}, {-128, -3, 4, 127})}),
      (std::vector<int8_t>{-3, -3, 4, 5}));
}

TEST_F(InterpreterTest, MovesData) {
  EXPECT_EQ(runTo<int8_t>(R"mlir(
    func.func @f(%x: tensor<2x3x!quant.uniform<i8:f32, 0.5>>) -> tensor<3x5x!quant.uniform<i8:f32, 0.5>> {
      %e = tensor.empty() : tensor<3x2x!quant.uniform<i8:f32, 0.5>>
      %t = linalg.transpose ins(%x : tensor<2x3x!quant.uniform<i8:f32, 0.5>>)
        outs(%e : tensor<3x2x!quant.uniform<i8:f32, 0.5>>) permutation = [1, 0]
      %s = tensor.extract_slice %t[0, 1] [3, 1] [1, 1]
        : tensor<3x2x!quant.uniform<i8:f32, 0.5>> to tensor<3x!quant.uniform<i8:f32, 0.5>>
      %d = tensor.expand_shape %s [[0, 1]] output_shape [3, 1]
        : tensor<3x!quant.uniform<i8:f32, 0.5>> into tensor<3x1x!quant.uniform<i8:f32, 0.5>>
      %c = tensor.concat dim(1) %t, %d : (tensor<3x2x!quant.uniform<i8:f32, 0.5>>,
        tensor<3x1x!quant.uniform<i8:f32, 0.5>>) -> tensor<3x3x!quant.uniform<i8:f32, 0.5>>
      %i = quant.scast %c : tensor<3x3x!quant.uniform<i8:f32, 0.5>> to tensor<3x3xi8>
      %nine = arith.constant 9 : i8
      %p = tensor.pad %i low[0, 1] high[0, 1] {
      ^bb0(%a: index, %b: index):
        tensor.yield %nine : i8
      } : tensor<3x3xi8> to tensor<3x5xi8>
      %q = quant.scast %p : tensor<3x5xi8> to tensor<3x5x!quant.uniform<i8:f32, 0.5>>
      return %q : tensor<3x5x!quant.uniform<i8:f32, 0.5>>
    })mlir",
                          {bytes({2, 3}, {1, 2, 3, 4, 5, 6})}),
            (std::vector<int8_t>{9, 1, 4, 4, 9, 9, 2, 5, 5, 9, 9, 3, 6, 6, 9}));
  EXPECT_EQ(runTo<float>(R"mlir(func.func @f(%x: tensor<1x2xf32>, %y: tensor<4x4xf32>) -> tensor<16xf32> {
      %0 = tensor.insert_slice %x into %y[1, 0] [1, 2] [1, 2] : tensor<1x2xf32> into tensor<4x4xf32>
      %1 = tensor.collapse_shape %0 [[0, 1]] : tensor<4x4xf32> into tensor<16xf32>
      return %1 : tensor<16xf32>
    })mlir",
                         {floats({1, 2}, {7, 8}), floats({4, 4}, std::vector<float>(16, 0.0f))}),
            (std::vector<float>{0, 0, 0, 0, 7, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_F(InterpreterTest, WalksGenericsInFloat) {
  // A mean over the columns, a ReLU by comparison, and an index.
  EXPECT_EQ(runTo<float>(R"mlir(
    #id = affine_map<(i, j) -> (i, j)>
    #row = affine_map<(i, j) -> (i)>
    func.func @f(%x: tensor<2x2xf32>) -> tensor<2xf32> {
      %zero = arith.constant 0.0 : f32
      %half = arith.constant 0.5 : f32
      %e = tensor.empty() : tensor<2xf32>
      %i = linalg.fill ins(%zero : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
      %y = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
          ins(%x : tensor<2x2xf32>) outs(%i : tensor<2xf32>) {
      ^bb0(%in: f32, %out: f32):
        %p = arith.cmpf ugt, %in, %zero : f32
        %r = arith.select %p, %in, %zero : f32
        %n = linalg.index 0 : index
        %n32 = arith.index_cast %n : index to i32
        %nf = arith.sitofp %n32 : i32 to f32
        %m = arith.mulf %r, %half : f32
        %s = arith.addf %m, %nf : f32
        %o = arith.addf %out, %s : f32
        linalg.yield %o : f32
      } -> tensor<2xf32>
      return %y : tensor<2xf32>
    })mlir",
                         {floats({2, 2}, {1.0f, -4.0f, 3.0f, 4.0f})}),
            (std::vector<float>{0.5f, 5.5f}));
}

TEST_F(InterpreterTest, FollowsQuotientsOfIndices) {
  EXPECT_EQ(runTo<float>(R"mlir(func.func @f(%x: tensor<2x2xf32>) -> tensor<5x2xf32> {
              %e = tensor.empty() : tensor<5x2xf32>
              %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> ((i + 1) floordiv 3, -j + 1)>,
                                                    affine_map<(i, j) -> (i, j)>],
                                   iterator_types = ["parallel", "parallel"]}
                ins(%x : tensor<2x2xf32>) outs(%e : tensor<5x2xf32>) {
              ^bb0(%in: f32, %out: f32):
                linalg.yield %in : f32
              } -> tensor<5x2xf32>
              return %r : tensor<5x2xf32>
            })mlir",
                         {floats({2, 2}, {1.0f, 2.0f, 3.0f, 4.0f})}),
            (std::vector<float>{2.0f, 1.0f, 2.0f, 1.0f, 4.0f, 3.0f, 4.0f, 3.0f, 4.0f, 3.0f}));
}

TEST_F(InterpreterTest, GathersFromTables) {
  EXPECT_EQ(runTo<int8_t>(R"mlir(
    #id = affine_map<(i) -> (i)>
    func.func @f(%x: tensor<3xi8>) -> tensor<3xi8> {
      %t = arith.constant dense<[5, 6, 7, 8]> : tensor<4xi8>
      %e = tensor.empty() : tensor<3xi8>
      %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
          ins(%x : tensor<3xi8>) outs(%e : tensor<3xi8>) {
      ^bb0(%in: i8, %out: i8):
        %i = arith.index_cast %in : i8 to index
        %v = tensor.extract %t[%i] : tensor<4xi8>
        linalg.yield %v : i8
      } -> tensor<3xi8>
      return %y : tensor<3xi8>
    })mlir",
                          {bytes({3}, {3, 0, 2})}),
            (std::vector<int8_t>{8, 5, 7}));
}

/// Sums one product after the other and rounds each step, in the order of window row, window column, channel.
TEST_F(InterpreterTest, SumsFloatConvolutionsInOrder) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  std::vector<float> input(5 * 5 * 3), filter(2 * 3 * 3 * 3);
  for (std::vector<float> *values : {&input, &filter})
    for (float &value : *values)
      value = std::ldexp(uniform(random), static_cast<int>(random() % 20));
  std::vector<float> actual = runTo<float>(R"mlir(
    func.func @f(%x: tensor<1x5x5x3xf32>, %w: tensor<2x3x3x3xf32>) -> tensor<1x3x3x2xf32> {
      %b = arith.constant dense<[1.5, -2.5]> : tensor<2xf32>
      %e = tensor.empty() : tensor<1x3x3x2xf32>
      %i = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<1x3x3x2xf32>) dimensions = [0, 1, 2]
      %y = linalg.conv_2d_nhwc_fhwc ins(%x, %w : tensor<1x5x5x3xf32>, tensor<2x3x3x3xf32>)
        outs(%i : tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32>
      return %y : tensor<1x3x3x2xf32>
    })mlir",
                                           {floats({1, 5, 5, 3}, input), floats({2, 3, 3, 3}, filter)});
  ASSERT_EQ(actual.size(), 18u);
  for (int64_t y = 0; y < 3; ++y)
    for (int64_t x = 0; x < 3; ++x)
      for (int64_t f = 0; f < 2; ++f) {
        volatile float sum = f == 0 ? 1.5f : -2.5f;
        for (int64_t i = 0; i < 3; ++i)
          for (int64_t j = 0; j < 3; ++j)
            for (int64_t c = 0; c < 3; ++c) {
              volatile float product = input[((y + i) * 5 + x + j) * 3 + c] * filter[((f * 3 + i) * 3 + j) * 3 + c];
              sum = sum + product;
            }
        EXPECT_EQ(actual[(y * 3 + x) * 2 + f], sum);
      }
}

/// The direct loops and the walk through the indexing maps are two ways to the same bits.
TEST_F(InterpreterTest, DirectLoopsAgreeWithTheWalk) {
  std::mt19937 random(6);
  std::vector<float> a(4 * 7), b(7 * 5), c(4 * 5);
  for (std::vector<float> *values : {&a, &b, &c})
    for (float &value : *values)
      value = std::ldexp(static_cast<float>(random() % 1000) - 500.0f, static_cast<int>(random() % 30));
  const std::vector<Tensor> inputs = {floats({4, 7}, a), floats({7, 5}, b), floats({4, 5}, c)};
  std::vector<float> direct = runTo<float>(R"mlir(
    func.func @f(%a: tensor<4x7xf32>, %b: tensor<7x5xf32>, %c: tensor<4x5xf32>) -> tensor<4x5xf32> {
      %y = linalg.matmul ins(%a, %b : tensor<4x7xf32>, tensor<7x5xf32>) outs(%c : tensor<4x5xf32>) -> tensor<4x5xf32>
      return %y : tensor<4x5xf32>
    })mlir",
                                           inputs);
  std::vector<float> walked = runTo<float>(R"mlir(
    func.func @f(%a: tensor<4x7xf32>, %b: tensor<7x5xf32>, %c: tensor<4x5xf32>) -> tensor<4x5xf32> {
      %y = linalg.generic {
          indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
          iterator_types = ["parallel", "parallel", "reduction"]}
          ins(%a, %b : tensor<4x7xf32>, tensor<7x5xf32>) outs(%c : tensor<4x5xf32>) {
      ^bb0(%x: f32, %w: f32, %out: f32):
        %p = arith.mulf %x, %w : f32
        %s = arith.addf %out, %p : f32
        linalg.yield %s : f32
      } -> tensor<4x5xf32>
      return %y : tensor<4x5xf32>
    })mlir",
                                           inputs);
  EXPECT_EQ(direct, walked);
}

TEST_F(InterpreterTest, AcceptsEmptyDimensionsAndSingleElements) {
  EXPECT_TRUE(
      runTo<int8_t>(R"mlir(func.func @f(%x: tensor<0x3xf32>) -> tensor<0x3x!quant.uniform<i8:f32:1, {1.0, 2.0, 3.0}>> {
      %q = lowbit.quantize %x : tensor<0x3xf32> -> tensor<0x3x!quant.uniform<i8:f32:1, {1.0, 2.0, 3.0}>>
      return %q : tensor<0x3x!quant.uniform<i8:f32:1, {1.0, 2.0, 3.0}>>
    })mlir",
                    {floats({0, 3}, {})})
          .empty());
  // An empty sum is the bias.
  EXPECT_EQ(
      runTo<int32_t>(
          R"mlir(func.func @f(%x: tensor<1x0x!quant.uniform<i8:f32, 1.0>>, %w: tensor<0x2x!quant.uniform<i8:f32, 1.0>>) -> tensor<1x2xi32> {
      %b = arith.constant dense<[4, 5]> : tensor<2xi32>
      %y = lowbit.matmul %x, %w bias %b : tensor<1x0x!quant.uniform<i8:f32, 1.0>>, tensor<0x2x!quant.uniform<i8:f32, 1.0>>,
        tensor<2xi32> -> tensor<1x2xi32>
      return %y : tensor<1x2xi32>
    })mlir",
          {bytes({1, 0}, {}), bytes({0, 2}, {})}),
      (std::vector<int32_t>{4, 5}));
  EXPECT_EQ(runTo<float>(R"mlir(func.func @f(%x: tensor<f32>) -> tensor<f32> {
      %q = lowbit.quantize %x : tensor<f32> -> tensor<!quant.uniform<i8:f32, 1.0>>
      %y = lowbit.dequantize %q : tensor<!quant.uniform<i8:f32, 1.0>> -> tensor<f32>
      return %y : tensor<f32>
    })mlir",
                         {floats({}, {-3.4f})}),
            (std::vector<float>{-3.0f}));
}

TEST_F(InterpreterTest, EvaluatesScalarsAsTheIRDoes) {
  auto apply = [&](const std::string &op, float x) {
    return runTo<float>("func.func @f(%x: tensor<f32>) -> tensor<f32> { %y = " + op +
                            " : tensor<f32> \n return %y : tensor<f32> }",
                        {floats({}, {x})})
        .front();
  };
  EXPECT_EQ(apply("math.roundeven %x", 2.5f), 2.0f);
  EXPECT_EQ(apply("math.exp %x", 0.0f), 1.0f);
  EXPECT_TRUE(std::isnan(apply("arith.maximumf %x, %x", kNaN)));
  EXPECT_EQ(apply("math.absf %x", -kInfinity), kInfinity);
  EXPECT_EQ(runTo<int32_t>(R"mlir(func.func @f(%x: tensor<4xf32>) -> tensor<4xi32> {
      %y = arith.fptosi %x : tensor<4xf32> to tensor<4xi32>
      %c = arith.constant dense<2147483647> : tensor<4xi32>
      %m = arith.maxsi %y, %y : tensor<4xi32>
      %a = arith.addi %m, %c : tensor<4xi32>
      return %a : tensor<4xi32>
    })mlir",
                           {floats({4}, {0.0f, 1.0f, -1.9f, kNaN})}),
            (std::vector<int32_t>{2147483647, -2147483647 - 1, 2147483646, 2147483647}));
}

TEST_F(InterpreterTest, KeepsAccumulators) {
  // (1 - 3) * 2 + (5 - 3) * -7 = -18 and (1 - 3) * 4 + (5 - 3) * 9 = 10.
  EXPECT_EQ(runTo<int32_t>(R"mlir(
            !x = !quant.uniform<i8:f32, 0.5:3>
            !w = !quant.uniform<i8:f32:1, {0.5,0.25}>
            !acc = !quant.uniform<i32:f32:1, {0.25,0.125}>
            func.func @f(%x: tensor<1x2x!x>, %w: tensor<2x2x!w>) -> tensor<1x2x!acc> {
              %y = lowbit.matmul %x, %w : tensor<1x2x!x>, tensor<2x2x!w> -> tensor<1x2x!acc>
              return %y : tensor<1x2x!acc>
            })mlir",
                           {bytes({1, 2}, {1, 5}), bytes({2, 2}, {2, 4, -7, 9})}),
            (std::vector<int32_t>{-18, 10}));
}

TEST_F(InterpreterTest, BoundsAccumulators) {
  EXPECT_EQ(runTo<int32_t>(R"mlir(
            !x = !quant.uniform<i8:f32, 0.5:3>
            !acc = !quant.uniform<i32:f32, 0.25>
            func.func @f(%x: tensor<1x1x!x>, %w: tensor<1x2x!x>) -> tensor<1x2x!acc> {
              %y = lowbit.matmul %x, %w clamp [0, 2147483647] : tensor<1x1x!x>, tensor<1x2x!x> -> tensor<1x2x!acc>
              return %y : tensor<1x2x!acc>
            })mlir",
                           {bytes({1, 1}, {5}), bytes({1, 2}, {1, 7})}),
            (std::vector<int32_t>{0, 8}));
}

TEST_F(InterpreterTest, SumsMeans) {
  EXPECT_EQ(runTo<int32_t>(R"mlir(
            !x = !quant.uniform<i8:f32, 0.5:3>
            !acc = !quant.uniform<i32:f32, 0.125>
            func.func @f(%x: tensor<1x4x!x>) -> tensor<1x!acc> {
              %y = lowbit.reduce_mean %x dims [1] : tensor<1x4x!x> -> tensor<1x!acc>
              return %y : tensor<1x!acc>
            })mlir",
                           {bytes({1, 4}, {1, 5, -128, 127})}),
            (std::vector<int32_t>{1 + 5 - 128 + 127 - 4 * 3}));
}

TEST_F(InterpreterTest, FollowsCalls) {
  EXPECT_EQ(runTo<float>(R"mlir(
            func.func private @negate(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
              %y = arith.negf %x : tensor<2xf32>
              return %x, %y : tensor<2xf32>, tensor<2xf32>
            }
            func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
              %a, %b = call @negate(%x) : (tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
              %c, %d = call @negate(%b) : (tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
              %e = arith.addf %c, %c : tensor<2xf32>
              return %e : tensor<2xf32>
            })mlir",
                         {floats({2}, {1, -2})}),
            (std::vector<float>{-2, 4}));
}
