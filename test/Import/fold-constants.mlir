// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-fold-constants)' -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @transpose(
// CHECK: arith.constant dense<{{\[\[}}1.000000e+00, 4.000000e+00], [2.000000e+00, 5.000000e+00], [3.000000e+00, 6.000000e+00]]> : tensor<3x2xf32>
// CHECK-NEXT: return
func.func @transpose() -> tensor<3x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %0 = linalg.transpose ins(%w : tensor<2x3xf32>) outs(%e : tensor<3x2xf32>) permutation = [1, 0]
  return %0 : tensor<3x2xf32>
}

// Three dimensions, in no order that is its own inverse.

// CHECK-LABEL: func.func @rotate(
// CHECK: arith.constant dense<{{\[\[\[}}0.000000e+00, 3.000000e+00], [1.000000e+00, 4.000000e+00], [2.000000e+00, 5.000000e+00]]]> : tensor<1x3x2xf32>
func.func @rotate() -> tensor<1x3x2xf32> {
  %w = arith.constant dense<[[[0.0], [1.0], [2.0]], [[3.0], [4.0], [5.0]]]> : tensor<2x3x1xf32>
  %e = tensor.empty() : tensor<1x3x2xf32>
  %0 = linalg.transpose ins(%w : tensor<2x3x1xf32>) outs(%e : tensor<1x3x2xf32>) permutation = [2, 1, 0]
  return %0 : tensor<1x3x2xf32>
}

// -----

// The parameters of a batch norm: gamma / sqrt(variance + epsilon).

// CHECK-LABEL: func.func @scale(
// CHECK: arith.constant dense<{{\[\[}}1.500000e+00, 1.250000e-01]]> : tensor<1x2xf32>
// CHECK-NEXT: return
#map = affine_map<(d0, d1) -> (d0, d1)>
#channel = affine_map<(d0, d1) -> (d1)>
func.func @scale() -> tensor<1x2xf32> {
  %eps = arith.constant 0.25 : f32
  %var = arith.constant dense<[[3.75, 15.75]]> : tensor<1x2xf32>
  %gamma = arith.constant dense<[3.0, 0.5]> : tensor<2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%var : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) {
  ^bb0(%a: f32, %out: f32):
    %2 = arith.addf %a, %eps : f32
    %3 = math.rsqrt %2 : f32
    linalg.yield %3 : f32
  } -> tensor<1x2xf32>
  %1 = linalg.generic {indexing_maps = [#map, #channel, #map], iterator_types = ["parallel", "parallel"]}
      ins(%0, %gamma : tensor<1x2xf32>, tensor<2xf32>) outs(%e : tensor<1x2xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %2 = arith.mulf %b, %a : f32
    linalg.yield %2 : f32
  } -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// -----

// Resources, too.

// CHECK-LABEL: func.func @resource(
// CHECK: arith.constant dense<{{\[\[}}1.000000e+00, 3.000000e+00], [2.000000e+00, 4.000000e+00]]> : tensor<2x2xf32>
// CHECK-NEXT: return
func.func @resource() -> tensor<2x2xf32> {
  %w = arith.constant dense_resource<w> : tensor<4xf32>
  %0 = tensor.expand_shape %w [[0, 1]] output_shape [2, 2] : tensor<4xf32> into tensor<2x2xf32>
  %e = tensor.empty() : tensor<2x2xf32>
  %1 = linalg.transpose ins(%0 : tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) permutation = [1, 0]
  return %1 : tensor<2x2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803F000000400000404000008040"
    }
  }
#-}

// -----

// CHECK-LABEL: func.func @slice(
// CHECK: arith.constant dense<{{\[\[}}5.000000e+00, 6.000000e+00], [8.000000e+00, 9.000000e+00]]> : tensor<2x2xf32>
// CHECK-NEXT: return
func.func @slice() -> tensor<2x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]> : tensor<3x3xf32>
  %0 = tensor.extract_slice %w[1, 1] [2, 2] [1, 1] : tensor<3x3xf32> to tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
