// No rule asks for a range: there is no calibration table.
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe=w4})' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe=w8})' | FileCheck %s --check-prefix=EIGHT
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe="[{weights: 2, activations: float, granularity: tensor, scales: absmax, rounding: nearest}]"})' | FileCheck %s --check-prefix=TENSOR

// One product has float activations, the other integers of the table.
// RUN: make-calibration-table %s contractions/x=-1:1 contractions/matmul_0=-1:1 between/x=-1.28:1.27 between/matmul_0=-1:1 between/matmul_1=-1:1 between/matmul_2=-1:1 depthwise/x=-1:1 > %t
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe="[{name: between/matmul_1, activations: float}, {}]" calibration=%t},func.func(lowbit-propagate-scales))' | FileCheck %s --check-prefix=MIXED

#id = affine_map<(d0, d1) -> (d0, d1)>

// Weights and nothing else: the bias and what is computed of the result are floats.
// CHECK-LABEL: func.func @contractions(
// CHECK-SAME: %[[X:.*]]: tensor<3x2xf32>
func.func @contractions(%x: tensor<3x2xf32> {lowbit.name = "x"}) -> tensor<3x2xf32> {
  // CHECK-NOT: lowbit.quantize
  // CHECK: %[[Q:.*]] = lowbit.quantize %{{.*}} : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i4:f32:1, {{{.*}},{{.*}}}>>
  // CHECK: %[[W:.*]] = lowbit.dequantize %[[Q]]
  // CHECK: %[[B:.*]] = linalg.broadcast ins(%{{.*}} : tensor<2xf32>)
  // CHECK: linalg.matmul {lowbit.float = "the recipe asks for that"} ins(%[[X]], %[[W]] : {{.*}}) outs(%[[B]] : {{.*}})
  // CHECK-NOT: lowbit.quantize
  // CHECK: linalg.generic
  // CHECK: lowbit.float = "the recipe keeps activations float, and it has no weights"
  // EIGHT: lowbit.quantize %{{.*}} : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {1.000000e+00,2.000000e+00}>>
  // TENSOR: lowbit.quantize %{{.*}} : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i2:f32, 2.540000e+02>>
  %w = arith.constant dense<[[127.0, 2.0], [1.0, -254.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<3x2xf32>) dimensions = [0]
  %y = linalg.matmul ins(%x, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xf32>) outs(%e : tensor<3x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %m = arith.maximumf %in, %zero : f32
      linalg.yield %m : f32
  } -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// What reads as floats what others read as integers adds its bias as a float.
// MIXED-LABEL: func.func @between(
func.func @between(%x: tensor<3x2xf32> {lowbit.name = "x"}) -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  // MIXED: linalg.matmul ins(
  // MIXED: %[[Q:.*]] = lowbit.quantize %{{.*}} : tensor<3x2xf32> -> tensor<3x2x!quant.uniform<i8:f32,
  // MIXED: %[[Y:.*]] = lowbit.dequantize %[[Q]]
  // MIXED: %[[B:.*]] = arith.constant dense<[3.000000e+00, 4.000000e+00]> : tensor<2xf32>
  // MIXED: %[[INIT:.*]] = linalg.broadcast ins(%[[B]] :
  // MIXED: linalg.matmul {lowbit.float = "the recipe asks for that"} ins(%[[Y]], {{.*}} outs(%[[INIT]] :
  %w = arith.constant dense<127.0> : tensor<2x2xf32>
  %v = arith.constant dense<[[254.0, 1.0], [1.0, 127.0]]> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %start = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%start : tensor<3x2xf32>) -> tensor<3x2xf32>
  %b = arith.constant dense<[3.0, 4.0]> : tensor<2xf32>
  %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<3x2xf32>) dimensions = [0]
  %z = linalg.matmul ins(%y, %v : tensor<3x2xf32>, tensor<2x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  %u = linalg.matmul ins(%y, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%start : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %z, %u : tensor<3x2xf32>, tensor<3x2xf32>
}

// The few weights of a depthwise convolution keep 8 bits.
// CHECK-LABEL: func.func @depthwise(
func.func @depthwise(%x: tensor<1x4x4x2xf32> {lowbit.name = "x"}) -> tensor<1x3x3x2xf32> {
  // CHECK: lowbit.quantize %{{.*}} -> tensor<2x2x2x!quant.uniform<i8<-127:127>:f32:2, {1.000000e+00,1.000000e+00}>>
  %w = arith.constant dense<127.0> : tensor<2x2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x3x3x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32>
  %y = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x4x4x2xf32>, tensor<2x2x2xf32>) outs(%init : tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32>
  return %y : tensor<1x3x3x2xf32>
}
