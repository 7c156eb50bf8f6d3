// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse))' -verify-diagnostics | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-explain)' -o /dev/null | FileCheck %s --check-prefix=QDQ
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse),lowbit-explain)' -o /dev/null 2>/dev/null | FileCheck %s --check-prefix=FUSED

!steps = !quant.uniform<i8<-127:127>:f32, 1.0>
!w = !quant.uniform<i8<-127:127>:f32:1, {1.0,2.0}>
!filter = !quant.uniform<i8<-127:127>:f32, 0.5>
!groups = !quant.uniform<i4:f32:{0:2, 1:1}, {{0.75,0.5},{0.5,1.5}}>

// QDQ: dynamic_quantize_0: cast: float to 8 bits
// QDQ: matmul_0: integer: between casts, to be fused
// FUSED: matmul_0: integer: 8-bit activation in scales found at run time, 8-bit constant of 2 scales, exact 32-bit result
// FUSED-NEXT: dynamic_dequantize_0: cast: 32 bits to float

// The bias, a float, is added to what the exact sums are worth.
// CHECK-LABEL: func.func @rows(
// CHECK-SAME: %[[X:.*]]: tensor<3x2xf32>
func.func @rows(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // CHECK: %[[B:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  // CHECK: %[[Q:.*]], %[[S:.*]] = lowbit.dynamic_quantize %[[X]]
  // CHECK: %[[ACC:.*]] = lowbit.matmul %[[Q]], %{{.*}} -> tensor<3x2x!quant.uniform<i32:f32:1, {1.000000e+00,2.000000e+00}>>
  // CHECK: %[[Y:.*]] = lowbit.dynamic_dequantize %[[ACC]], %[[S]] bias %[[B]]
  // CHECK: return %[[Y]]
  %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %wq = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!w>
  %wd = lowbit.dequantize %wq : tensor<2x2x!w> -> tensor<2x2xf32>
  %q, %s = lowbit.dynamic_quantize %x : tensor<3x2xf32> -> tensor<3x2x!steps>, tensor<3xf32>
  %d = lowbit.dynamic_dequantize %q, %s : tensor<3x2x!steps>, tensor<3xf32> -> tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<3x2xf32>) dimensions = [0]
  %y = linalg.matmul ins(%d, %wd : tensor<3x2xf32>, tensor<2x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Of weights in groups the sums have the scales of the output channels.
// CHECK-LABEL: func.func @groups(
func.func @groups(%x: tensor<3x4xf32>) -> tensor<3x2xf32> {
  // CHECK: %[[Q:.*]], %[[S:.*]] = lowbit.dynamic_quantize
  // CHECK: %[[ACC:.*]] = lowbit.matmul %[[Q]], %{{.*}} -> tensor<3x2x!quant.uniform<i32:f32:1, {2.500000e-01,5.000000e-01}>>
  // CHECK: lowbit.dynamic_dequantize %[[ACC]], %[[S]]
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %wq = lowbit.quantize %w : tensor<4x2xf32> -> tensor<4x2x!groups>
  %wd = lowbit.dequantize %wq : tensor<4x2x!groups> -> tensor<4x2xf32>
  %q, %s = lowbit.dynamic_quantize %x : tensor<3x4xf32> -> tensor<3x4x!steps>, tensor<3xf32>
  %d = lowbit.dynamic_dequantize %q, %s : tensor<3x4x!steps>, tensor<3xf32> -> tensor<3x4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %y = linalg.matmul ins(%d, %wd : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Zeros around an image change no scale: it is quantized before, and the convolution pads it.
// CHECK-LABEL: func.func @padded(
// CHECK-SAME: %[[X:.*]]: tensor<2x3x3x1xf32>
func.func @padded(%x: tensor<2x3x3x1xf32>) -> tensor<2x4x4x1xf32> {
  // CHECK-NOT: tensor.pad
  // CHECK: %[[Q:.*]], %[[S:.*]] = lowbit.dynamic_quantize %[[X]] : tensor<2x3x3x1xf32> -> {{.*}}, tensor<2xf32>
  // CHECK: %[[ACC:.*]] = lowbit.conv_2d %[[Q]], {{.*}} pad [1, 1, 1, 1]
  // CHECK: %[[Y:.*]] = lowbit.dynamic_dequantize %[[ACC]], %[[S]] :
  // CHECK: return %[[Y]]
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
    ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
      tensor.yield %zero : f32
  } : tensor<2x3x3x1xf32> to tensor<2x5x5x1xf32>
  %w = arith.constant dense<1.0> : tensor<1x2x2x1xf32>
  %wq = lowbit.quantize %w : tensor<1x2x2x1xf32> -> tensor<1x2x2x1x!filter>
  %wd = lowbit.dequantize %wq : tensor<1x2x2x1x!filter> -> tensor<1x2x2x1xf32>
  %q, %s = lowbit.dynamic_quantize %p : tensor<2x5x5x1xf32> -> tensor<2x5x5x1x!steps>, tensor<2xf32>
  %d = lowbit.dynamic_dequantize %q, %s : tensor<2x5x5x1x!steps>, tensor<2xf32> -> tensor<2x5x5x1xf32>
  %e = tensor.empty() : tensor<2x4x4x1xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x4x4x1xf32>) -> tensor<2x4x4x1xf32>
  %y = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
      ins(%d, %wd : tensor<2x5x5x1xf32>, tensor<1x2x2x1xf32>) outs(%init : tensor<2x4x4x1xf32>) -> tensor<2x4x4x1xf32>
  return %y : tensor<2x4x4x1xf32>
}

// Padding with more images would have to give them scales.
// CHECK-LABEL: func.func @padded_images(
func.func @padded_images(%x: tensor<1x2xf32>) -> tensor<2x2xf32> {
  // CHECK: %[[P:.*]] = tensor.pad
  // CHECK: lowbit.dynamic_quantize %[[P]]
  %zero = arith.constant 0.0 : f32
  // expected-remark@below {{'tensor.pad' stays float: its float result is read by 'lowbit.dynamic_quantize'}}
  %p = tensor.pad %x low[0, 0] high[1, 0] {
    ^bb0(%i0: index, %i1: index):
      tensor.yield %zero : f32
  } : tensor<1x2xf32> to tensor<2x2xf32>
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %wq = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!w>
  %wd = lowbit.dequantize %wq : tensor<2x2x!w> -> tensor<2x2xf32>
  %q, %s = lowbit.dynamic_quantize %p : tensor<2x2xf32> -> tensor<2x2x!steps>, tensor<2xf32>
  %d = lowbit.dynamic_dequantize %q, %s : tensor<2x2x!steps>, tensor<2xf32> -> tensor<2x2xf32>
  %e = tensor.empty() : tensor<2x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  %y = linalg.matmul ins(%d, %wd : tensor<2x2xf32>, tensor<2x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// Scales of single elements don't come out of a sum along them.
// CHECK-LABEL: func.func @elements(
func.func @elements(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // CHECK-NOT: lowbit.matmul
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %wq = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!w>
  %wd = lowbit.dequantize %wq : tensor<2x2x!w> -> tensor<2x2xf32>
  %q, %s = lowbit.dynamic_quantize %x : tensor<3x2xf32> -> tensor<3x2x!steps>, tensor<3x2xf32>
  %d = lowbit.dynamic_dequantize %q, %s : tensor<3x2x!steps>, tensor<3x2xf32> -> tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  // expected-remark@below {{'linalg.matmul' stays float: the scales found at run time are not of rows of its activation}}
  %y = linalg.matmul ins(%d, %wd : tensor<3x2xf32>, tensor<2x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @two_activations(
func.func @two_activations(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // CHECK-NOT: lowbit.matmul
  %zero = arith.constant 0.0 : f32
  %q, %s = lowbit.dynamic_quantize %x : tensor<2x2xf32> -> tensor<2x2x!steps>, tensor<2xf32>
  %d = lowbit.dynamic_dequantize %q, %s : tensor<2x2x!steps>, tensor<2xf32> -> tensor<2x2xf32>
  %e = tensor.empty() : tensor<2x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  // expected-remark@below {{'linalg.matmul' stays float: scales found at run time are those of one activation that is multiplied with weights}}
  %y = linalg.matmul ins(%d, %d : tensor<2x2xf32>, tensor<2x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// Reads floats of one activation twice: other than sums, nothing has the scales come out of it.
// CHECK-LABEL: func.func @sum(
func.func @sum(%x: tensor<2xf32>) -> tensor<2xf32> {
  %q, %s = lowbit.dynamic_quantize %x : tensor<2xf32> -> tensor<2x!steps>, tensor<f32>
  %d = lowbit.dynamic_dequantize %q, %s : tensor<2x!steps>, tensor<f32> -> tensor<2xf32>
  %e = tensor.empty() : tensor<2xf32>
  // CHECK: linalg.add {lowbit.float = "scales found at run time are those of one activation that is multiplied with weights"}
  // expected-remark@below {{'linalg.add' stays float: scales found at run time are those of one activation that is multiplied with weights}}
  %y = linalg.add ins(%d, %d : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}
