// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-return-tensors))' | FileCheck %s

// What is only cast or filled is not returned; what was returned before is where it is computed by an op. Where all that
// reads a tensor quantizes it, the quantized value is returned.
// CHECK-LABEL: func.func @f(
// CHECK-SAME: -> (tensor<4xf32> {lowbit.name = "first"}, tensor<4xf32> {lowbit.name = "mul_0"}) {
func.func @f(%x: tensor<4xf32>) -> (tensor<4xf32> {lowbit.name = "y"}) {
  %e = tensor.empty() : tensor<4xf32>
  // CHECK: %[[ADD:.*]] = linalg.add
  %0 = linalg.add {lowbit.name = "first"} ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  // CHECK: %[[QUANTIZED:.*]] = lowbit.quantize %[[ADD]]
  // CHECK: %[[READ:.*]] = lowbit.dequantize %[[QUANTIZED]]
  %q = lowbit.quantize %0 : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 0.5>>
  %d = lowbit.dequantize %q : tensor<4x!quant.uniform<i8:f32, 0.5>> -> tensor<4xf32>
  // CHECK: %[[MUL:.*]] = linalg.mul
  %1 = linalg.mul ins(%d, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  // CHECK: return %[[READ]], %[[MUL]] : tensor<4xf32>, tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK: func.func private @declaration(tensor<4xf32>) -> tensor<4xf32>
func.func private @declaration(tensor<4xf32>) -> tensor<4xf32>
