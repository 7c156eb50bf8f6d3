// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-canonicalize-contractions)' -split-input-file | FileCheck %s

// Transposed weights, as maps of a matmul and as a generic.

// CHECK-LABEL: func.func @transposed_weights(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<4x8xf32>, %[[W:[a-z0-9]*]]: tensor<16x8xf32>, %[[INIT:[a-z0-9]*]]: tensor<4x16xf32>
// CHECK: %[[T:.*]] = linalg.transpose ins(%[[W]] : tensor<16x8xf32>) {{.*}} permutation = [1, 0]
// CHECK: linalg.matmul ins(%[[X]], %[[T]] : tensor<4x8xf32>, tensor<8x16xf32>) outs(%[[INIT]] : tensor<4x16xf32>)
// CHECK-LABEL: func.func @generic(
// CHECK: %[[T:.*]] = linalg.transpose
// CHECK: linalg.matmul {lowbit.name = "fc"} ins(%{{.*}}, %[[T]] : tensor<4x8xf32>, tensor<8x16xf32>)
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
func.func @transposed_weights(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %init: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %0 = linalg.matmul indexing_maps = [#mk, #nk, #mn]
      ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>) outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

func.func @generic(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %init: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %0 = linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"], lowbit.name = "fc"}
      ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>) outs(%init : tensor<4x16xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %c, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

// -----

// A square weight is transposed all the same.

// CHECK-LABEL: func.func @square(
// CHECK: %[[T:.*]] = linalg.transpose ins(%{{.*}} : tensor<8x8xf32>) {{.*}} permutation = [1, 0]
// CHECK: linalg.matmul ins(%{{.*}}, %[[T]] : tensor<8x8xf32>, tensor<8x8xf32>)
func.func @square(%x: tensor<8x8xf32>, %w: tensor<8x8xf32>, %init: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<8x8xf32>, tensor<8x8xf32>) outs(%init : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

// -----

// Weights on the left go to the right; the result comes back as a vector.

// CHECK-LABEL: func.func @matvec(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<8xf32>, %[[INIT:[a-z0-9]*]]: tensor<16xf32>
// CHECK-DAG: %[[W:.*]] = arith.constant
// CHECK-DAG: %[[ROW:.*]] = tensor.expand_shape %[[X]] {{\[\[}}0, 1]] output_shape [1, 8]
// CHECK-DAG: %[[T:.*]] = linalg.transpose ins(%[[W]] : tensor<16x8xf32>)
// CHECK-DAG: %[[SUM:.*]] = tensor.expand_shape %[[INIT]] {{\[\[}}0, 1]] output_shape [1, 16]
// CHECK: %[[Y:.*]] = linalg.matmul ins(%[[ROW]], %[[T]] : tensor<1x8xf32>, tensor<8x16xf32>) outs(%[[SUM]] : tensor<1x16xf32>)
// CHECK: tensor.collapse_shape %[[Y]] {{\[\[}}0, 1]] : tensor<1x16xf32> into tensor<16xf32>
func.func @matvec(%x: tensor<8xf32>, %init: tensor<16xf32>) -> tensor<16xf32> {
  %w = arith.constant dense<0.5> : tensor<16x8xf32>
  %0 = linalg.matvec ins(%w, %x : tensor<16x8xf32>, tensor<8xf32>) outs(%init : tensor<16xf32>) -> tensor<16xf32>
  return %0 : tensor<16xf32>
}

// -----

// A batch of one becomes rows; a batch of three stays; dimensions of rows become one.

// CHECK-LABEL: func.func @batch_of_one(
// CHECK-DAG: tensor.collapse_shape %{{.*}} {{\[\[}}0, 1], [2]] : tensor<1x4x8xf32> into tensor<4x8xf32>
// CHECK-DAG: tensor.collapse_shape %{{.*}} {{\[\[}}0, 1], [2]] : tensor<1x8x16xf32> into tensor<8x16xf32>
// CHECK: linalg.matmul
// CHECK: tensor.expand_shape {{.*}} output_shape [1, 4, 16]
func.func @batch_of_one(%x: tensor<1x4x8xf32>, %w: tensor<1x8x16xf32>, %init: tensor<1x4x16xf32>) -> tensor<1x4x16xf32> {
  %0 = linalg.batch_matmul ins(%x, %w : tensor<1x4x8xf32>, tensor<1x8x16xf32>) outs(%init : tensor<1x4x16xf32>)
      -> tensor<1x4x16xf32>
  return %0 : tensor<1x4x16xf32>
}

// CHECK-LABEL: func.func @batch(
// CHECK-NOT: tensor.collapse_shape
// CHECK: %[[T:.*]] = linalg.transpose ins(%{{.*}} : tensor<3x16x8xf32>) {{.*}} permutation = [0, 2, 1]
// CHECK: linalg.batch_matmul ins(%{{.*}}, %[[T]] : tensor<3x4x8xf32>, tensor<3x8x16xf32>)
func.func @batch(%x: tensor<3x4x8xf32>, %y: tensor<3x16x8xf32>, %init: tensor<3x4x16xf32>) -> tensor<3x4x16xf32> {
  %0 = linalg.batch_matmul
      indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>,
                       affine_map<(b, m, n, k) -> (b, m, n)>]
      ins(%x, %y : tensor<3x4x8xf32>, tensor<3x16x8xf32>) outs(%init : tensor<3x4x16xf32>) -> tensor<3x4x16xf32>
  return %0 : tensor<3x4x16xf32>
}

// CHECK-LABEL: func.func @tokens(
// CHECK: tensor.collapse_shape %{{.*}} {{\[\[}}0, 1], [2]] : tensor<2x5x8xf32> into tensor<10x8xf32>
// CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<10x8xf32>, tensor<8x16xf32>)
// CHECK: tensor.expand_shape {{.*}} output_shape [2, 5, 16]
func.func @tokens(%x: tensor<2x5x8xf32>, %w: tensor<8x16xf32>, %init: tensor<2x5x16xf32>) -> tensor<2x5x16xf32> {
  %0 = linalg.contract
      indexing_maps = [affine_map<(b, t, n, k) -> (b, t, k)>, affine_map<(b, t, n, k) -> (k, n)>,
                       affine_map<(b, t, n, k) -> (b, t, n)>]
      ins(%x, %w : tensor<2x5x8xf32>, tensor<8x16xf32>) outs(%init : tensor<2x5x16xf32>) -> tensor<2x5x16xf32>
  return %0 : tensor<2x5x16xf32>
}

// -----

// Two vectors; a result that is transposed.

// CHECK-LABEL: func.func @dot(
// CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<1x8xf32>, tensor<8x1xf32>) outs(%{{.*}} : tensor<1x1xf32>)
// CHECK: tensor.collapse_shape %{{.*}} [] : tensor<1x1xf32> into tensor<f32>
func.func @dot(%x: tensor<8xf32>, %y: tensor<8xf32>, %init: tensor<f32>) -> tensor<f32> {
  %0 = linalg.dot ins(%x, %y : tensor<8xf32>, tensor<8xf32>) outs(%init : tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @transposed_result(
// CHECK: %[[Y:.*]] = linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<4x8xf32>, tensor<8x16xf32>) outs(%{{.*}} : tensor<4x16xf32>)
// CHECK: linalg.transpose ins(%[[Y]] : tensor<4x16xf32>) {{.*}} permutation = [1, 0]
func.func @transposed_result(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>, %init: tensor<16x4xf32>) -> tensor<16x4xf32> {
  %0 = linalg.contract
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (n, m)>]
      ins(%x, %w : tensor<4x8xf32>, tensor<8x16xf32>) outs(%init : tensor<16x4xf32>) -> tensor<16x4xf32>
  return %0 : tensor<16x4xf32>
}
