// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse))' -split-input-file -verify-diagnostics

#lhs = affine_map<(d0, d1, d2) -> (d2, d0)>
#rhs = affine_map<(d0, d1, d2) -> (d2, d1)>
#out = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @transposed(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  // expected-remark@+1 {{'linalg.matmul' stays float: its operands are transposed or broadcast}}
  %0 = linalg.matmul indexing_maps = [#lhs, #rhs, #out] ins(%x, %x : tensor<2x2xf32>, tensor<2x2xf32>) outs(%i : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

func.func @destination(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // expected-remark@+1 {{'linalg.matmul' stays float: its destination is neither zero nor a constant bias}}
  %0 = linalg.matmul ins(%x, %x : tensor<2x2xf32>, tensor<2x2xf32>) outs(%x : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

func.func @bias_of_rows(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %b = arith.constant dense<1.0> : tensor<2xf32>
  %e = tensor.empty() : tensor<2x2xf32>
  %i = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<2x2xf32>) dimensions = [1]
  // expected-remark@+1 {{'linalg.matmul' stays float: its destination is neither zero nor a constant bias}}
  %0 = linalg.matmul ins(%x, %x : tensor<2x2xf32>, tensor<2x2xf32>) outs(%i : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

func.func @batch_bias(%x: tensor<1x2x2xf32>) -> tensor<1x2x2xf32> {
  // expected-remark@+1 {{'linalg.batch_matmul' stays float: its destination is not zero}}
  %0 = linalg.batch_matmul ins(%x, %x : tensor<1x2x2xf32>, tensor<1x2x2xf32>) outs(%x : tensor<1x2x2xf32>) -> tensor<1x2x2xf32>
  return %0 : tensor<1x2x2xf32>
}

// -----

func.func @empty(%x: tensor<0x2xf32>, %w: tensor<2x2xf32>) -> tensor<0x2xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<0x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<0x2xf32>) -> tensor<0x2xf32>
  // expected-remark@+1 {{'linalg.matmul' stays float: it has a tensor without elements}}
  %0 = linalg.matmul ins(%x, %w : tensor<0x2xf32>, tensor<2x2xf32>) outs(%i : tensor<0x2xf32>) -> tensor<0x2xf32>
  return %0 : tensor<0x2xf32>
}

// -----

// Buffers are none of our business.
func.func @buffers(%x: memref<2x2xf32>) {
  linalg.matmul ins(%x, %x : memref<2x2xf32>, memref<2x2xf32>) outs(%x : memref<2x2xf32>)
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5:3>
!w4 = !quant.uniform<i4<-7:7>:f32:2, {1.0,2.0}>

func.func @depthwise_four_bits(%q: tensor<1x3x3x2x!x>) -> tensor<1x1x1x2x!x> {
  %x = lowbit.dequantize %q : tensor<1x3x3x2x!x> -> tensor<1x3x3x2xf32>
  %c = arith.constant dense<1.0> : tensor<3x3x2xf32>
  %wq = lowbit.quantize %c : tensor<3x3x2xf32> -> tensor<3x3x2x!w4>
  %w = lowbit.dequantize %wq : tensor<3x3x2x!w4> -> tensor<3x3x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x1x1x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  // expected-remark@+1 {{'linalg.depthwise_conv_2d_nhwc_hwc' stays float: it has no kernel for 4-bit weights}}
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<1x3x3x2xf32>, tensor<3x3x2xf32>) outs(%i : tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %1 = lowbit.quantize %0 : tensor<1x1x1x2xf32> -> tensor<1x1x1x2x!x>
  return %1 : tensor<1x1x1x2x!x>
}
