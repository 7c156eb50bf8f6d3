// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-explain)' -o /dev/null | FileCheck %s

// CHECK: explain-half-steps.mlir:[[@LINE+8]]:8: matmul_0: integer: 8-bit activation, 2-bit constant of 2 scales in half steps, exact 32-bit result
// CHECK-NEXT: 1 ops: 1 integer, 0 float
!x = !quant.uniform<i8:f32, 0.5:3>
!w = !quant.uniform<i4<-3:3>:f32:1, {0.25, 0.5}>
!y = !quant.uniform<i32:f32:1, {0.125, 0.25}>
func.func @f(%x: tensor<1x2x!x>) -> tensor<1x2x!y> {
  %q = arith.constant dense<[[1, -1], [3, -3]]> : tensor<2x2xi4>
  %w = quant.scast %q : tensor<2x2xi4> to tensor<2x2x!w>
  %y = lowbit.matmul %x, %w : tensor<1x2x!x>, tensor<2x2x!w> -> tensor<1x2x!y>
  return %y : tensor<1x2x!y>
}
