// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-propagate-scales,lowbit-validate-scales))' | FileCheck %s

!half = !quant.uniform<i8:f32, 5.000000e-01>
!quarter = !quant.uniform<i8:f32, 2.500000e-01>
!fine = !quant.uniform<i8:f32, 1.562500e-02>

// Tensors that only meet in a concatenation share the coarser scale: what they are made of is rounded once.
// CHECK-LABEL: func.func @concat(
// CHECK-SAME: %[[A:.*]]: tensor<1x2xf32>, %[[B:.*]]: tensor<1x2xf32>
func.func @concat(%a: tensor<1x2xf32>, %b: tensor<1x2xf32>) -> tensor<1x4xf32> {
  // CHECK: lowbit.quantize %[[A]] : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<i8:f32, 5.000000e-01>>
  // CHECK: lowbit.quantize %[[B]] : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<i8:f32, 5.000000e-01>>
  // CHECK-NOT: lowbit.requantize
  // CHECK: %[[C:.*]] = tensor.concat
  // CHECK: lowbit.quantize %[[C]] : tensor<1x4xf32> -> tensor<1x4x!quant.uniform<i8:f32, 5.000000e-01>>
  %0 = lowbit.quantize %a : tensor<1x2xf32> -> tensor<1x2x!half>
  %1 = lowbit.dequantize %0 : tensor<1x2x!half> -> tensor<1x2xf32>
  %2 = lowbit.quantize %b : tensor<1x2xf32> -> tensor<1x2x!fine>
  %3 = lowbit.dequantize %2 : tensor<1x2x!fine> -> tensor<1x2xf32>
  %4 = tensor.concat dim(1) %1, %3 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  %5 = lowbit.quantize %4 : tensor<1x4xf32> -> tensor<1x4x!half>
  %6 = lowbit.dequantize %5 : tensor<1x4x!half> -> tensor<1x4xf32>
  return %6 : tensor<1x4xf32>
}

// A tensor that an op reads with other values keeps its finer scale, and is requantized for the concatenation.
// CHECK-LABEL: func.func @conflict(
// CHECK-SAME: %[[A:.*]]: tensor<1x2xf32>, %[[B:.*]]: tensor<1x2xf32>
func.func @conflict(%a: tensor<1x2xf32>, %b: tensor<1x2xf32>) -> (tensor<1x4xf32>, tensor<1x2xf32>) {
  // CHECK: lowbit.quantize %[[A]] : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<i8:f32, 5.000000e-01>>
  // CHECK: %[[BQ:.*]] = lowbit.quantize %[[B]] : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<i8:f32, 1.562500e-02>>
  // CHECK: %[[BR:.*]] = lowbit.requantize %[[BQ]] : {{.*}} -> tensor<1x2x!quant.uniform<i8:f32, 5.000000e-01>>
  // CHECK: %[[BC:.*]] = lowbit.dequantize %[[BR]]
  // CHECK: %[[BD:.*]] = lowbit.dequantize %[[BQ]]
  // CHECK: tensor.concat dim(1) %{{.*}}, %[[BC]]
  // CHECK: linalg.add ins(%[[BD]], %[[BD]]
  %0 = lowbit.quantize %a : tensor<1x2xf32> -> tensor<1x2x!half>
  %1 = lowbit.dequantize %0 : tensor<1x2x!half> -> tensor<1x2xf32>
  %2 = lowbit.quantize %b : tensor<1x2xf32> -> tensor<1x2x!fine>
  %3 = lowbit.dequantize %2 : tensor<1x2x!fine> -> tensor<1x2xf32>
  %4 = tensor.concat dim(1) %1, %3 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  %5 = lowbit.quantize %4 : tensor<1x4xf32> -> tensor<1x4x!half>
  %6 = lowbit.dequantize %5 : tensor<1x4x!half> -> tensor<1x4xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %7 = linalg.add ins(%3, %3 : tensor<1x2xf32>, tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %8 = lowbit.quantize %7 : tensor<1x2xf32> -> tensor<1x2x!fine>
  %9 = lowbit.dequantize %8 : tensor<1x2x!fine> -> tensor<1x2xf32>
  return %6, %9 : tensor<1x4xf32>, tensor<1x2xf32>
}

// One bit is not worth a requantization.
// CHECK-LABEL: func.func @one_bit(
func.func @one_bit(%a: tensor<1x2xf32>, %b: tensor<1x2xf32>) -> (tensor<1x4xf32>, tensor<1x2xf32>) {
  // CHECK-NOT: !quant.uniform<i8:f32, 2.500000e-01>
  // CHECK-NOT: lowbit.requantize
  // CHECK: return
  %0 = lowbit.quantize %a : tensor<1x2xf32> -> tensor<1x2x!half>
  %1 = lowbit.dequantize %0 : tensor<1x2x!half> -> tensor<1x2xf32>
  %2 = lowbit.quantize %b : tensor<1x2xf32> -> tensor<1x2x!quarter>
  %3 = lowbit.dequantize %2 : tensor<1x2x!quarter> -> tensor<1x2xf32>
  %4 = tensor.concat dim(1) %1, %3 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  %5 = lowbit.quantize %4 : tensor<1x4xf32> -> tensor<1x4x!half>
  %6 = lowbit.dequantize %5 : tensor<1x4x!half> -> tensor<1x4xf32>
  return %6, %3 : tensor<1x4xf32>, tensor<1x2xf32>
}

// Slices, padding and reshapes inherit: a scale of their own could not give back what their source rounded away.
// CHECK-LABEL: func.func @inherit(
func.func @inherit(%a: tensor<1x4xf32>) -> tensor<2xf32> {
  // CHECK: tensor.extract_slice
  // CHECK: lowbit.quantize {{.*}} -> tensor<1x2x!quant.uniform<i8:f32, 5.000000e-01>>
  // CHECK: tensor.collapse_shape
  // CHECK: lowbit.quantize {{.*}} -> tensor<2x!quant.uniform<i8:f32, 5.000000e-01>>
  %0 = lowbit.quantize %a : tensor<1x4xf32> -> tensor<1x4x!half>
  %1 = lowbit.dequantize %0 : tensor<1x4x!half> -> tensor<1x4xf32>
  %2 = tensor.extract_slice %1[0, 0] [1, 2] [1, 1] : tensor<1x4xf32> to tensor<1x2xf32>
  %3 = lowbit.quantize %2 : tensor<1x2xf32> -> tensor<1x2x!fine>
  %4 = lowbit.dequantize %3 : tensor<1x2x!fine> -> tensor<1x2xf32>
  %5 = tensor.collapse_shape %4 [[0, 1]] : tensor<1x2xf32> into tensor<2xf32>
  %6 = lowbit.quantize %5 : tensor<2xf32> -> tensor<2x!fine>
  %7 = lowbit.dequantize %6 : tensor<2x!fine> -> tensor<2xf32>
  return %7 : tensor<2xf32>
}

// Ranges of which neither holds the other: [0, 255] and [-127.5, 0] give [-127.5, 255].
// CHECK-LABEL: func.func @hull(
func.func @hull(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<4xf32> {
  // CHECK-COUNT-3: -> tensor<{{.}}x!quant.uniform<i8:f32, 1.500000e+00:-43>>
  %0 = lowbit.quantize %a : tensor<2xf32> -> tensor<2x!quant.uniform<i8:f32, 1.000000e+00:-128>>
  %1 = lowbit.dequantize %0 : tensor<2x!quant.uniform<i8:f32, 1.000000e+00:-128>> -> tensor<2xf32>
  %2 = lowbit.quantize %b : tensor<2xf32> -> tensor<2x!quant.uniform<i8:f32, 5.000000e-01:127>>
  %3 = lowbit.dequantize %2 : tensor<2x!quant.uniform<i8:f32, 5.000000e-01:127>> -> tensor<2xf32>
  %4 = tensor.concat dim(0) %1, %3 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  %5 = lowbit.quantize %4 : tensor<4xf32> -> tensor<4x!half>
  %6 = lowbit.dequantize %5 : tensor<4x!half> -> tensor<4xf32>
  return %6 : tensor<4xf32>
}

// CHECK-LABEL: func.func @bias(
func.func @bias(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // CHECK: %[[B:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00]>
  // CHECK: %[[BQ:.*]] = lowbit.quantize %[[B]] : tensor<2xf32> -> tensor<2x!quant.uniform<i32:f32:0, {5.000000e-01,1.000000e+00}>>
  // CHECK: %[[BD:.*]] = lowbit.dequantize %[[BQ]]
  // CHECK: linalg.broadcast ins(%[[BD]] :
  %0 = lowbit.quantize %x : tensor<1x2xf32> -> tensor<1x2x!half>
  %1 = lowbit.dequantize %0 : tensor<1x2x!half> -> tensor<1x2xf32>
  %w = arith.constant dense<[[127.0, 2.0], [1.0, -254.0]]> : tensor<2x2xf32>
  %2 = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {1.0,2.0}>>
  %3 = lowbit.dequantize %2 : tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {1.0,2.0}>> -> tensor<2x2xf32>
  %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<1x2xf32>) dimensions = [0]
  %4 = linalg.matmul ins(%1, %3 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %5 = lowbit.quantize %4 : tensor<1x2xf32> -> tensor<1x2x!half>
  %6 = lowbit.dequantize %5 : tensor<1x2x!half> -> tensor<1x2xf32>
  return %6 : tensor<1x2xf32>
}

// 1e10 is 2e10 steps of 0.5, which don't fit: the weights of that channel get a larger scale. The other bias and the
// broadcast that another op reads are as before.
// CHECK-LABEL: func.func @large_bias(
func.func @large_bias(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  // CHECK: linalg.broadcast ins(%{{.*}} : tensor<2xf32>)
  // CHECK: lowbit.quantize %{{.*}} : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {9.3133020401000977,2.000000e+00}>>
  // CHECK: lowbit.quantize %{{.*}} : tensor<2xf32> -> tensor<2x!quant.uniform<i32:f32:0, {4.6566510200500488,1.000000e+00}>>
  // CHECK: linalg.broadcast
  // CHECK: linalg.matmul
  %0 = lowbit.quantize %x : tensor<1x2xf32> -> tensor<1x2x!half>
  %1 = lowbit.dequantize %0 : tensor<1x2x!half> -> tensor<1x2xf32>
  %w = arith.constant dense<[[127.0, 2.0], [1.0, -254.0]]> : tensor<2x2xf32>
  %2 = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {1.0,2.0}>>
  %3 = lowbit.dequantize %2 : tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {1.0,2.0}>> -> tensor<2x2xf32>
  %b = arith.constant dense<[1.0e10, 2.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<1x2xf32>) dimensions = [0]
  %4 = linalg.matmul ins(%1, %3 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %5 = lowbit.quantize %4 : tensor<1x2xf32> -> tensor<1x2x!half>
  %6 = lowbit.dequantize %5 : tensor<1x2x!half> -> tensor<1x2xf32>
  return %6, %init : tensor<1x2xf32>, tensor<1x2xf32>
}

// CHECK-LABEL: func.func @redundant(
func.func @redundant(%x: tensor<2x!half>) -> tensor<2x!half> {
  // CHECK-NEXT: return %{{.*}} : tensor<2x!quant.uniform<i8:f32, 5.000000e-01>>
  %0 = lowbit.dequantize %x : tensor<2x!half> -> tensor<2xf32>
  %1 = lowbit.quantize %0 : tensor<2xf32> -> tensor<2x!half>
  %2 = lowbit.dequantize %1 : tensor<2x!half> -> tensor<2xf32>
  return %1 : tensor<2x!half>
}

// An argument's type is not ours to change; the value is requantized to what the group has.
// CHECK-LABEL: func.func @fixed(
func.func @fixed(%x: tensor<2x!fine>, %y: tensor<2xf32>) -> tensor<4xf32> {
  // CHECK: %[[R:.*]] = lowbit.requantize %{{.*}} : tensor<2x!quant.uniform<i8:f32, 1.562500e-02>> -> tensor<2x!quant.uniform<i8:f32, 5.000000e-01>>
  // CHECK: lowbit.dequantize %[[R]]
  %0 = lowbit.dequantize %x : tensor<2x!fine> -> tensor<2xf32>
  %1 = lowbit.quantize %y : tensor<2xf32> -> tensor<2x!half>
  %2 = lowbit.dequantize %1 : tensor<2x!half> -> tensor<2xf32>
  %3 = tensor.concat dim(0) %0, %2 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  %4 = lowbit.quantize %3 : tensor<4xf32> -> tensor<4x!half>
  %5 = lowbit.dequantize %4 : tensor<4x!half> -> tensor<4xf32>
  return %5 : tensor<4xf32>
}

// A bias is in the scale that divides those of its channel's groups. One that would leave no room for the sum of products
// widens the scales of the groups of its channel, which stay multiples of one: 2^40 / (2^31 - 1 - 128 * 40 * 4) is
// 512.0049, and from there up 512.0078125 is the first scale whose multiples are exact.
!groups = !quant.uniform<i4:f32:{0:2,1:1}, {{0.75,1.5},{0.25,7.5}}>
!input = !quant.uniform<i8:f32, 1.0>
// CHECK-LABEL: func.func @groups(
func.func @groups(%x: tensor<1x4x!input>) -> tensor<1x2xf32> {
  // CHECK-DAG: lowbit.quantize %{{.*}} : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i4:f32:{0:2, 1:1}, {{[{][{]}}7.500000e-01, 512.007813}, {2.500000e-01, 2560.03906{{[}][}]}}>>
  // CHECK-DAG: lowbit.quantize %{{.*}} : tensor<2xf32> -> tensor<2x!quant.uniform<i32:f32:0, {2.500000e-01,512.0078125}>>
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %b = arith.constant dense<[1.0, 0x53800000]> : tensor<2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<1x2xf32>) dimensions = [0]
  %0 = lowbit.dequantize %x : tensor<1x4x!input> -> tensor<1x4xf32>
  %1 = lowbit.quantize %w : tensor<4x2xf32> -> tensor<4x2x!groups>
  %2 = lowbit.dequantize %1 : tensor<4x2x!groups> -> tensor<4x2xf32>
  %3 = linalg.matmul ins(%0, %2 : tensor<1x4xf32>, tensor<4x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %3 : tensor<1x2xf32>
}
