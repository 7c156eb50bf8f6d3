// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-validate-scales))' -split-input-file -verify-diagnostics

!half = !quant.uniform<i8:f32, 5.000000e-01>
!quarter = !quant.uniform<i8:f32, 2.500000e-01>

func.func @sharing(%a: tensor<2xf32>) -> tensor<1x2xf32> {
  // expected-note@+1 {{quantized here}}
  %0 = lowbit.quantize %a : tensor<2xf32> -> tensor<2x!half>
  %1 = lowbit.dequantize %0 : tensor<2x!half> -> tensor<2xf32>
  // expected-error@+1 {{expected operand 0 to be quantized as its result, '!quant.uniform<i8:f32, 2.500000e-01>', but got '!quant.uniform<i8:f32, 5.000000e-01>'}}
  %2 = tensor.expand_shape %1 [[0, 1]] output_shape [1, 2] : tensor<2xf32> into tensor<1x2xf32>
  %3 = lowbit.quantize %2 : tensor<1x2xf32> -> tensor<1x2x!quarter>
  %4 = lowbit.dequantize %3 : tensor<1x2x!quarter> -> tensor<1x2xf32>
  return %4 : tensor<1x2xf32>
}

// -----

!half = !quant.uniform<i8:f32, 5.000000e-01>
!weight = !quant.uniform<i8<-127:127>:f32:1, {1.0,2.0}>
!bias = !quant.uniform<i32:f32:0, {0.5,2.0}>

func.func @bias(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %0 = lowbit.quantize %x : tensor<1x2xf32> -> tensor<1x2x!half>
  %1 = lowbit.dequantize %0 : tensor<1x2x!half> -> tensor<1x2xf32>
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %2 = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!weight>
  %3 = lowbit.dequantize %2 : tensor<2x2x!weight> -> tensor<2x2xf32>
  %b = arith.constant dense<1.0> : tensor<2xf32>
  %4 = lowbit.quantize %b : tensor<2xf32> -> tensor<2x!bias>
  %5 = lowbit.dequantize %4 : tensor<2x!bias> -> tensor<2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.broadcast ins(%5 : tensor<2xf32>) outs(%e : tensor<1x2xf32>) dimensions = [0]
  // expected-error@+1 {{expected the bias of output channel 1 to have the scale of the accumulator, 1.000000e+00, but got 2.000000e+00}}
  %6 = linalg.matmul ins(%1, %3 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %6 : tensor<1x2xf32>
}

// -----

!half = !quant.uniform<i8:f32, 5.000000e-01>

func.func @redundant(%x: tensor<2x!half>) -> tensor<2x!half> {
  %0 = lowbit.dequantize %x : tensor<2x!half> -> tensor<2xf32>
  // expected-error@+1 {{quantizes what was dequantized from the same type}}
  %1 = lowbit.quantize %0 : tensor<2xf32> -> tensor<2x!half>
  return %1 : tensor<2x!half>
}
