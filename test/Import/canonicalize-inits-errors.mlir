// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-canonicalize-inits)' -split-input-file | FileCheck %s

// Padding that can win stays, as does an init that can.

// CHECK-LABEL: func.func @max_pool(
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: tensor.yield %[[ZERO]]
// CHECK: linalg.fill ins(%[[ZERO]] : f32)
func.func @max_pool(%x: tensor<1x7x7x2xf32>) -> tensor<1x4x4x2xf32> {
  %zero = arith.constant 0.0 : f32
  %pad = tensor.pad %x low[0, 0, 0, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x7x7x2xf32> to tensor<1x8x8x2xf32>
  %e = tensor.empty() : tensor<1x4x4x2xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %0 = linalg.pooling_nhwc_max {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>}
      ins(%pad, %window : tensor<1x8x8x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  return %0 : tensor<1x4x4x2xf32>
}

// CHECK-LABEL: func.func @dynamic(
// CHECK-NEXT: linalg.matmul
// CHECK-NEXT: return
func.func @dynamic(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x3xf32>) outs(%y : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @integers(
// CHECK-NEXT: linalg.matmul
// CHECK-NEXT: return
func.func @integers(%x: tensor<2x4xi8>, %w: tensor<4x3xi8>, %y: tensor<2x3xi32>) -> tensor<2x3xi32> {
  %0 = linalg.matmul ins(%x, %w : tensor<2x4xi8>, tensor<4x3xi8>) outs(%y : tensor<2x3xi32>) -> tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}
