// Nothing can go wrong in a program that verifies: functions without ops, without tensors and without bodies.
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-explain)' -o /dev/null | FileCheck %s

// CHECK: 0 ops: 0 integer, 0 float
func.func private @declared(tensor<2xf32>) -> tensor<2xf32>
func.func @nothing() {
  return
}
func.func @scalars(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  return %0 : f32
}
func.func @constants() -> tensor<2xf32> {
  %0 = arith.constant dense<1.0> : tensor<2xf32>
  %1 = math.exp %0 : tensor<2xf32>
  return %1 : tensor<2xf32>
}
