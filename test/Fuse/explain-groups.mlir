// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-explain)' -o /dev/null | FileCheck %s

// CHECK: explain-groups.mlir:[[@LINE+8]]:8: matmul_0: integer: 8-bit activation, 4-bit constant of 4 scales, one for each group of 2, exact 32-bit result
// CHECK-NEXT: 1 ops: 1 integer, 0 float
!x = !quant.uniform<i8:f32, 0.5:3>
!w = !quant.uniform<i4:f32:{0:2, 1:1}, {{0.75, 0.5}, {0.5, 2.0}}>
!y = !quant.uniform<i32:f32:1, {0.125, 0.25}>
func.func @f(%x: tensor<1x4x!x>) -> tensor<1x2x!y> {
  %q = arith.constant dense<[[1, 2], [3, 4], [5, 6], [7, -8]]> : tensor<4x2xi4>
  %w = quant.scast %q : tensor<4x2xi4> to tensor<4x2x!w>
  %y = lowbit.matmul %x, %w : tensor<1x4x!x>, tensor<4x2x!w> -> tensor<1x2x!y>
  return %y : tensor<1x2x!y>
}
