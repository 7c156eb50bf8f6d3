// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse))' | FileCheck %s

!x = !quant.uniform<i8:f32, 5.000000e-01:3>

// CHECK-LABEL: func.func @move(
func.func @move(%x: tensor<2x3x!x>) -> tensor<6x!x> {
  // CHECK: %[[E:.*]] = tensor.empty() : tensor<3x2x!quant.uniform<i8:f32, 5.000000e-01:3>>
  // CHECK: %[[T:.*]] = linalg.transpose ins(%{{.*}} : tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01:3>>) outs(%[[E]] : {{.*}}) permutation = [1, 0]
  // CHECK: %[[S:.*]] = tensor.extract_slice %[[T]][0, 0] [2, 2] [1, 1] : tensor<3x2x!quant.uniform<i8:f32, 5.000000e-01:3>> to tensor<2x2x!quant.uniform<i8:f32, 5.000000e-01:3>>
  // CHECK: %[[C:.*]] = tensor.collapse_shape %[[S]] {{\[\[}}0, 1]] : {{.*}} into tensor<4x!quant.uniform<i8:f32, 5.000000e-01:3>>
  // CHECK: %[[X:.*]] = tensor.expand_shape %[[C]] {{\[\[}}0, 1]] output_shape [4, 1] : {{.*}} into tensor<4x1x!quant.uniform<i8:f32, 5.000000e-01:3>>
  // CHECK: %[[D:.*]] = tensor.concat dim(1) %[[X]], %[[X]] : {{.*}} -> tensor<4x2x!quant.uniform<i8:f32, 5.000000e-01:3>>
  // CHECK: %[[K:.*]] = arith.constant -1 : i8
  // CHECK: %[[P:.*]] = quant.scast %[[K]] : i8 to !quant.uniform<i8:f32, 5.000000e-01:3>
  // CHECK: tensor.pad %{{.*}} low[1] high[1]
  // CHECK: tensor.yield %[[P]]
  %e = tensor.empty() : tensor<3x2xf32>
  %0 = lowbit.dequantize %x : tensor<2x3x!x> -> tensor<2x3xf32>
  %1 = linalg.transpose ins(%0 : tensor<2x3xf32>) outs(%e : tensor<3x2xf32>) permutation = [1, 0]
  %2 = lowbit.quantize %1 : tensor<3x2xf32> -> tensor<3x2x!x>
  %3 = lowbit.dequantize %2 : tensor<3x2x!x> -> tensor<3x2xf32>
  %4 = tensor.extract_slice %3[0, 0] [2, 2] [1, 1] : tensor<3x2xf32> to tensor<2x2xf32>
  %5 = lowbit.quantize %4 : tensor<2x2xf32> -> tensor<2x2x!x>
  %6 = lowbit.dequantize %5 : tensor<2x2x!x> -> tensor<2x2xf32>
  %7 = tensor.collapse_shape %6 [[0, 1]] : tensor<2x2xf32> into tensor<4xf32>
  %8 = lowbit.quantize %7 : tensor<4xf32> -> tensor<4x!x>
  %9 = lowbit.dequantize %8 : tensor<4x!x> -> tensor<4xf32>
  %10 = tensor.expand_shape %9 [[0, 1]] output_shape [4, 1] : tensor<4xf32> into tensor<4x1xf32>
  %11 = lowbit.quantize %10 : tensor<4x1xf32> -> tensor<4x1x!x>
  %12 = lowbit.dequantize %11 : tensor<4x1x!x> -> tensor<4x1xf32>
  %13 = tensor.concat dim(1) %12, %12 : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x2xf32>
  %14 = lowbit.quantize %13 : tensor<4x2xf32> -> tensor<4x2x!x>
  %15 = lowbit.dequantize %14 : tensor<4x2x!x> -> tensor<4x2xf32>
  %16 = tensor.extract_slice %15[0, 0] [4, 1] [1, 1] : tensor<4x2xf32> to tensor<4xf32>
  %17 = lowbit.quantize %16 : tensor<4xf32> -> tensor<4x!x>
  %18 = lowbit.dequantize %17 : tensor<4x!x> -> tensor<4xf32>
  // -2 is 4 steps of 0.5 below 3.
  %minus = arith.constant -2.0 : f32
  %19 = tensor.pad %18 low[1] high[1] {
    ^bb0(%i: index):
      tensor.yield %minus : f32
  } : tensor<4xf32> to tensor<6xf32>
  %20 = lowbit.quantize %19 : tensor<6xf32> -> tensor<6x!x>
  return %20 : tensor<6x!x>
}

// CHECK-LABEL: func.func @broadcast(
func.func @broadcast(%x: tensor<3x!x>) -> tensor<2x3x!x> {
  // CHECK: %[[E:.*]] = tensor.empty() : tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01:3>>
  // CHECK: %[[B:.*]] = linalg.broadcast ins(%{{.*}} : tensor<3x!quant.uniform<i8:f32, 5.000000e-01:3>>) outs(%[[E]] : {{.*}}) dimensions = [0]
  // CHECK: return %[[B]]
  %e = tensor.empty() : tensor<2x3xf32>
  %0 = lowbit.dequantize %x : tensor<3x!x> -> tensor<3xf32>
  %1 = linalg.broadcast ins(%0 : tensor<3xf32>) outs(%e : tensor<2x3xf32>) dimensions = [0]
  %2 = lowbit.quantize %1 : tensor<2x3xf32> -> tensor<2x3x!x>
  return %2 : tensor<2x3x!x>
}
