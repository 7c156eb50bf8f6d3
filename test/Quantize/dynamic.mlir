// No rule asks for a range: there is no calibration table.
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe=w8a8-dynamic})' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe="[{weights: 4, activations: 4, ranges: dynamic}]"})' | FileCheck %s --check-prefix=FOUR

// One rule finds ranges at run time, the other in the table.
// RUN: make-calibration-table %s rows/x=-1:1 images/x=-1:1 two_activations/x=-1.28:1.27 batches/x=-1:1 mixed/x=-1.28:1.27 > %t
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe="[{name: mixed/matmul_0, ranges: dynamic}, {}]" calibration=%t})' | FileCheck %s --check-prefix=MIXED

#id2 = affine_map<(d0, d1) -> (d0, d1)>

// What two ops read is quantized once. A bias stays float, and so does what is no product with weights.
// CHECK-LABEL: func.func @rows(
// CHECK-SAME: %[[X:.*]]: tensor<3x2xf32>
func.func @rows(%x: tensor<3x2xf32> {lowbit.name = "x"}) -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  // CHECK: %[[Q:.*]], %[[S:.*]] = lowbit.dynamic_quantize %[[X]] : tensor<3x2xf32> -> tensor<3x2x!quant.uniform<i8<-127:127>:f32, 1.000000e+00>>, tensor<3xf32>
  // CHECK: %[[D:.*]] = lowbit.dynamic_dequantize %[[Q]], %[[S]]
  // CHECK-NOT: lowbit.dynamic_quantize
  // CHECK: %[[WQ:.*]] = lowbit.quantize %{{.*}} : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {1.000000e+00,2.000000e+00}>>
  // CHECK: %[[WD:.*]] = lowbit.dequantize %[[WQ]]
  // CHECK: %[[B:.*]] = linalg.broadcast
  // CHECK: %[[Y:.*]] = linalg.matmul ins(%[[D]], %[[WD]] : {{.*}}) outs(%[[B]] : {{.*}})
  // CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<3x2xf32>)
  // CHECK: lowbit.float = "ranges are found at run time for products with constant weights alone"
  // CHECK: %[[Z:.*]] = linalg.matmul ins(%[[D]], %[[WD]] :
  // CHECK: return %[[R]], %[[Z]]
  // FOUR: lowbit.dynamic_quantize %{{.*}} : tensor<3x2xf32> -> tensor<3x2x!quant.uniform<i4:f32, 1.000000e+00>>, tensor<3xf32>
  // FOUR: lowbit.quantize %{{.*}} -> tensor<2x2x!quant.uniform<i4:f32:1
  %w = arith.constant dense<[[127.0, 2.0], [1.0, -254.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<3x2xf32>) dimensions = [0]
  %y = linalg.matmul ins(%x, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  %r = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xf32>) outs(%e : tensor<3x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %m = arith.maximumf %in, %zero : f32
      linalg.yield %m : f32
  } -> tensor<3x2xf32>
  %z = linalg.matmul ins(%x, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %r, %z : tensor<3x2xf32>, tensor<3x2xf32>
}

// An image has one scale.
// CHECK-LABEL: func.func @images(
func.func @images(%x: tensor<2x4x4x1xf32> {lowbit.name = "x"}) -> tensor<2x3x3x1xf32> {
  // CHECK: lowbit.dynamic_quantize %{{.*}} : tensor<2x4x4x1xf32> -> tensor<2x4x4x1x!quant.uniform<i8<-127:127>:f32, 1.000000e+00>>, tensor<2xf32>
  %w = arith.constant dense<127.0> : tensor<1x2x2x1xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3x3x1xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x3x1xf32>) -> tensor<2x3x3x1xf32>
  %y = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<2x4x4x1xf32>, tensor<1x2x2x1xf32>) outs(%init : tensor<2x3x3x1xf32>) -> tensor<2x3x3x1xf32>
  return %y : tensor<2x3x3x1xf32>
}

// CHECK-LABEL: func.func @batches(
func.func @batches(%x: tensor<2x3x2xf32> {lowbit.name = "x"}) -> tensor<2x3x2xf32> {
  // CHECK: lowbit.dynamic_quantize %{{.*}} : tensor<2x3x2xf32> -> tensor<2x3x2x!quant.uniform<i8<-127:127>:f32, 1.000000e+00>>, tensor<2x3xf32>
  %w = arith.constant dense<127.0> : tensor<2x2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x2xf32>) -> tensor<2x3x2xf32>
  %y = linalg.batch_matmul ins(%x, %w : tensor<2x3x2xf32>, tensor<2x2x2xf32>) outs(%init : tensor<2x3x2xf32>) -> tensor<2x3x2xf32>
  return %y : tensor<2x3x2xf32>
}

// CHECK-LABEL: func.func @two_activations(
func.func @two_activations(%x: tensor<2x2xf32> {lowbit.name = "x"}) -> tensor<2x2xf32> {
  // CHECK-NOT: lowbit.dynamic_quantize
  // CHECK: linalg.matmul {lowbit.float = "ranges are found at run time for products with constant weights alone"}
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %x : tensor<2x2xf32>, tensor<2x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// What the first product gives is float; the second one, whose ranges are static, quantizes it as any float tensor.
// MIXED-LABEL: func.func @mixed(
// MIXED: %[[Q:.*]], %[[S:.*]] = lowbit.dynamic_quantize
// MIXED: %[[D:.*]] = lowbit.dynamic_dequantize %[[Q]], %[[S]]
// MIXED: %[[Y:.*]] = linalg.matmul ins(%[[D]], %{{.*}} :
// MIXED: %[[YQ:.*]] = lowbit.quantize %[[Y]]
// MIXED: %[[YD:.*]] = lowbit.dequantize %[[YQ]]
// MIXED: %[[Z:.*]] = linalg.matmul ins(%[[YD]], %{{.*}} :
// MIXED: %[[T:.*]] = math.tanh %[[Y]]
// MIXED: return %[[Z]], %[[T]]
func.func @mixed(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %w = arith.constant dense<127.0> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %z = linalg.matmul ins(%y, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %t = math.tanh %y : tensor<1x2xf32>
  return %z, %t : tensor<1x2xf32>, tensor<1x2xf32>
}
