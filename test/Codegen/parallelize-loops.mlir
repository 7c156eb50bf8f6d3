// RUN: quant-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(lowbit-parallelize-loops{threads=2 min-operations=100}))' | FileCheck %s
// RUN: quant-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(lowbit-parallelize-loops{threads=1 min-operations=100}))' | FileCheck %s --check-prefix=ONE

// One thread: the marks go, the loops stay.
// ONE-NOT: lowbit.parallel
// ONE-NOT: scf.forall
// ONE-NOT: lowbit.threads

// The rows divide nearly as evenly as the panels, and no two threads write to one cache line.
// CHECK-DAG: #[[$FIRST:.*]] = affine_map<(d0) -> ((d0 * 111) floordiv 2)>
// CHECK-DAG: #[[$END:.*]] = affine_map<(d0) -> ((d0 * 111 + 111) floordiv 2)>
// CHECK-LABEL: func.func @rows(
// CHECK-SAME: attributes {lowbit.threads = 2 : i64}
func.func @rows(%m: memref<111x64xf32>, %bias: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c111 = arith.constant 111 : index
  %zero = arith.constant 0.0 : f32
  // CHECK: scf.forall (%[[THREAD:.*]]) in (2) {
  // CHECK-DAG: %[[FIRST:.*]] = affine.apply #[[$FIRST]](%[[THREAD]])
  // CHECK-DAG: %[[END:.*]] = affine.apply #[[$END]](%[[THREAD]])
  // CHECK: scf.for %{{.*}} = %c0 to %c4 step %c1 {
  scf.for %panel = %c0 to %c4 step %c1 {
    %column = affine.apply affine_map<(d0) -> (d0 * 16)>(%panel)
    // What every thread computes for itself does not write.
    // CHECK: vector.transfer_read
    %v = vector.transfer_read %bias[%column], %zero {in_bounds = [true]} : memref<64xf32>, vector<16xf32>
    // CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[END]] step %c1 {
    scf.for %row = %c0 to %c111 step %c1 {
      vector.transfer_write %v, %m[%row, %column] {in_bounds = [true]} : vector<16xf32>, memref<111x64xf32>
    } {lowbit.parallel = true}
  } {lowbit.parallel = false}
  // CHECK-NOT: lowbit.parallel
  return
}

// -----

// Three rows divide badly: the panels are shared out.
// CHECK-LABEL: func.func @panels(
func.func @panels(%m: memref<3x1024xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c64 = arith.constant 64 : index
  %v = arith.constant dense<0.0> : vector<16xf32>
  // CHECK: scf.forall (%[[THREAD:.*]]) in (2) {
  // CHECK: %[[FIRST:.*]] = affine.apply #{{.*}}(%[[THREAD]])
  // CHECK: %[[END:.*]] = affine.apply #{{.*}}(%[[THREAD]])
  // CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[END]] step %c1 {
  // CHECK: scf.for %{{.*}} = %c0 to %c3 step %c1 {
  scf.for %panel = %c0 to %c64 step %c1 {
    %column = affine.apply affine_map<(d0) -> (d0 * 16)>(%panel)
    scf.for %row = %c0 to %c3 step %c1 {
      vector.transfer_write %v, %m[%row, %column] {in_bounds = [true]} : vector<16xf32>, memref<3x1024xf32>
    } {lowbit.parallel = true}
  } {lowbit.parallel = false}
  return
}

// -----

// A loop beside another that writes is not divided: every thread would write. The outer loop is.
// CHECK-LABEL: func.func @writes_between(
func.func @writes_between(%m: memref<4x64xf32>, %n: memref<4x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c16 = arith.constant 16 : index
  %v = arith.constant dense<0.0> : vector<4xf32>
  // CHECK: scf.forall (%[[THREAD:.*]]) in (2) {
  // CHECK: %[[FIRST:.*]] = affine.apply #{{.*}}(%[[THREAD]])
  // CHECK: scf.for %{{.*}} = %[[FIRST]] to
  // CHECK: scf.for %{{.*}} = %c0 to %c16
  scf.for %row = %c0 to %c3 step %c1 {
    vector.transfer_write %v, %n[%row, %c0] {in_bounds = [true]} : vector<4xf32>, memref<4x16xf32>
    scf.for %panel = %c0 to %c16 step %c1 {
      %column = affine.apply affine_map<(d0) -> (d0 * 4)>(%panel)
      vector.transfer_write %v, %m[%row, %column] {in_bounds = [true]} : vector<4xf32>, memref<4x64xf32>
    } {lowbit.parallel = true}
  } {lowbit.parallel = true}
  return
}

// -----

// Too little to wake a thread for, an order that matters, bounds that aren't known, one iteration: all stay.
// CHECK-LABEL: func.func @stay(
// CHECK-NOT: scf.forall
func.func @stay(%m: memref<64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  %f = arith.constant 0.0 : f32
  scf.for %i = %c0 to %c8 step %c1 {
    memref.store %f, %m[%i] : memref<64xf32>
  } {lowbit.parallel = true}
  scf.for %i = %c0 to %c4096 step %c1 {
    memref.store %f, %m[%c0] : memref<64xf32>
  }
  scf.for %i = %c0 to %n step %c1 {
    memref.store %f, %m[%i] : memref<64xf32>
  } {lowbit.parallel = true}
  scf.for %i = %c0 to %c1 step %c1 {
    scf.for %j = %c0 to %c4096 step %c1 {
      memref.store %f, %m[%c0] : memref<64xf32>
    }
  } {lowbit.parallel = true}
  return
}

func.func private @declaration()
