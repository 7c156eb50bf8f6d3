// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-canonicalize-clamps)' -split-input-file | FileCheck %s

#map = affine_map<(d0) -> (d0)>

// ReLU and clip as torch-mlir spells them; min and max as named ops; one after the other.

// CHECK-LABEL: func.func @relu(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<8xf32>
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<8xf32>) {{.*}} attrs = {lowbit.name = "relu"}
// CHECK: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[MAX:.*]] = arith.maximumf %[[IN]], %[[ZERO]] : f32
// CHECK-NEXT: linalg.yield %[[MAX]]
func.func @relu(%x: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) attrs = {lowbit.name = "relu"} {
  ^bb0(%in: f32, %out: f32):
    %1 = arith.cmpf ugt, %in, %zero : f32
    %2 = arith.select %1, %in, %zero : f32
    linalg.yield %2 : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: func.func @clip(
// CHECK-DAG: %[[LOW:.*]] = arith.constant -1.000000e+00 : f32
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 6.000000e+00 : f32
// CHECK: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[MAX:.*]] = arith.maximumf %[[IN]], %[[LOW]] : f32
// CHECK-NEXT: %[[MIN:.*]] = arith.minimumf %[[MAX]], %[[HIGH]] : f32
// CHECK-NEXT: linalg.yield %[[MIN]]
func.func @clip(%x: tensor<8xf32>) -> tensor<8xf32> {
  %low = arith.constant -1.0 : f32
  %high = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = arith.cmpf ult, %in, %low : f32
    %2 = arith.select %1, %low, %in : f32
    %3 = arith.cmpf ogt, %2, %high : f32
    %4 = arith.select %3, %high, %2 : f32
    linalg.yield %4 : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: func.func @named(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<8xf32>
// CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<8xf32>)
// CHECK: arith.maximumf %{{.*}}, %{{.*}} : f32
// CHECK-NEXT: arith.minimumf %{{.*}}, %{{.*}} : f32
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @named(%x: tensor<8xf32>) -> tensor<8xf32> {
  %zeros = arith.constant dense<0.0> : tensor<8xf32>
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.max ins(%x, %zeros : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %sixes = linalg.fill ins(%six : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %1 = linalg.min ins(%sixes, %0 : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// The outer bounds win: min(max(x, 0), -1) is -1 everywhere but for NaN.

// CHECK-LABEL: func.func @crossed(
// CHECK: %[[LOW:.*]] = arith.constant -1.000000e+00 : f32
// CHECK: %[[MAX:.*]] = arith.maximumf %{{.*}}, %[[LOW]] : f32
// CHECK-NEXT: arith.minimumf %[[MAX]], %{{.*}} : f32
func.func @crossed(%x: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -1.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = arith.maximumf %in, %zero : f32
    %2 = arith.minimumf %1, %low : f32
    linalg.yield %2 : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// A bound at infinity is none.

// CHECK-LABEL: func.func @unbounded(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<8xf32>
// CHECK-NEXT: return %[[X]]
func.func @unbounded(%x: tensor<8xf32>) -> tensor<8xf32> {
  %inf = arith.constant 0x7F800000 : f32
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = arith.cmpf olt, %in, %inf : f32
    %2 = arith.select %1, %in, %inf : f32
    linalg.yield %2 : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// Before what moves elements: each input of a concatenation is clamped, and the flattening comes last.

// CHECK-LABEL: func.func @hoist(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<2x3xf32>, %[[Y:[a-z0-9]*]]: tensor<2x4xf32>
// CHECK: %[[A:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<2x3xf32>)
// CHECK: arith.maximumf
// CHECK: %[[B:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<2x4xf32>)
// CHECK: arith.maximumf
// CHECK: %[[C:.*]] = tensor.concat dim(1) %[[A]], %[[B]]
// CHECK-NEXT: %[[F:.*]] = tensor.collapse_shape %[[C]] {{\[\[}}0, 1]] {lowbit.name = "r"}
// CHECK-NEXT: return %[[F]]
func.func @hoist(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<14xf32> {
  %zeros = arith.constant dense<0.0> : tensor<14xf32>
  %0 = tensor.concat dim(1) %x, %y : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  %1 = tensor.collapse_shape %0 [[0, 1]] : tensor<2x7xf32> into tensor<14xf32>
  %e = tensor.empty() : tensor<14xf32>
  %2 = linalg.max {lowbit.name = "r"} ins(%1, %zeros : tensor<14xf32>, tensor<14xf32>) outs(%e : tensor<14xf32>) -> tensor<14xf32>
  return %2 : tensor<14xf32>
}
