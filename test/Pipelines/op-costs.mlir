// What each op multiplies, reads and writes, in float, Q/DQ and quantized form.
// RUN: quant-translate --lowbit-to-op-costs -split-input-file %s | FileCheck %s

// CHECK: "activations": [
// CHECK: "bits": 32,
// CHECK-NEXT: "bytes": 32,
// CHECK-NEXT: "elements": 8,
// CHECK-NEXT: "float": true
// CHECK: "multiply_adds": 24,
// CHECK-NEXT: "name": "matmul_0",
// CHECK-NEXT: "op": "linalg.matmul",
// CHECK: "elements": 6,
// CHECK: "weights": {
// CHECK-NEXT: "bits": 32,
// CHECK-NEXT: "bytes": 48,
// CHECK-NEXT: "elements": 12,
// CHECK-NEXT: "float": true
// Weights that an argument is are none.
// CHECK: "activations": [
// CHECK: "elements": 8,
// CHECK: "elements": 12,
// CHECK: "multiply_adds": 24,
// CHECK-NEXT: "name": "matmul_1",
// CHECK: "weights": null
func.func @float(%x: tensor<2x4xf32>, %v: tensor<4x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %w = arith.constant dense<1.0> : tensor<4x3xf32>
  %i = arith.constant dense<0.0> : tensor<2x3xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<2x4xf32>, tensor<4x3xf32>) outs(%i : tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = linalg.matmul ins(%x, %v : tensor<2x4xf32>, tensor<4x3xf32>) outs(%i : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0, %1 : tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// Windows of any stride: 2 x 2 positions, 3 channels of 3 x 3 x 2 products. A maximum multiplies nothing.
// CHECK: "multiply_adds": 216,
// CHECK-NEXT: "name": "conv_2d_nhwc_fhwc_0",
// CHECK: "multiply_adds": 0,
// CHECK-NEXT: "name": "pooling_nhwc_max_0",
func.func @window(%x: tensor<1x5x5x2xf32>) -> tensor<1x1x1x3xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x3x2xf32>
  %i = arith.constant dense<0.0> : tensor<1x2x2x3xf32>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<2> : vector<2xi64>} ins(%x, %w : tensor<1x5x5x2xf32>, tensor<3x3x3x2xf32>) outs(%i : tensor<1x2x2x3xf32>) -> tensor<1x2x2x3xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %j = arith.constant dense<0xFF800000> : tensor<1x1x1x3xf32>
  %1 = linalg.pooling_nhwc_max ins(%0, %window : tensor<1x2x2x3xf32>, tensor<2x2xf32>) outs(%j : tensor<1x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  return %1 : tensor<1x1x1x3xf32>
}

// -----

// Widths are those of the quantized tensors; bits lie side by side. Casts are no ops of their own.
// CHECK-NOT: "op": "lowbit.quantize"
// CHECK: "bits": 8,
// CHECK-NEXT: "bytes": 8,
// CHECK: "multiply_adds": 24,
// CHECK-NEXT: "name": "matmul_0",
// CHECK: "weights": {
// CHECK-NEXT: "bits": 2,
// CHECK-NEXT: "bytes": 3,
// CHECK-NEXT: "elements": 12,
// CHECK-NEXT: "float": false
// CHECK-NOT: "op": "lowbit.dequantize"
func.func @qdq(%x: tensor<2x4xf32>) -> tensor<2x3xf32> {
  %w = arith.constant dense<1.0> : tensor<4x3xf32>
  %i = arith.constant dense<0.0> : tensor<2x3xf32>
  %xq = lowbit.quantize %x : tensor<2x4xf32> -> tensor<2x4x!quant.uniform<i8:f32, 0.5>>
  %xd = lowbit.dequantize %xq : tensor<2x4x!quant.uniform<i8:f32, 0.5>> -> tensor<2x4xf32>
  %wq = lowbit.quantize %w : tensor<4x3xf32> -> tensor<4x3x!quant.uniform<i2:f32, 1.0>>
  %wd = lowbit.dequantize %wq : tensor<4x3x!quant.uniform<i2:f32, 1.0>> -> tensor<4x3xf32>
  %0 = linalg.matmul ins(%xd, %wd : tensor<2x4xf32>, tensor<4x3xf32>) outs(%i : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

// 4 x 4 x 5 sums of 3 x 3 products, and 4 x 4 x 6 of 5.
// CHECK: "bits": 4,
// CHECK: "multiply_adds": 720,
// CHECK-NEXT: "name": "depthwise_conv_2d_0",
// CHECK-NEXT: "op": "lowbit.depthwise_conv_2d",
// CHECK: "weights": {
// CHECK-NEXT: "bits": 8,
// CHECK-NEXT: "bytes": 45,
// CHECK: "multiply_adds": 480,
// CHECK-NEXT: "name": "conv_2d_0",
// CHECK: "weights": {
// CHECK-NEXT: "bits": 4,
// CHECK-NEXT: "bytes": 15,
!x = tensor<1x4x4x5x!quant.uniform<i4:f32, 0.5>>
!v = tensor<3x3x5x!quant.uniform<i8<-127:127>:f32, 1.0>>
!w = tensor<6x1x1x5x!quant.uniform<i4:f32, 1.0>>
!y = tensor<1x4x4x6x!quant.uniform<i4:f32, 0.5>>
func.func @quantized(%x: tensor<1x4x4x5xi4>) -> tensor<1x4x4x6xi4> {
  %0 = quant.scast %x : tensor<1x4x4x5xi4> to !x
  %a = arith.constant dense<1> : tensor<3x3x5xi8>
  %v = quant.scast %a : tensor<3x3x5xi8> to !v
  %b = arith.constant dense<1> : tensor<6x1x1x5xi4>
  %w = quant.scast %b : tensor<6x1x1x5xi4> to !w
  %1 = lowbit.depthwise_conv_2d %0, %v strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1] : !x, !v -> !x
  %2 = lowbit.conv_2d %1, %w strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : !x, !w -> !y
  %3 = quant.scast %2 : !y to tensor<1x4x4x6xi4>
  return %3 : tensor<1x4x4x6xi4>
}

// -----

// Of weights in groups the multipliers count: 32 x 3 weights of 4 bits, and 2 x 3 multipliers of as many.
// CHECK: "weights": {
// CHECK-NEXT: "bits": 4,
// CHECK-NEXT: "bytes": 51,
// CHECK-NEXT: "elements": 96,
// CHECK-NEXT: "float": false,
// CHECK-NEXT: "group_bits": 24
// Zero points of groups take a byte each.
// CHECK: "weights": {
// CHECK: "bytes": 57,
// CHECK: "group_bits": 72
func.func @groups(%x: tensor<2x32xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %w = arith.constant dense<1.0> : tensor<32x3xf32>
  %i = arith.constant dense<0.0> : tensor<2x3xf32>
  %wq = lowbit.quantize %w : tensor<32x3xf32> -> tensor<32x3x!quant.uniform<i4:f32:{0:16, 1:1}, {{1.0, 2.0, 1.0}, {3.0, 1.0, 1.0}}>>
  %wd = lowbit.dequantize %wq : tensor<32x3x!quant.uniform<i4:f32:{0:16, 1:1}, {{1.0, 2.0, 1.0}, {3.0, 1.0, 1.0}}>> -> tensor<32x3xf32>
  %0 = linalg.matmul ins(%x, %wd : tensor<2x32xf32>, tensor<32x3xf32>) outs(%i : tensor<2x3xf32>) -> tensor<2x3xf32>
  %vq = lowbit.quantize %w : tensor<32x3xf32> -> tensor<32x3x!quant.uniform<i4:f32:{0:16, 1:1}, {{1.0:1, 2.0, 1.0}, {3.0, 1.0, 1.0}}>>
  %vd = lowbit.dequantize %vq : tensor<32x3x!quant.uniform<i4:f32:{0:16, 1:1}, {{1.0:1, 2.0, 1.0}, {3.0, 1.0, 1.0}}>> -> tensor<32x3xf32>
  %1 = linalg.matmul ins(%x, %vd : tensor<2x32xf32>, tensor<32x3xf32>) outs(%i : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0, %1 : tensor<2x3xf32>, tensor<2x3xf32>
}
