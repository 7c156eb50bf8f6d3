// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-drop-barriers))' | FileCheck %s

// CHECK-LABEL: func.func @last(
func.func @last(%m: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %f = arith.constant 0.0 : f32
  omp.parallel {
    // CHECK: omp.wsloop nowait {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        memref.store %f, %m[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
