// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-lower-index-checks))' | FileCheck %s

// CHECK-LABEL: func.func @scalar(
// CHECK-SAME: %[[TABLE:.*]]: memref<100xf32>, %[[INDEX:.*]]: index
func.func @scalar(%table: memref<100xf32>, %index: index, %out: memref<f32>) -> i32 {
  // CHECK: %[[STATUS:.*]] = memref.alloca() : memref<i32>
  // CHECK: %[[C0_I32:.*]] = arith.constant 0 : i32
  // CHECK: memref.store %[[C0_I32]], %[[STATUS]][]
  // CHECK: %[[SIZE:.*]] = arith.constant 100 : index
  %c100 = arith.constant 100 : index
  // CHECK: %[[OUTSIDE:.*]] = arith.cmpi uge, %[[INDEX]], %[[SIZE]] : index
  // CHECK: %[[C0:.*]] = arith.constant 0 : index
  // CHECK: %[[INSIDE:.*]] = arith.select %[[OUTSIDE]], %[[C0]], %[[INDEX]] : index
  // CHECK: scf.if %[[OUTSIDE]] {
  // CHECK:   %[[C1:.*]] = arith.constant 1 : i32
  // CHECK:   memref.atomic_rmw ori %[[C1]], %[[STATUS]][]
  // CHECK: }
  %checked = lowbit.check_index %index, %c100 : index
  // CHECK: memref.load %[[TABLE]][%[[INSIDE]]]
  %0 = memref.load %table[%checked] : memref<100xf32>
  memref.store %0, %out[] : memref<f32>
  // CHECK: %[[RESULT:.*]] = memref.load %[[STATUS]][]
  // CHECK: return %[[RESULT]] : i32
  %c0_i32 = arith.constant 0 : i32
  return %c0_i32 : i32
}

// CHECK-LABEL: func.func @vector(
func.func @vector(%indices: vector<4xindex>, %out: memref<4xindex>) -> i32 {
  %sizes = arith.constant dense<100> : vector<4xindex>
  // CHECK: %[[OUTSIDE:.*]] = arith.cmpi uge, %{{.*}}, %{{.*}} : vector<4xindex>
  // CHECK: arith.select %[[OUTSIDE]], %{{.*}}, %{{.*}} : vector<4xi1>, vector<4xindex>
  // CHECK: %[[ANY:.*]] = vector.reduction <or>, %[[OUTSIDE]] : vector<4xi1> into i1
  // CHECK: scf.if %[[ANY]] {
  %checked = lowbit.check_index %indices, %sizes : vector<4xindex>
  %c0 = arith.constant 0 : index
  vector.store %checked, %out[%c0] : memref<4xindex>, vector<4xindex>
  %c0_i32 = arith.constant 0 : i32
  return %c0_i32 : i32
}

// CHECK-LABEL: func.func @none(
// CHECK-NOT: alloca
func.func @none(%x: memref<4xf32>) -> i32 {
  %c0_i32 = arith.constant 0 : i32
  return %c0_i32 : i32
}
