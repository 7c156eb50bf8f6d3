// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-validate-scales))' | FileCheck %s

!half = !quant.uniform<i8:f32, 5.000000e-01>
!quarter = !quant.uniform<i8:f32, 2.500000e-01>

// CHECK-LABEL: func.func @valid(
func.func @valid(%a: tensor<2xf32>) -> tensor<1x2xf32> {
  // CHECK: lowbit.requantize
  // CHECK: tensor.expand_shape
  %0 = lowbit.quantize %a : tensor<2xf32> -> tensor<2x!half>
  %1 = lowbit.requantize %0 : tensor<2x!half> -> tensor<2x!quarter>
  %2 = lowbit.dequantize %1 : tensor<2x!quarter> -> tensor<2xf32>
  %3 = tensor.expand_shape %2 [[0, 1]] output_shape [1, 2] : tensor<2xf32> into tensor<1x2xf32>
  %4 = lowbit.quantize %3 : tensor<1x2xf32> -> tensor<1x2x!quarter>
  %5 = lowbit.dequantize %4 : tensor<1x2x!quarter> -> tensor<1x2xf32>
  return %5 : tensor<1x2xf32>
}
