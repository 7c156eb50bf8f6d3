#include "../Reference/Interpret.h"
#include "lowbit/Lower/Pipeline.h"
#include "mlir/Pass/PassManager.h"
#include <random>

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

namespace {

/// A program whose function @f must give the same bytes before and after lowering.
struct Program {
  const char *name;
  const char *source;
};

/// Keeps the names of parameterized tests readable.
void PrintTo(const Program &program, std::ostream *os) { *os << program.name; }

class LoweringTest : public InterpreterTest, public testing::WithParamInterface<Program> {
protected:
  /// Elements of every kind that can be told apart: integers of the whole range; floats of all magnitudes, infinities
  /// and NaN. Unlike those, the integers must lie within `storage`.
  Tensor makeInput(RankedTensorType type) {
    auto quantized = dyn_cast<quant::QuantizedType>(type.getElementType());
    Type elementType = quantized ? quantized.getStorageType() : type.getElementType();
    Tensor tensor(type.getShape(), *getElementKind(elementType));
    if (elementType.isF32()) {
      const float special[] = {0.0f,   -0.0f,  std::nanf(""), HUGE_VALF, -HUGE_VALF, 3e38f, -3e38f,
                               1e-40f, -0.25f, 127.5f,        -128.5f,   2.0e9f,     3.0e9f};
      std::normal_distribution<float> distribution(0.0f, 40.0f);
      for (auto [index, value] : llvm::enumerate(tensor.get<float>()))
        value = index < std::size(special) && index + 1 < tensor.get<float>().size() ? special[index]
                                                                                     : distribution(random);
      return tensor;
    }
    int64_t min = -1000000, max = 1000000;
    if (quantized) {
      min = quantized.getStorageTypeMin();
      max = quantized.getStorageTypeMax();
    }
    std::uniform_int_distribution<int64_t> distribution(min, max);
    for (int64_t index = 0, end = tensor.getNumElements(); index < end; ++index) {
      const int64_t value = distribution(random);
      std::memcpy(tensor.bytes.data() + index * getElementSize(tensor.kind), &value, getElementSize(tensor.kind));
    }
    return tensor;
  }

  LogicalResult lower() {
    PassManager manager(&context);
    buildLowerPipeline(manager);
    return manager.run(*module);
  }

  std::mt19937 random{42};
};

TEST_P(LoweringTest, KeepsEveryByte) {
  module = parseSourceString<ModuleOp>(GetParam().source, &context);
  ASSERT_TRUE(module) << error;
  auto function = module->lookupSymbol<func::FuncOp>("f");
  ASSERT_TRUE(function);
  SmallVector<SmallVector<Tensor>> samples(20);
  for (SmallVector<Tensor> &sample : samples)
    for (Type type : function.getArgumentTypes())
      sample.push_back(makeInput(cast<RankedTensorType>(type)));

  SmallVector<SmallVector<Tensor>> expected;
  for (const SmallVector<Tensor> &sample : samples) {
    FailureOr<SmallVector<Tensor>> results = interpret(function, sample);
    ASSERT_TRUE(succeeded(results)) << error;
    expected.push_back(std::move(*results));
  }
  ASSERT_TRUE(succeeded(lower())) << error;
  function = module->lookupSymbol<func::FuncOp>("f");
  for (auto [sample, wanted] : llvm::zip_equal(samples, expected)) {
    FailureOr<SmallVector<Tensor>> results = interpret(function, sample);
    ASSERT_TRUE(succeeded(results)) << error;
    ASSERT_EQ(results->size(), wanted.size());
    for (auto [got, want] : llvm::zip_equal(*results, wanted)) {
      EXPECT_EQ(got.shape, want.shape);
      // NaN has many bit patterns; no lowered op makes one.
      EXPECT_EQ(got.bytes, want.bytes);
    }
  }
}

} // namespace

static const Program kPrograms[] = {
    {"quantize", R"mlir(
!q = !quant.uniform<i8:f32, 0.1:-3>
!n = !quant.uniform<u8<3:250>:f32, 2.0:100>
!w = !quant.uniform<i32:f32, 0.001:7>
func.func @f(%x: tensor<64xf32>) -> (tensor<64x!q>, tensor<64x!n>, tensor<64x!w>) {
  %0 = lowbit.quantize %x : tensor<64xf32> -> tensor<64x!q>
  %1 = lowbit.quantize %x : tensor<64xf32> -> tensor<64x!n>
  %2 = lowbit.quantize %x : tensor<64xf32> -> tensor<64x!w>
  return %0, %1, %2 : tensor<64x!q>, tensor<64x!n>, tensor<64x!w>
})mlir"},
    {"quantize_axis_and_blocks", R"mlir(
!a = !quant.uniform<i8:f32:1, {0.1:-128, 3.0:127}>
!b = !quant.uniform<i32:f32:1, {0.5, 0.25}>
func.func @f(%x: tensor<32x2xf32>) -> (tensor<32x2x!a>, tensor<32x2x!b>) {
  %0 = lowbit.quantize %x : tensor<32x2xf32> -> tensor<32x2x!a>
  %1 = lowbit.quantize %x : tensor<32x2xf32> -> tensor<32x2x!b>
  return %0, %1 : tensor<32x2x!a>, tensor<32x2x!b>
})mlir"},
    {"dequantize", R"mlir(
!q = !quant.uniform<i8:f32, 0.1:-3>
!u = !quant.uniform<u8:f32, 0.1:200>
!a = !quant.uniform<i16:f32:0, {0.1:5, 0.7}>
!w = !quant.uniform<i32:f32, 0.001:-7>
func.func @f(%q: tensor<32x!q>, %u: tensor<32x!u>, %a: tensor<2x9x!a>, %w: tensor<32x!w>)
    -> (tensor<32xf32>, tensor<32xf32>, tensor<2x9xf32>, tensor<32xf32>) {
  %0 = lowbit.dequantize %q : tensor<32x!q> -> tensor<32xf32>
  %1 = lowbit.dequantize %u : tensor<32x!u> -> tensor<32xf32>
  %2 = lowbit.dequantize %a : tensor<2x9x!a> -> tensor<2x9xf32>
  %3 = lowbit.dequantize %w : tensor<32x!w> -> tensor<32xf32>
  return %0, %1, %2, %3 : tensor<32xf32>, tensor<32xf32>, tensor<2x9xf32>, tensor<32xf32>
})mlir"},
    {"requantize", R"mlir(
!x = !quant.uniform<i8:f32, 0.37:-3>
!y = !quant.uniform<i8<-127:127>:f32, 0.11:5>
!u = !quant.uniform<u8:f32, 0.5:128>
!a = !quant.uniform<i8:f32:1, {0.1:1, 0.3:-2, 4.0}>
func.func @f(%x: tensor<32x3x!x>) -> (tensor<32x3x!y>, tensor<32x3x!y>, tensor<32x3x!a>, tensor<32x3x!y>, tensor<32x3x!x>) {
  %0 = lowbit.requantize %x : tensor<32x3x!x> -> tensor<32x3x!y>
  %1 = lowbit.requantize %x mode fixed : tensor<32x3x!x> -> tensor<32x3x!y>
  %2 = lowbit.requantize %x : tensor<32x3x!x> -> tensor<32x3x!a>
  %3 = lowbit.requantize %2 mode fixed : tensor<32x3x!a> -> tensor<32x3x!y>
  %4 = lowbit.requantize %x : tensor<32x3x!x> -> tensor<32x3x!u>
  %5 = lowbit.clamp %4 min 60 max 200 : tensor<32x3x!u>
  %6 = lowbit.requantize %5 : tensor<32x3x!u> -> tensor<32x3x!x>
  %7 = lowbit.clamp %6 min -100 max 20 : tensor<32x3x!x>
  return %0, %1, %2, %3, %7 : tensor<32x3x!y>, tensor<32x3x!y>, tensor<32x3x!a>, tensor<32x3x!y>, tensor<32x3x!x>
})mlir"},
    {"matmul", R"mlir(
!x = !quant.uniform<i8:f32, 0.05:-3>
!w = !quant.uniform<i8<-127:127>:f32:1, {0.01, 0.025, 0.3}>
!y = !quant.uniform<i8:f32, 0.25:5>
func.func @f(%x: tensor<5x4x!x>) -> (tensor<5x3x!y>, tensor<5x3x!y>, tensor<5x3xi32>) {
  %c = arith.constant dense<[[1, 2, -3], [127, 4, -127], [5, 66, 77], [7, -8, 100]]> : tensor<4x3xi8>
  %w = quant.scast %c : tensor<4x3xi8> to tensor<4x3x!w>
  %b = arith.constant dense<[1000, -20, 30000]> : tensor<3xi32>
  %0 = lowbit.matmul %x, %w bias %b clamp [5, 100] : tensor<5x4x!x>, tensor<4x3x!w>, tensor<3xi32> -> tensor<5x3x!y>
  %1 = lowbit.matmul %x, %w bias %b mode fixed : tensor<5x4x!x>, tensor<4x3x!w>, tensor<3xi32> -> tensor<5x3x!y>
  %2 = lowbit.matmul %x, %w : tensor<5x4x!x>, tensor<4x3x!w> -> tensor<5x3xi32>
  return %0, %1, %2 : tensor<5x3x!y>, tensor<5x3x!y>, tensor<5x3xi32>
})mlir"},
    {"matmul_of_two_activations", R"mlir(
!x = !quant.uniform<u8:f32, 0.05:130>
!w = !quant.uniform<u8:f32:1, {0.01:3, 0.025:250, 0.3:128}>
!y = !quant.uniform<u8:f32, 0.9:5>
func.func @f(%x: tensor<5x4x!x>, %w: tensor<4x3x!w>, %b: tensor<3xi32>) -> tensor<5x3x!y> {
  %0 = lowbit.matmul %x, %w bias %b : tensor<5x4x!x>, tensor<4x3x!w>, tensor<3xi32> -> tensor<5x3x!y>
  return %0 : tensor<5x3x!y>
})mlir"},
    {"batch_matmul", R"mlir(
!x = !quant.uniform<i8:f32, 0.05:-3>
!s = !quant.uniform<i8:f32, 0.02>
!y = !quant.uniform<i8:f32, 0.25:5>
func.func @f(%a: tensor<2x5x4x!x>, %b: tensor<2x4x3x!x>, %c: tensor<2x5x4x!s>, %d: tensor<2x4x3x!s>)
    -> (tensor<2x5x3x!y>, tensor<2x5x3x!y>) {
  %0 = lowbit.batch_matmul %a, %b : tensor<2x5x4x!x>, tensor<2x4x3x!x> -> tensor<2x5x3x!y>
  %1 = lowbit.batch_matmul %c, %d clamp [-10, 90] : tensor<2x5x4x!s>, tensor<2x4x3x!s> -> tensor<2x5x3x!y>
  return %0, %1 : tensor<2x5x3x!y>, tensor<2x5x3x!y>
})mlir"},
    {"conv_2d", R"mlir(
!x = !quant.uniform<i8:f32, 0.05:-3>
!u = !quant.uniform<u8:f32, 0.05:10>
!w = !quant.uniform<i8<-127:127>:f32:0, {0.01, 0.025}>
!y = !quant.uniform<i8:f32, 0.25:5>
func.func @f(%x: tensor<1x6x7x2x!x>, %u: tensor<1x6x7x2x!u>) -> (tensor<1x3x6x2x!y>, tensor<1x3x6x2x!y>) {
  %c = arith.constant dense<[[[[1, 2], [3, -4]], [[5, 6], [-7, 8]], [[9, 100], [-127, 12]]],
                             [[[-1, 2], [33, 4]], [[55, 6], [7, 8]], [[9, 10], [11, -120]]]]> : tensor<2x3x2x2xi8>
  %w = quant.scast %c : tensor<2x3x2x2xi8> to tensor<2x3x2x2x!w>
  %b = arith.constant dense<[100, -200]> : tensor<2xi32>
  %0 = lowbit.conv_2d %x, %w bias %b strides [2, 1] dilations [1, 2] pad [1, 0, 1, 0]
      : tensor<1x6x7x2x!x>, tensor<2x3x2x2x!w>, tensor<2xi32> -> tensor<1x3x6x2x!y>
  %1 = lowbit.conv_2d %u, %w bias %b strides [2, 1] dilations [1, 2] pad [1, 0, 1, 0]
      : tensor<1x6x7x2x!u>, tensor<2x3x2x2x!w>, tensor<2xi32> -> tensor<1x3x6x2x!y>
  return %0, %1 : tensor<1x3x6x2x!y>, tensor<1x3x6x2x!y>
})mlir"},
    {"depthwise_conv_2d", R"mlir(
!x = !quant.uniform<i8:f32, 0.05:-3>
!w = !quant.uniform<i8<-127:127>:f32:2, {0.01, 0.025}>
!v = !quant.uniform<i8:f32:2, {0.01:4, 0.025:-9}>
!y = !quant.uniform<i8:f32, 0.05:5>
func.func @f(%x: tensor<1x4x4x2x!x>) -> (tensor<1x4x4x2x!y>, tensor<1x4x4x2x!y>) {
  %c = arith.constant dense<[[[1, 2], [3, -4], [5, 6]], [[-7, 80], [9, 100], [-127, 12]], [[2, 3], [4, 5], [6, 7]]]>
      : tensor<3x3x2xi8>
  %w = quant.scast %c : tensor<3x3x2xi8> to tensor<3x3x2x!w>
  %v = quant.scast %c : tensor<3x3x2xi8> to tensor<3x3x2x!v>
  %0 = lowbit.depthwise_conv_2d %x, %w strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1]
      : tensor<1x4x4x2x!x>, tensor<3x3x2x!w> -> tensor<1x4x4x2x!y>
  %1 = lowbit.depthwise_conv_2d %x, %v strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1]
      : tensor<1x4x4x2x!x>, tensor<3x3x2x!v> -> tensor<1x4x4x2x!y>
  return %0, %1 : tensor<1x4x4x2x!y>, tensor<1x4x4x2x!y>
})mlir"},
    {"elementwise", R"mlir(
!x = !quant.uniform<i8:f32, 0.05:-3>
!u = !quant.uniform<u8:f32, 0.07:130>
!y = !quant.uniform<i8:f32, 0.06:5>
!z = !quant.uniform<u8<1:255>:f32, 0.1:5>
func.func @f(%a: tensor<64x!x>, %b: tensor<64x!u>) -> (tensor<64x!y>, tensor<64x!y>, tensor<64x!z>) {
  %0 = lowbit.add %a, %b clamp [-50, 100] : tensor<64x!x>, tensor<64x!u> -> tensor<64x!y>
  %1 = lowbit.sub %a, %b : tensor<64x!x>, tensor<64x!u> -> tensor<64x!y>
  %2 = lowbit.mul %a, %b : tensor<64x!x>, tensor<64x!u> -> tensor<64x!z>
  return %0, %1, %2 : tensor<64x!y>, tensor<64x!y>, tensor<64x!z>
})mlir"},
    {"infinite_multipliers", R"mlir(
!x = !quant.uniform<i8:f32, 3.0e38:-3>
!y = !quant.uniform<i8:f32, 1.2e-38:5>
func.func @f(%a: tensor<64x!x>, %b: tensor<64x!x>) -> (tensor<64x!y>, tensor<64x!y>, tensor<64x!y>, tensor<64x!y>) {
  %0 = lowbit.add %a, %b : tensor<64x!x>, tensor<64x!x> -> tensor<64x!y>
  %1 = lowbit.sub %a, %b : tensor<64x!x>, tensor<64x!x> -> tensor<64x!y>
  %2 = lowbit.requantize %a : tensor<64x!x> -> tensor<64x!y>
  %3 = lowbit.requantize %a mode fixed : tensor<64x!x> -> tensor<64x!y>
  return %0, %1, %2, %3 : tensor<64x!y>, tensor<64x!y>, tensor<64x!y>, tensor<64x!y>
})mlir"},
    {"lookup", R"mlir(
!x = !quant.uniform<i8:f32, 0.05:-3>
!u = !quant.uniform<u8:f32, 0.05:3>
func.func @f(%a: tensor<64x!x>, %b: tensor<64x!u>) -> (tensor<64x!u>, tensor<64x!x>) {
  %0 = lowbit.lookup %a, dense<"0x)mlir"
#define LOWBIT_TABLE                                                                                                   \
  "A0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8" \
  "D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF000102030405060708090A0B0C0D0E0F1011" \
  "12131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A" \
  "4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F80818283" \
  "8485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9F"
     LOWBIT_TABLE R"mlir("> : tensor<256xi8> : tensor<64x!x> -> tensor<64x!u>
  %1 = lowbit.lookup %b, dense<"0x)mlir" LOWBIT_TABLE R"mlir("> : tensor<256xi8> : tensor<64x!u> -> tensor<64x!x>
  return %0, %1 : tensor<64x!u>, tensor<64x!x>
})mlir"},
    {"pools", R"mlir(
!x = !quant.uniform<i8:f32, 0.05:-3>
!u = !quant.uniform<u8:f32, 0.05:200>
!y = !quant.uniform<i8:f32, 0.06:5>
func.func @f(%x: tensor<1x5x5x3x!x>, %u: tensor<1x5x5x3x!u>)
    -> (tensor<1x3x3x3x!x>, tensor<1x3x3x3x!u>, tensor<1x3x3x3x!y>, tensor<1x3x3x3x!y>, tensor<1x3x!y>, tensor<5x!y>) {
  %0 = lowbit.max_pool_2d %x kernel [3, 2] strides [2, 2] dilations [1, 1] pad [1, 1, 1, 0]
      : tensor<1x5x5x3x!x> -> tensor<1x3x3x3x!x>
  %1 = lowbit.max_pool_2d %u kernel [2, 2] strides [1, 1] dilations [2, 2] pad [0, 0, 0, 0]
      : tensor<1x5x5x3x!u> -> tensor<1x3x3x3x!u>
  %2 = lowbit.avg_pool_2d %x kernel [3, 2] strides [2, 2] pad [1, 1, 1, 0] : tensor<1x5x5x3x!x> -> tensor<1x3x3x3x!y>
  %3 = lowbit.avg_pool_2d %u kernel [3, 2] strides [2, 2] pad [1, 1, 1, 0] : tensor<1x5x5x3x!u> -> tensor<1x3x3x3x!y>
  %4 = lowbit.reduce_mean %x dims [1, 2] : tensor<1x5x5x3x!x> -> tensor<1x3x!y>
  %5 = lowbit.reduce_mean %u dims [0, 1, 3] : tensor<1x5x5x3x!u> -> tensor<5x!y>
  return %0, %1, %2, %3, %4, %5
      : tensor<1x3x3x3x!x>, tensor<1x3x3x3x!u>, tensor<1x3x3x3x!y>, tensor<1x3x3x3x!y>, tensor<1x3x!y>, tensor<5x!y>
})mlir"},
    {"groups", R"mlir(
!x = !quant.uniform<i8:f32, 0.05:-3>
!u = !quant.uniform<u8:f32, 0.05:130>
!w = !quant.uniform<i4:f32:{0:2, 1:1}, {{0.75, 0.5:-1, 1.0:7}, {0.5, 3.5:2, 0.125:-8}}>
!f = !quant.uniform<i2:f32:{0:1, 1:1, 2:1, 3:2}, {{{{3.0, 6.0}, {9.0, 3.0}}}, {{{1.0, 63.0}, {2.0, 4.0}}}}>
!y = !quant.uniform<i8:f32, 2.0:5>
func.func @f(%x: tensor<5x4x!x>, %u: tensor<5x4x!u>, %i: tensor<1x3x4x4x!x>)
    -> (tensor<5x3x!y>, tensor<5x3xi32>, tensor<5x3x!y>, tensor<1x4x3x2x!y>) {
  %qw = arith.constant dense<[[-8, 7, 1], [2, -3, -8], [7, -7, 0], [5, -8, 3]]> : tensor<4x3xi4>
  %w = quant.scast %qw : tensor<4x3xi4> to tensor<4x3x!w>
  %b = arith.constant dense<[100, -20000, 3]> : tensor<3xi32>
  %0 = lowbit.matmul %x, %w bias %b clamp [-50, 100] : tensor<5x4x!x>, tensor<4x3x!w>, tensor<3xi32> -> tensor<5x3x!y>
  %1 = lowbit.matmul %u, %w : tensor<5x4x!u>, tensor<4x3x!w> -> tensor<5x3xi32>
  %2 = lowbit.matmul %u, %w mode fixed : tensor<5x4x!u>, tensor<4x3x!w> -> tensor<5x3x!y>
  %qf = arith.constant dense<[[[[1, -2, 0, 1], [-2, -2, 1, 1]]], [[[0, 1, -1, -2], [1, 0, -2, 1]]]]> : tensor<2x1x2x4xi2>
  %f = quant.scast %qf : tensor<2x1x2x4xi2> to tensor<2x1x2x4x!f>
  %3 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [1, 0, 0, 0]
      : tensor<1x3x4x4x!x>, tensor<2x1x2x4x!f> -> tensor<1x4x3x2x!y>
  return %0, %1, %2, %3 : tensor<5x3x!y>, tensor<5x3xi32>, tensor<5x3x!y>, tensor<1x4x3x2x!y>
})mlir"},
    {"movement", R"mlir(
!x = !quant.uniform<i8:f32, 0.05:-3>
func.func @f(%x: tensor<4x2x!x>) -> (tensor<2x4x!x>, tensor<8x!x>, tensor<6x2x!x>, tensor<8x2x!x>, tensor<1x2x!x>) {
  %e = tensor.empty() : tensor<2x4x!x>
  %t = linalg.transpose ins(%x : tensor<4x2x!x>) outs(%e : tensor<2x4x!x>) permutation = [1, 0]
  %c = tensor.collapse_shape %x [[0, 1]] : tensor<4x2x!x> into tensor<8x!x>
  %k = arith.constant -3 : i8
  %z = quant.scast %k : i8 to !x
  %p = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %z : !x
  } : tensor<4x2x!x> to tensor<6x2x!x>
  %d = tensor.concat dim(0) %x, %x : (tensor<4x2x!x>, tensor<4x2x!x>) -> tensor<8x2x!x>
  %s = tensor.extract_slice %x[1, 0] [1, 2] [1, 1] : tensor<4x2x!x> to tensor<1x2x!x>
  return %t, %c, %p, %d, %s : tensor<2x4x!x>, tensor<8x!x>, tensor<6x2x!x>, tensor<8x2x!x>, tensor<1x2x!x>
})mlir"},
    {"words", R"mlir(
!x = !quant.uniform<i16<-32767:32767>:f32, 0.001>
!y = !quant.uniform<i16<-4095:4095>:f32, 0.01>
!w = !quant.uniform<i8<-127:127>:f32:1, {0.5,0.25}>
!f = !quant.uniform<i8<-127:127>:f32:0, {0.5,0.25}>
func.func @f(%x: tensor<3x4x!x>, %i: tensor<1x4x4x2x!x>)
    -> (tensor<3x2x!y>, tensor<1x4x4x2x!y>, tensor<3x4x!y>, tensor<3x4x!y>, tensor<1x2x2x2x!y>, tensor<3x!y>) {
  %c = arith.constant dense<[[1, -127], [127, 5], [-3, 8], [100, 99]]> : tensor<4x2xi8>
  %w = quant.scast %c : tensor<4x2xi8> to tensor<4x2x!w>
  %b = arith.constant dense<[100000, -7]> : tensor<2xi32>
  %0 = lowbit.matmul %x, %w bias %b clamp [-5, 4000] : tensor<3x4x!x>, tensor<4x2x!w>, tensor<2xi32> -> tensor<3x2x!y>
  %k = arith.constant dense<-127> : tensor<2x3x3x2xi8>
  %f = quant.scast %k : tensor<2x3x3x2xi8> to tensor<2x3x3x2x!f>
  %1 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1]
      : tensor<1x4x4x2x!x>, tensor<2x3x3x2x!f> -> tensor<1x4x4x2x!y>
  %2 = lowbit.add %x, %x : tensor<3x4x!x>, tensor<3x4x!x> -> tensor<3x4x!y>
  %3 = lowbit.mul %x, %x : tensor<3x4x!x>, tensor<3x4x!x> -> tensor<3x4x!y>
  %4 = lowbit.avg_pool_2d %i kernel [2, 2] strides [2, 2] pad [0, 0, 0, 0] : tensor<1x4x4x2x!x> -> tensor<1x2x2x2x!y>
  %5 = lowbit.reduce_mean %x dims [1] : tensor<3x4x!x> -> tensor<3x!y>
  return %0, %1, %2, %3, %4, %5
      : tensor<3x2x!y>, tensor<1x4x4x2x!y>, tensor<3x4x!y>, tensor<3x4x!y>, tensor<1x2x2x2x!y>, tensor<3x!y>
})mlir"},
    {"dynamic_rows", R"mlir(
!steps = !quant.uniform<i8<-127:127>:f32, 1.0>
!narrow = !quant.uniform<i4:f32, 1.0>
func.func @f(%x: tensor<3x6x2xf32>, %b: tensor<2xf32>)
    -> (tensor<3x6x2xf32>, tensor<3xf32>, tensor<3x6x2xf32>, tensor<f32>) {
  %q, %s = lowbit.dynamic_quantize %x : tensor<3x6x2xf32> -> tensor<3x6x2x!steps>, tensor<3xf32>
  %y = lowbit.dynamic_dequantize %q, %s bias %b
      : tensor<3x6x2x!steps>, tensor<3xf32>, tensor<2xf32> -> tensor<3x6x2xf32>
  %q1, %s1 = lowbit.dynamic_quantize %x : tensor<3x6x2xf32> -> tensor<3x6x2x!narrow>, tensor<f32>
  %z = lowbit.dynamic_dequantize %q1, %s1 : tensor<3x6x2x!narrow>, tensor<f32> -> tensor<3x6x2xf32>
  return %y, %s, %z, %s1 : tensor<3x6x2xf32>, tensor<3xf32>, tensor<3x6x2xf32>, tensor<f32>
})mlir"},
    {"dynamic_quantize", R"mlir(
func.func @f(%x: tensor<3x6xf32>, %n: tensor<4xf32>) -> (tensor<3x6xi8>, tensor<f32>, tensor<i8>) {
  %big = arith.constant dense<100.0> : tensor<3x6xf32>
  %e = tensor.empty() : tensor<3x6xf32>
  %least = linalg.min ins(%x, %big : tensor<3x6xf32>, tensor<3x6xf32>) outs(%e : tensor<3x6xf32>) -> tensor<3x6xf32>
  %0, %1, %2 = lowbit.dynamic_quantize %least : tensor<3x6xf32> -> tensor<3x6xi8>, tensor<f32>, tensor<i8>
  return %0, %1, %2 : tensor<3x6xi8>, tensor<f32>, tensor<i8>
})mlir"},
};

INSTANTIATE_TEST_SUITE_P(Programs, LoweringTest, testing::ValuesIn(kPrograms),
                         [](const testing::TestParamInfo<Program> &info) { return std::string(info.param.name); });
