#ifndef LOWBIT_LOWER_PASSES
#define LOWBIT_LOWER_PASSES

include "mlir/Pass/PassBase.td"

def SetFloatFlags : Pass<"lowbit-set-float-flags", "::mlir::ModuleOp"> {
  let summary = "decide whether float products and sums may be contracted";
  let description = [{
    Removes the `fastmath` flags of a program, so that its float arithmetic is that of `docs/Arithmetic.md`. With
    `fast-float`, or where the module has the attribute `lowbit.fast_float` already, sets that attribute, and the flag
    `contract` on each `arith.mulf`, `addf` and `subf`: a product and a sum may become one fused multiply-add, where the
    machine has it. The bodies of named ops, which the text of a program does not show, count as marked.

    ```mlir
    module {
      ...
      %p = arith.mulf %x, %y : f32
      %s = arith.addf %p, %z : f32
    // with fast-float
    module attributes {lowbit.fast_float} {
      ...
      %p = arith.mulf %x, %y fastmath<contract> : f32
      %s = arith.addf %p, %z fastmath<contract> : f32
    ```

    Runs before `lowbit-lower-to-linalg`, while the casts and quantized ops are ops of this dialect: the float arithmetic
    that they are lowered to gets no flag, and is never contracted. Functions (`math.exp`) get none either: the sequences
    they are computed by stay what they are.

    Errors: a program that has been lowered.
  }];
  let options = [Option<"fastFloat", "fast-float", "bool", "false", "let products and sums of floats be contracted">];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def LowerToLinalg : Pass<"lowbit-lower-to-linalg", "::mlir::ModuleOp"> {
  let summary = "turn quantized ops into linalg on storage integers";
  let description = [{
    Quantized form to integer form. Tensors of quantized type become tensors of their storage integers, in function
    signatures too; ops that only move values keep their names. Casts, contractions, pools, means and elementwise ops
    become linalg ops with the arithmetic of `docs/Arithmetic.md` spelled out. A contraction with constant weights of
    zero point 0 is the named op on the storage integers themselves: the input's zero point is taken from the bias,
    `bias[f] - z_in * sum(w[f])`. Constants of 4 and 2 bits an integer stay so where they are such weights, or where all
    that reads the `dequantize` of one are float contractions. The requantization of a contraction is an elementwise `linalg.generic` that nothing else comes between.

    ```mlir
    %w = quant.scast %c : tensor<4x2xi8> to tensor<4x2x!tw>
    %y = lowbit.matmul %x, %w : tensor<1x4x!tx>, tensor<4x2x!tw> -> tensor<1x2x!ty>
    // becomes
    %init = linalg.broadcast ins(%bias : tensor<2xi32>) outs(%e : tensor<1x2xi32>) dimensions = [0]
    %acc = linalg.matmul ins(%x, %c : tensor<1x4xi8>, tensor<4x2xi8>) outs(%init : tensor<1x2xi32>) -> tensor<1x2xi32>
    %y = linalg.generic ins(%acc, %m : tensor<1x2xi32>, tensor<2xf32>) outs(%e8 : tensor<1x2xi8>) {
    ^bb0(%a: i32, %s: f32, %out: i8):
      %f = arith.sitofp %a : i32 to f32
      %p = arith.mulf %f, %s : f32
      %l = arith.maximumf %p, %qmin_minus_z : f32
      %h = arith.minimumf %l, %qmax_minus_z : f32
      %r = math.roundeven %h : f32
      %i = arith.fptosi %r : f32 to i32
      %z = arith.addi %i, %zero_point : i32
      %q = arith.trunci %z : i32 to i8
      linalg.yield %q : i8
    } -> tensor<1x2xi8>
    ```

    Errors: tensors of dynamic shape, and quantized types in ops that combine values and are none of this dialect.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // LOWBIT_LOWER_PASSES
