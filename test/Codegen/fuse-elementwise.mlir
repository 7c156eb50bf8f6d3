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

// What a product is rounded to is computed with it: a mean reads the bytes, not the sums.
// CHECK-LABEL: func.func @mean(
func.func @mean(%a: tensor<225x8xi8>, %w: tensor<8x16xi8>, %init: tensor<225x16xi32>, %sums: tensor<16xi32>) -> tensor<16xi32> {
  // CHECK: %[[PRODUCT:.*]] = linalg.matmul
  // CHECK: %[[BYTES:.*]] = linalg.generic {{.*}} ins(%[[PRODUCT]] : tensor<225x16xi32>)
  // CHECK: arith.trunci
  // CHECK: linalg.generic {{.*}} ins(%[[BYTES]] : tensor<225x16xi8>)
  %0 = linalg.matmul ins(%a, %w : tensor<225x8xi8>, tensor<8x16xi8>) outs(%init : tensor<225x16xi32>) -> tensor<225x16xi32>
  %e = tensor.empty() : tensor<225x16xi8>
  %1 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<225x16xi32>) outs(%e : tensor<225x16xi8>) {
  ^bb0(%in: i32, %out: i8):
    %x = arith.trunci %in : i32 to i8
    linalg.yield %x : i8
  } -> tensor<225x16xi8>
  %2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%1 : tensor<225x16xi8>) outs(%sums : tensor<16xi32>) {
  ^bb0(%in: i8, %sum: i32):
    %x = arith.extsi %in : i8 to i32
    %y = arith.addi %sum, %x : i32
    linalg.yield %y : i32
  } -> tensor<16xi32>
  return %2 : tensor<16xi32>
}

// What is computed of an argument is computed in the reduction.
// CHECK-LABEL: func.func @sum_of_squares(
func.func @sum_of_squares(%a: tensor<16x8xf32>, %sums: tensor<16xf32>) -> tensor<16xf32> {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
  // CHECK: arith.mulf
  // CHECK-NEXT: arith.addf
  %e = tensor.empty() : tensor<16x8xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%a : tensor<16x8xf32>) outs(%e : tensor<16x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %x = arith.mulf %in, %in : f32
    linalg.yield %x : f32
  } -> tensor<16x8xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%0 : tensor<16x8xf32>) outs(%sums : tensor<16xf32>) {
  ^bb0(%in: f32, %sum: f32):
    %y = arith.addf %sum, %in : f32
    linalg.yield %y : f32
  } -> tensor<16xf32>
  return %1 : tensor<16xf32>
}
