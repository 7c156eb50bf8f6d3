#include "Interpret.h"

using namespace mlir;
using namespace mlir::lowbit::reference;

namespace {
struct InterpreterErrors : InterpreterTest {
  /// What is said of a program that can't be interpreted.
  std::string fail(StringRef source, ArrayRef<Tensor> inputs) {
    EXPECT_TRUE(failed(run(source, inputs)));
    return error;
  }
};
} // namespace

TEST_F(InterpreterErrors, WrongInputs) {
  const StringRef source = "func.func @f(%x: tensor<2xf32>) { return }";
  EXPECT_EQ(fail(source, {}), "expected 1 inputs, but got 0");
  const std::string mismatch = "expected input 0 of type 'tensor<2xf32>', but got one of another shape or element type";
  EXPECT_EQ(fail(source, {floats({1}, {0})}), mismatch);
  EXPECT_EQ(fail(source, {bytes({2}, {0, 0})}), mismatch);
  Tensor torn = floats({2}, {0, 0});
  torn.bytes.pop_back();
  EXPECT_EQ(fail(source, {torn}), mismatch);
}

TEST_F(InterpreterErrors, DynamicShapes) {
  EXPECT_EQ(fail("func.func @f(%x: tensor<?xf32>) { return }", {floats({2}, {0, 0})}),
            "expected a static shape, but got 'tensor<?xf32>'");
  EXPECT_EQ(fail("func.func @f(%x: tensor<*xf32>) { return }", {floats({2}, {0, 0})}),
            "expected a ranked tensor or a scalar, but got 'tensor<*xf32>'");
}

TEST_F(InterpreterErrors, TypesWithoutValues) {
  EXPECT_EQ(fail("func.func @f(%x: tensor<2xf16>) { return }", {floats({2}, {0, 0})}),
            "the interpreter has no values of type 'tensor<2xf16>'");
  EXPECT_EQ(fail("func.func @f() { %0 = tensor.empty() : tensor<65536x65536xf32> \n return }", {}),
            "expected at most 268435456 elements, but got 'tensor<65536x65536xf32>'");
}

TEST_F(InterpreterErrors, UnknownOps) {
  EXPECT_EQ(fail("func.func @f() { cf.br ^bb1 \n ^bb1: return }", {}).empty(), false);
  EXPECT_EQ(fail("func.func private @f()", {}), "expected a function of one block");
  // Functions are defined for f32 only.
  EXPECT_EQ(fail("func.func @f() { %x = arith.constant 1.0 : f64 \n %y = math.exp %x : f64 \n return }", {}),
            "the interpreter does not know this op");
}

TEST_F(InterpreterErrors, AccumulatorsThatOverflow) {
  EXPECT_EQ(
      fail(
          R"mlir(func.func @f(%x: tensor<1x1x!quant.uniform<i8:f32, 1.0>>, %w: tensor<1x1x!quant.uniform<i8:f32, 1.0>>) {
      %b = arith.constant dense<2147483647> : tensor<1xi32>
      %y = lowbit.matmul %x, %w bias %b : tensor<1x1x!quant.uniform<i8:f32, 1.0>>, tensor<1x1x!quant.uniform<i8:f32, 1.0>>,
        tensor<1xi32> -> tensor<1x1xi32>
      return
    })mlir",
          {bytes({1, 1}, {1}), bytes({1, 1}, {1})}),
      "accumulator 2147483648 does not fit i32");
}

TEST_F(InterpreterErrors, IndicesOutsideATensor) {
  EXPECT_EQ(fail(R"mlir(func.func @f(%x: tensor<2xf32>, %i: index) {
      %y = tensor.extract %x[%i] : tensor<2xf32>
      return
    })mlir",
                 {floats({2}, {0, 0}), makeTensor<int64_t>({}, ElementKind::Index, {2})}),
            "index 2 is outside a dimension of size 2");
  EXPECT_EQ(fail(R"mlir(
    #id = affine_map<(i) -> (i)>
    func.func @f(%t: tensor<2xf32>, %x: tensor<1xi32>) {
      %e = tensor.empty() : tensor<1xf32>
      %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
          ins(%x : tensor<1xi32>) outs(%e : tensor<1xf32>) {
      ^bb0(%in: i32, %out: f32):
        %i = arith.index_cast %in : i32 to index
        %v = tensor.extract %t[%i] : tensor<2xf32>
        linalg.yield %v : f32
      } -> tensor<1xf32>
      return
    })mlir",
                 {floats({2}, {0, 0}), makeTensor<int32_t>({1}, ElementKind::I32, {-1})}),
            "index -1 is outside a dimension of size 2");
}

TEST_F(InterpreterErrors, MapsThatAreNotLinear) {
  EXPECT_EQ(fail(R"mlir(
    func.func @f(%x: tensor<2xf32>, %y: tensor<4xf32>) {
      %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i mod 2)>, affine_map<(i) -> (i)>],
                           iterator_types = ["parallel"]} ins(%x : tensor<2xf32>) outs(%y : tensor<4xf32>) {
      ^bb0(%in: f32, %out: f32):
        linalg.yield %in : f32
      } -> tensor<4xf32>
      return
    })mlir",
                 {floats({2}, {0, 0}), floats({4}, {0, 0, 0, 0})}),
            "expected indexing maps that are linear, or quotients of such");
}

TEST_F(InterpreterErrors, MissingResources) {
  EXPECT_EQ(fail("func.func @f() { %0 = arith.constant dense_resource<absent> : tensor<2xf32> \n return }", {}),
            "expected a resource of 8 bytes, but it is missing");
}

TEST_F(InterpreterErrors, DynamicSlices) {
  EXPECT_EQ(fail(R"mlir(func.func @f(%x: tensor<2xf32>, %i: index) {
      %y = tensor.extract_slice %x[%i] [1] [1] : tensor<2xf32> to tensor<1xf32>
      return
    })mlir",
                 {floats({2}, {0, 0}), makeTensor<int64_t>({}, ElementKind::Index, {5})}),
            "expected a box inside the tensor");
  EXPECT_EQ(fail(R"mlir(func.func @f(%x: tensor<2xf32>, %n: index) {
      %y = tensor.extract_slice %x[0] [%n] [1] : tensor<2xf32> to tensor<?xf32>
      return
    })mlir",
                 {floats({2}, {0, 0}), makeTensor<int64_t>({}, ElementKind::Index, {1})}),
            "expected static sizes and strides");
}

TEST_F(InterpreterErrors, Calls) {
  EXPECT_EQ(fail(R"mlir(func.func private @g() -> tensor<2xf32>
                        func.func @f() -> tensor<2xf32> {
                          %0 = call @g() : () -> tensor<2xf32>
                          return %0 : tensor<2xf32>
                        })mlir",
                 {}),
            "calls a function without a body");
  EXPECT_EQ(fail(R"mlir(func.func @f() -> tensor<2xf32> {
                          %0 = call @f() : () -> tensor<2xf32>
                          return %0 : tensor<2xf32>
                        })mlir",
                 {}),
            "calls are nested deeper than 64");
}
