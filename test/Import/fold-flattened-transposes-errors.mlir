// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-fold-flattened-transposes)' -split-input-file | FileCheck %s

// Weights that aren't constant would be permuted at run time; a permutation that reaches outside the flattened dimensions
// is no order of rows.

// CHECK-LABEL: func.func @varying_weights(
// CHECK: linalg.transpose
// CHECK-NEXT: tensor.collapse_shape
// CHECK-NEXT: linalg.matmul
func.func @varying_weights(%x: tensor<1x2x3x2xf32>, %w: tensor<12x1xf32>, %init: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %e = tensor.empty() : tensor<1x2x2x3xf32>
  %0 = linalg.transpose ins(%x : tensor<1x2x3x2xf32>) outs(%e : tensor<1x2x2x3xf32>) permutation = [0, 3, 1, 2]
  %1 = tensor.collapse_shape %0 [[0], [1, 2, 3]] : tensor<1x2x2x3xf32> into tensor<1x12xf32>
  %2 = linalg.matmul ins(%1, %w : tensor<1x12xf32>, tensor<12x1xf32>) outs(%init : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// CHECK-LABEL: func.func @outside(
// CHECK: linalg.transpose
// CHECK-NEXT: tensor.collapse_shape
// CHECK-NEXT: linalg.matmul
func.func @outside(%x: tensor<3x2x2xf32>, %init: tensor<2x1xf32>) -> tensor<2x1xf32> {
  %w = arith.constant dense<1.0> : tensor<6x1xf32>
  %e = tensor.empty() : tensor<2x3x2xf32>
  %0 = linalg.transpose ins(%x : tensor<3x2x2xf32>) outs(%e : tensor<2x3x2xf32>) permutation = [1, 0, 2]
  %1 = tensor.collapse_shape %0 [[0], [1, 2]] : tensor<2x3x2xf32> into tensor<2x6xf32>
  %2 = linalg.matmul ins(%1, %w : tensor<2x6xf32>, tensor<6x1xf32>) outs(%init : tensor<2x1xf32>) -> tensor<2x1xf32>
  return %2 : tensor<2x1xf32>
}
