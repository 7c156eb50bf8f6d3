// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-fuse-unary-chains)' -split-input-file | FileCheck %s

#map = affine_map<(i) -> (i)>

// A clamp that stands alone stays what `matchClamp` recognizes.

// CHECK-LABEL: func.func @clamp(
// CHECK-COUNT-1: linalg.generic
// CHECK: %[[M:.*]] = arith.maximumf %{{.*}}, %{{.*}} : f32
// CHECK-NEXT: linalg.yield %[[M]]
func.func @clamp(%x: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %out: f32):
    %1 = arith.maximumf %a, %zero : f32
    linalg.yield %1 : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// Constants that differ from place to place.

// CHECK-LABEL: func.func @channels(
// CHECK: linalg.mul
func.func @channels(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c = arith.constant dense<[0.5, 2.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<2xf32>
  %0 = linalg.mul ins(%x, %c : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// A value in between that others read too.

// CHECK-LABEL: func.func @shared(
// CHECK: math.exp
// CHECK: linalg.yield
// CHECK: math.tanh
// CHECK-NEXT: linalg.yield
func.func @shared(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.exp ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %1 = linalg.tanh ins(%0 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// -----

#map = affine_map<(i) -> (i)>

// The element depends on its place, on the tensor it is written to, or on an unknown number of elements.

// CHECK-LABEL: func.func @places(
// CHECK: linalg.index
// CHECK: linalg.exp
func.func @places(%x: tensor<8xf32>, %y: tensor<?xf32>, %z: tensor<?xf32>) -> (tensor<8xf32>, tensor<?xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %out: f32):
    %i = linalg.index 0 : index
    %j = arith.index_cast %i : index to i32
    %f = arith.sitofp %j : i32 to f32
    %2 = arith.addf %a, %f : f32
    linalg.yield %2 : f32
  } -> tensor<8xf32>
  %1 = linalg.exp ins(%y : tensor<?xf32>) outs(%z : tensor<?xf32>) -> tensor<?xf32>
  return %0, %1 : tensor<8xf32>, tensor<?xf32>
}
