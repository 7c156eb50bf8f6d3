// RUN: quant-opt %s -split-input-file --pass-pipeline='builtin.module(lowbit-expand-math)' | FileCheck %s

// What is exact and an instruction everywhere stays.
// CHECK-LABEL: func.func @exact(
// CHECK-SAME:    %[[X:.*]]: f32, %[[Y:.*]]: f64
// CHECK-NEXT:    math.sqrt %[[X]] : f32
// CHECK-NEXT:    math.roundeven %[[Y]] : f64
// CHECK-NEXT:    math.copysign %[[X]], %[[X]] : f32
// CHECK-NEXT:    return
func.func @exact(%x: f32, %y: f64) -> (f32, f64, f32) {
  %0 = math.sqrt %x : f32
  %1 = math.roundeven %y : f64
  %2 = math.copysign %x, %x : f32
  return %0, %1, %2 : f32, f64, f32
}

// -----

// CHECK-LABEL: func.func @rsqrt(
// CHECK-SAME:    %[[X:.*]]: f64
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f64
// CHECK-DAG:     %[[ROOT:.*]] = math.sqrt %[[X]] : f64
// CHECK:         %[[QUOTIENT:.*]] = arith.divf %[[ONE]], %[[ROOT]] : f64
// CHECK:         return %[[QUOTIENT]]
func.func @rsqrt(%x: f64) -> f64 {
  %0 = math.rsqrt %x : f64
  return %0 : f64
}

// -----

// Products from the lowest power up: x^5 is x * (x^2)^2.
// CHECK-LABEL: func.func @fpowi(
// CHECK-SAME:    %[[X:.*]]: f32
// CHECK:         %[[SQUARE:.*]] = arith.mulf %[[X]], %[[X]] : f32
// CHECK:         %[[FOURTH:.*]] = arith.mulf %[[SQUARE]], %[[SQUARE]] : f32
// CHECK:         %[[FIFTH:.*]] = arith.mulf %[[X]], %[[FOURTH]] : f32
// CHECK:         return %[[FIFTH]]
func.func @fpowi(%x: f32) -> f32 {
  %c5 = arith.constant 5 : i64
  %0 = math.fpowi %x, %c5 : f32, i64
  return %0 : f32
}

// -----

// A product rounds once here and is added; no fused instruction is left.
// CHECK-LABEL: func.func @exp(
// CHECK-SAME:    %[[X:.*]]: vector<8xf32>
// CHECK:         %[[LOG2E:.*]] = arith.constant dense<1.44269502> : vector<8xf32>
// CHECK:         %[[SCALED:.*]] = arith.mulf %{{.*}}, %[[LOG2E]] : vector<8xf32>
// CHECK:         %[[COUNT:.*]] = math.roundeven %[[SCALED]] : vector<8xf32>
// CHECK:         %[[HIGH:.*]] = arith.constant dense<0.693359375> : vector<8xf32>
// CHECK:         %[[PART:.*]] = arith.mulf %[[COUNT]], %[[HIGH]] : vector<8xf32>
// CHECK:         arith.subf %{{.*}}, %[[PART]] : vector<8xf32>
// CHECK-NOT:     math.exp
// CHECK-NOT:     fma
// CHECK:         return
func.func @exp(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.exp %x : vector<8xf32>
  return %0 : vector<8xf32>
}

// -----

// The multiply-add that rounds once, through f64.
// CHECK-LABEL: func.func @fma(
// CHECK-SAME:    %[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32
// CHECK:         %[[WIDE_A:.*]] = arith.extf %[[A]] : f32 to f64
// CHECK:         %[[WIDE_B:.*]] = arith.extf %[[B]] : f32 to f64
// CHECK:         arith.mulf %[[WIDE_A]], %[[WIDE_B]] : f64
// CHECK:         %[[ODD:.*]] = arith.bitcast %{{.*}} : i64 to f64
// CHECK:         %[[RESULT:.*]] = arith.truncf %[[ODD]] : f64 to f32
// CHECK:         return %[[RESULT]]
func.func @fma(%a: f32, %b: f32, %c: f32) -> f32 {
  %0 = math.fma %a, %b, %c : f32
  return %0 : f32
}

// -----

// No function of the dialect is left in any of these.
// CHECK-LABEL: func.func @functions(
// CHECK-NOT:     math.{{(exp|log|sin|cos|tanh|erf|pow)}}
// CHECK:         return
func.func @functions(%x: f32) -> f32 {
  %0 = math.exp2 %x : f32
  %1 = math.expm1 %0 : f32
  %2 = math.log %1 : f32
  %3 = math.log2 %2 : f32
  %4 = math.log10 %3 : f32
  %5 = math.log1p %4 : f32
  %6 = math.sin %5 : f32
  %7 = math.cos %6 : f32
  %8 = math.tanh %7 : f32
  %9 = math.erf %8 : f32
  %10 = math.powf %9, %x : f32
  return %10 : f32
}

// -----

// A named op that computes with a function becomes a generic; one that does not, or only with exact ops, keeps its name.
// CHECK-LABEL: func.func @named(
// CHECK-SAME:    %[[X:.*]]: tensor<4xf32>
// CHECK:         linalg.generic {{.*}} ins(%[[X]] : tensor<4xf32>)
// CHECK-NOT:       math.tanh
// CHECK:         linalg.sqrt ins(%[[X]] : tensor<4xf32>)
func.func @named(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %empty = tensor.empty() : tensor<4xf32>
  %0 = linalg.tanh ins(%x : tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %1 = linalg.sqrt ins(%x : tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @signed_quotient(
// CHECK-SAME:    %[[A:.*]]: i32, %[[B:.*]]: i32
// CHECK:         %[[IS_ZERO:.*]] = arith.cmpi eq, %[[B]], %{{.*}} : i32
// CHECK:         %[[IS_MINUS_ONE:.*]] = arith.cmpi eq, %[[B]], %{{.*}} : i32
// CHECK:         %[[IS_REPLACED:.*]] = arith.ori %[[IS_ZERO]], %[[IS_MINUS_ONE]] : i1
// CHECK:         %[[ONE:.*]] = arith.constant 1 : i32
// CHECK:         %[[DIVISOR:.*]] = arith.select %[[IS_REPLACED]], %[[ONE]], %[[B]] : i32
// CHECK:         %[[QUOTIENT:.*]] = arith.divsi %[[A]], %[[DIVISOR]] : i32
// CHECK:         %[[NEGATIVE:.*]] = arith.subi %{{.*}}, %[[A]] : i32
// CHECK:         %[[SELECTED:.*]] = arith.select %[[IS_MINUS_ONE]], %[[NEGATIVE]], %[[QUOTIENT]] : i32
// CHECK:         %[[RESULT:.*]] = arith.select %[[IS_ZERO]], %{{.*}}, %[[SELECTED]] : i32
// CHECK:         return %[[RESULT]]
func.func @signed_quotient(%a: i32, %b: i32) -> i32 {
  %0 = arith.divsi %a, %b : i32
  return %0 : i32
}

// -----

// CHECK-LABEL: func.func @of_itself(
// CHECK-SAME:    %[[A:.*]]: vector<4xi8>
// CHECK:         %[[DIVISOR:.*]] = arith.select
// CHECK:         %[[RESULT:.*]] = arith.remui %[[A]], %[[DIVISOR]] : vector<4xi8>
// CHECK-NEXT:    return %[[RESULT]]
func.func @of_itself(%a: vector<4xi8>) -> vector<4xi8> {
  %0 = arith.remui %a, %a : vector<4xi8>
  return %0 : vector<4xi8>
}

// -----

// Constants that every processor divides by; unsigned, all ones are the largest number.
// CHECK-LABEL: func.func @constants(
// CHECK-NOT:     arith.select
func.func @constants(%a: i32, %v: vector<4xi32>) -> (i32, i32, vector<4xi32>) {
  %c7 = arith.constant 7 : i32
  %ones = arith.constant -1 : i32
  %eights = arith.constant dense<8> : vector<4xi32>
  %0 = arith.remsi %a, %c7 : i32
  %1 = arith.divui %a, %ones : i32
  %2 = arith.divsi %v, %eights : vector<4xi32>
  return %0, %1, %2 : i32, i32, vector<4xi32>
}

// -----

// CHECK-LABEL: func.func @named(
// CHECK-NOT:     linalg.div
// CHECK:         linalg.generic
// CHECK:           arith.select
// CHECK:           arith.divsi
func.func @named(%a: tensor<4xi32>, %b: tensor<4xi32>) -> tensor<4xi32> {
  %empty = tensor.empty() : tensor<4xi32>
  %0 = linalg.div ins(%a, %b : tensor<4xi32>, tensor<4xi32>) outs(%empty : tensor<4xi32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}
