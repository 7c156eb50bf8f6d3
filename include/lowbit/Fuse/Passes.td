#ifndef LOWBIT_FUSE_PASSES
#define LOWBIT_FUSE_PASSES

include "mlir/Pass/PassBase.td"

def Fuse : Pass<"lowbit-fuse", "::mlir::func::FuncOp"> {
  let summary = "turn float ops between dequantize and quantize into quantized ops";
  let description = [{
    Q/DQ form to quantized form, through `QuantizableOpInterface`: an op whose activations and weights are dequantized
    and whose result is quantized becomes an op on quantized tensors, a clamp after it becomes bounds of its storage
    integers, padding before it its `pad`. Quantized constants become integers behind a `quant.scast`.

    ```mlir
    %xd = lowbit.dequantize %x : !tx -> tensor<1x4xf32>
    %y = linalg.matmul ins(%xd, %wd : tensor<1x4xf32>, tensor<4x2xf32>) outs(%zero : tensor<1x2xf32>) -> tensor<1x2xf32>
    %yq = lowbit.quantize %y : tensor<1x2xf32> -> !ty
    // becomes
    %c = arith.constant dense<...> : tensor<4x2xi8>
    %w = quant.scast %c : tensor<4x2xi8> to !tw
    %yq = lowbit.matmul %x, %w : !tx, !tw -> !ty
    ```

    A contraction of an activation in scales found at run time becomes one on its steps, whose exact sums are made floats
    in those scales, its bias added:

    ```mlir
    %acc = lowbit.matmul %xq, %w : !steps, !tw -> !sums
    %y = lowbit.dynamic_dequantize %acc, %scale bias %b : !sums, tensor<1xf32>, tensor<2xf32> -> tensor<1x2xf32>
    ```

    Constants that a float op reads as `dequantize(quantize(c))`, as weights of float activations are, become integers
    behind a `quant.scast` that the `dequantize` reads.

    Each op that stays float is the subject of a remark that says why, or of an error with `require-integer`: one whose
    weights alone are integers, too.
  }];
  let options = [
    Option<"requireInteger", "require-integer", "bool", "false", "make it an error that an op stays float">
  ];
  let dependentDialects = ["::mlir::lowbit::LowbitDialect", "::mlir::quant::QuantDialect",
                           "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def Explain : Pass<"lowbit-explain", "::mlir::ModuleOp"> {
  let summary = "print, for each op, why it is integer or why it stayed float";
  let description = [{
    One line on standard output for each op that computes, with its source location, then a count. Reads float, Q/DQ
    and quantized form; the program is not changed.

    ```
    model.mlir:12:10: conv_2d_0: integer: 8-bit activations, 8-bit weights in 64 channels, 32-bit accumulator
    model.mlir:20:10: generic_3: float: it is neither a clamp nor a mean
    2 ops: 1 integer, 1 float
    ```
  }];
}

#endif // LOWBIT_FUSE_PASSES
