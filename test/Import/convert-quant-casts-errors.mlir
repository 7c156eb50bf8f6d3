// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-convert-quant-casts)' -split-input-file | FileCheck %s

// What is no ranked tensor of f32 stays.

// CHECK-LABEL: func.func @scalar(
// CHECK: quant.qcast
func.func @scalar(%x: f32) -> !quant.uniform<i8:f32, 0.5> {
  %q = quant.qcast %x : f32 to !quant.uniform<i8:f32, 0.5>
  return %q : !quant.uniform<i8:f32, 0.5>
}

// CHECK-LABEL: func.func @half(
// CHECK: quant.qcast
func.func @half(%x: tensor<4xf16>) -> tensor<4x!quant.uniform<i8:f16, 0.5>> {
  %q = quant.qcast %x : tensor<4xf16> to tensor<4x!quant.uniform<i8:f16, 0.5>>
  return %q : tensor<4x!quant.uniform<i8:f16, 0.5>>
}

// CHECK-LABEL: func.func @unranked(
// CHECK: quant.qcast
func.func @unranked(%x: tensor<*xf32>) -> tensor<*x!quant.uniform<i8:f32, 0.5>> {
  %q = quant.qcast %x : tensor<*xf32> to tensor<*x!quant.uniform<i8:f32, 0.5>>
  return %q : tensor<*x!quant.uniform<i8:f32, 0.5>>
}
