// RUN: make-calibration-table %s integer/x=-1.28:1.27 tensor/x=-1.28:1.27 half/x=-1.28:1.27 groups/x=-1.28:1.27 zeros/x=-1.28:1.27 > %t
// RUN: quant-opt %s -verify-diagnostics --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t recipe="[{name: integer*, weights: 4, zero_points: integer, scales: absmax, rounding: nearest}, {name: tensor*, weights: 4, zero_points: integer, granularity: tensor, scales: absmax, rounding: nearest}, {name: groups*, weights: 4, zero_points: integer, granularity: group, group: 16, scales: absmax, rounding: nearest}, {weights: 2, zero_points: half, scales: absmax, rounding: nearest}]"})' | FileCheck %s

// Integers span the weights of a channel: 0 to 15, and -3 to 4.5 in steps of 0.5.
// CHECK-LABEL: func.func @integer(
func.func @integer(%x: tensor<1x3xf32> {lowbit.name = "x"}) -> (tensor<1x2xf32> {lowbit.name = "integer"}) {
  // CHECK: lowbit.quantize %{{.*}} : tensor<3x2xf32> -> tensor<3x2x!quant.uniform<i4:f32:1, {1.000000e+00:-8,5.000000e-01:-2}>>
  %w = arith.constant dense<[[15.0, -3.0], [1.0, 4.5], [0.0, 2.0]]> : tensor<3x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x3xf32>, tensor<3x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// CHECK-LABEL: func.func @tensor(
func.func @tensor(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> (tensor<1x2xf32> {lowbit.name = "tensor"}) {
  // CHECK: lowbit.quantize %{{.*}} : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i4:f32, 1.000000e+00:-5>>
  %w = arith.constant dense<[[12.0, -3.0], [1.0, 0.0]]> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// Of two groups from 0 to 120 and from 0 to 15 the first may be multiplied by 8, as no effective weight is above 127.
// CHECK-LABEL: func.func @groups(
func.func @groups(%x: tensor<1x32xf32> {lowbit.name = "x"}) -> (tensor<1x1xf32> {lowbit.name = "groups"}) {
  // CHECK: lowbit.quantize %{{.*}} : tensor<32x1xf32> -> tensor<32x1x!quant.uniform<i4:f32:{0:16, 1:1}, {{[{][{]}}8.000000e+00:-8}, {1.000000e+00:-8{{[}][}]}}>>
  %w = arith.constant dense<[[120.0], [0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0], [8.0], [9.0], [10.0], [11.0], [12.0], [13.0], [14.0],
                             [15.0], [0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0], [8.0], [9.0], [10.0], [11.0], [12.0], [13.0], [14.0]]> : tensor<32x1xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x1xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1xf32>) -> tensor<1x1xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x32xf32>, tensor<32x1xf32>) outs(%init : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// The weights become -1.5, -0.5, 0.5 and 1.5 times 2, which are odd integers in steps of 1. What is nearer to 0 than
// half a step is either of its neighbours.
// CHECK-LABEL: func.func @half(
func.func @half(%x: tensor<1x4xf32> {lowbit.name = "x"}) -> (tensor<1x1xf32> {lowbit.name = "half"}) {
  // CHECK: %[[W:.*]] = arith.constant dense<{{\[\[}}3.000000e+00], [1.000000e+00], [-1.000000e+00], [-3.000000e+00]]> : tensor<4x1xf32>
  // CHECK: lowbit.quantize %[[W]] : tensor<4x1xf32> -> tensor<4x1x!quant.uniform<i4<-3:3>:f32:1, {1.000000e+00}>>
  %w = arith.constant dense<[[3.0], [0.1], [-1.9], [-2.1]]> : tensor<4x1xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x1xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1xf32>) -> tensor<1x1xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x4xf32>, tensor<4x1xf32>) outs(%init : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// CHECK-LABEL: func.func @zeros(
func.func @zeros(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> (tensor<1x2xf32> {lowbit.name = "zeros"}) {
  // CHECK: lowbit.quantize %{{.*}} : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i2:f32:1, {1.000000e+00,1.000000e+00}>>
  %w = arith.constant dense<[[1.0, 0.0], [-1.0, 0.0]]> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-remark@+1 {{weights are quantized without half steps, of which none is 0: all weights of output channel 1 are}}
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
