// RUN: quant-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(lowbit-return-tensors))' | FileCheck %s
// RUN: quant-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(lowbit-return-tensors{operands=second,mul_0,first}))' \
// RUN:   | FileCheck %s --check-prefix=OPERANDS

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

// -----

// What a contraction multiplies with constant weights, quantized or not; of what has no weights nothing is returned.
// OPERANDS-LABEL: func.func @contractions(
// OPERANDS-SAME: -> (tensor<2x4xf32> {lowbit.name = "first"}, tensor<2x4xf32> {lowbit.name = "second"}) {
func.func @contractions(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %w = arith.constant dense<0.5> : tensor<4x4xf32>
  %i = arith.constant dense<0.0> : tensor<2x4xf32>
  %q = lowbit.quantize %x : tensor<2x4xf32> -> tensor<2x4x!quant.uniform<i8:f32, 0.5>>
  // OPERANDS: %[[READ:.*]] = lowbit.dequantize
  %d = lowbit.dequantize %q : tensor<2x4x!quant.uniform<i8:f32, 0.5>> -> tensor<2x4xf32>
  // OPERANDS: %[[FIRST:.*]] = linalg.matmul
  %0 = linalg.matmul {lowbit.name = "first"} ins(%d, %w : tensor<2x4xf32>, tensor<4x4xf32>) outs(%i : tensor<2x4xf32>) -> tensor<2x4xf32>
  // OPERANDS: linalg.matmul
  %1 = linalg.matmul {lowbit.name = "second"} ins(%0, %w : tensor<2x4xf32>, tensor<4x4xf32>) outs(%i : tensor<2x4xf32>) -> tensor<2x4xf32>
  // OPERANDS: return %[[READ]], %[[FIRST]] : tensor<2x4xf32>, tensor<2x4xf32>
  return %1 : tensor<2x4xf32>
}
