// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe=w8a8-dynamic})' | FileCheck %s

// Weights that come as integers stay those, and the op float.
// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> tensor<1x2xf32> {
  // CHECK-NOT: lowbit.dynamic_quantize
  // CHECK: %[[W:.*]] = lowbit.dequantize
  // CHECK: linalg.matmul {lowbit.float = "its weights are integers already"} ins(%{{.*}}, %[[W]] :
  %c = arith.constant dense<[[1, 2], [-8, 7]]> : tensor<2x2xi4>
  %q = quant.scast %c : tensor<2x2xi4> to tensor<2x2x!quant.uniform<i4:f32:1, {0.5,0.25}>>
  %w = lowbit.dequantize %q : tensor<2x2x!quant.uniform<i4:f32:1, {0.5,0.25}>> -> tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
