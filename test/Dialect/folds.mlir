// RUN: quant-opt %s --pass-pipeline='builtin.module(canonicalize)' | FileCheck %s

!x = !quant.uniform<i8:f32, 0.5:-3>
!y = !quant.uniform<i8:f32, 0.25:5>
!huge = !quant.uniform<i8:f32, 3.0e+38:5>
!bias = !quant.uniform<i32:f32, 0.25>

// CHECK-LABEL: func.func @quantize_of_dequantize(
// CHECK-SAME: %[[Q:.*]]: tensor
func.func @quantize_of_dequantize(%q: tensor<4x!x>) -> tensor<4x!x> {
  %x = lowbit.dequantize %q : tensor<4x!x> -> tensor<4xf32>
  %r = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!x>
  // CHECK-NEXT: return %[[Q]]
  return %r : tensor<4x!x>
}

// The rounding between them is the meaning of the program.
// CHECK-LABEL: func.func @dequantize_of_quantize(
func.func @dequantize_of_quantize(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: lowbit.quantize
  %q = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!x>
  // CHECK: lowbit.dequantize
  %r = lowbit.dequantize %q : tensor<4x!x> -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @quantize_to_another_type(
func.func @quantize_to_another_type(%q: tensor<4x!x>) -> tensor<4x!y> {
  // CHECK: lowbit.dequantize
  %x = lowbit.dequantize %q : tensor<4x!x> -> tensor<4xf32>
  // CHECK: lowbit.quantize
  %r = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!y>
  return %r : tensor<4x!y>
}

// 4 * 3e38 is infinite, which saturates.
// CHECK-LABEL: func.func @overflowing_product(
func.func @overflowing_product(%q: tensor<4x!huge>) -> tensor<4x!huge> {
  // CHECK: lowbit.dequantize
  %x = lowbit.dequantize %q : tensor<4x!huge> -> tensor<4xf32>
  // CHECK: lowbit.quantize
  %r = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!huge>
  return %r : tensor<4x!huge>
}

// An f32 holds 24 bits of a 32-bit integer.
// CHECK-LABEL: func.func @more_bits_than_f32(
func.func @more_bits_than_f32(%q: tensor<4x!bias>) -> tensor<4x!bias> {
  // CHECK: lowbit.dequantize
  %x = lowbit.dequantize %q : tensor<4x!bias> -> tensor<4xf32>
  // CHECK: lowbit.quantize
  %r = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!bias>
  return %r : tensor<4x!bias>
}

// CHECK-LABEL: func.func @requantize_to_the_same_type(
// CHECK-SAME: %[[Q:.*]]: tensor
func.func @requantize_to_the_same_type(%q: tensor<4x!x>) -> tensor<4x!x> {
  %r = lowbit.requantize %q : tensor<4x!x> -> tensor<4x!x>
  // CHECK-NEXT: return %[[Q]]
  return %r : tensor<4x!x>
}

// CHECK-LABEL: func.func @requantize_to_another_type(
func.func @requantize_to_another_type(%q: tensor<4x!x>) -> tensor<4x!y> {
  // CHECK: lowbit.requantize
  %r = lowbit.requantize %q : tensor<4x!x> -> tensor<4x!y>
  return %r : tensor<4x!y>
}

// CHECK-LABEL: func.func @clamp_to_the_storage_range(
// CHECK-SAME: %[[Q:.*]]: tensor
func.func @clamp_to_the_storage_range(%q: tensor<4x!x>) -> tensor<4x!x> {
  %r = lowbit.clamp %q min -128 max 127 : tensor<4x!x>
  // CHECK-NEXT: return %[[Q]]
  return %r : tensor<4x!x>
}

// CHECK-LABEL: func.func @clamp_below(
func.func @clamp_below(%q: tensor<4x!x>) -> tensor<4x!x> {
  // CHECK: lowbit.clamp
  %r = lowbit.clamp %q min -127 max 127 : tensor<4x!x>
  return %r : tensor<4x!x>
}

// CHECK-LABEL: func.func @index_that_lies_inside(
func.func @index_that_lies_inside() -> (index, index, index) {
  // CHECK-DAG: %[[C2:.*]] = arith.constant 2 : index
  // CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
  // CHECK-DAG: %[[MINUS:.*]] = arith.constant -1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %minus = arith.constant -1 : index
  %0 = lowbit.check_index %c2, %c3 : index
  // CHECK-DAG: %[[AT_END:.*]] = lowbit.check_index %[[C3]], %[[C3]] : index
  %1 = lowbit.check_index %c3, %c3 : index
  // CHECK-DAG: %[[BEFORE:.*]] = lowbit.check_index %[[MINUS]], %[[C3]] : index
  %2 = lowbit.check_index %minus, %c3 : index
  // CHECK: return %[[C2]], %[[AT_END]], %[[BEFORE]]
  return %0, %1, %2 : index, index, index
}
