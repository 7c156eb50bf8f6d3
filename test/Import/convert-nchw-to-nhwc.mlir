// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-convert-nchw-to-nhwc)' -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @conv(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<1x4x8x8xf32>, %[[W:[a-z0-9]*]]: tensor<8x4x3x3xf32>, %[[INIT:[a-z0-9]*]]: tensor<1x8x3x3xf32>
// CHECK-DAG: %[[XT:.*]] = linalg.transpose ins(%[[X]] : tensor<1x4x8x8xf32>) {{.*}} permutation = [0, 2, 3, 1]
// CHECK-DAG: %[[IT:.*]] = linalg.transpose ins(%[[INIT]] : tensor<1x8x3x3xf32>) {{.*}} permutation = [0, 2, 3, 1]
// CHECK-DAG: %[[WT:.*]] = linalg.transpose ins(%[[W]] : tensor<8x4x3x3xf32>) {{.*}} permutation = [0, 2, 3, 1]
// CHECK: %[[YT:.*]] = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : vector<2xi64>, lowbit.name = "c", strides = dense<2> : vector<2xi64>}
// CHECK-SAME: ins(%[[XT]], %[[WT]] : tensor<1x8x8x4xf32>, tensor<8x3x3x4xf32>) outs(%[[IT]] : tensor<1x3x3x8xf32>)
// CHECK: %[[Y:.*]] = linalg.transpose ins(%[[YT]] : tensor<1x3x3x8xf32>) {{.*}} permutation = [0, 3, 1, 2]
// CHECK: return %[[Y]]
func.func @conv(%x: tensor<1x4x8x8xf32>, %w: tensor<8x4x3x3xf32>, %init: tensor<1x8x3x3xf32>) -> tensor<1x8x3x3xf32> {
  %0 = linalg.conv_2d_nchw_fchw {lowbit.name = "c", dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>}
      ins(%x, %w : tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>) outs(%init : tensor<1x8x3x3xf32>) -> tensor<1x8x3x3xf32>
  return %0 : tensor<1x8x3x3xf32>
}

// Weights in another order alone.

// CHECK-LABEL: func.func @hwcf(
// CHECK: %[[WT:.*]] = linalg.transpose ins(%{{.*}} : tensor<3x3x4x8xf32>) {{.*}} permutation = [3, 0, 1, 2]
// CHECK: linalg.conv_2d_nhwc_fhwc {{.*}} ins(%{{.*}}, %[[WT]] : tensor<1x8x8x4xf32>, tensor<8x3x3x4xf32>)
// CHECK-NEXT: return
func.func @hwcf(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>, %init: tensor<1x6x6x8xf32>) -> tensor<1x6x6x8xf32> {
  %0 = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>)
      outs(%init : tensor<1x6x6x8xf32>) -> tensor<1x6x6x8xf32>
  return %0 : tensor<1x6x6x8xf32>
}

// CHECK-LABEL: func.func @depthwise(
// CHECK: %[[WT:.*]] = linalg.transpose ins(%{{.*}} : tensor<4x3x3xf32>) {{.*}} permutation = [1, 2, 0]
// CHECK: linalg.depthwise_conv_2d_nhwc_hwc {{.*}} ins(%{{.*}}, %[[WT]] : tensor<1x8x8x4xf32>, tensor<3x3x4xf32>)
func.func @depthwise(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x3xf32>, %init: tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32> {
  %0 = linalg.depthwise_conv_2d_nchw_chw ins(%x, %w : tensor<1x4x8x8xf32>, tensor<4x3x3xf32>)
      outs(%init : tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>
  return %0 : tensor<1x4x6x6xf32>
}

// Windows have no layout; what is filled is filled in the new shape.

// CHECK-LABEL: func.func @pools(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<1x4x8x8xf32>, %[[WINDOW:[a-z0-9]*]]: tensor<2x3xf32>
// CHECK: %[[FILL:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<1x7x6x4xf32>)
// CHECK: linalg.pooling_nhwc_max {{.*}} ins(%{{.*}}, %[[WINDOW]] : tensor<1x8x8x4xf32>, tensor<2x3xf32>) outs(%[[FILL]] : tensor<1x7x6x4xf32>)
// CHECK: linalg.pooling_nhwc_sum {{.*}} ins(%{{.*}}, %[[WINDOW]] : tensor<1x8x8x4xf32>, tensor<2x3xf32>)
func.func @pools(%x: tensor<1x4x8x8xf32>, %window: tensor<2x3xf32>) -> (tensor<1x4x7x6xf32>, tensor<1x4x7x6xf32>) {
  %c = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x4x7x6xf32>
  %init = linalg.fill ins(%c : f32) outs(%e : tensor<1x4x7x6xf32>) -> tensor<1x4x7x6xf32>
  %0 = linalg.pooling_nchw_max ins(%x, %window : tensor<1x4x8x8xf32>, tensor<2x3xf32>)
      outs(%init : tensor<1x4x7x6xf32>) -> tensor<1x4x7x6xf32>
  %1 = linalg.pooling_nchw_sum ins(%x, %window : tensor<1x4x8x8xf32>, tensor<2x3xf32>)
      outs(%init : tensor<1x4x7x6xf32>) -> tensor<1x4x7x6xf32>
  return %0, %1 : tensor<1x4x7x6xf32>, tensor<1x4x7x6xf32>
}
