// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-simplify-math)' | FileCheck %s

#map = affine_map<(i) -> (i)>

// The variance of a layer norm squares with a power.

// CHECK-LABEL: func.func @square(
// CHECK: ^bb0(%[[A:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[S:.*]] = arith.mulf %[[A]], %[[A]] : f32
// CHECK-NEXT: linalg.yield %[[S]]
func.func @square(%x: tensor<8xf32>) -> tensor<8xf32> {
  %two = arith.constant 2 : i64
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %out: f32):
    %1 = math.fpowi %a, %two : f32, i64
    linalg.yield %1 : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: func.func @root(
// CHECK-SAME: %[[X:.*]]: f32
// CHECK-NEXT: %[[R:.*]] = math.sqrt %[[X]] : f32
// CHECK-NEXT: return %[[R]]
func.func @root(%x: f32) -> f32 {
  %half = arith.constant 0.5 : f32
  %0 = math.powf %x, %half : f32
  return %0 : f32
}

// CHECK-LABEL: func.func @reciprocal(
// CHECK-SAME: %[[X:.*]]: f32
// CHECK: %[[R:.*]] = arith.divf %{{.*}}, %[[X]] : f32
// CHECK-NEXT: return %[[R]]
func.func @reciprocal(%x: f32) -> f32 {
  %minus = arith.constant -1.0 : f32
  %0 = math.powf %x, %minus : f32
  return %0 : f32
}
