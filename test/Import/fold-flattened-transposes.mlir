// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-fold-flattened-transposes)' -split-input-file | FileCheck %s

// Row c * 6 + h * 3 + w of the weights becomes row (h * 3 + w) * 2 + c.

// CHECK-LABEL: func.func @flatten(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<1x2x3x2xf32>
// CHECK-DAG: %[[W:.*]] = arith.constant dense<{{.*}}> : tensor<2x2x3x1xf32>
// CHECK-DAG: %[[ORDER:.*]] = linalg.transpose ins(%[[W]] : tensor<2x2x3x1xf32>) outs(%{{.*}} : tensor<2x3x2x1xf32>) permutation = [1, 2, 0, 3]
// CHECK-DAG: %[[ROWS:.*]] = tensor.collapse_shape %[[ORDER]] {{\[\[}}0, 1, 2], [3]]
// CHECK-DAG: %[[FLAT:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2, 3]]
// CHECK: linalg.matmul ins(%[[FLAT]], %[[ROWS]]
func.func @flatten(%x: tensor<1x2x3x2xf32>, %init: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %w = arith.constant dense<[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0], [8.0], [9.0], [10.0], [11.0]]> : tensor<12x1xf32>
  %e = tensor.empty() : tensor<1x2x2x3xf32>
  %0 = linalg.transpose ins(%x : tensor<1x2x3x2xf32>) outs(%e : tensor<1x2x2x3xf32>) permutation = [0, 3, 1, 2]
  %1 = tensor.collapse_shape %0 [[0], [1, 2, 3]] : tensor<1x2x2x3xf32> into tensor<1x12xf32>
  %2 = linalg.matmul ins(%1, %w : tensor<1x12xf32>, tensor<12x1xf32>) outs(%init : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}
