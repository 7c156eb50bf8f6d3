// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-import-pipeline)' | FileCheck %s

// What a function calls becomes part of it, so that scales go through; a function that nothing else needs is gone.
// CHECK-NOT: func.func private
// CHECK-LABEL: func.func @main(
// CHECK: linalg.matmul
// CHECK: linalg.matmul
// CHECK-NOT: call
// CHECK: return
func.func private @dense(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %0 = call @dense(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %1 = call @dense(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
