// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-fold-constants)' -split-input-file | FileCheck %s

// A broadcast would be larger than what it is made of; another type, an unknown op, an argument, a position.

// CHECK-LABEL: func.func @stays(
// CHECK: linalg.broadcast
// CHECK: linalg.transpose
// CHECK: math.tanh
// CHECK: linalg.add
// CHECK: linalg.index
#map = affine_map<(d0) -> (d0)>
func.func @stays(%x: tensor<2xf32>) -> (tensor<4x2xf32>, tensor<3x2xi32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %i = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
  %e0 = tensor.empty() : tensor<4x2xf32>
  %0 = linalg.broadcast ins(%c : tensor<2xf32>) outs(%e0 : tensor<4x2xf32>) dimensions = [0]
  %e1 = tensor.empty() : tensor<3x2xi32>
  %1 = linalg.transpose ins(%i : tensor<2x3xi32>) outs(%e1 : tensor<3x2xi32>) permutation = [1, 0]
  %e2 = tensor.empty() : tensor<2xf32>
  %2 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%c : tensor<2xf32>) outs(%e2 : tensor<2xf32>) {
  ^bb0(%a: f32, %out: f32):
    %5 = math.tanh %a : f32
    linalg.yield %5 : f32
  } -> tensor<2xf32>
  %3 = linalg.add ins(%c, %x : tensor<2xf32>, tensor<2xf32>) outs(%e2 : tensor<2xf32>) -> tensor<2xf32>
  %4 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%c : tensor<2xf32>) outs(%e2 : tensor<2xf32>) {
  ^bb0(%a: f32, %out: f32):
    %5 = linalg.index 0 : index
    %6 = arith.index_cast %5 : index to i32
    %7 = arith.sitofp %6 : i32 to f32
    %8 = arith.addf %a, %7 : f32
    linalg.yield %8 : f32
  } -> tensor<2xf32>
  return %0, %1, %2, %3, %4 : tensor<4x2xf32>, tensor<3x2xi32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// A slice with gaps, and one at a place that isn't known.

// CHECK-LABEL: func.func @slices(
// CHECK-COUNT-2: tensor.extract_slice
func.func @slices(%i: index) -> (tensor<2xf32>, tensor<2xf32>) {
  %w = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %0 = tensor.extract_slice %w[0] [2] [2] : tensor<4xf32> to tensor<2xf32>
  %1 = tensor.extract_slice %w[%i] [2] [1] : tensor<4xf32> to tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// -----

// A resource that isn't there, and one that is too short.

// CHECK-LABEL: func.func @resources(
// CHECK: linalg.transpose
// CHECK: linalg.transpose
func.func @resources() -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  %missing = arith.constant dense_resource<missing> : tensor<2x3xf32>
  %short = arith.constant dense_resource<short> : tensor<2x3xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %0 = linalg.transpose ins(%missing : tensor<2x3xf32>) outs(%e : tensor<3x2xf32>) permutation = [1, 0]
  %1 = linalg.transpose ins(%short : tensor<2x3xf32>) outs(%e : tensor<3x2xf32>) permutation = [1, 0]
  return %0, %1 : tensor<3x2xf32>, tensor<3x2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      short: "0x040000000000803F"
    }
  }
#-}
