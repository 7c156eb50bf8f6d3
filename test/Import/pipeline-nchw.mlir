// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-import-pipeline)' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-import-pipeline)' -o %t.once
// RUN: quant-opt %t.once --pass-pipeline='builtin.module(lowbit-import-pipeline)' -o %t.twice
// RUN: cmp %t.once %t.twice

// What torch-mlir makes of a padded convolution, a batch norm, ReLU, a max pool, a residual, a flattening and a linear
// layer: the network is NHWC throughout, transposed where it begins alone.

// CHECK-LABEL: func.func @net(
// CHECK-SAME: %[[X:.*]]: tensor<1x2x4x4xf32> {lowbit.name = "x"}) -> (tensor<1x2xf32> {lowbit.name = "y"})
// The rows of the linear layer, which numbered channels first.
// CHECK-DAG: %[[FW:.*]] = arith.constant dense<{{\[\[}}0.000000e+00, 8.000000e+00], [4.000000e+00, 1.200000e+01], [1.000000e+00, 9.000000e+00], [5.000000e+00, 1.300000e+01],
// The batch norm's scale is 0.5 for the first channel and 2 for the second.
// CHECK-DAG: %[[W:.*]] = arith.constant dense<{{.*}}> : tensor<2x3x3x2xf32>
// CHECK-DAG: %[[BIAS:.*]] = arith.constant dense<[5.000000e-01, -3.000000e+00]> : tensor<2xf32>
// CHECK: %[[T:.*]] = linalg.transpose ins(%[[X]] : tensor<1x2x4x4xf32>)
// CHECK: %[[P:.*]] = tensor.pad %[[T]] low[0, 1, 1, 0] high[0, 1, 1, 0]
// CHECK: %[[B:.*]] = linalg.broadcast ins(%[[BIAS]] : tensor<2xf32>)
// CHECK: %[[C:.*]] = linalg.conv_2d_nhwc_fhwc {{.*}} ins(%[[P]], %[[W]] {{.*}} outs(%[[B]]
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[C]]
// CHECK: arith.maximumf
// CHECK: %[[A:.*]] = linalg.add ins(%[[R]], %[[T]]
// CHECK: %[[M:.*]] = linalg.pooling_nhwc_max {{.*}} ins(%[[A]]
// CHECK: %[[F:.*]] = tensor.collapse_shape %[[M]] {{\[\[}}0], [1, 2, 3]] : tensor<1x2x2x2xf32> into tensor<1x8xf32>
// CHECK-NOT: linalg.transpose
// CHECK: %[[Y:.*]] = linalg.matmul ins(%[[F]], %[[FW]]
// CHECK: return %[[Y]]
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#channel = affine_map<(d0, d1, d2, d3) -> (d0, d1, 0, 0)>
#map2 = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>
func.func @net(%x: tensor<1x2x4x4xf32> {lowbit.name = "x"}) -> (tensor<1x2xf32> {lowbit.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %inf = arith.constant 0xFF800000 : f32
  %eps = arith.constant 0.25 : f32
  %w = arith.constant dense<1.5> : tensor<2x2x3x3xf32>
  %mean = arith.constant dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %var = arith.constant dense<[[[[3.75]], [[0.75]]]]> : tensor<1x2x1x1xf32>
  %gamma = arith.constant dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %beta = arith.constant dense<[[[[1.0]], [[1.0]]]]> : tensor<1x2x1x1xf32>
  %fw = arith.constant dense<[[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0]]> : tensor<2x8xf32>
  %fb = arith.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f32
  } : tensor<1x2x4x4xf32> to tensor<1x2x6x6xf32>
  %e = tensor.empty() : tensor<1x2x4x4xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %0 = linalg.conv_2d_nchw_fchw {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>}
      ins(%p, %w : tensor<1x2x6x6xf32>, tensor<2x2x3x3xf32>) outs(%init : tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %ec = tensor.empty() : tensor<1x2x1x1xf32>
  %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%var : tensor<1x2x1x1xf32>) outs(%ec : tensor<1x2x1x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %v = arith.addf %in, %eps : f32
    linalg.yield %v : f32
  } -> tensor<1x2x1x1xf32>
  %2 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%1 : tensor<1x2x1x1xf32>) outs(%ec : tensor<1x2x1x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %v = math.rsqrt %in : f32
    linalg.yield %v : f32
  } -> tensor<1x2x1x1xf32>
  %3 = linalg.generic {indexing_maps = [#map, #channel, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0, %mean : tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) outs(%e : tensor<1x2x4x4xf32>) {
  ^bb0(%in: f32, %other: f32, %out: f32):
    %v = arith.subf %in, %other : f32
    linalg.yield %v : f32
  } -> tensor<1x2x4x4xf32>
  %4 = linalg.generic {indexing_maps = [#map, #channel, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%3, %2 : tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) outs(%e : tensor<1x2x4x4xf32>) {
  ^bb0(%in: f32, %other: f32, %out: f32):
    %v = arith.mulf %in, %other : f32
    linalg.yield %v : f32
  } -> tensor<1x2x4x4xf32>
  %5 = linalg.generic {indexing_maps = [#map, #channel, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%4, %gamma : tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) outs(%e : tensor<1x2x4x4xf32>) {
  ^bb0(%in: f32, %other: f32, %out: f32):
    %v = arith.mulf %in, %other : f32
    linalg.yield %v : f32
  } -> tensor<1x2x4x4xf32>
  %6 = linalg.generic {indexing_maps = [#map, #channel, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%5, %beta : tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) outs(%e : tensor<1x2x4x4xf32>) {
  ^bb0(%in: f32, %other: f32, %out: f32):
    %v = arith.addf %in, %other : f32
    linalg.yield %v : f32
  } -> tensor<1x2x4x4xf32>
  %7 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%6 : tensor<1x2x4x4xf32>) outs(%e : tensor<1x2x4x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %c = arith.cmpf ugt, %in, %zero : f32
    %v = arith.select %c, %in, %zero : f32
    linalg.yield %v : f32
  } -> tensor<1x2x4x4xf32>
  %8 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%7, %x : tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) outs(%e : tensor<1x2x4x4xf32>) {
  ^bb0(%in: f32, %other: f32, %out: f32):
    %v = arith.addf %in, %other : f32
    linalg.yield %v : f32
  } -> tensor<1x2x4x4xf32>
  %em = tensor.empty() : tensor<1x2x2x2xf32>
  %lowest = linalg.fill ins(%inf : f32) outs(%em : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %9 = linalg.pooling_nchw_max {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>}
      ins(%8, %window : tensor<1x2x4x4xf32>, tensor<2x2xf32>) outs(%lowest : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %flat = tensor.collapse_shape %9 [[0], [1, 2, 3]] : tensor<1x2x2x2xf32> into tensor<1x8xf32>
  %et = tensor.empty() : tensor<8x2xf32>
  %ft = linalg.transpose ins(%fw : tensor<2x8xf32>) outs(%et : tensor<8x2xf32>) permutation = [1, 0]
  %ey = tensor.empty() : tensor<1x2xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%ey : tensor<1x2xf32>) -> tensor<1x2xf32>
  %10 = linalg.matmul ins(%flat, %ft : tensor<1x8xf32>, tensor<8x2xf32>) outs(%zeros : tensor<1x2xf32>) -> tensor<1x2xf32>
  %11 = linalg.generic {indexing_maps = [#map2, #row, #map2], iterator_types = ["parallel", "parallel"]}
      ins(%10, %fb : tensor<1x2xf32>, tensor<2xf32>) outs(%ey : tensor<1x2xf32>) {
  ^bb0(%in: f32, %other: f32, %out: f32):
    %v = arith.addf %in, %other : f32
    linalg.yield %v : f32
  } -> tensor<1x2xf32>
  return %11 : tensor<1x2xf32>
}
