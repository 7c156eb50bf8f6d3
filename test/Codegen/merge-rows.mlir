// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-merge-rows,canonicalize))' | FileCheck %s

#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#channel = affine_map<(d0, d1, d2, d3) -> (d3)>
#picture = affine_map<(d0, d1, d2, d3) -> (d0, d3)>

// The bias, what is computed of the sums and a second operand of the same shape come along.
// CHECK-LABEL: func.func @residual(
// CHECK-SAME: %[[X:.*]]: tensor<2x4x4x8xi8>, %[[W:.*]]: tensor<16x1x1x8xi8>, %[[BIAS:.*]]: tensor<16xi32>, %[[OTHER:.*]]: tensor<2x4x4x16xi32>
func.func @residual(%x: tensor<2x4x4x8xi8>, %w: tensor<16x1x1x8xi8>, %bias: tensor<16xi32>, %other: tensor<2x4x4x16xi32>)
    -> tensor<2x4x4x16xi32> {
  // CHECK-DAG: %[[ROW:.*]] = tensor.expand_shape %{{.*}} {{.*}} : tensor<32x8xi8> into tensor<1x1x32x8xi8>
  // CHECK-DAG: %[[INIT:.*]] = linalg.broadcast ins(%[[BIAS]] : tensor<16xi32>) outs(%{{.*}} : tensor<1x1x32x16xi32>) dimensions = [0, 1, 2]
  // CHECK: %[[SUMS:.*]] = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, lowbit.tile = #lowbit.tile<rows = 3, vectors = 1>, strides = dense<1> : tensor<2xi64>}
  // CHECK-SAME: ins(%[[ROW]], %[[W]] : {{.*}}) outs(%[[INIT]] : tensor<1x1x32x16xi32>)
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[OTHER]] {{.*}} : tensor<2x4x4x16xi32> into tensor<32x16xi32>
  // CHECK: %[[MERGED:.*]] = tensor.expand_shape %[[FLAT]] {{.*}} : tensor<32x16xi32> into tensor<1x1x32x16xi32>
  // CHECK: linalg.generic {{.*}} ins(%[[SUMS]], %[[MERGED]], %[[BIAS]] : {{.*}}) outs(%{{.*}} : tensor<1x1x32x16xi32>)
  // CHECK: %[[Y:.*]] = tensor.expand_shape %{{.*}} {{.*}} : tensor<32x16xi32> into tensor<2x4x4x16xi32>
  // CHECK: return %[[Y]]
  %empty = tensor.empty() : tensor<2x4x4x16xi32>
  %init = linalg.broadcast ins(%bias : tensor<16xi32>) outs(%empty : tensor<2x4x4x16xi32>) dimensions = [0, 1, 2]
  %sums = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                    lowbit.tile = #lowbit.tile<rows = 3, vectors = 1>}
    ins(%x, %w : tensor<2x4x4x8xi8>, tensor<16x1x1x8xi8>) outs(%init : tensor<2x4x4x16xi32>) -> tensor<2x4x4x16xi32>
  %y = linalg.generic {indexing_maps = [#id, #id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%sums, %other, %bias : tensor<2x4x4x16xi32>, tensor<2x4x4x16xi32>, tensor<16xi32>) outs(%empty : tensor<2x4x4x16xi32>) {
  ^bb0(%a: i32, %b: i32, %c: i32, %o: i32):
    %0 = arith.addi %a, %b : i32
    %1 = arith.muli %0, %c : i32
    linalg.yield %1 : i32
  } -> tensor<2x4x4x16xi32>
  return %y : tensor<2x4x4x16xi32>
}

// A stride along a dimension of one element, and a dilation of a window of one: both are 1 for the longer row.
// CHECK-LABEL: func.func @strides_of_one_element(
// CHECK:         linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
// CHECK-SAME:      outs(%{{.*}} : tensor<1x1x2x16xi32>)
func.func @strides_of_one_element(%x: tensor<2x1x1x8xi8>, %w: tensor<16x1x1x8xi8>, %init: tensor<2x1x1x16xi32>)
    -> tensor<2x1x1x16xi32> {
  %y = linalg.conv_2d_nhwc_fhwc {strides = dense<[1, 2]> : tensor<2xi64>, dilations = dense<3> : tensor<2xi64>}
    ins(%x, %w : tensor<2x1x1x8xi8>, tensor<16x1x1x8xi8>) outs(%init : tensor<2x1x1x16xi32>) -> tensor<2x1x1x16xi32>
  return %y : tensor<2x1x1x16xi32>
}

// A window, a stride, one row, and what differs by picture.
// CHECK-LABEL: func.func @not_pointwise(
func.func @not_pointwise(%x: tensor<1x4x4x8xi8>, %w: tensor<16x2x2x8xi8>, %v: tensor<16x1x1x8xi8>, %row: tensor<1x1x4x8xi8>,
                         %e0: tensor<1x3x3x16xi32>, %e1: tensor<1x2x2x16xi32>, %e2: tensor<1x1x4x16xi32>)
    -> (tensor<1x3x3x16xi32>, tensor<1x2x2x16xi32>, tensor<1x1x4x16xi32>) {
  // CHECK-NOT: tensor.collapse_shape
  // CHECK: return
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x4x4x8xi8>, tensor<16x2x2x8xi8>) outs(%e0 : tensor<1x3x3x16xi32>) -> tensor<1x3x3x16xi32>
  %1 = linalg.conv_2d_nhwc_fhwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %v : tensor<1x4x4x8xi8>, tensor<16x1x1x8xi8>) outs(%e1 : tensor<1x2x2x16xi32>) -> tensor<1x2x2x16xi32>
  %2 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%row, %v : tensor<1x1x4x8xi8>, tensor<16x1x1x8xi8>) outs(%e2 : tensor<1x1x4x16xi32>) -> tensor<1x1x4x16xi32>
  return %0, %1, %2 : tensor<1x3x3x16xi32>, tensor<1x2x2x16xi32>, tensor<1x1x4x16xi32>
}

// CHECK-LABEL: func.func @by_picture(
func.func @by_picture(%x: tensor<2x4x4x8xi8>, %w: tensor<16x1x1x8xi8>, %s: tensor<2x16xi32>, %e: tensor<2x4x4x16xi32>)
    -> tensor<2x4x4x16xi32> {
  // CHECK-NOT: tensor.collapse_shape
  // CHECK: return
  %sums = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<2x4x4x8xi8>, tensor<16x1x1x8xi8>) outs(%e : tensor<2x4x4x16xi32>) -> tensor<2x4x4x16xi32>
  %y = linalg.generic {indexing_maps = [#id, #picture, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%sums, %s : tensor<2x4x4x16xi32>, tensor<2x16xi32>) outs(%e : tensor<2x4x4x16xi32>) {
  ^bb0(%a: i32, %b: i32, %o: i32):
    %0 = arith.addi %a, %b : i32
    linalg.yield %0 : i32
  } -> tensor<2x4x4x16xi32>
  return %y : tensor<2x4x4x16xi32>
}

// Inside a padded picture the rows are apart.
// CHECK-LABEL: func.func @padded(
func.func @padded(%x: tensor<1x4x4x8xi8>, %w: tensor<16x1x1x8xi8>, %e: tensor<1x4x4x16xi32>) -> tensor<1x6x6x16xi32> {
  // CHECK-NOT: tensor.collapse_shape
  // CHECK: return
  %c0 = arith.constant 0 : i32
  %sums = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x4x4x8xi8>, tensor<16x1x1x8xi8>) outs(%e : tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32>
  %y = tensor.pad %sums low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %c0 : i32
  } : tensor<1x4x4x16xi32> to tensor<1x6x6x16xi32>
  return %y : tensor<1x6x6x16xi32>
}

// A tile of several lines needs them.
// CHECK-LABEL: func.func @tile_of_lines(
func.func @tile_of_lines(%x: tensor<1x4x4x8xi8>, %w: tensor<16x1x1x8xi8>, %e: tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32> {
  // CHECK-NOT: tensor.collapse_shape
  // CHECK: return
  %sums = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                    lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "amx.tdpbssd", lines = 2>}
    ins(%x, %w : tensor<1x4x4x8xi8>, tensor<16x1x1x8xi8>) outs(%e : tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32>
  return %sums : tensor<1x4x4x16xi32>
}
