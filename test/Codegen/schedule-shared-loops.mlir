// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-schedule-shared-loops)' | FileCheck %s

// CHECK-DAG: func.func private @omp_get_thread_num() -> i32
// CHECK-DAG: func.func private @omp_get_num_threads() -> i32

// Each thread asks once, and runs the iterations of both loops that its number says, from 3 on in steps of 2.
// CHECK-LABEL: func.func @two_loops(
// CHECK-SAME: %[[M:[a-z0-9]+]]: memref<64xf32>, %[[N:[a-z0-9]+]]: memref<64xf32>, %[[F:[a-z0-9]+]]: f32
func.func @two_loops(%m: memref<64xf32>, %n: memref<64xf32>, %f: f32) {
  // CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
  // CHECK-DAG: %[[C2:.*]] = arith.constant 2 : index
  // CHECK-DAG: %[[C64:.*]] = arith.constant 64 : index
  %c3 = arith.constant 3 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  // CHECK: omp.parallel {
  omp.parallel {
    // CHECK-DAG: %[[T:.*]] = func.call @omp_get_thread_num() : () -> i32
    // CHECK-DAG: %[[THREAD:.*]] = arith.index_cast %[[T]] : i32 to index
    // CHECK-DAG: %[[S:.*]] = func.call @omp_get_num_threads() : () -> i32
    // CHECK-DAG: %[[THREADS:.*]] = arith.index_cast %[[S]] : i32 to index
    // CHECK: %[[OFFSET:.*]] = arith.muli %[[THREAD]], %[[C2]] : index
    // CHECK-NEXT: %[[FIRST:.*]] = arith.addi %[[C3]], %[[OFFSET]] : index
    // CHECK-NEXT: %[[STRIDE:.*]] = arith.muli %[[THREADS]], %[[C2]] : index
    // CHECK-NEXT: scf.for %[[I:.*]] = %[[FIRST]] to %[[C64]] step %[[STRIDE]] {
    // CHECK-NEXT: memref.store %[[F]], %[[M]][%[[I]]]
    // CHECK-NEXT: }
    // CHECK-NEXT: omp.barrier
    omp.wsloop nowait {
      omp.loop_nest (%i) : index = (%c3) to (%c64) step (%c2) {
        memref.store %f, %m[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.barrier
    // CHECK-NOT: call
    // CHECK: %[[OFFSET2:.*]] = arith.muli %[[THREAD]], %[[C2]] : index
    // CHECK: scf.for
    // CHECK-NEXT: memref.load %[[M]]
    omp.wsloop nowait {
      omp.loop_nest (%i) : index = (%c3) to (%c64) step (%c2) {
        %v = memref.load %m[%i] : memref<64xf32>
        memref.store %v, %n[%i] : memref<64xf32>
        omp.yield
      }
    }
    // CHECK: omp.terminator
    omp.terminator
  }
  return
}
