// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-propagate-transposes)' -split-input-file | FileCheck %s

// The position in the tensor matters: the op can't be computed in another layout.

// CHECK-LABEL: func.func @index(
// CHECK: linalg.transpose
// CHECK-NEXT: linalg.generic
func.func @index(%x: tensor<1x8x9x4xf32>) -> tensor<1x4x8x9xf32> {
  %e = tensor.empty() : tensor<1x4x8x9xf32>
  %0 = linalg.transpose ins(%x : tensor<1x8x9x4xf32>) outs(%e : tensor<1x4x8x9xf32>) permutation = [0, 3, 1, 2]
  %1 = linalg.generic {
      indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0 : tensor<1x4x8x9xf32>) outs(%e : tensor<1x4x8x9xf32>) {
  ^bb0(%a: f32, %out: f32):
    %2 = linalg.index 1 : index
    %3 = arith.index_cast %2 : index to i32
    %4 = arith.sitofp %3 : i32 to f32
    %5 = arith.addf %a, %4 : f32
    linalg.yield %5 : f32
  } -> tensor<1x4x8x9xf32>
  return %1 : tensor<1x4x8x9xf32>
}

// -----

// A transposition that others read too stays where it is, and so do open dimensions.

// CHECK-LABEL: func.func @two_uses(
// CHECK: %[[E:.*]] = linalg.exp
// CHECK: linalg.transpose ins(%[[E]]
func.func @two_uses(%x: tensor<1x4x8x9xf32>) -> (tensor<1x4x8x9xf32>, tensor<1x8x9x4xf32>) {
  %e = tensor.empty() : tensor<1x4x8x9xf32>
  %0 = linalg.exp ins(%x : tensor<1x4x8x9xf32>) outs(%e : tensor<1x4x8x9xf32>) -> tensor<1x4x8x9xf32>
  %et = tensor.empty() : tensor<1x8x9x4xf32>
  %1 = linalg.transpose ins(%0 : tensor<1x4x8x9xf32>) outs(%et : tensor<1x8x9x4xf32>) permutation = [0, 2, 3, 1]
  return %0, %1 : tensor<1x4x8x9xf32>, tensor<1x8x9x4xf32>
}

// CHECK-LABEL: func.func @dynamic(
// CHECK: linalg.transpose
// CHECK-NEXT: linalg.exp
func.func @dynamic(%x: tensor<?x8x9x4xf32>, %e: tensor<?x4x8x9xf32>) -> tensor<?x4x8x9xf32> {
  %0 = linalg.transpose ins(%x : tensor<?x8x9x4xf32>) outs(%e : tensor<?x4x8x9xf32>) permutation = [0, 3, 1, 2]
  %1 = linalg.exp ins(%0 : tensor<?x4x8x9xf32>) outs(%e : tensor<?x4x8x9xf32>) -> tensor<?x4x8x9xf32>
  return %1 : tensor<?x4x8x9xf32>
}

// -----

// Padding that depends on the position; a slice of fewer dimensions.

// CHECK-LABEL: func.func @varying_padding(
// CHECK: linalg.transpose
// CHECK-NEXT: tensor.pad
func.func @varying_padding(%x: tensor<1x8x9x4xf32>, %t: tensor<1x6x8x9xf32>) -> tensor<1x6x8x9xf32> {
  %e = tensor.empty() : tensor<1x4x8x9xf32>
  %0 = linalg.transpose ins(%x : tensor<1x8x9x4xf32>) outs(%e : tensor<1x4x8x9xf32>) permutation = [0, 3, 1, 2]
  %1 = tensor.pad %0 low[0, 1, 0, 0] high[0, 1, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    %2 = tensor.extract %t[%i, %j, %k, %l] : tensor<1x6x8x9xf32>
    tensor.yield %2 : f32
  } : tensor<1x4x8x9xf32> to tensor<1x6x8x9xf32>
  return %1 : tensor<1x6x8x9xf32>
}

// CHECK-LABEL: func.func @rank_reducing(
// CHECK: linalg.transpose
// CHECK-NEXT: tensor.extract_slice
func.func @rank_reducing(%x: tensor<1x8x9x4xf32>) -> tensor<4x8x9xf32> {
  %e = tensor.empty() : tensor<1x4x8x9xf32>
  %0 = linalg.transpose ins(%x : tensor<1x8x9x4xf32>) outs(%e : tensor<1x4x8x9xf32>) permutation = [0, 3, 1, 2]
  %1 = tensor.extract_slice %0[0, 0, 0, 0] [1, 4, 8, 9] [1, 1, 1, 1] : tensor<1x4x8x9xf32> to tensor<4x8x9xf32>
  return %1 : tensor<4x8x9xf32>
}
