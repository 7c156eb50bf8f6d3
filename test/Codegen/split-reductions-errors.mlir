// RUN: quant-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(lowbit-split-reductions))' | FileCheck %s

// There is nothing to refuse: what the pass does not know, dynamic shapes and buffers among it, stays as it is.
// CHECK-LABEL: func.func @dynamic(
// CHECK:         linalg.reduce ins(%{{.*}} : tensor<4x?xf32>)
func.func @dynamic(%x: tensor<4x?xf32>, %init: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.reduce ins(%x : tensor<4x?xf32>) outs(%init : tensor<4xf32>) dimensions = [1] (%in: f32, %out: f32) {
    %sum = arith.addf %in, %out : f32
    linalg.yield %sum : f32
  }
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @buffers(
// CHECK:         linalg.reduce ins(%{{.*}} : memref<4x32xf32>)
func.func @buffers(%x: memref<4x32xf32>, %init: memref<4xf32>) {
  linalg.reduce ins(%x : memref<4x32xf32>) outs(%init : memref<4xf32>) dimensions = [1] (%in: f32, %out: f32) {
    %sum = arith.addf %in, %out : f32
    linalg.yield %sum : f32
  }
  return
}

// -----

// No terms: the result is the init.
// CHECK-LABEL: func.func @empty(
// CHECK:         linalg.reduce ins(%{{.*}} : tensor<4x0xf32>)
func.func @empty(%x: tensor<4x0xf32>, %init: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.reduce ins(%x : tensor<4x0xf32>) outs(%init : tensor<4xf32>) dimensions = [1] (%in: f32, %out: f32) {
    %sum = arith.addf %in, %out : f32
    linalg.yield %sum : f32
  }
  return %0 : tensor<4xf32>
}
