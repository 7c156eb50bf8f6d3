// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-simplify-math)' | FileCheck %s

// A power that no product stands for, and one whose exponent isn't constant, stay.

// CHECK-LABEL: func.func @exponent(
// CHECK: math.powf
func.func @exponent(%x: f32) -> f32 {
  %c = arith.constant 2.3 : f32
  %0 = math.powf %x, %c : f32
  return %0 : f32
}

// CHECK-LABEL: func.func @variable(
// CHECK: math.fpowi
func.func @variable(%x: f32, %n: i32) -> f32 {
  %0 = math.fpowi %x, %n : f32, i32
  return %0 : f32
}

// CHECK-LABEL: func.func @large(
// CHECK: math.fpowi
func.func @large(%x: f32) -> f32 {
  %n = arith.constant 1000000 : i64
  %0 = math.fpowi %x, %n : f32, i64
  return %0 : f32
}
