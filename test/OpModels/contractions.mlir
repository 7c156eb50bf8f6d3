// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-propagate-scales,lowbit-fuse))' | FileCheck %s

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!y = !quant.uniform<i8:f32, 2.500000e-01>

// Padding with 0 becomes the convolution's own.
// CHECK-LABEL: func.func @conv_2d(
func.func @conv_2d(%x: tensor<1x5x5x2x!x>) -> tensor<1x4x3x3x!y> {
  // CHECK-NOT: tensor.pad
  // CHECK: lowbit.conv_2d %{{.*}}, %{{.*}} bias %{{.*}} strides [2, 2] dilations [1, 1] pad [2, 1, 0, 1]
  // CHECK-SAME: tensor<1x5x5x2x!quant.uniform<i8:f32, 5.000000e-01:3>>, tensor<3x2x1x2x!quant.uniform<i8<-127:127>:f32:0, {1.000000e+00,2.000000e+00,3.000000e+00}>>, tensor<3xi32> -> tensor<1x4x3x3x!quant.uniform<i8:f32, 2.500000e-01>>
  %zero = arith.constant 0.0 : f32
  %0 = lowbit.dequantize %x : tensor<1x5x5x2x!x> -> tensor<1x5x5x2xf32>
  %1 = tensor.pad %0 low[0, 2, 0, 0] high[0, 1, 1, 0] {
    ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
      tensor.yield %zero : f32
  } : tensor<1x5x5x2xf32> to tensor<1x8x6x2xf32>
  %2 = lowbit.quantize %1 : tensor<1x8x6x2xf32> -> tensor<1x8x6x2x!x>
  %3 = lowbit.dequantize %2 : tensor<1x8x6x2x!x> -> tensor<1x8x6x2xf32>
  %w = arith.constant dense<1.0> : tensor<3x2x1x2xf32>
  %4 = lowbit.quantize %w : tensor<3x2x1x2xf32> -> tensor<3x2x1x2x!quant.uniform<i8<-127:127>:f32:0, {1.0,2.0,3.0}>>
  %5 = lowbit.dequantize %4 : tensor<3x2x1x2x!quant.uniform<i8<-127:127>:f32:0, {1.0,2.0,3.0}>> -> tensor<3x2x1x2xf32>
  %b = arith.constant dense<1.0> : tensor<3xf32>
  %e = tensor.empty() : tensor<1x4x3x3xf32>
  %i = linalg.broadcast ins(%b : tensor<3xf32>) outs(%e : tensor<1x4x3x3xf32>) dimensions = [0, 1, 2]
  %6 = linalg.conv_2d_nhwc_fhwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%3, %5 : tensor<1x8x6x2xf32>, tensor<3x2x1x2xf32>) outs(%i : tensor<1x4x3x3xf32>) -> tensor<1x4x3x3xf32>
  %7 = lowbit.quantize %6 : tensor<1x4x3x3xf32> -> tensor<1x4x3x3x!y>
  return %7 : tensor<1x4x3x3x!y>
}

// Padding with another value stays an op, on integers: 1.5 is 6 in this type.
// CHECK-LABEL: func.func @depthwise_conv_2d(
func.func @depthwise_conv_2d(%x: tensor<1x2x2x2x!x>) -> tensor<1x3x3x2x!y> {
  // CHECK: %[[C:.*]] = arith.constant 6 : i8
  // CHECK: %[[S:.*]] = quant.scast %[[C]] : i8 to !quant.uniform<i8:f32, 5.000000e-01:3>
  // CHECK: %[[P:.*]] = tensor.pad
  // CHECK: tensor.yield %[[S]]
  // CHECK: lowbit.depthwise_conv_2d %[[P]], %{{.*}} strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] :
  %value = arith.constant 1.5 : f32
  %zero = arith.constant 0.0 : f32
  %0 = lowbit.dequantize %x : tensor<1x2x2x2x!x> -> tensor<1x2x2x2xf32>
  %1 = tensor.pad %0 low[0, 1, 1, 0] high[0, 1, 1, 0] {
    ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
      tensor.yield %value : f32
  } : tensor<1x2x2x2xf32> to tensor<1x4x4x2xf32>
  %2 = lowbit.quantize %1 : tensor<1x4x4x2xf32> -> tensor<1x4x4x2x!x>
  %3 = lowbit.dequantize %2 : tensor<1x4x4x2x!x> -> tensor<1x4x4x2xf32>
  %w = arith.constant dense<1.0> : tensor<2x2x2xf32>
  %4 = lowbit.quantize %w : tensor<2x2x2xf32> -> tensor<2x2x2x!quant.uniform<i8<-127:127>:f32:2, {1.0,2.0}>>
  %5 = lowbit.dequantize %4 : tensor<2x2x2x!quant.uniform<i8<-127:127>:f32:2, {1.0,2.0}>> -> tensor<2x2x2xf32>
  %e = tensor.empty() : tensor<1x3x3x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32>
  %6 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%3, %5 : tensor<1x4x4x2xf32>, tensor<2x2x2xf32>) outs(%i : tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32>
  %7 = lowbit.quantize %6 : tensor<1x3x3x2xf32> -> tensor<1x3x3x2x!y>
  return %7 : tensor<1x3x3x2x!y>
}

// Two activations, and no bias.
// CHECK-LABEL: func.func @batch_matmul(
// CHECK-SAME: %[[X:.*]]: tensor<1x2x2x{{.*}}>)
func.func @batch_matmul(%x: tensor<1x2x2x!x>) -> tensor<1x2x2x!y> {
  // CHECK-NEXT: lowbit.batch_matmul %[[X]], %[[X]] :
  %zero = arith.constant 0.0 : f32
  %0 = lowbit.dequantize %x : tensor<1x2x2x!x> -> tensor<1x2x2xf32>
  %e = tensor.empty() : tensor<1x2x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x2xf32>) -> tensor<1x2x2xf32>
  %1 = linalg.batch_matmul ins(%0, %0 : tensor<1x2x2xf32>, tensor<1x2x2xf32>) outs(%i : tensor<1x2x2xf32>) -> tensor<1x2x2xf32>
  %2 = lowbit.quantize %1 : tensor<1x2x2xf32> -> tensor<1x2x2x!y>
  return %2 : tensor<1x2x2x!y>
}
