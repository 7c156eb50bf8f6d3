// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-split-grouped-convolutions)' -split-input-file | FileCheck %s

// As torch-mlir spells it: each group has its part of the input, the weights and the bias.

// CHECK-LABEL: func.func @groups(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<1x4x8x8xf32>, %[[W:[a-z0-9]*]]: tensor<2x3x2x3x3xf32>, %[[B:[a-z0-9]*]]: tensor<6xf32>
// CHECK: %[[X0:.*]] = tensor.extract_slice %[[X]][0, 0, 0, 0] [1, 2, 8, 8] [1, 1, 1, 1]
// CHECK: %[[W0:.*]] = tensor.extract_slice %[[W]][0, 0, 0, 0, 0] [1, 3, 2, 3, 3] [1, 1, 1, 1, 1]
// CHECK: %[[F0:.*]] = tensor.collapse_shape %[[W0]] {{\[\[}}0, 1], [2], [3], [4]] : tensor<1x3x2x3x3xf32> into tensor<3x2x3x3xf32>
// CHECK: %[[B0:.*]] = tensor.extract_slice %[[B]][0] [3] [1]
// CHECK: %[[I0:.*]] = linalg.broadcast ins(%[[B0]] : tensor<3xf32>) outs(%{{.*}} : tensor<1x3x3x3xf32>) dimensions = [0, 2, 3]
// CHECK: %[[Y0:.*]] = linalg.conv_2d_nchw_fchw {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>} ins(%[[X0]], %[[F0]] {{.*}} outs(%[[I0]]
// CHECK: tensor.extract_slice %[[X]][0, 2, 0, 0] [1, 2, 8, 8] [1, 1, 1, 1]
// CHECK: tensor.extract_slice %[[W]][1, 0, 0, 0, 0]
// CHECK: tensor.extract_slice %[[B]][3] [3] [1]
// CHECK: %[[Y1:.*]] = linalg.conv_2d_nchw_fchw
// CHECK: %[[Y:.*]] = tensor.concat dim(1) %[[Y0]], %[[Y1]] {lowbit.name = "g"} : (tensor<1x3x3x3xf32>, tensor<1x3x3x3xf32>) -> tensor<1x6x3x3xf32>
// CHECK: return %[[Y]]
func.func @groups(%x: tensor<1x4x8x8xf32>, %w: tensor<2x3x2x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x3x3xf32> {
  %e = tensor.empty() : tensor<1x6x3x3xf32>
  %init = linalg.broadcast ins(%b : tensor<6xf32>) outs(%e : tensor<1x6x3x3xf32>) dimensions = [0, 2, 3]
  %gx = tensor.expand_shape %x [[0], [1, 2], [3], [4]] output_shape [1, 2, 2, 8, 8] : tensor<1x4x8x8xf32> into tensor<1x2x2x8x8xf32>
  %gi = tensor.expand_shape %init [[0], [1, 2], [3], [4]] output_shape [1, 2, 3, 3, 3] : tensor<1x6x3x3xf32> into tensor<1x2x3x3x3xf32>
  %0 = linalg.conv_2d_ngchw_gfchw {lowbit.name = "g", dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>}
      ins(%gx, %w : tensor<1x2x2x8x8xf32>, tensor<2x3x2x3x3xf32>) outs(%gi : tensor<1x2x3x3x3xf32>) -> tensor<1x2x3x3x3xf32>
  %1 = tensor.collapse_shape %0 [[0], [1, 2], [3], [4]] : tensor<1x2x3x3x3xf32> into tensor<1x6x3x3xf32>
  return %1 : tensor<1x6x3x3xf32>
}

// -----

// The other order of weights; an init that is no broadcast is sliced.

// CHECK-LABEL: func.func @fgchw(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<1x2x2x8x8xf32>, %[[W:[a-z0-9]*]]: tensor<3x2x2x3x3xf32>, %[[INIT:[a-z0-9]*]]: tensor<1x2x3x6x6xf32>
// CHECK-DAG: %[[XC:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2], [3], [4]]
// CHECK-DAG: %[[IC:.*]] = tensor.collapse_shape %[[INIT]] {{\[\[}}0], [1, 2], [3], [4]]
// CHECK: tensor.extract_slice %[[XC]][0, 2, 0, 0] [1, 2, 8, 8] [1, 1, 1, 1]
// CHECK: tensor.extract_slice %[[W]][0, 1, 0, 0, 0] [3, 1, 2, 3, 3] [1, 1, 1, 1, 1]
// CHECK: tensor.extract_slice %[[IC]][0, 3, 0, 0] [1, 3, 6, 6] [1, 1, 1, 1]
// CHECK: tensor.concat dim(1)
// CHECK: tensor.expand_shape %{{.*}} {{\[\[}}0], [1, 2], [3], [4]] output_shape [1, 2, 3, 6, 6]
func.func @fgchw(%x: tensor<1x2x2x8x8xf32>, %w: tensor<3x2x2x3x3xf32>, %init: tensor<1x2x3x6x6xf32>) -> tensor<1x2x3x6x6xf32> {
  %0 = linalg.conv_2d_ngchw_fgchw ins(%x, %w : tensor<1x2x2x8x8xf32>, tensor<3x2x2x3x3xf32>)
      outs(%init : tensor<1x2x3x6x6xf32>) -> tensor<1x2x3x6x6xf32>
  return %0 : tensor<1x2x3x6x6xf32>
}
