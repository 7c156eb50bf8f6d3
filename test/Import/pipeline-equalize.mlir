// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-pipeline{to=import equalize=true})' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-pipeline{to=import})' | FileCheck %s --check-prefix=PLAIN

// A program that was imported is equalized as well.
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-pipeline{to=import})' | quant-opt --pass-pipeline='builtin.module(lowbit-pipeline{to=import equalize=true})' | FileCheck %s

// CHECK-DAG: dense<4.000000e+00> : tensor<2x2xf32>
// CHECK-DAG: dense<{{.*}}> : tensor<2x1xf32>
// CHECK-NOT: dense<8.000000e+00>
// PLAIN: dense<8.000000e+00> : tensor<2x2xf32>
func.func @f(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %v = arith.constant dense<8.0> : tensor<2x2xf32>
  %w = arith.constant dense<2.0> : tensor<2x1xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %0 = linalg.matmul ins(%x, %v : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  %g = tensor.empty() : tensor<1x1xf32>
  %j = linalg.fill ins(%zero : f32) outs(%g : tensor<1x1xf32>) -> tensor<1x1xf32>
  %1 = linalg.matmul ins(%0, %w : tensor<1x2xf32>, tensor<2x1xf32>) outs(%j : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}
