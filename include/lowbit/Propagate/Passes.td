#ifndef LOWBIT_PROPAGATE_PASSES
#define LOWBIT_PROPAGATE_PASSES

include "mlir/Pass/PassBase.td"

def PropagateScales : Pass<"lowbit-propagate-scales", "::mlir::func::FuncOp"> {
  let summary = "give every tensor of a Q/DQ program one scale";
  let description = [{
    Solves the constraints of `ScaleConstraints` and writes the solution into the program. Tensors joined by ops that
    only move or compare values get one type, whose range holds the ranges of all; where sharing would cost more
    precision than a `lowbit.requantize` costs work, that op is put on the cheapest edge. Biases are quantized to i32
    in the scale of their accumulator; where a bias would not fit beside the largest accumulator, the scale of that
    channel's weights is widened. Pairs of casts that do nothing are removed.

    ```mlir
    // %a has scale 0.5, %b has scale 0.25, both range over negative and positive values
    %c = tensor.concat dim(1) %a, %b : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
    // becomes: %a, %b and %c have scale 0.5
    ```
  }];
  let dependentDialects = ["::mlir::lowbit::LowbitDialect", "::mlir::quant::QuantDialect"];
}

def ValidateScales : Pass<"lowbit-validate-scales", "::mlir::func::FuncOp"> {
  let summary = "check that the scales of a Q/DQ program satisfy the constraints of its ops";
  let description = [{
    Errors: an op that only moves or compares values has tensors of different scales; a bias is not in the scale of its
    accumulator; a quantize directly follows the dequantize of the same type. The program is not changed.
  }];
}

#endif // LOWBIT_PROPAGATE_PASSES
