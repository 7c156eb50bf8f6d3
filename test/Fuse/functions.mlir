// A table is the Q/DQ form of its function to the bit, on every code and on what saturates.

// RUN: %python -c "import numpy, sys; x = numpy.arange(-160, 160, dtype='f4').reshape(20, 16) / 16; x[0, :3] = numpy.nan, numpy.inf, -numpy.inf; numpy.savez(sys.argv[1], x=x)" %t.npz
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse{require-integer=true}),lowbit-mark-stage{stage=fuse})' -o %t.fused.mlir
// RUN: FileCheck %s < %t.fused.mlir
// RUN: quant-runner run %s --data %t.npz --reference -o %t.qdq.npz
// RUN: quant-runner run %t.fused.mlir --data %t.npz --reference -o %t.fused.npz
// RUN: cmp %t.qdq.npz %t.fused.npz
// RUN: quant-runner run %t.fused.mlir --data %t.npz -o %t.compiled.npz
// RUN: cmp %t.qdq.npz %t.compiled.npz

!x = !quant.uniform<i8:f32, 0.0625:3>
!u = !quant.uniform<u8:f32, 0.0625:130>
!unit = !quant.uniform<i8:f32, 0.00390625:-128>
!byte = !quant.uniform<u8:f32, 0.0078125:128>
!y = !quant.uniform<i8:f32, 0.0625:-100>
#id = affine_map<(d0, d1) -> (d0, d1)>

module attributes {lowbit.stage = "propagate"} {
// CHECK-COUNT-5: lowbit.lookup
// CHECK-NOT: linalg
func.func @main(%x: tensor<1x16xf32> {lowbit.name = "x"})
    -> (tensor<1x16xf32> {lowbit.name = "sigmoid"}, tensor<1x16xf32> {lowbit.name = "tanh"}, tensor<1x16xf32> {lowbit.name = "hard_swish"},
        tensor<1x16xf32> {lowbit.name = "gelu"}, tensor<1x16xf32> {lowbit.name = "rsqrt"}) {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %three = arith.constant 3.0 : f32
  %six = arith.constant 6.0 : f32
  %root = arith.constant 0.707106769 : f32
  %e = tensor.empty() : tensor<1x16xf32>
  %q = lowbit.quantize %x : tensor<1x16xf32> -> tensor<1x16x!x>
  %d = lowbit.dequantize %q : tensor<1x16x!x> -> tensor<1x16xf32>
  %qu = lowbit.quantize %x : tensor<1x16xf32> -> tensor<1x16x!u>
  %du = lowbit.dequantize %qu : tensor<1x16x!u> -> tensor<1x16xf32>

  %sigmoid = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%d : tensor<1x16xf32>) outs(%e : tensor<1x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.negf %in : f32
      %1 = math.exp %0 : f32
      %2 = arith.addf %1, %one : f32
      %3 = arith.divf %one, %2 : f32
      linalg.yield %3 : f32
  } -> tensor<1x16xf32>
  %sq = lowbit.quantize %sigmoid : tensor<1x16xf32> -> tensor<1x16x!unit>
  %sd = lowbit.dequantize %sq : tensor<1x16x!unit> -> tensor<1x16xf32>

  %tanh = linalg.tanh ins(%du : tensor<1x16xf32>) outs(%e : tensor<1x16xf32>) -> tensor<1x16xf32>
  %tq = lowbit.quantize %tanh : tensor<1x16xf32> -> tensor<1x16x!byte>
  %td = lowbit.dequantize %tq : tensor<1x16x!byte> -> tensor<1x16xf32>

  %hard_swish = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%d : tensor<1x16xf32>) outs(%e : tensor<1x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.addf %in, %three : f32
      %1 = arith.maximumf %0, %zero : f32
      %2 = arith.minimumf %1, %six : f32
      %3 = arith.mulf %in, %2 : f32
      %4 = arith.divf %3, %six : f32
      linalg.yield %4 : f32
  } -> tensor<1x16xf32>
  %hq = lowbit.quantize %hard_swish : tensor<1x16xf32> -> tensor<1x16x!y>
  %hd = lowbit.dequantize %hq : tensor<1x16x!y> -> tensor<1x16xf32>

  %gelu = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%du : tensor<1x16xf32>) outs(%e : tensor<1x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.mulf %in, %root : f32
      %1 = math.erf %0 : f32
      %2 = arith.addf %1, %one : f32
      %3 = arith.mulf %2, %half : f32
      %4 = arith.mulf %in, %3 : f32
      linalg.yield %4 : f32
  } -> tensor<1x16xf32>
  %gq = lowbit.quantize %gelu : tensor<1x16xf32> -> tensor<1x16x!y>
  %gd = lowbit.dequantize %gq : tensor<1x16x!y> -> tensor<1x16xf32>

  // NaN below 0, infinite at 0.
  %rsqrt = linalg.rsqrt ins(%d : tensor<1x16xf32>) outs(%e : tensor<1x16xf32>) -> tensor<1x16xf32>
  %rq = lowbit.quantize %rsqrt : tensor<1x16xf32> -> tensor<1x16x!unit>
  %rd = lowbit.dequantize %rq : tensor<1x16x!unit> -> tensor<1x16xf32>
  return %sd, %td, %hd, %gd, %rd : tensor<1x16xf32>, tensor<1x16xf32>, tensor<1x16xf32>, tensor<1x16xf32>, tensor<1x16xf32>
}
}
