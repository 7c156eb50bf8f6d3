// What can't be solved is left as it is: no program is refused.
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-propagate-scales))' | FileCheck %s

!half = !quant.uniform<i8:f32, 5.000000e-01>
!quarter4 = !quant.uniform<i4:f32, 2.500000e-01>

// CHECK-LABEL: func.func private @declared(
func.func private @declared(tensor<2xf32>) -> tensor<2xf32>

// CHECK-LABEL: func.func @dynamic(
func.func @dynamic(%a: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK: tensor.concat
  %0 = lowbit.quantize %a : tensor<?xf32> -> tensor<?x!half>
  %1 = lowbit.dequantize %0 : tensor<?x!half> -> tensor<?xf32>
  %2 = tensor.concat dim(0) %1, %1 : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %3 = lowbit.quantize %2 : tensor<?xf32> -> tensor<?x!half>
  %4 = lowbit.dequantize %3 : tensor<?x!half> -> tensor<?xf32>
  return %4 : tensor<?xf32>
}

// A requantization joins different widths.
// CHECK-LABEL: func.func @widths(
func.func @widths(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<4xf32> {
  // CHECK: lowbit.requantize
  %0 = lowbit.quantize %a : tensor<2xf32> -> tensor<2x!half>
  %1 = lowbit.dequantize %0 : tensor<2x!half> -> tensor<2xf32>
  %2 = lowbit.quantize %b : tensor<2xf32> -> tensor<2x!quarter4>
  %3 = lowbit.dequantize %2 : tensor<2x!quarter4> -> tensor<2xf32>
  %4 = tensor.concat dim(0) %1, %3 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  %5 = lowbit.quantize %4 : tensor<4xf32> -> tensor<4x!half>
  %6 = lowbit.dequantize %5 : tensor<4x!half> -> tensor<4xf32>
  return %6 : tensor<4xf32>
}

// An infinite bias, and a bias that no scale of the weights makes fit, stay float.
// CHECK-LABEL: func.func @bias(
func.func @bias(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // CHECK-NOT: i32:f32
  // CHECK: linalg.matmul
  %0 = lowbit.quantize %x : tensor<1x2xf32> -> tensor<1x2x!half>
  %1 = lowbit.dequantize %0 : tensor<1x2x!half> -> tensor<1x2xf32>
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %2 = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {1.0,2.0}>>
  %3 = lowbit.dequantize %2 : tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {1.0,2.0}>> -> tensor<2x2xf32>
  %b = arith.constant dense<[0x7F800000, 2.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<1x2xf32>) dimensions = [0]
  %4 = linalg.matmul ins(%1, %3 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %5 = lowbit.quantize %4 : tensor<1x2xf32> -> tensor<1x2x!half>
  %6 = lowbit.dequantize %5 : tensor<1x2x!half> -> tensor<1x2xf32>
  return %6 : tensor<1x2xf32>
}
