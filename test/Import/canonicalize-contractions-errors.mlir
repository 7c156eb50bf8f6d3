// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-canonicalize-contractions)' -split-input-file | FileCheck %s

// What is canonical, has open dimensions, or isn't of f32 stays.

// CHECK-LABEL: func.func @canonical(
// CHECK-NEXT: linalg.matmul
// CHECK-NEXT: return
func.func @canonical(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>, %init: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %0 = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x16xf32>) outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

// CHECK-LABEL: func.func @dynamic(
// CHECK-NEXT: linalg.matmul indexing_maps
func.func @dynamic(%x: tensor<?x8xf32>, %w: tensor<16x8xf32>, %init: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %0 = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<?x8xf32>, tensor<16x8xf32>) outs(%init : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// CHECK-LABEL: func.func @integers(
// CHECK-NEXT: linalg.matvec
func.func @integers(%w: tensor<16x8xi32>, %x: tensor<8xi32>, %init: tensor<16xi32>) -> tensor<16xi32> {
  %0 = linalg.matvec ins(%w, %x : tensor<16x8xi32>, tensor<8xi32>) outs(%init : tensor<16xi32>) -> tensor<16xi32>
  return %0 : tensor<16xi32>
}

// CHECK-LABEL: func.func @buffers(
// CHECK-NEXT: linalg.matvec
func.func @buffers(%w: memref<16x8xf32>, %x: memref<8xf32>, %init: memref<16xf32>) {
  linalg.matvec ins(%w, %x : memref<16x8xf32>, memref<8xf32>) outs(%init : memref<16xf32>)
  return
}
