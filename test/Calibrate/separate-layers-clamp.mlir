// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-separate-layers))' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-separate-layers{only=clamp_0}))' | FileCheck %s --check-prefix=ONLY

// A clamp that is computed in an integer op is one layer with it, though it lies between the two. The result of an op
// whose operands are constants is none of a layer.
// CHECK-LABEL: func.func @clamped(
// CHECK-SAME: %{{.*}}: tensor<1x4xf32> {lowbit.name = "x"}) -> (tensor<1x2xf32> {lowbit.name = "clamp_0"}) {
// CHECK: %[[SUM:.*]] = linalg.matmul
// CHECK: linalg.generic {{.*}} ins(%[[SUM]]
// CHECK-NOT: linalg.mul

// Both ops keep their names.
// ONLY-LABEL: func.func @clamped(
// ONLY: linalg.matmul {lowbit.name = "product"}
// ONLY: lowbit.name = "clamp_0"
#map = affine_map<(d0, d1) -> (d0, d1)>
func.func @clamped(%x: tensor<1x4xf32> {lowbit.name = "x"}) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %c = arith.constant dense<1.0> : tensor<1x2xf32>
  %w = arith.constant dense<0.5> : tensor<4x2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %constant = linalg.mul {lowbit.name = "constant"} ins(%c, %c : tensor<1x2xf32>, tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %q = lowbit.quantize %x : tensor<1x4xf32> -> tensor<1x4x!quant.uniform<i8:f32, 0.5>>
  %d = lowbit.dequantize %q : tensor<1x4x!quant.uniform<i8:f32, 0.5>> -> tensor<1x4xf32>
  %0 = linalg.matmul {lowbit.name = "product"} ins(%d, %w : tensor<1x4xf32>, tensor<4x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.maximumf %in, %zero : f32
    linalg.yield %m : f32
  } -> tensor<1x2xf32>
  return %1, %constant : tensor<1x2xf32>, tensor<1x2xf32>
}
