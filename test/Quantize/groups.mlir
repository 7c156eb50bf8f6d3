// RUN: make-calibration-table %s matmul/x=-1.28:1.27 rest/x=-1.28:1.27 conv/x=-1.28:1.27 depthwise/x=-1.28:1.27 > %t
// RUN: quant-opt %s -verify-diagnostics --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t recipe="[{op: depthwise*, weights: 2, granularity: group, group: 16}, {weights: 4, granularity: group, group: 64, scales: absmax, rounding: nearest}]"})' | FileCheck %s

// Without clipping the groups of a channel want the scales 105 / 7 and 7 / 7, the largest multiplier of 4 bits is 15.
// CHECK-LABEL: func.func @matmul(
func.func @matmul(%x: tensor<1x128xf32> {lowbit.name = "x"}) -> tensor<1x1xf32> {
  // CHECK: lowbit.quantize %{{.*}} : tensor<128x1xf32> -> tensor<128x1x!quant.uniform<i4:f32:{0:64, 1:1}, {{[{][{]}}1.500000e+01}, {1.000000e+00{{[}][}]}}>>
  %w = arith.constant dense<[[105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [105.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0], [-7.0]]> : tensor<128x1xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x1xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1xf32>) -> tensor<1x1xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x128xf32>, tensor<128x1xf32>) outs(%init : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// 96 is no multiple of 64, but of 32.
// CHECK-LABEL: func.func @rest(
func.func @rest(%x: tensor<1x96xf32> {lowbit.name = "x"}) -> tensor<1x2xf32> {
  // CHECK: lowbit.quantize %{{.*}} : tensor<96x2xf32> -> tensor<96x2x!quant.uniform<i4:f32:{0:32, 1:1}, {{[{][{]}}1.500000e+01, 1.500000e+01}, {1.500000e+01, 1.500000e+01}, {1.500000e+01, 1.500000e+01{{[}][}]}}>>
  %w = arith.constant dense<105.0> : tensor<96x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-remark@+1 {{weights are quantized in groups of 32 instead of groups of 64: their input channels are no multiple of that}}
  %y = linalg.matmul ins(%x, %w : tensor<1x96xf32>, tensor<96x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// 24 is no multiple even of 16.
// CHECK-LABEL: func.func @conv(
func.func @conv(%x: tensor<1x1x1x24xf32> {lowbit.name = "x"}) -> tensor<1x1x1x2xf32> {
  // CHECK: lowbit.quantize %{{.*}} : tensor<2x1x1x24xf32> -> tensor<2x1x1x24x!quant.uniform<i4:f32:0, {1.000000e+00,1.000000e+00}>>
  %w = arith.constant dense<7.0> : tensor<2x1x1x24xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x1x1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  // expected-remark@+1 {{weights are quantized with one scale for each output channel instead of groups of 64: their input channels are no multiple of that}}
  %y = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x1x1x24xf32>, tensor<2x1x1x24xf32>) outs(%init : tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  return %y : tensor<1x1x1x2xf32>
}

// The op is named before its weights are looked at: it has no kernel for so few bits either.
// CHECK-LABEL: func.func @depthwise(
func.func @depthwise(%x: tensor<1x1x1x16xf32> {lowbit.name = "x"}) -> tensor<1x1x1x16xf32> {
  // CHECK: lowbit.float = "it has no kernel for 2-bit weights"
  %w = arith.constant dense<7.0> : tensor<1x1x16xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x1x1x16xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x1x16xf32>) -> tensor<1x1x1x16xf32>
  %y = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x1x1x16xf32>, tensor<1x1x16xf32>) outs(%init : tensor<1x1x1x16xf32>) -> tensor<1x1x1x16xf32>
  return %y : tensor<1x1x1x16xf32>
}
