// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-specialize-generics)' -split-input-file | FileCheck %s

#map = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>
#unit = affine_map<(d0, d1) -> (0, d1)>

// Operands that are broadcast are broadcast before the op.

// CHECK-LABEL: func.func @elementwise(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<4x8xf32>, %[[Y:[a-z0-9]*]]: tensor<4x8xf32>, %[[B:[a-z0-9]*]]: tensor<8xf32>, %[[U:[a-z0-9]*]]: tensor<1x8xf32>
// CHECK: %[[SUB:.*]] = linalg.sub ins(%[[X]], %[[Y]]
// CHECK: %[[BB:.*]] = linalg.broadcast ins(%[[B]] : tensor<8xf32>) {{.*}} dimensions = [0]
// CHECK: %[[ADD:.*]] = linalg.add ins(%[[SUB]], %[[BB]]
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[U]] {{\[\[}}0, 1]]
// CHECK: %[[UB:.*]] = linalg.broadcast ins(%[[C]] : tensor<8xf32>) {{.*}} dimensions = [0]
// CHECK: linalg.mul ins(%[[ADD]], %[[UB]]
func.func @elementwise(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>, %b: tensor<8xf32>, %u: tensor<1x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%x, %y : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%a: f32, %c: f32, %out: f32):
    %4 = arith.subf %a, %c : f32
    linalg.yield %4 : f32
  } -> tensor<4x8xf32>
  %1 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel"]}
      ins(%0, %b : tensor<4x8xf32>, tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%a: f32, %c: f32, %out: f32):
    %4 = arith.addf %a, %c : f32
    linalg.yield %4 : f32
  } -> tensor<4x8xf32>
  %2 = linalg.generic {indexing_maps = [#map, #unit, #map], iterator_types = ["parallel", "parallel"]}
      ins(%1, %u : tensor<4x8xf32>, tensor<1x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%a: f32, %c: f32, %out: f32):
    %4 = arith.mulf %a, %c : f32
    linalg.yield %4 : f32
  } -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// -----

// CHECK-LABEL: func.func @convolution(
// CHECK: linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}
func.func @convolution(%x: tensor<1x9x9x4xf32>, %w: tensor<8x3x3x4xf32>, %init: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %0 = linalg.generic {
      indexing_maps = [affine_map<(n, h, w, f, kh, kw, c) -> (n, h * 2 + kh, w * 2 + kw, c)>,
                       affine_map<(n, h, w, f, kh, kw, c) -> (f, kh, kw, c)>,
                       affine_map<(n, h, w, f, kh, kw, c) -> (n, h, w, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x9x9x4xf32>, tensor<8x3x3x4xf32>) outs(%init : tensor<1x4x4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %c, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<1x4x4x8xf32>
  return %0 : tensor<1x4x4x8xf32>
}

// -----

// CHECK-LABEL: func.func @matmul(
// CHECK: linalg.matmul ins(
// CHECK-NOT: linalg.generic
func.func @matmul(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>, %init: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %0 = linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<4x8xf32>, tensor<8x16xf32>) outs(%init : tensor<4x16xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %c, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}
