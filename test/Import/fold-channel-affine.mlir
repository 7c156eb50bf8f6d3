// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-fold-channel-affine)' -split-input-file | FileCheck %s

// A bias goes into what the matmul starts from; the name of the last op stays.

// CHECK-LABEL: func.func @bias(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<2x4xf32>, %[[W:[a-z0-9]*]]: tensor<4x3xf32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]> : tensor<3xf32>
// CHECK-DAG: %[[I:.*]] = linalg.broadcast ins(%[[B]] : tensor<3xf32>) outs(%{{.*}} : tensor<2x3xf32>) dimensions = [0]
// CHECK: %[[Y:.*]] = linalg.matmul {lowbit.name = "y"} ins(%[[X]], %[[W]] : tensor<2x4xf32>, tensor<4x3xf32>) outs(%[[I]] : tensor<2x3xf32>)
// CHECK: return %[[Y]]
func.func @bias(%x: tensor<2x4xf32>, %w: tensor<4x3xf32>) -> tensor<2x3xf32> {
  %b = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<2x4xf32>, tensor<4x3xf32>) outs(%init : tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = linalg.generic {lowbit.name = "y",
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%0, %b : tensor<2x3xf32>, tensor<3xf32>) outs(%e : tensor<2x3xf32>) {
  ^bb0(%a: f32, %c: f32, %out: f32):
    %2 = arith.addf %a, %c : f32
    linalg.yield %2 : f32
  } -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// -----

// ((x * w + 4) - [1, 2]) * [2, -1] / 4 + [3, 0.5]: w * [0.5, -0.25] + [4.5, 0]

// CHECK-LABEL: func.func @chain(
// CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}5.000000e-01]]], {{\[\[\[}}-5.000000e-01]]]]> : tensor<2x1x1x1xf32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[4.500000e+00, 0.000000e+00]> : tensor<2xf32>
// CHECK: %[[I:.*]] = linalg.broadcast ins(%[[B]] : tensor<2xf32>) outs(%{{.*}} : tensor<1x2x2x2xf32>) dimensions = [0, 1, 2]
// CHECK: %[[Y:.*]] = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>} ins(%{{.*}}, %[[W]] {{.*}} outs(%[[I]]
// CHECK-NEXT: return %[[Y]]
#map = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @chain(%x: tensor<1x3x3x1xf32>) -> tensor<1x2x2x2xf32> {
  %w = arith.constant dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %gamma = arith.constant dense<[[[[2.0, -1.0]]]]> : tensor<1x1x1x2xf32>
  %beta = arith.constant dense<[3.0, 0.5]> : tensor<2xf32>
  %four = arith.constant 4.0 : f32
  %e = tensor.empty() : tensor<1x2x2x2xf32>
  %init = linalg.fill ins(%four : f32) outs(%e : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>}
      ins(%x, %w : tensor<1x3x3x1xf32>, tensor<2x1x1x1xf32>) outs(%init : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %m = linalg.broadcast ins(%mean : tensor<2xf32>) outs(%e : tensor<1x2x2x2xf32>) dimensions = [0, 1, 2]
  %1 = linalg.sub ins(%0, %m : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) outs(%e : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (0, 0, 0, c)>, #map, #map],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%gamma, %1 : tensor<1x1x1x2xf32>, tensor<1x2x2x2xf32>) outs(%e : tensor<1x2x2x2xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %4 = arith.mulf %a, %b : f32
    linalg.yield %4 : f32
  } -> tensor<1x2x2x2xf32>
  %3 = linalg.generic {indexing_maps = [#map, affine_map<(n, h, w, c) -> (c)>, #map],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%2, %beta : tensor<1x2x2x2xf32>, tensor<2xf32>) outs(%e : tensor<1x2x2x2xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %4 = arith.divf %a, %four : f32
    %5 = arith.addf %b, %4 : f32
    linalg.yield %5 : f32
  } -> tensor<1x2x2x2xf32>
  return %3 : tensor<1x2x2x2xf32>
}

// -----

// The channels of depthwise weights are their last dimension; subtraction from a constant turns signs.

// CHECK-LABEL: func.func @depthwise(
// CHECK-DAG: arith.constant dense<{{\[\[\[}}-1.000000e+00, -2.000000e+00]], {{\[\[}}-3.000000e+00, -4.000000e+00]]]> : tensor<2x1x2xf32>
// CHECK-DAG: arith.constant dense<1.000000e+00> : tensor<2xf32>
// CHECK: linalg.depthwise_conv_2d_nhwc_hwc
// CHECK-NEXT: return
func.func @depthwise(%x: tensor<1x3x3x2xf32>) -> tensor<1x2x3x2xf32> {
  %w = arith.constant dense<[[[1.0, 2.0]], [[3.0, 4.0]]]> : tensor<2x1x2xf32>
  %zero = arith.constant 0.0 : f32
  %ones = arith.constant dense<1.0> : tensor<1x2x3x2xf32>
  %e = tensor.empty() : tensor<1x2x3x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x3x2xf32>) -> tensor<1x2x3x2xf32>
  %0 = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x3x3x2xf32>, tensor<2x1x2xf32>)
      outs(%init : tensor<1x2x3x2xf32>) -> tensor<1x2x3x2xf32>
  %1 = linalg.sub ins(%ones, %0 : tensor<1x2x3x2xf32>, tensor<1x2x3x2xf32>) outs(%e : tensor<1x2x3x2xf32>) -> tensor<1x2x3x2xf32>
  return %1 : tensor<1x2x3x2xf32>
}
