// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-fold-unit-transposes)' -split-input-file | FileCheck %s

// Elements move, or may move.

// CHECK-LABEL: func.func @moves(
// CHECK: linalg.transpose
func.func @moves(%x: tensor<1x3x28x28xf32>) -> tensor<1x28x28x3xf32> {
  %e = tensor.empty() : tensor<1x28x28x3xf32>
  %0 = linalg.transpose ins(%x : tensor<1x3x28x28xf32>) outs(%e : tensor<1x28x28x3xf32>) permutation = [0, 2, 3, 1]
  return %0 : tensor<1x28x28x3xf32>
}

// CHECK-LABEL: func.func @dynamic(
// CHECK: linalg.transpose
func.func @dynamic(%x: tensor<1x?xf32>, %e: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %0 = linalg.transpose ins(%x : tensor<1x?xf32>) outs(%e : tensor<?x1xf32>) permutation = [1, 0]
  return %0 : tensor<?x1xf32>
}
