// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse-elementwise))' | FileCheck %s

// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[A:.*]]: tensor<4x8xf32>, %[[B:.*]]: tensor<4x8xf32>)
func.func @chain(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: linalg.generic {{.*}} ins(%[[A]], %[[B]] :
  // CHECK: math.exp
  // CHECK-NEXT: arith.addf
  // CHECK-NOT: linalg.generic
  // CHECK: return
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%a : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %x = math.exp %in : f32
    linalg.yield %x : f32
  } -> tensor<4x8xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%0, %b : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// An elementwise op moves before a reshape.
// CHECK-LABEL: func.func @reshape(
// CHECK-SAME: %[[A:.*]]: tensor<4x8xf32>)
func.func @reshape(%a: tensor<4x8xf32>) -> tensor<32xf32> {
  // CHECK: linalg.generic {{.*}} ins(%[[A]] : tensor<4x8xf32>)
  // CHECK: tensor.collapse_shape
  %c = tensor.collapse_shape %a [[0, 1]] : tensor<4x8xf32> into tensor<32xf32>
  %e = tensor.empty() : tensor<32xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%c : tensor<32xf32>) outs(%e : tensor<32xf32>) {
  ^bb0(%in: f32, %out: f32):
    %x = math.exp %in : f32
    linalg.yield %x : f32
  } -> tensor<32xf32>
  return %0 : tensor<32xf32>
}

// A matrix product keeps its form.
// CHECK-LABEL: func.func @matmul(
func.func @matmul(%a: tensor<1x2x4xi8>, %w: tensor<8x16xi8>, %init: tensor<1x16xi32>) -> tensor<1x16xi32> {
  // CHECK: tensor.collapse_shape
  // CHECK: linalg.matmul
  %c = tensor.collapse_shape %a [[0], [1, 2]] : tensor<1x2x4xi8> into tensor<1x8xi8>
  %0 = linalg.matmul ins(%c, %w : tensor<1x8xi8>, tensor<8x16xi8>) outs(%init : tensor<1x16xi32>) -> tensor<1x16xi32>
  return %0 : tensor<1x16xi32>
}
