// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-equalize-channels))' -split-input-file | FileCheck %s

// Channel 0: weights up to 8 and 0.5, so the scale is sqrt(8 / 0.5) = 4; channel 1: 1 and 4, scale 0.5; channel 2 is read
// with weights of 0 alone and stays.
// CHECK-LABEL: func.func @relu(
// CHECK-DAG: dense<{{\[\[}}2.000000e+00, 2.000000e+00, 3.000000e+00], [-1.000000e+00, 0.000000e+00, 1.000000e+00]]> : tensor<2x3xf32>
// CHECK-DAG: dense<[1.000000e+00, -4.000000e+00, 5.000000e+00]> : tensor<3xf32>
// CHECK-DAG: dense<{{\[\[}}2.000000e+00, 1.000000e+00], [-2.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00]]> : tensor<3x2xf32>
#map = affine_map<(d0, d1) -> (d0, d1)>
func.func @relu(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %zero = arith.constant 0.0 : f32
  %v = arith.constant dense<[[8.0, 1.0, 3.0], [-4.0, 0.0, 1.0]]> : tensor<2x3xf32>
  %bias = arith.constant dense<[4.0, -2.0, 5.0]> : tensor<3xf32>
  %w = arith.constant dense<[[0.5, 0.25], [-4.0, 0.0], [0.0, 0.0]]> : tensor<3x2xf32>
  %e = tensor.empty() : tensor<1x3xf32>
  %b = linalg.broadcast ins(%bias : tensor<3xf32>) outs(%e : tensor<1x3xf32>) dimensions = [0]
  %0 = linalg.matmul ins(%x, %v : tensor<1x2xf32>, tensor<2x3xf32>) outs(%b : tensor<1x3xf32>) -> tensor<1x3xf32>
  %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<1x3xf32>) outs(%e : tensor<1x3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.maximumf %in, %zero : f32
    linalg.yield %m : f32
  } -> tensor<1x3xf32>
  %f = tensor.empty() : tensor<1x2xf32>
  %c = linalg.fill ins(%zero : f32) outs(%f : tensor<1x2xf32>) -> tensor<1x2xf32>
  %2 = linalg.matmul ins(%1, %w : tensor<1x3xf32>, tensor<3x2xf32>) outs(%c : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}

// -----

// Through padding, a maximum and a reshape of pixels with two channels; the largest weight of a channel is that of any
// of its pixels, and of either reader.
// CHECK-LABEL: func.func @window(
// CHECK-DAG: arith.constant dense<{{.*}}2.000000e+00{{.*}}3.000000e+00{{.*}}> : tensor<2x1x1x1xf32>
// CHECK-DAG: arith.constant dense<{{\[\[}}2.000000e+00], [1.000000e+00], [5.000000e-01], [-3.000000e+00]]> : tensor<4x1xf32>
// CHECK-DAG: arith.constant dense<{{.*}}1.000000e+00{{.*}}1.500000e+00{{.*}}> : tensor<1x1x2xf32>
func.func @window(%x: tensor<1x2x2x1xf32>) -> (tensor<1x1xf32>, tensor<1x2x2x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %v = arith.constant dense<[[[[8.0]]], [[[3.0]]]]> : tensor<2x1x1x1xf32>
  %w = arith.constant dense<[[0.5], [1.0], [0.125], [-3.0]]> : tensor<4x1xf32>
  %d = arith.constant dense<[[[0.25, 1.5]]]> : tensor<1x1x2xf32>
  %i = arith.constant dense<0.0> : tensor<1x2x2x2xf32>
  %0 = linalg.conv_2d_nhwc_fhwc ins(%x, %v : tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>) outs(%i : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %p = tensor.pad %0 low[0, 0, 0, 0] high[0, 0, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index, %e: index):
    tensor.yield %low : f32
  } : tensor<1x2x2x2xf32> to tensor<1x2x3x2xf32>
  %k = tensor.empty() : tensor<2x2xf32>
  %j = arith.constant dense<0xFF800000> : tensor<1x1x2x2xf32>
  %1 = linalg.pooling_nhwc_max ins(%p, %k : tensor<1x2x3x2xf32>, tensor<2x2xf32>) outs(%j : tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %2 = tensor.collapse_shape %1 [[0, 1], [2, 3]] : tensor<1x1x2x2xf32> into tensor<1x4xf32>
  %o = arith.constant dense<0.0> : tensor<1x1xf32>
  %3 = linalg.matmul ins(%2, %w : tensor<1x4xf32>, tensor<4x1xf32>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  %4 = linalg.depthwise_conv_2d_nhwc_hwc ins(%0, %d : tensor<1x2x2x2xf32>, tensor<1x1x2xf32>) outs(%i : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  return %3, %4 : tensor<1x1xf32>, tensor<1x2x2x2xf32>
}
