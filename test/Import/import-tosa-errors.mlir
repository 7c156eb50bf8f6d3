// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-import-tosa)' -split-input-file | FileCheck %s

// Open dimensions are left to upstream, and so are all other ops.

// CHECK-LABEL: func.func @dynamic(
// CHECK-NEXT: tosa.concat
func.func @dynamic(%x: tensor<?x3xf32>, %y: tensor<?x4xf32>) -> tensor<?x7xf32> {
  %0 = tosa.concat %x, %y {axis = 1 : i32} : (tensor<?x3xf32>, tensor<?x4xf32>) -> tensor<?x7xf32>
  return %0 : tensor<?x7xf32>
}

// CHECK-LABEL: func.func @other(
// CHECK-NEXT: tosa.tanh
func.func @other(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = tosa.tanh %x : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
