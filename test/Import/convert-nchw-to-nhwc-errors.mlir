// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-convert-nchw-to-nhwc)' -split-input-file | FileCheck %s

// Open dimensions and buffers stay NCHW.

// CHECK-LABEL: func.func @dynamic(
// CHECK-NEXT: linalg.conv_2d_nchw_fchw
func.func @dynamic(%x: tensor<?x4x8x8xf32>, %w: tensor<8x4x3x3xf32>, %init: tensor<?x8x6x6xf32>) -> tensor<?x8x6x6xf32> {
  %0 = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<?x4x8x8xf32>, tensor<8x4x3x3xf32>)
      outs(%init : tensor<?x8x6x6xf32>) -> tensor<?x8x6x6xf32>
  return %0 : tensor<?x8x6x6xf32>
}

// CHECK-LABEL: func.func @buffers(
// CHECK-NEXT: linalg.pooling_nchw_max
func.func @buffers(%x: memref<1x4x8x8xf32>, %window: memref<2x2xf32>, %init: memref<1x4x7x7xf32>) {
  linalg.pooling_nchw_max ins(%x, %window : memref<1x4x8x8xf32>, memref<2x2xf32>) outs(%init : memref<1x4x7x7xf32>)
  return
}

// Groups have no NHWC twin.

// CHECK-LABEL: func.func @groups(
// CHECK-NEXT: linalg.conv_2d_ngchw_fgchw
func.func @groups(%x: tensor<1x2x4x8x8xf32>, %w: tensor<8x2x4x3x3xf32>, %init: tensor<1x2x8x6x6xf32>) -> tensor<1x2x8x6x6xf32> {
  %0 = linalg.conv_2d_ngchw_fgchw ins(%x, %w : tensor<1x2x4x8x8xf32>, tensor<8x2x4x3x3xf32>)
      outs(%init : tensor<1x2x8x6x6xf32>) -> tensor<1x2x8x6x6xf32>
  return %0 : tensor<1x2x8x6x6xf32>
}
