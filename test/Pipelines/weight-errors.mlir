// What rounding does to weights, as a part of them.
// RUN: quant-translate --lowbit-to-weight-errors -split-input-file %s | FileCheck %s

// Channel 0 is made of multiples of a 127th, and of what 4 bits can hold with scale 1: 7 and -8. Its 2 bits, and all of
// channel 1, are worked out in test/Python/test_explore.py.
// CHECK: "name": "matmul_0",
// CHECK-NEXT: "relative": {
// CHECK-NEXT: "2": 0.{{[1-9]}}
// CHECK-NEXT: "4": 0.0{{[0-9]}}
// CHECK-NEXT: "8": 0.00{{[0-9]}}
// Zeros stay.
// CHECK: "name": "zeros",
// CHECK-NEXT: "relative": {
// CHECK-NEXT: "2": 0,
// CHECK-NEXT: "4": 0,
// CHECK-NEXT: "8": 0
// Weights that are not finite have no error, and weights that are no constants are not there.
// CHECK: "name": "infinite",
// CHECK-NEXT: "relative": {}
// CHECK-NOT: "name"
func.func @f(%x: tensor<2x4xf32>, %v: tensor<4x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
  %w = arith.constant dense<[[7.0, 0.3], [-8.0, 1.1], [1.0, -0.4], [2.0, 0.77]]> : tensor<4x2xf32>
  %z = arith.constant dense<0.0> : tensor<4x2xf32>
  %n = arith.constant dense<0x7F800000> : tensor<4x2xf32>
  %i = arith.constant dense<0.0> : tensor<2x2xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%i : tensor<2x2xf32>) -> tensor<2x2xf32>
  %1 = linalg.matmul {lowbit.name = "zeros"} ins(%x, %z : tensor<2x4xf32>, tensor<4x2xf32>) outs(%i : tensor<2x2xf32>) -> tensor<2x2xf32>
  %2 = linalg.matmul {lowbit.name = "infinite"} ins(%x, %n : tensor<2x4xf32>, tensor<4x2xf32>) outs(%i : tensor<2x2xf32>) -> tensor<2x2xf32>
  %3 = linalg.matmul ins(%x, %v : tensor<2x4xf32>, tensor<4x2xf32>) outs(%i : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0, %1, %2, %3 : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
}

// -----

// Groups are forms where they are whole: of 48 input channels those of 16 alone.
// CHECK: "name": "groups",
// CHECK-NEXT: "relative": {
// CHECK-NEXT: "2": 0,
// CHECK-NEXT: "4": 0,
// CHECK-NEXT: "4-g16": 0,
// CHECK-NEXT: "8": {{[0-9]}}
func.func @groups(%x: tensor<2x48xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<7.0> : tensor<48x2xf32>
  %i = arith.constant dense<0.0> : tensor<2x2xf32>
  %0 = linalg.matmul {lowbit.name = "groups"} ins(%x, %w : tensor<2x48xf32>, tensor<48x2xf32>) outs(%i : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
