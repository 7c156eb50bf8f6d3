// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-canonicalize-inits)' -split-input-file | FileCheck %s

// A constant of each channel is broadcast; zeros are a fill; other tensors are added.

// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<2x4xf32>, %[[W:[a-z0-9]*]]: tensor<4x3xf32>, %[[Y:[a-z0-9]*]]: tensor<2x3xf32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]> : tensor<3xf32>
// CHECK-DAG: %[[HALF:.*]] = arith.constant dense<5.000000e-01> : tensor<3xf32>
// CHECK: %[[I0:.*]] = linalg.broadcast ins(%[[B]] : tensor<3xf32>) outs(%{{.*}} : tensor<1x3xf32>) dimensions = [0]
// CHECK: linalg.matmul ins(%{{.*}}, %[[W]] {{.*}} outs(%[[I0]]
// CHECK: %[[I1:.*]] = linalg.broadcast ins(%[[HALF]] : tensor<3xf32>) outs(%{{.*}} : tensor<2x3xf32>) dimensions = [0]
// CHECK: linalg.matmul ins(%[[X]], %[[W]] {{.*}} outs(%[[I1]]
// CHECK: %[[I2:.*]] = linalg.fill
// CHECK: linalg.matmul ins(%[[X]], %[[W]] {{.*}} outs(%[[I2]]
// CHECK: %[[I3:.*]] = linalg.fill
// CHECK: %[[M3:.*]] = linalg.matmul {lowbit.name = "m"} ins(%[[X]], %[[W]] {{.*}} outs(%[[I3]]
// CHECK: linalg.add ins(%[[M3]], %[[Y]] : tensor<2x3xf32>, tensor<2x3xf32>)
func.func @matmul(%x: tensor<2x4xf32>, %w: tensor<4x3xf32>, %y: tensor<2x3xf32>, %row: tensor<1x4xf32>)
    -> (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  %b = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
  %c = arith.constant 0.5 : f32
  %zeros = arith.constant dense<0.0> : tensor<2x3xf32>
  %e = tensor.empty() : tensor<2x3xf32>
  %0 = linalg.matmul ins(%row, %w : tensor<1x4xf32>, tensor<4x3xf32>) outs(%b : tensor<1x3xf32>) -> tensor<1x3xf32>
  %i1 = linalg.fill ins(%c : f32) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = linalg.matmul ins(%x, %w : tensor<2x4xf32>, tensor<4x3xf32>) outs(%i1 : tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = linalg.matmul ins(%x, %w : tensor<2x4xf32>, tensor<4x3xf32>) outs(%zeros : tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = linalg.matmul {lowbit.name = "m"} ins(%x, %w : tensor<2x4xf32>, tensor<4x3xf32>) outs(%y : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0, %1, %2, %3 : tensor<1x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// TOSA pads and starts with the lowest finite number.

// CHECK-LABEL: func.func @max_pool(
// CHECK-DAG: %[[INF:.*]] = arith.constant 0xFF800000 : f32
// CHECK: %[[INIT:.*]] = linalg.fill ins(%[[INF]] : f32)
// CHECK: tensor.pad
// CHECK: tensor.yield %[[INF]]
// CHECK: linalg.pooling_nhwc_max {{.*}} outs(%[[INIT]] : tensor<1x4x4x2xf32>)
func.func @max_pool(%x: tensor<1x7x7x2xf32>) -> tensor<1x4x4x2xf32> {
  %lowest = arith.constant -3.40282347E+38 : f32
  %pad = tensor.pad %x low[0, 0, 0, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %lowest : f32
  } : tensor<1x7x7x2xf32> to tensor<1x8x8x2xf32>
  %e = tensor.empty() : tensor<1x4x4x2xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %init = linalg.fill ins(%lowest : f32) outs(%e : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %0 = linalg.pooling_nhwc_max {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>}
      ins(%pad, %window : tensor<1x8x8x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  return %0 : tensor<1x4x4x2xf32>
}
