// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-fold-means)' -split-input-file | FileCheck %s

#map = affine_map<(n, h, w, c) -> (n, h, w, c)>

// Another divisor is no mean; neither is a sum that starts elsewhere, one with gaps, or a maximum.

// CHECK-LABEL: func.func @divisor(
// CHECK: linalg.pooling_nhwc_sum
// CHECK: arith.divf
func.func @divisor(%x: tensor<1x4x4x3xf32>) -> tensor<1x1x1x3xf32> {
  %zero = arith.constant 0.0 : f32
  %count = arith.constant 15.0 : f32
  %e = tensor.empty() : tensor<1x1x1x3xf32>
  %window = tensor.empty() : tensor<4x4xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %0 = linalg.pooling_nhwc_sum ins(%x, %window : tensor<1x4x4x3xf32>, tensor<4x4xf32>) outs(%init : tensor<1x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0 : tensor<1x1x1x3xf32>) outs(%e : tensor<1x1x1x3xf32>) {
  ^bb0(%a: f32, %out: f32):
    %2 = arith.divf %a, %count : f32
    linalg.yield %2 : f32
  } -> tensor<1x1x1x3xf32>
  return %1 : tensor<1x1x1x3xf32>
}

// CHECK-LABEL: func.func @inverse(
// CHECK: linalg.pooling_nhwc_sum
// CHECK: arith.divf
func.func @inverse(%x: tensor<1x4x4x3xf32>) -> tensor<1x1x1x3xf32> {
  %zero = arith.constant 0.0 : f32
  %count = arith.constant 16.0 : f32
  %e = tensor.empty() : tensor<1x1x1x3xf32>
  %window = tensor.empty() : tensor<4x4xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %0 = linalg.pooling_nhwc_sum ins(%x, %window : tensor<1x4x4x3xf32>, tensor<4x4xf32>) outs(%init : tensor<1x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0 : tensor<1x1x1x3xf32>) outs(%e : tensor<1x1x1x3xf32>) {
  ^bb0(%a: f32, %out: f32):
    %2 = arith.divf %count, %a : f32
    linalg.yield %2 : f32
  } -> tensor<1x1x1x3xf32>
  return %1 : tensor<1x1x1x3xf32>
}

// CHECK-LABEL: func.func @gaps(
// CHECK: linalg.pooling_nhwc_sum
func.func @gaps(%x: tensor<1x5x5x3xf32>) -> tensor<1x3x3x3xf32> {
  %zero = arith.constant 0.0 : f32
  %quarters = arith.constant dense<0.25> : tensor<1x3x3x3xf32>
  %e = tensor.empty() : tensor<1x3x3x3xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32>
  %0 = linalg.pooling_nhwc_sum {dilations = dense<2> : vector<2xi64>, strides = dense<1> : vector<2xi64>}
      ins(%x, %window : tensor<1x5x5x3xf32>, tensor<2x2xf32>) outs(%init : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32>
  %1 = linalg.mul ins(%0, %quarters : tensor<1x3x3x3xf32>, tensor<1x3x3x3xf32>) outs(%e : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32>
  return %1 : tensor<1x3x3x3xf32>
}

// CHECK-LABEL: func.func @start(
// CHECK: linalg.pooling_nhwc_sum
func.func @start(%x: tensor<1x4x4x3xf32>, %init: tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32> {
  %quarters = arith.constant dense<0.25> : tensor<1x3x3x3xf32>
  %e = tensor.empty() : tensor<1x3x3x3xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %0 = linalg.pooling_nhwc_sum ins(%x, %window : tensor<1x4x4x3xf32>, tensor<2x2xf32>) outs(%init : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32>
  %1 = linalg.mul ins(%0, %quarters : tensor<1x3x3x3xf32>, tensor<1x3x3x3xf32>) outs(%e : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32>
  return %1 : tensor<1x3x3x3xf32>
}
