// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-split-grouped-convolutions)' -split-input-file | FileCheck %s

// Too many groups, and open dimensions.

// CHECK-LABEL: func.func @many(
// CHECK-NEXT: linalg.conv_2d_ngchw_gfchw
func.func @many(%x: tensor<1x65x1x8x8xf32>, %w: tensor<65x2x1x3x3xf32>, %init: tensor<1x65x2x6x6xf32>) -> tensor<1x65x2x6x6xf32> {
  %0 = linalg.conv_2d_ngchw_gfchw ins(%x, %w : tensor<1x65x1x8x8xf32>, tensor<65x2x1x3x3xf32>)
      outs(%init : tensor<1x65x2x6x6xf32>) -> tensor<1x65x2x6x6xf32>
  return %0 : tensor<1x65x2x6x6xf32>
}

// CHECK-LABEL: func.func @dynamic(
// CHECK-NEXT: linalg.conv_2d_ngchw_gfchw
func.func @dynamic(%x: tensor<?x2x2x8x8xf32>, %w: tensor<2x3x2x3x3xf32>, %init: tensor<?x2x3x6x6xf32>) -> tensor<?x2x3x6x6xf32> {
  %0 = linalg.conv_2d_ngchw_gfchw ins(%x, %w : tensor<?x2x2x8x8xf32>, tensor<2x3x2x3x3xf32>)
      outs(%init : tensor<?x2x3x6x6xf32>) -> tensor<?x2x3x6x6xf32>
  return %0 : tensor<?x2x3x6x6xf32>
}
