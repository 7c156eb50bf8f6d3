#ifndef LOWBIT_QUANTIZE_PASSES
#define LOWBIT_QUANTIZE_PASSES

include "mlir/Pass/PassBase.td"

def Quantize : Pass<"lowbit-quantize", "::mlir::ModuleOp"> {
  let summary = "put quantization on the tensors that a recipe asks for";
  let description = [{
    Float form to Q/DQ form. Each activation and result of an op that the recipe quantizes becomes
    `dequantize(quantize(x))` in the scale of its range in the calibration table; each constant weight likewise, with
    one scale for each output channel, or what else the recipe says. The program still computes with floats, and its
    values are the meaning of all later forms.

    Nothing is put between an op and the clamp that will be computed inside it. Ops that only move values are quantized
    where they touch, through other such ops, one that computes. An op that stays float says why in its attribute
    `lowbit.float`.

    ```mlir
    %y = linalg.matmul ins(%x, %w : tensor<1x4xf32>, tensor<4x2xf32>) outs(%b : tensor<1x2xf32>) -> tensor<1x2xf32>
    // becomes
    %xq = lowbit.quantize %x : tensor<1x4xf32> -> tensor<1x4x!quant.uniform<i8:f32, 0.5:-3>>
    %xd = lowbit.dequantize %xq : tensor<1x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x4xf32>
    %wq = lowbit.quantize %w : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i8<-127:127>:f32:1, {0.25,0.125}>>
    %wd = lowbit.dequantize %wq : tensor<4x2x!quant.uniform<i8<-127:127>:f32:1, {0.25,0.125}>> -> tensor<4x2xf32>
    %y = linalg.matmul ins(%xd, %wd : tensor<1x4xf32>, tensor<4x2xf32>) outs(%b : tensor<1x2xf32>) -> tensor<1x2xf32>
    %yq = lowbit.quantize %y : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<i8:f32, 0.75:10>>
    %yd = lowbit.dequantize %yq : tensor<1x2x!quant.uniform<i8:f32, 0.75:10>> -> tensor<1x2xf32>
    ```

    Under a rule with `ranges: dynamic` the activation of a contraction with constant weights becomes
    `dynamic_dequantize(dynamic_quantize(x))`, with a scale for each of its rows that is found while the program runs; its
    result stays float. A recipe of such rules alone needs no table.

    Under a rule with `activations: float` only constant weights become `dequantize(quantize(w))`; the op has the
    attribute `lowbit.float`. Such rules need no table either.

    Errors: a recipe that can't be read or breaks a rule; a table that can't be read, is of another program, or lacks a
    tensor.
  }];
  let options = [
    Option<"recipe", "recipe", "std::string", "\"w8a8\"", "a preset's name or the path of a recipe">,
    Option<"calibration", "calibration", "std::string", "\"\"", "the path of the calibration table">,
    Option<"moments", "moments", "std::string", "\"\"",
           "the path of the moments of patches, for the methods that round weights by them">
  ];
  let dependentDialects = ["::mlir::lowbit::LowbitDialect", "::mlir::quant::QuantDialect"];
}

#endif // LOWBIT_QUANTIZE_PASSES
