// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-canonicalize-pads)' -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @static(
// CHECK: tensor.pad %{{.*}} low[1, 0] high[0, 2] {
// CHECK: } {lowbit.name = "p"} : tensor<2x3xf32> to tensor<3x5xf32>
func.func @static(%x: tensor<2x3xf32>, %v: f32) -> tensor<3x5xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %0 = tensor.pad %x low[%c1, %c0] high[0, %c2] {
  ^bb0(%i: index, %j: index):
    tensor.yield %v : f32
  } {lowbit.name = "p"} : tensor<2x3xf32> to tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// -----

// Two become one, the second with an amount that is an operand; a third does nothing.

// CHECK-LABEL: func.func @merge(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<2x3xf32>
// CHECK: %[[P:.*]] = tensor.pad %[[X]] low[1, 1] high[0, 2] {
// CHECK: } : tensor<2x3xf32> to tensor<3x6xf32>
// CHECK-NOT: tensor.pad
// CHECK: return %[[P]]
func.func @merge(%x: tensor<2x3xf32>) -> tensor<3x6xf32> {
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[1, 0] high[0, 0] {
  ^bb0(%i: index, %j: index):
    %inside = arith.constant 0.0 : f32
    tensor.yield %inside : f32
  } : tensor<2x3xf32> to tensor<3x3xf32>
  %1 = tensor.pad %0 low[0, 1] high[0, %c2] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<3x3xf32> to tensor<3x6xf32>
  %2 = tensor.pad %1 low[0, 0] high[0, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<3x6xf32> to tensor<3x6xf32>
  return %2 : tensor<3x6xf32>
}
