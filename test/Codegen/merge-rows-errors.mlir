// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-merge-rows))' | FileCheck %s

// Sizes that are not known, and buffers, are left as they are.
// CHECK-LABEL: func.func @dynamic(
// CHECK-NOT: tensor.collapse_shape
func.func @dynamic(%x: tensor<1x?x4x8xi8>, %w: tensor<16x1x1x8xi8>, %e: tensor<1x?x4x16xi32>) -> tensor<1x?x4x16xi32> {
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x?x4x8xi8>, tensor<16x1x1x8xi8>) outs(%e : tensor<1x?x4x16xi32>) -> tensor<1x?x4x16xi32>
  return %0 : tensor<1x?x4x16xi32>
}

// CHECK-LABEL: func.func @buffers(
// CHECK-NOT: tensor.collapse_shape
func.func @buffers(%x: memref<1x4x4x8xi8>, %w: memref<16x1x1x8xi8>, %e: memref<1x4x4x16xi32>) {
  linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : memref<1x4x4x8xi8>, memref<16x1x1x8xi8>) outs(%e : memref<1x4x4x16xi32>)
  return
}
