// RUN: quant-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(lowbit-parallelize-loops{threads=2 min-operations=100}))' | FileCheck %s
// RUN: quant-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(lowbit-parallelize-loops{threads=1 min-operations=100}))' | FileCheck %s --check-prefix=ONE

// One thread: the marks go, the loops stay.
// ONE-NOT: lowbit.parallel
// ONE-NOT: scf.forall
// ONE-NOT: lowbit.threads

// The rows divide nearly evenly, and no two threads write to one cache line.
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

// Three rows don't divide evenly: the row in the middle is divided between its panels.
// CHECK-DAG: #[[$FIRST:.*]] = affine_map<(d0, d1) -> ((d0 * 96 - d1) ceildiv 64)>
// CHECK-DAG: #[[$END:.*]] = affine_map<(d0, d1) -> ((d0 * 96 - d1 + 96) ceildiv 64)>
// CHECK-LABEL: func.func @panels(
func.func @panels(%m: memref<3x1024xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c64 = arith.constant 64 : index
  %v = arith.constant dense<0.0> : vector<16xf32>
  // CHECK: scf.forall (%[[THREAD:.*]]) in (2) {
  // CHECK: scf.for %[[PANEL:.*]] = %c0 to %c64 step %c1 {
  // CHECK: %[[FIRST:.*]] = affine.apply #[[$FIRST]](%[[THREAD]], %[[PANEL]])
  // CHECK: %[[END:.*]] = affine.apply #[[$END]](%[[THREAD]], %[[PANEL]])
  // CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[END]] step %c1 {
  scf.for %panel = %c0 to %c64 step %c1 {
    %column = affine.apply affine_map<(d0) -> (d0 * 16)>(%panel)
    scf.for %row = %c0 to %c3 step %c1 {
      vector.transfer_write %v, %m[%row, %column] {in_bounds = [true]} : vector<16xf32>, memref<3x1024xf32>
    } {lowbit.parallel = true}
  } {lowbit.parallel = false}
  return
}

// -----

// The columns divide evenly, but the rows are divided, as in the nests before and behind: of the row in the middle each
// thread computes one column.
// CHECK-DAG: #[[$FIRST_ROW:.*]] = affine_map<(d0) -> ((d0 * 27) floordiv 2)>
// CHECK-DAG: #[[$END_ROW:.*]] = affine_map<(d0) -> ((d0 * 27 + 27) ceildiv 2)>
// CHECK-DAG: #[[$FIRST_COLUMN:.*]] = affine_map<(d0, d1) -> (d0 * 27 - d1 * 2, 0)>
// CHECK-DAG: #[[$END_COLUMN:.*]] = affine_map<(d0, d1) -> ((d0 + 1) * 27 - d1 * 2, 2)>
// CHECK-LABEL: func.func @columns(
func.func @columns(%m: memref<27x2x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c27 = arith.constant 27 : index
  %v = arith.constant dense<0.0> : vector<64xf32>
  // CHECK: scf.forall (%[[THREAD:.*]]) in (2) {
  // CHECK: %[[FIRST_ROW:.*]] = affine.apply #[[$FIRST_ROW]](%[[THREAD]])
  // CHECK: %[[END_ROW:.*]] = affine.apply #[[$END_ROW]](%[[THREAD]])
  // CHECK: scf.for %[[ROW:.*]] = %[[FIRST_ROW]] to %[[END_ROW]] step %c1 {
  // CHECK: %[[FIRST:.*]] = affine.max #[[$FIRST_COLUMN]](%[[THREAD]], %[[ROW]])
  // CHECK: %[[END:.*]] = affine.min #[[$END_COLUMN]](%[[THREAD]], %[[ROW]])
  // CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[END]] step %c1 {
  scf.for %row = %c0 to %c27 step %c1 {
    scf.for %column = %c0 to %c2 step %c1 {
      vector.transfer_write %v, %m[%row, %column, %c0] {in_bounds = [true]} : vector<64xf32>, memref<27x2x64xf32>
    } {lowbit.parallel = true}
  } {lowbit.parallel = true}
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

// -----

// Loops around products in tile registers stay marked, whoever runs them: `lowbit-lower-tiles` overlaps their iterations.
// CHECK-LABEL: func.func @tiles(
// ONE-LABEL: func.func @tiles(
// ONE: } {lowbit.parallel = true}
// ONE: } {lowbit.parallel = true}
func.func @tiles(%a: memref<64x64xi8>, %w: memref<2x1x16x1x64xi8>, %out: memref<64x32xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  // CHECK: scf.forall
  // CHECK: lowbit.multiply_tiles
  // CHECK: } {lowbit.parallel = true}
  // CHECK: } {lowbit.parallel = true}
  scf.for %i = %c0 to %c4 step %c1 {
    %row = affine.apply affine_map<(d0) -> (d0 * 16)>(%i)
    scf.for %j = %c0 to %c2 step %c1 {
      %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%row, %c0], %w[%j] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64
        : memref<64x64xi8>, memref<2x1x16x1x64xi8> -> vector<1x16x1x16xi32>
      %column = affine.apply affine_map<(d0) -> (d0 * 16)>(%j)
      %sum = vector.extract %sums[0, 0, 0] : vector<16xi32> from vector<1x16x1x16xi32>
      vector.store %sum, %out[%row, %column] : memref<64x32xi32>, vector<16xi32>
    } {lowbit.parallel = true}
  } {lowbit.parallel = true}
  return
}
