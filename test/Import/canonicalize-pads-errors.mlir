// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-canonicalize-pads)' -split-input-file | FileCheck %s

// Other constants, zeros of another sign among them, and a pad that others read stay apart.

// CHECK-LABEL: func.func @constants(
// CHECK-COUNT-3: tensor.pad
func.func @constants(%x: tensor<2xf32>) -> tensor<5xf32> {
  %zero = arith.constant 0.0 : f32
  %minus = arith.constant -0.0 : f32
  %one = arith.constant 1.0 : f32
  %0 = tensor.pad %x low[1] high[0] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<2xf32> to tensor<3xf32>
  %1 = tensor.pad %0 low[1] high[0] {
  ^bb0(%i: index):
    tensor.yield %minus : f32
  } : tensor<3xf32> to tensor<4xf32>
  %2 = tensor.pad %1 low[1] high[0] {
  ^bb0(%i: index):
    tensor.yield %one : f32
  } : tensor<4xf32> to tensor<5xf32>
  return %2 : tensor<5xf32>
}

// CHECK-LABEL: func.func @two_uses(
// CHECK-COUNT-2: tensor.pad
func.func @two_uses(%x: tensor<2xf32>) -> (tensor<3xf32>, tensor<4xf32>) {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[1] high[0] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<2xf32> to tensor<3xf32>
  %1 = tensor.pad %0 low[1] high[0] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<3xf32> to tensor<4xf32>
  return %0, %1 : tensor<3xf32>, tensor<4xf32>
}

// Amounts that vary.

// CHECK-LABEL: func.func @dynamic(
// CHECK: tensor.pad %{{.*}} low[%{{.*}}] high[0]
func.func @dynamic(%x: tensor<2xf32>, %n: index) -> tensor<?xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[%n] high[0] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<2xf32> to tensor<?xf32>
  return %0 : tensor<?xf32>
}
