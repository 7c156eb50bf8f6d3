// RUN: make-calibration-table %s short/x=-1:1 long/x=-1:0.5 long/pooling_nhwc_max_0=-1:1 two_activations/x=-1:1 two_activations/y=-1:1 function/x=-1:1 > %t
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe=w8a16 calibration=%t})' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe="[{activations: 16, ranges: dynamic}]"})' | FileCheck %s --check-prefix=DYNAMIC

// Sums of a few products fit 32 bits.
// CHECK-LABEL: func.func @short(
func.func @short(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> tensor<1x2xf32> {
  // CHECK: lowbit.quantize %{{.*}} : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<i16<-32767:32767>:f32, 3.0518509447574615E-5>>
  // CHECK: lowbit.quantize %{{.*}} : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:1
  // CHECK: linalg.matmul
  // DYNAMIC: lowbit.dynamic_quantize %{{.*}} : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<i16<-32767:32767>:f32, 1.000000e+00>>, tensor<1xf32>
  %w = arith.constant dense<127.0> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// 1152 weights of 127 times 4095 are less than 2^30, times 8191 they are not. What shares a scale with the activation
// has its bound.
// CHECK-LABEL: func.func @long(
func.func @long(%x: tensor<1x4x4x128xf32> {lowbit.name = "x"}) -> tensor<1x1x1x2xf32> {
  // CHECK: lowbit.quantize %{{.*}} : tensor<1x4x4x128xf32> -> tensor<1x4x4x128x!quant.uniform<i16<-4095:4095>:f32, 2.4420022964477539E-4>>
  // CHECK: linalg.pooling_nhwc_max
  // CHECK: lowbit.quantize %{{.*}} : tensor<1x3x3x128xf32> -> tensor<1x3x3x128x!quant.uniform<i16<-4095:4095>:f32, 2.4420022964477539E-4>>
  // CHECK: linalg.conv_2d_nhwc_fhwc
  // DYNAMIC: lowbit.dynamic_quantize %{{.*}} : tensor<1x3x3x128xf32> -> tensor<1x3x3x128x!quant.uniform<i16<-4095:4095>:f32, 1.000000e+00>>, tensor<1xf32>
  %w = arith.constant dense<127.0> : tensor<2x3x3x128xf32>
  %zero = arith.constant 0.0 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %pe = tensor.empty() : tensor<1x3x3x128xf32>
  %pinit = linalg.fill ins(%ninf : f32) outs(%pe : tensor<1x3x3x128xf32>) -> tensor<1x3x3x128xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %p = linalg.pooling_nhwc_max ins(%x, %window : tensor<1x4x4x128xf32>, tensor<2x2xf32>)
      outs(%pinit : tensor<1x3x3x128xf32>) -> tensor<1x3x3x128xf32>
  %e = tensor.empty() : tensor<1x1x1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %y = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
      ins(%p, %w : tensor<1x3x3x128xf32>, tensor<2x3x3x128xf32>) outs(%init : tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  return %y : tensor<1x1x1x2xf32>
}

// CHECK-LABEL: func.func @two_activations(
func.func @two_activations(%x: tensor<2x2xf32> {lowbit.name = "x"}, %y: tensor<2x2xf32> {lowbit.name = "y"}) -> tensor<2x2xf32> {
  // CHECK-NOT: lowbit.quantize
  // CHECK: linalg.matmul {lowbit.float = "sums of products of two 16-bit activations don't fit 32 bits"}
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  %z = linalg.matmul ins(%x, %y : tensor<2x2xf32>, tensor<2x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %z : tensor<2x2xf32>
}

// CHECK-LABEL: func.func @function(
func.func @function(%x: tensor<4xf32> {lowbit.name = "x"}) -> tensor<4xf32> {
  // CHECK-NOT: lowbit.quantize
  // CHECK: linalg.tanh {lowbit.float = "a table has 8-bit codes, not 16-bit ones"}
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.tanh ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
