// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-fuse-unary-chains)' -split-input-file | FileCheck %s

#map = affine_map<(i, j) -> (i, j)>

// A hard-swish.

// CHECK-LABEL: func.func @hard_swish(
// CHECK-SAME: %[[X:.*]]: tensor<4x8xf32>
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.0{{.*}} : f32
// CHECK-DAG: %[[THREE:.*]] = arith.constant 3.0{{.*}} : f32
// CHECK-DAG: %[[SIX:.*]] = arith.constant 6.0{{.*}} : f32
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<4x8xf32>) {{.*}} attrs = {lowbit.name = "y"}
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[A]], %[[THREE]] : f32
// CHECK-NEXT: %[[M:.*]] = arith.maximumf %[[S]], %[[ZERO]] : f32
// CHECK-NEXT: %[[N:.*]] = arith.minimumf %[[M]], %[[SIX]] : f32
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[A]], %[[N]] : f32
// CHECK-NEXT: %[[Q:.*]] = arith.divf %[[P]], %[[SIX]] : f32
// CHECK-NEXT: linalg.yield %[[Q]] : f32
// CHECK: return %[[R]]
func.func @hard_swish(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %threes = arith.constant dense<3.0> : tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  %sixes = linalg.fill ins(%six : f32) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %0 = linalg.add ins(%x, %threes : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%a: f32, %out: f32):
    %4 = arith.maximumf %a, %zero : f32
    %5 = arith.minimumf %4, %six : f32
    linalg.yield %5 : f32
  } -> tensor<4x8xf32>
  %2 = linalg.mul ins(%x, %1 : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = linalg.div {lowbit.name = "y"} ins(%2, %sixes : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %3 : tensor<4x8xf32>
}

// -----

// A named op and its constants are a chain of one.

// CHECK-LABEL: func.func @scaled(
// CHECK-NOT: linalg.mul
// CHECK: arith.mulf
func.func @scaled(%x: tensor<8xf32>) -> tensor<8xf32> {
  %c = arith.constant dense<0.5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.mul ins(%x, %c : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// The chain begins where two values meet.

// CHECK-LABEL: func.func @joined(
// CHECK: %[[S:.*]] = linalg.add
// CHECK: linalg.generic {{.*}} ins(%[[S]] : tensor<8xf32>)
// CHECK: math.tanh
// CHECK-NEXT: math.exp
// CHECK-NEXT: linalg.yield
func.func @joined(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.add ins(%x, %y : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %1 = linalg.tanh ins(%0 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %2 = linalg.exp ins(%1 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %2 : tensor<8xf32>
}
