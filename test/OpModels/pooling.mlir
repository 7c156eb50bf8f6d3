// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse))' | FileCheck %s

!x = !quant.uniform<i8:f32, 5.000000e-01:3>

// Padding with minus infinity becomes the pool's own.
// CHECK-LABEL: func.func @max_pool(
func.func @max_pool(%x: tensor<1x5x5x1x!x>) -> tensor<1x3x3x1x!x> {
  // CHECK-NEXT: lowbit.max_pool_2d %{{.*}} kernel [3, 2] strides [2, 2] dilations [1, 1] pad [1, 1, 0, 1] :
  %ninf = arith.constant 0xFF800000 : f32
  %0 = lowbit.dequantize %x : tensor<1x5x5x1x!x> -> tensor<1x5x5x1xf32>
  %1 = tensor.pad %0 low[0, 1, 0, 0] high[0, 1, 1, 0] {
    ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
      tensor.yield %ninf : f32
  } : tensor<1x5x5x1xf32> to tensor<1x7x6x1xf32>
  %2 = lowbit.quantize %1 : tensor<1x7x6x1xf32> -> tensor<1x7x6x1x!x>
  %3 = lowbit.dequantize %2 : tensor<1x7x6x1x!x> -> tensor<1x7x6x1xf32>
  %window = tensor.empty() : tensor<3x2xf32>
  %e = tensor.empty() : tensor<1x3x3x1xf32>
  %i = linalg.fill ins(%ninf : f32) outs(%e : tensor<1x3x3x1xf32>) -> tensor<1x3x3x1xf32>
  %4 = linalg.pooling_nhwc_max {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%3, %window : tensor<1x7x6x1xf32>, tensor<3x2xf32>) outs(%i : tensor<1x3x3x1xf32>) -> tensor<1x3x3x1xf32>
  %5 = lowbit.quantize %4 : tensor<1x3x3x1xf32> -> tensor<1x3x3x1x!x>
  return %5 : tensor<1x3x3x1x!x>
}

// Padding with 0 is a value that the maximum may be.
// CHECK-LABEL: func.func @zero_padding(
func.func @zero_padding(%x: tensor<1x2x2x1x!x>) -> tensor<1x1x1x1x!x> {
  // CHECK: %[[P:.*]] = tensor.pad
  // CHECK: lowbit.max_pool_2d %[[P]] kernel [3, 3] strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] :
  %zero = arith.constant 0.0 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %0 = lowbit.dequantize %x : tensor<1x2x2x1x!x> -> tensor<1x2x2x1xf32>
  %1 = tensor.pad %0 low[0, 1, 1, 0] high[0, 0, 0, 0] {
    ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
      tensor.yield %zero : f32
  } : tensor<1x2x2x1xf32> to tensor<1x3x3x1xf32>
  %2 = lowbit.quantize %1 : tensor<1x3x3x1xf32> -> tensor<1x3x3x1x!x>
  %3 = lowbit.dequantize %2 : tensor<1x3x3x1x!x> -> tensor<1x3x3x1xf32>
  %window = tensor.empty() : tensor<3x3xf32>
  %e = tensor.empty() : tensor<1x1x1x1xf32>
  %i = linalg.fill ins(%ninf : f32) outs(%e : tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %4 = linalg.pooling_nhwc_max ins(%3, %window : tensor<1x3x3x1xf32>, tensor<3x3xf32>)
      outs(%i : tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %5 = lowbit.quantize %4 : tensor<1x1x1x1xf32> -> tensor<1x1x1x1x!x>
  return %5 : tensor<1x1x1x1x!x>
}

// The windows reach five rows and six columns of seven: the last rows are padding, the last column is sliced off.
// CHECK-LABEL: func.func @rest(
func.func @rest(%x: tensor<1x5x7x1x!x>) -> tensor<1x2x2x1x!x> {
  // CHECK: %[[S:.*]] = tensor.extract_slice %{{.*}}[0, 0, 0, 0] [1, 5, 6, 1] [1, 1, 1, 1]
  // CHECK: lowbit.max_pool_2d %[[S]] kernel [3, 3] strides [2, 3] dilations [1, 1] pad [0, 0, 0, 0] :
  %ninf = arith.constant 0xFF800000 : f32
  %0 = lowbit.dequantize %x : tensor<1x5x7x1x!x> -> tensor<1x5x7x1xf32>
  %1 = tensor.pad %0 low[0, 0, 0, 0] high[0, 2, 2, 0] {
    ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
      tensor.yield %ninf : f32
  } : tensor<1x5x7x1xf32> to tensor<1x7x9x1xf32>
  %2 = lowbit.quantize %1 : tensor<1x7x9x1xf32> -> tensor<1x7x9x1x!x>
  %3 = lowbit.dequantize %2 : tensor<1x7x9x1x!x> -> tensor<1x7x9x1xf32>
  %window = tensor.empty() : tensor<3x3xf32>
  %e = tensor.empty() : tensor<1x2x2x1xf32>
  %i = linalg.fill ins(%ninf : f32) outs(%e : tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  %4 = linalg.pooling_nhwc_max {strides = dense<[2, 3]> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%3, %window : tensor<1x7x9x1xf32>, tensor<3x3xf32>) outs(%i : tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  %5 = lowbit.quantize %4 : tensor<1x2x2x1xf32> -> tensor<1x2x2x1x!x>
  return %5 : tensor<1x2x2x1x!x>
}
