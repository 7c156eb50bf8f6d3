// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-fold-unit-transposes)' -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @image(
// CHECK-NEXT: %[[C:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0, 1, 2], [3]] : tensor<1x1x28x28xf32> into tensor<28x28xf32>
// CHECK-NEXT: tensor.expand_shape %[[C]] {{\[\[}}0, 1], [2, 3]] output_shape [1, 28, 28, 1] : tensor<28x28xf32> into tensor<1x28x28x1xf32>
func.func @image(%x: tensor<1x1x28x28xf32>) -> tensor<1x28x28x1xf32> {
  %e = tensor.empty() : tensor<1x28x28x1xf32>
  %0 = linalg.transpose ins(%x : tensor<1x1x28x28xf32>) outs(%e : tensor<1x28x28x1xf32>) permutation = [0, 2, 3, 1]
  return %0 : tensor<1x28x28x1xf32>
}

// Reshapes around it become one.

// CHECK-LABEL: func.func @pooled(
// CHECK-NEXT: return
func.func @pooled(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  %0 = tensor.expand_shape %x [[0], [1, 2, 3]] output_shape [1, 1, 1, 8] : tensor<1x8xf32> into tensor<1x1x1x8xf32>
  %e = tensor.empty() : tensor<1x8x1x1xf32>
  %1 = linalg.transpose ins(%0 : tensor<1x1x1x8xf32>) outs(%e : tensor<1x8x1x1xf32>) permutation = [0, 3, 1, 2]
  %2 = tensor.collapse_shape %1 [[0], [1, 2, 3]] : tensor<1x8x1x1xf32> into tensor<1x8xf32>
  return %2 : tensor<1x8xf32>
}

// CHECK-LABEL: func.func @ones(
// CHECK-NOT: linalg.transpose
// CHECK: return
func.func @ones(%x: tensor<1x1x1xf32>) -> tensor<1x1x1xf32> {
  %e = tensor.empty() : tensor<1x1x1xf32>
  %0 = linalg.transpose ins(%x : tensor<1x1x1xf32>) outs(%e : tensor<1x1x1xf32>) permutation = [2, 0, 1]
  return %0 : tensor<1x1x1xf32>
}

// The weights of a batch of one.

// CHECK-LABEL: func.func @batch_of_one(
// CHECK-SAME: %[[W:.*]]: tensor<8x4xf32>
// CHECK-NEXT: return %[[W]]
func.func @batch_of_one(%w: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %e = tensor.empty() : tensor<1x8x4xf32>
  %0 = linalg.broadcast ins(%w : tensor<8x4xf32>) outs(%e : tensor<1x8x4xf32>) dimensions = [0]
  %1 = tensor.collapse_shape %0 [[0, 1], [2]] : tensor<1x8x4xf32> into tensor<8x4xf32>
  return %1 : tensor<8x4xf32>
}

// CHECK-LABEL: func.func @batch_of_two(
// CHECK: linalg.broadcast
func.func @batch_of_two(%w: tensor<8x4xf32>) -> tensor<16x4xf32> {
  %e = tensor.empty() : tensor<2x8x4xf32>
  %0 = linalg.broadcast ins(%w : tensor<8x4xf32>) outs(%e : tensor<2x8x4xf32>) dimensions = [0]
  %1 = tensor.collapse_shape %0 [[0, 1], [2]] : tensor<2x8x4xf32> into tensor<16x4xf32>
  return %1 : tensor<16x4xf32>
}
