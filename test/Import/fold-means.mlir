// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-fold-means)' -split-input-file | FileCheck %s

#map = affine_map<(n, h, w, c) -> (n, h, w, c)>

// A window as large as the image, with a division; a smaller one, with a multiplication.

// CHECK-DAG: #[[$ALL:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[$KEPT:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d3)>
// CHECK-DAG: #[[$WINDOW:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d4, d2 * 2 + d5, d3)>
// CHECK-LABEL: func.func @global(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<1x4x4x3xf32>
// CHECK-DAG: %[[R:.*]] = arith.constant 6.250000e-02 : f32
// CHECK: %[[MEAN:.*]] = linalg.generic {indexing_maps = [#[[$ALL]], #[[$KEPT]]], iterator_types = ["parallel", "reduction", "reduction", "parallel"]}
// CHECK-SAME: ins(%[[X]] : tensor<1x4x4x3xf32>) outs(%{{.*}} : tensor<1x3xf32>) attrs = {lowbit.name = "mean"}
// CHECK: ^bb0(%[[IN:.*]]: f32, %[[OUT:.*]]: f32):
// CHECK-NEXT: %[[TERM:.*]] = arith.mulf %[[IN]], %[[R]] : f32
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[OUT]], %[[TERM]] : f32
// CHECK: tensor.expand_shape %[[MEAN]] {{\[\[}}0], [1, 2, 3]] output_shape [1, 1, 1, 3]
func.func @global(%x: tensor<1x4x4x3xf32>) -> tensor<1x1x1x3xf32> {
  %zero = arith.constant 0.0 : f32
  %count = arith.constant 16.0 : f32
  %e = tensor.empty() : tensor<1x1x1x3xf32>
  %window = tensor.empty() : tensor<4x4xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %0 = linalg.pooling_nhwc_sum ins(%x, %window : tensor<1x4x4x3xf32>, tensor<4x4xf32>) outs(%init : tensor<1x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0 : tensor<1x1x1x3xf32>) outs(%e : tensor<1x1x1x3xf32>) attrs = {lowbit.name = "mean"} {
  ^bb0(%a: f32, %out: f32):
    %2 = arith.divf %a, %count : f32
    linalg.yield %2 : f32
  } -> tensor<1x1x1x3xf32>
  return %1 : tensor<1x1x1x3xf32>
}

// CHECK-LABEL: func.func @windowed(
// CHECK: linalg.generic {indexing_maps = [#[[$WINDOW]], #{{.*}}, #{{.*}}], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
// CHECK-SAME: ins(%{{.*}}, %{{.*}} : tensor<1x4x4x3xf32>, tensor<2x2xf32>) outs(%{{.*}} : tensor<1x2x2x3xf32>)
// CHECK: arith.mulf
// CHECK-NEXT: arith.addf
func.func @windowed(%x: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
  %zero = arith.constant 0.0 : f32
  %quarters = arith.constant dense<0.25> : tensor<1x2x2x3xf32>
  %e = tensor.empty() : tensor<1x2x2x3xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x2x3xf32>) -> tensor<1x2x2x3xf32>
  %0 = linalg.pooling_nhwc_sum {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>}
      ins(%x, %window : tensor<1x4x4x3xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2x2x3xf32>) -> tensor<1x2x2x3xf32>
  %1 = linalg.mul ins(%0, %quarters : tensor<1x2x2x3xf32>, tensor<1x2x2x3xf32>) outs(%e : tensor<1x2x2x3xf32>) -> tensor<1x2x2x3xf32>
  return %1 : tensor<1x2x2x3xf32>
}

// -----

// A sum that keeps its dimensions as ones.

// CHECK-LABEL: func.func @reduced(
// CHECK: %[[MEAN:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
// CHECK-SAME: outs(%{{.*}} : tensor<4xf32>)
// CHECK: tensor.expand_shape %[[MEAN]] {{\[\[}}0, 1]] output_shape [4, 1]
func.func @reduced(%x: tensor<4x8xf32>) -> tensor<4x1xf32> {
  %zero = arith.constant 0.0 : f32
  %count = arith.constant 8.0 : f32
  %e = tensor.empty() : tensor<4x1xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<4x1xf32>) -> tensor<4x1xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>],
                       iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x8xf32>) outs(%init : tensor<4x1xf32>) {
  ^bb0(%a: f32, %out: f32):
    %2 = arith.addf %a, %out : f32
    linalg.yield %2 : f32
  } -> tensor<4x1xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<4x1xf32>) outs(%e : tensor<4x1xf32>) {
  ^bb0(%a: f32, %out: f32):
    %2 = arith.divf %a, %count : f32
    linalg.yield %2 : f32
  } -> tensor<4x1xf32>
  return %1 : tensor<4x1xf32>
}
