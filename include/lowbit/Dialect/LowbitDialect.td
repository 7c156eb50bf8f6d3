#ifndef LOWBIT_DIALECT
#define LOWBIT_DIALECT

include "mlir/IR/OpBase.td"

def Lowbit_Dialect : Dialect {
  let name = "lowbit";
  let cppNamespace = "::mlir::lowbit";
  let summary = "quantized tensor programs whose integer arithmetic is specified to the bit";
  let description = [{
    Casts between float and quantized tensors, quantized operations, and the observers that find ranges.
    Element types are `!quant.uniform`; a storage integer `q` of scale `s` and zero point `z` stands for
    `(q - z) * s`. Every scale is a positive, finite f32; arithmetic on scales reads it as that f32.

    The arithmetic of every operation is written in `docs/Arithmetic.md`. Two functions appear throughout:
    `rne` rounds to the nearest integer, ties to even; `clamp(v, lo, hi)` is `min(max(v, lo), hi)`.
    `qmin` and `qmax` are the bounds of the result's storage type, e.g. -127 and 127 for `i8<-127:127>`.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::quant::QuantDialect", "::mlir::tensor::TensorDialect"];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
}

#endif // LOWBIT_DIALECT
