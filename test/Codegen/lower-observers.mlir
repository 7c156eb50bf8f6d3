// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-lower-observers)' | FileCheck %s

// CHECK: module attributes {lowbit.observed = ["x", "y"]}
// CHECK: func.func private @lowbit_observe(i64, !llvm.ptr, i64)
// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[X:.*]]: memref<2x3xf32>, %[[Y:.*]]: memref<f32>)
func.func @f(%x: memref<2x3xf32>, %y: memref<f32>) {
  // CHECK: %[[INDEX:.*]] = arith.constant 0 : i64
  // CHECK: %[[COUNT:.*]] = arith.constant 6 : i64
  // CHECK: %[[ADDRESS:.*]] = memref.extract_aligned_pointer_as_index %[[X]]
  // CHECK: %[[INT:.*]] = arith.index_cast %[[ADDRESS]]
  // CHECK: %[[DATA:.*]] = llvm.inttoptr %[[INT]]
  // CHECK: call @lowbit_observe(%[[INDEX]], %[[DATA]], %[[COUNT]])
  lowbit.observe %x as "x" : memref<2x3xf32>
  // CHECK: %[[INDEX:.*]] = arith.constant 1 : i64
  // CHECK: %[[COUNT:.*]] = arith.constant 1 : i64
  // CHECK: call @lowbit_observe(%[[INDEX]], %{{.*}}, %[[COUNT]])
  lowbit.observe %y as "y" : memref<f32>
  return
}
