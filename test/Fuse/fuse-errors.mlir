// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse))' -split-input-file -verify-diagnostics
// RUN: not quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse{require-integer=true}))' -split-input-file 2>&1 | FileCheck %s

!x = !quant.uniform<i8:f32, 5.000000e-01:3>

func.func @unknown(%x: tensor<2x!x>) -> tensor<2xf32> {
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  // CHECK: fuse-errors.mlir:[[@LINE+2]]:8: error: 'math.exp' stays float: no quantized form of it is known
  // expected-remark@+1 {{'math.exp' stays float: no quantized form of it is known}}
  %1 = math.exp %0 : tensor<2xf32>
  return %1 : tensor<2xf32>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
#id = affine_map<(d0) -> (d0)>

func.func @generic(%x: tensor<2x!x>) -> tensor<2x!x> {
  %e = tensor.empty() : tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  // CHECK: error: 'linalg.generic' stays float: it is neither a clamp nor a mean nor a function of the elements of one tensor
  // expected-remark@+1 {{'linalg.generic' stays float: it is neither a clamp nor a mean nor a function of the elements of one tensor}}
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%0 : tensor<2xf32>) outs(%e : tensor<2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %index = linalg.index 0 : index
      %integer = arith.index_cast %index : index to i32
      %number = arith.sitofp %integer : i32 to f32
      %sum = arith.addf %in, %number : f32
      linalg.yield %sum : f32
  } -> tensor<2xf32>
  %2 = lowbit.quantize %1 : tensor<2xf32> -> tensor<2x!x>
  return %2 : tensor<2x!x>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
#id = affine_map<(d0) -> (d0)>

func.func @captured(%x: tensor<2x!x>, %bias: f32) -> tensor<2x!x> {
  %e = tensor.empty() : tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  // expected-remark@+1 {{'linalg.generic' stays float: it is neither a clamp nor a mean nor a function of the elements of one tensor}}
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%0 : tensor<2xf32>) outs(%e : tensor<2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sum = arith.addf %in, %bias : f32
      linalg.yield %sum : f32
  } -> tensor<2xf32>
  %2 = lowbit.quantize %1 : tensor<2xf32> -> tensor<2x!x>
  return %2 : tensor<2x!x>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!narrow = !quant.uniform<i4:f32, 5.000000e-01:3>

func.func @narrow_function(%x: tensor<2x!narrow>, %y: tensor<2x!x>) -> (tensor<2x!x>, tensor<2x!narrow>) {
  %e = tensor.empty() : tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x!narrow> -> tensor<2xf32>
  // expected-remark@+1 {{'linalg.exp' stays float: a table has 8-bit codes, not 4-bit ones}}
  %1 = linalg.exp ins(%0 : tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %2 = lowbit.quantize %1 : tensor<2xf32> -> tensor<2x!x>
  %3 = lowbit.dequantize %y : tensor<2x!x> -> tensor<2xf32>
  // expected-remark@+1 {{'linalg.exp' stays float: a table maps 8-bit tensors of one scale}}
  %4 = linalg.exp ins(%3 : tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %5 = lowbit.quantize %4 : tensor<2xf32> -> tensor<2x!narrow>
  return %2, %5 : tensor<2x!x>, tensor<2x!narrow>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>

func.func @float_result(%x: tensor<2x!x>) -> (tensor<2x!x>, tensor<2xf32>) {
  %e = tensor.empty() : tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  // expected-remark@+1 {{'linalg.add' stays float: its float result is read by 'func.return'}}
  %1 = linalg.add ins(%0, %0 : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %2 = lowbit.quantize %1 : tensor<2xf32> -> tensor<2x!x>
  return %2, %1 : tensor<2x!x>, tensor<2xf32>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!y = !quant.uniform<i8:f32, 2.500000e-01:3>

func.func @two_types(%x: tensor<2x!x>) -> (tensor<2x!x>, tensor<2x!y>) {
  %e = tensor.empty() : tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  // expected-remark@+1 {{'linalg.add' stays float: its result is quantized to different types}}
  %1 = linalg.add ins(%0, %0 : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %2 = lowbit.quantize %1 : tensor<2xf32> -> tensor<2x!x>
  %3 = lowbit.quantize %1 : tensor<2xf32> -> tensor<2x!y>
  return %2, %3 : tensor<2x!x>, tensor<2x!y>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>

func.func @operand(%x: tensor<2x!x>, %y: tensor<2xf32>) -> tensor<2x!x> {
  %e = tensor.empty() : tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  // expected-remark@+1 {{'linalg.add' stays float: its operand 1 is not quantized}}
  %1 = linalg.add ins(%0, %y : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %2 = lowbit.quantize %1 : tensor<2xf32> -> tensor<2x!x>
  return %2 : tensor<2x!x>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>

func.func @recipe(%x: tensor<2x!x>) -> tensor<2x!x> {
  %e = tensor.empty() : tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  // expected-remark@+1 {{'linalg.add' stays float: the recipe keeps it float}}
  %1 = linalg.add {lowbit.float = "the recipe keeps it float"} ins(%0, %0 : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %2 = lowbit.quantize %1 : tensor<2xf32> -> tensor<2x!x>
  return %2 : tensor<2x!x>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!w = !quant.uniform<i8<-127:127>:f32:1, {1.0,2.0}>

func.func @float_bias(%x: tensor<1x2x!x>) -> tensor<1x2x!x> {
  %0 = lowbit.dequantize %x : tensor<1x2x!x> -> tensor<1x2xf32>
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %1 = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!w>
  %2 = lowbit.dequantize %1 : tensor<2x2x!w> -> tensor<2x2xf32>
  %b = arith.constant dense<1.0> : tensor<2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<1x2xf32>) dimensions = [0]
  // expected-remark@+1 {{'linalg.matmul' stays float: its bias is not quantized to 32 bits}}
  %3 = linalg.matmul ins(%0, %2 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %4 = lowbit.quantize %3 : tensor<1x2xf32> -> tensor<1x2x!x>
  return %4 : tensor<1x2x!x>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:-128>
!w = !quant.uniform<i8<-127:127>:f32:1, {1.0}>

func.func @accumulator(%x: tensor<1x70000x!x>) -> tensor<1x1x!x> {
  %0 = lowbit.dequantize %x : tensor<1x70000x!x> -> tensor<1x70000xf32>
  %w = arith.constant dense<127.0> : tensor<70000x1xf32>
  %1 = lowbit.quantize %w : tensor<70000x1xf32> -> tensor<70000x1x!w>
  %2 = lowbit.dequantize %1 : tensor<70000x1x!w> -> tensor<70000x1xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x1xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1xf32>) -> tensor<1x1xf32>
  // expected-remark@+1 {{'linalg.matmul' stays float: the accumulator of output channel 0 may reach 2266950000, more than 2147483647}}
  %3 = linalg.matmul ins(%0, %2 : tensor<1x70000xf32>, tensor<70000x1xf32>) outs(%init : tensor<1x1xf32>) -> tensor<1x1xf32>
  %4 = lowbit.quantize %3 : tensor<1x1xf32> -> tensor<1x1x!x>
  return %4 : tensor<1x1x!x>
}

// -----

!x = !quant.uniform<i8:f32, 1.000000e-30>
!w = !quant.uniform<i8<-127:127>:f32:1, {1.0,1.0e-15}>

func.func @accumulator_scale(%x: tensor<1x2x!x>) -> tensor<1x2xf32> {
  %0 = lowbit.dequantize %x : tensor<1x2x!x> -> tensor<1x2xf32>
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %1 = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!w>
  %2 = lowbit.dequantize %1 : tensor<2x2x!w> -> tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-remark@+1 {{'linalg.matmul' stays float: the scale of its accumulators is no normal f32}}
  %3 = linalg.matmul ins(%0, %2 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %3 : tensor<1x2xf32>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>

func.func @dynamic(%x: tensor<?x!x>, %e: tensor<?xf32>) -> tensor<?x!x> {
  %0 = lowbit.dequantize %x : tensor<?x!x> -> tensor<?xf32>
  // expected-remark@+1 {{'linalg.add' stays float: its shapes are not static}}
  %1 = linalg.add ins(%0, %0 : tensor<?xf32>, tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %2 = lowbit.quantize %1 : tensor<?xf32> -> tensor<?x!x>
  return %2 : tensor<?x!x>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!y = !quant.uniform<i8:f32, 2.500000e-01:3>

func.func @scales(%x: tensor<2x!x>) -> tensor<1x2x!y> {
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  // expected-remark@+1 {{'tensor.expand_shape' stays float: its tensors have different scales, which scale propagation would settle}}
  %1 = tensor.expand_shape %0 [[0, 1]] output_shape [1, 2] : tensor<2xf32> into tensor<1x2xf32>
  %2 = lowbit.quantize %1 : tensor<1x2xf32> -> tensor<1x2x!y>
  return %2 : tensor<1x2x!y>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!axis = !quant.uniform<i8:f32:0, {1.0,2.0}>

func.func @axis_activation(%x: tensor<2x!axis>) -> tensor<2x!x> {
  %e = tensor.empty() : tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x!axis> -> tensor<2xf32>
  // expected-remark@+1 {{'linalg.add' stays float: an activation has more than one scale}}
  %1 = linalg.add ins(%0, %0 : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %2 = lowbit.quantize %1 : tensor<2xf32> -> tensor<2x!x>
  return %2 : tensor<2x!x>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!axis = !quant.uniform<i8:f32:0, {1.0,2.0}>

func.func @axis_result(%x: tensor<2x!x>) -> tensor<2x!axis> {
  %e = tensor.empty() : tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  // expected-remark@+1 {{'linalg.add' stays float: its result has more than one scale}}
  %1 = linalg.add ins(%0, %0 : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %2 = lowbit.quantize %1 : tensor<2xf32> -> tensor<2x!axis>
  return %2 : tensor<2x!axis>
}

// -----

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!rows = !quant.uniform<i8<-127:127>:f32:0, {1.0,2.0}>
!w3 = !quant.uniform<i3<-3:3>:f32:1, {1.0,2.0}>

func.func @weights(%x: tensor<1x2x!x>) -> (tensor<1x2x!x>, tensor<1x2x!x>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %0 = lowbit.dequantize %x : tensor<1x2x!x> -> tensor<1x2xf32>
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %1 = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!rows>
  %2 = lowbit.dequantize %1 : tensor<2x2x!rows> -> tensor<2x2xf32>
  // expected-remark@+1 {{'linalg.matmul' stays float: a weight has scales of something else than its output channels}}
  %3 = linalg.matmul ins(%0, %2 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  %4 = lowbit.quantize %3 : tensor<1x2xf32> -> tensor<1x2x!x>
  %5 = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!w3>
  %6 = lowbit.dequantize %5 : tensor<2x2x!w3> -> tensor<2x2xf32>
  // expected-remark@+1 {{'linalg.matmul' stays float: it has no kernel for 3-bit weights and 8-bit activations}}
  %7 = linalg.matmul ins(%0, %6 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  %8 = lowbit.quantize %7 : tensor<1x2xf32> -> tensor<1x2x!x>
  return %4, %8 : tensor<1x2x!x>, tensor<1x2x!x>
}

// -----

// Scales of groups that are no small multiples of one, and an op that takes no groups.
!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!any = !quant.uniform<i4:f32:{0:1,1:1}, {{1.0},{1.1}}>
!window = !quant.uniform<i8:f32:{0:1,1:2,2:1}, {{{1.0}}}>

func.func @groups(%x: tensor<1x2x!x>, %j: tensor<1x1x2x1x!x>) -> (tensor<1x1x!x>, tensor<1x1x1x1x!x>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x1xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1xf32>) -> tensor<1x1xf32>
  %0 = lowbit.dequantize %x : tensor<1x2x!x> -> tensor<1x2xf32>
  %w = arith.constant dense<1.0> : tensor<2x1xf32>
  %1 = lowbit.quantize %w : tensor<2x1xf32> -> tensor<2x1x!any>
  %2 = lowbit.dequantize %1 : tensor<2x1x!any> -> tensor<2x1xf32>
  // expected-remark@+1 {{'linalg.matmul' stays float: the groups of weights of output channel 0 have scales that are too large multiples of their common divisor: an effective weight may reach 67108864, more than 127}}
  %3 = linalg.matmul ins(%0, %2 : tensor<1x2xf32>, tensor<2x1xf32>) outs(%init : tensor<1x1xf32>) -> tensor<1x1xf32>
  %4 = lowbit.quantize %3 : tensor<1x1xf32> -> tensor<1x1x!x>

  %e4 = tensor.empty() : tensor<1x1x1x1xf32>
  %init4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %5 = lowbit.dequantize %j : tensor<1x1x2x1x!x> -> tensor<1x1x2x1xf32>
  %f = arith.constant dense<1.0> : tensor<1x2x1xf32>
  %6 = lowbit.quantize %f : tensor<1x2x1xf32> -> tensor<1x2x1x!window>
  %7 = lowbit.dequantize %6 : tensor<1x2x1x!window> -> tensor<1x2x1xf32>
  // expected-remark@+1 {{'linalg.depthwise_conv_2d_nhwc_hwc' stays float: a weight has scales of something else than its output channels}}
  %8 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%5, %7 : tensor<1x1x2x1xf32>, tensor<1x2x1xf32>) outs(%init4 : tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %9 = lowbit.quantize %8 : tensor<1x1x1x1xf32> -> tensor<1x1x1x1x!x>
  return %4, %9 : tensor<1x1x!x>, tensor<1x1x1x1x!x>
}
