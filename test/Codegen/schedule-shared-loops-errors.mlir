// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-schedule-shared-loops)' | FileCheck %s
// RUN: sed -e 's/@declaration()/@omp_get_thread_num() -> f32/' -e 's/schedule(dynamic)//' %s | quant-opt --pass-pipeline='builtin.module(lowbit-schedule-shared-loops)' | FileCheck %s --check-prefix=TAKEN

// A program may have a function of its own of such a name.
// TAKEN-NOT: omp_get_num_threads
// TAKEN-NOT: scf.for

// The pass refuses nothing. It leaves loops of which the runtime library does more than to divide them: nothing is
// declared.

// CHECK-NOT: omp_get
// CHECK: func.func private @declaration()
func.func private @declaration()

// Threads wait behind a loop that isn't `nowait`; other loops have a schedule, an inclusive end or two dimensions.
// CHECK-LABEL: func.func @left(
func.func @left(%m: memref<64xf32>, %f: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c63 = arith.constant 63 : index
  // CHECK-NOT: scf.for
  omp.parallel {
    // CHECK: omp.wsloop {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c63) step (%c1) {
        memref.store %f, %m[%i] : memref<64xf32>
        omp.yield
      }
    }
    // CHECK: omp.wsloop nowait schedule(dynamic) {
    omp.wsloop nowait schedule(dynamic) {
      omp.loop_nest (%i) : index = (%c0) to (%c63) step (%c1) {
        memref.store %f, %m[%i] : memref<64xf32>
        omp.yield
      }
    }
    // CHECK: omp.wsloop nowait {
    omp.wsloop nowait {
      omp.loop_nest (%i) : index = (%c0) to (%c63) inclusive step (%c1) {
        memref.store %f, %m[%i] : memref<64xf32>
        omp.yield
      }
    }
    // CHECK: omp.wsloop nowait {
    omp.wsloop nowait {
      omp.loop_nest (%i, %j) : index = (%c0, %c0) to (%c8, %c8) step (%c1, %c1) collapse(2) {
        %k = arith.muli %i, %c8 : index
        %l = arith.addi %k, %j : index
        memref.store %f, %m[%l] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  // CHECK: return
  return
}
