// RUN: quant-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(lowbit-split-reductions))' | FileCheck %s

#id = affine_map<(i, k) -> (i, k)>
#row = affine_map<(i, k) -> (i)>
// Two groups of 16 lanes, a rest of 3 in the first lanes, and the tree of 15 sums; the init comes last.
// CHECK-LABEL: func.func @sum(
// CHECK-SAME:    %[[X:.*]]: tensor<7x35xf32>, %[[INIT:.*]]: tensor<7xf32>
// CHECK:         %[[ZERO:.*]] = arith.constant -0.000000e+00 : f32
// CHECK:         %[[START:.*]] = linalg.fill ins(%[[ZERO]] : f32)
// CHECK:         %[[WHOLE:.*]] = tensor.extract_slice %[[X]][0, 0] [7, 32] [1, 1]
// CHECK:         %[[GROUPS:.*]] = tensor.expand_shape %[[WHOLE]] {{\[\[}}0], [1, 2]] output_shape [7, 2, 16]
// CHECK:         %[[LANES:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel"]}
// CHECK-SAME:      ins(%[[GROUPS]] : tensor<7x2x16xf32>) outs(%[[START]] : tensor<7x16xf32>)
// CHECK:         %[[FIRST:.*]] = tensor.extract_slice %[[LANES]][0, 0] [7, 3] [1, 1]
// CHECK:         %[[REST:.*]] = tensor.extract_slice %[[X]][0, 32] [7, 3] [1, 1]
// CHECK:         %[[ADDED:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]}
// CHECK-SAME:      ins(%[[REST]] : tensor<7x3xf32>) outs(%[[FIRST]] : tensor<7x3xf32>)
// CHECK:         %[[ALL:.*]] = tensor.insert_slice %[[ADDED]] into %[[LANES]][0, 0] [7, 3] [1, 1]
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[INIT]], %[[ALL]],
// CHECK-COUNT-16:  arith.addf
// CHECK-NEXT:      linalg.yield
// CHECK:         return %[[SUM]]
func.func @sum(%x: tensor<7x35xf32>, %init: tensor<7xf32>) -> tensor<7xf32> {
  %0 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<7x35xf32>) outs(%init : tensor<7xf32>) {
  ^bb0(%in: f32, %out: f32):
    %sum = arith.addf %in, %out : f32
    linalg.yield %sum : f32
  } -> tensor<7xf32>
  return %0 : tensor<7xf32>
}

// -----

// Fewer terms than lanes: lane 2 goes to lane 0, lane 1 to both. A named op; a result of rank 0 with a constant init.
// CHECK-LABEL: func.func @maximum(
// CHECK-SAME:    %[[X:.*]]: tensor<3xf32>
// CHECK:         %[[LOWEST:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         linalg.fill ins(%[[LOWEST]] : f32) outs(%{{.*}} : tensor<3xf32>)
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[X]] : tensor<3xf32>)
// CHECK:           arith.maximumf
// CHECK:         %[[RESULT:.*]] = linalg.generic {{.*}} iterator_types = ["parallel"]}
// CHECK-SAME:      outs(%{{.*}} : tensor<1xf32>)
// CHECK-NEXT:    ^bb0(%[[INIT:.*]]: f32, %[[L0:.*]]: f32, %[[L1:.*]]: f32, %[[L2:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[EVEN:.*]] = arith.maximumf %[[L2]], %[[L0]]
// CHECK-NEXT:      %[[BOTH:.*]] = arith.maximumf %[[L1]], %[[EVEN]]
// CHECK-NEXT:      %[[ALL:.*]] = arith.maximumf %[[BOTH]], %[[INIT]]
// CHECK-NEXT:      linalg.yield %[[ALL]]
// CHECK:         tensor.collapse_shape %[[RESULT]] [] : tensor<1xf32> into tensor<f32>
func.func @maximum(%x: tensor<3xf32>) -> tensor<f32> {
  %cst = arith.constant 1.0 : f32
  %empty = tensor.empty() : tensor<f32>
  %init = linalg.fill ins(%cst : f32) outs(%empty : tensor<f32>) -> tensor<f32>
  %0 = linalg.reduce ins(%x : tensor<3xf32>) outs(%init : tensor<f32>) dimensions = [0] (%in: f32, %out: f32) {
    %max = arith.maximumf %in, %out : f32
    linalg.yield %max : f32
  }
  return %0 : tensor<f32>
}

// -----

#all = affine_map<(i, j, k) -> (i, j, k)>
#kept = affine_map<(i, j, k) -> (i, 0)>
#other = affine_map<(i, j, k) -> (k)>
// The other reduction dimension stays a loop; an input of fewer dimensions is cut into groups too; the unit dimension
// comes back.
// CHECK-LABEL: func.func @two_dims(
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "reduction", "parallel"]}
// CHECK-SAME:      ins(%{{.*}}, %{{.*}} : tensor<4x3x2x16xf32>, tensor<2x16xf32>) outs(%{{.*}} : tensor<4x16xf32>)
// CHECK:         tensor.expand_shape %{{.*}} {{\[\[}}0, 1]] output_shape [4, 1] : tensor<4xf32> into tensor<4x1xf32>
func.func @two_dims(%x: tensor<4x3x32xf32>, %w: tensor<32xf32>, %init: tensor<4x1xf32>) -> tensor<4x1xf32> {
  %0 = linalg.generic {indexing_maps = [#all, #other, #kept], iterator_types = ["parallel", "reduction", "reduction"]}
    ins(%x, %w : tensor<4x3x32xf32>, tensor<32xf32>) outs(%init : tensor<4x1xf32>) {
  ^bb0(%in: f32, %weight: f32, %out: f32):
    %product = arith.mulf %in, %weight : f32
    %sum = arith.addf %out, %product : f32
    linalg.yield %sum : f32
  } -> tensor<4x1xf32>
  return %0 : tensor<4x1xf32>
}

// -----

#id = affine_map<(i, k) -> (i, k)>
#row = affine_map<(i, k) -> (i)>
// The position of a maximum that nobody asks for is not computed.
// CHECK-LABEL: func.func @position_unused(
// CHECK-NOT:     linalg.index
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel"]}
// CHECK:           arith.maximumf
func.func @position_unused(%x: tensor<4x16xf32>, %init: tensor<4xf32>, %where: tensor<4xi64>) -> tensor<4xf32> {
  %0:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<4x16xf32>) outs(%init, %where : tensor<4xf32>, tensor<4xi64>) {
  ^bb0(%in: f32, %out: f32, %position: i64):
    %index = linalg.index 1 : index
    %here = arith.index_cast %index : index to i64
    %max = arith.maximumf %in, %out : f32
    %larger = arith.cmpf ogt, %in, %out : f32
    %new = arith.select %larger, %here, %position : i64
    linalg.yield %max, %new : f32, i64
  } -> (tensor<4xf32>, tensor<4xi64>)
  return %0#0 : tensor<4xf32>
}

// -----

// These stay: vectors run across the results; a matrix product; a body that is no single combination; a convolution.
// CHECK-LABEL: func.func @stay(
// CHECK-NOT:     tensor.expand_shape
// CHECK:         linalg.reduce
// CHECK:         linalg.generic
// CHECK:         linalg.generic
// CHECK:         linalg.conv_2d_nhwc_fhwc
// CHECK-NOT:     linalg.generic
// CHECK:         return
#id = affine_map<(i, k) -> (i, k)>
#row = affine_map<(i, k) -> (i)>
func.func @stay(%x: tensor<16x64xf32>, %w: tensor<8x64xf32>, %col: tensor<64xf32>, %acc: tensor<16x8xf32>,
                %init: tensor<16xf32>, %image: tensor<1x4x4x32xf32>, %filter: tensor<2x1x1x32xf32>,
                %sums: tensor<1x4x4x2xf32>)
    -> (tensor<64xf32>, tensor<16x8xf32>, tensor<16xf32>, tensor<1x4x4x2xf32>) {
  %0 = linalg.reduce ins(%x : tensor<16x64xf32>) outs(%col : tensor<64xf32>) dimensions = [0] (%in: f32, %out: f32) {
    %sum = arith.addf %in, %out : f32
    linalg.yield %sum : f32
  }
  %1 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                                        affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%x, %w : tensor<16x64xf32>, tensor<8x64xf32>) outs(%acc : tensor<16x8xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %product = arith.mulf %a, %b : f32
    %sum = arith.addf %out, %product : f32
    linalg.yield %sum : f32
  } -> tensor<16x8xf32>
  %2 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<16x64xf32>) outs(%init : tensor<16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %scaled = arith.mulf %out, %in : f32
    %sum = arith.addf %scaled, %out : f32
    linalg.yield %sum : f32
  } -> tensor<16xf32>
  %3 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%image, %filter : tensor<1x4x4x32xf32>, tensor<2x1x1x32xf32>) outs(%sums : tensor<1x4x4x2xf32>)
    -> tensor<1x4x4x2xf32>
  return %0, %1, %2, %3 : tensor<64xf32>, tensor<16x8xf32>, tensor<16xf32>, tensor<1x4x4x2xf32>
}
