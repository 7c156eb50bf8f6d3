// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-drop-barriers))' | FileCheck %s

// The pass refuses nothing. It leaves declarations, and a loop whose results the same parallel region reads.

// CHECK: func.func private @declaration
func.func private @declaration()

// CHECK-LABEL: func.func @read_behind(
func.func @read_behind(%m: memref<64xf32>, %n: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %f = arith.constant 0.0 : f32
  omp.parallel {
    // CHECK: omp.wsloop {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        memref.store %f, %m[%i] : memref<64xf32>
        omp.yield
      }
    }
    // CHECK: omp.wsloop nowait {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        %j = arith.subi %c64, %i : index
        %k = arith.subi %j, %c1 : index
        %v = memref.load %m[%k] : memref<64xf32>
        memref.store %v, %n[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
