// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-merge-parallel-regions))' | FileCheck %s

memref.global "private" constant @constants : memref<64xf32> = dense<1.0>

// The second loop reads what the first one has written, the third one what the second has: they wait twice.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<64xf32>, %[[Y:[a-z0-9]+]]: memref<64xf32>, %[[Z:[a-z0-9]+]]: memref<64xf32>
func.func @chain(%x: memref<64xf32>, %y: memref<64xf32>, %z: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %two = llvm.mlir.constant(2 : i32) : i32
  // CHECK: omp.parallel num_threads
  // CHECK: omp.wsloop nowait {
  // CHECK: memref.store %{{.*}}, %[[Y]]
  // CHECK: omp.barrier
  // CHECK-NEXT: omp.wsloop nowait {
  // CHECK: memref.store %{{.*}}, %[[Z]]
  // CHECK: omp.barrier
  // CHECK-NEXT: omp.wsloop nowait {
  // CHECK: memref.store %{{.*}}, %[[Y]]
  // CHECK-NOT: omp.barrier
  // CHECK: omp.terminator
  // CHECK-NEXT: }
  // CHECK-NEXT: return
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        %v = memref.load %x[%i] : memref<64xf32>
        memref.store %v, %y[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        %v = memref.load %y[%i] : memref<64xf32>
        memref.store %v, %z[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  // Another constant of the same value.
  %again = llvm.mlir.constant(2 : i32) : i32
  omp.parallel num_threads(%again : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        %v = memref.load %z[%i] : memref<64xf32>
        memref.store %v, %y[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  return
}

// Both read the same argument and a constant, and each writes its half of a buffer, and memory of its own: no barrier.
// The third one reads the buffer as a whole.
// CHECK-LABEL: func.func @halves(
func.func @halves(%x: memref<64xf32>, %arena: memref<4096xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %two = llvm.mlir.constant(2 : i32) : i32
  %buffer = memref.view %arena[%c0][] : memref<4096xi8> to memref<64x8xf32>
  %left = memref.subview %buffer[0, 0] [64, 4] [1, 1] : memref<64x8xf32> to memref<64x4xf32, strided<[8, 1]>>
  // CHECK: memref.subview {{.*}}[0, 4]
  // CHECK: memref.collapse_shape
  // CHECK: omp.parallel num_threads
  // CHECK: omp.wsloop nowait {
  // CHECK-NOT: omp.barrier
  // CHECK: omp.wsloop nowait {
  // CHECK: omp.barrier
  // CHECK-NEXT: omp.wsloop nowait {
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        memref.alloca_scope {
          %own = memref.alloca() : memref<1xf32>
          %v = memref.load %x[%i] : memref<64xf32>
          memref.store %v, %own[%c0] : memref<1xf32>
          %w = memref.load %own[%c0] : memref<1xf32>
          memref.store %w, %left[%i, %c0] : memref<64x4xf32, strided<[8, 1]>>
        }
        omp.yield
      }
    }
    omp.terminator
  }
  %right = memref.subview %buffer[0, 4] [64, 4] [1, 1] : memref<64x8xf32> to memref<64x4xf32, strided<[8, 1], offset: 4>>
  %rows = memref.collapse_shape %buffer [[0, 1]] : memref<64x8xf32> into memref<512xf32>
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        %k = memref.get_global @constants : memref<64xf32>
        %v = memref.load %x[%i] : memref<64xf32>
        %w = memref.load %k[%i] : memref<64xf32>
        %s = arith.addf %v, %w : f32
        memref.prefetch %rows[%i], read, locality<2>, data : memref<512xf32>
        memref.store %s, %right[%i, %c0] : memref<64x4xf32, strided<[8, 1], offset: 4>>
        omp.yield
      }
    }
    omp.terminator
  }
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        %v = memref.load %rows[%i] : memref<512xf32>
        memref.store %v, %x[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  return
}

// Places in the arena: the second buffer is behind the first one, the third lies where the first one lay.
// CHECK-LABEL: func.func @arena(
func.func @arena(%x: memref<64xf32>, %y: memref<64xf32>, %arena: memref<4096xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c256 = arith.constant 256 : index
  %two = llvm.mlir.constant(2 : i32) : i32
  %first = memref.view %arena[%c0][] : memref<4096xi8> to memref<64xf32>
  %second = memref.view %arena[%c256][] : memref<4096xi8> to memref<64xf32>
  %third = memref.view %arena[%c128][] : memref<4096xi8> to memref<32xf32>
  // CHECK: omp.parallel num_threads
  // CHECK: omp.wsloop nowait {
  // CHECK-NOT: omp.barrier
  // CHECK: omp.wsloop nowait {
  // CHECK: omp.barrier
  // CHECK-NEXT: omp.wsloop nowait {
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        %v = memref.load %first[%i] : memref<64xf32>
        memref.store %v, %y[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        %v = memref.load %x[%i] : memref<64xf32>
        %r = llvm.call_intrinsic "llvm.rint.f32"(%v) : (f32) -> f32
        memref.store %r, %second[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        %v = memref.load %x[%c0] : memref<64xf32>
        memref.store %v, %third[%c1] : memref<32xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  return
}

// What stands between is for one thread, what it is computed of comes before all. Two such parts don't wait for each
// other: it is the same thread.
// CHECK-LABEL: func.func @between(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<64xf32>, %[[Y:[a-z0-9]+]]: memref<64xf32>, %[[N:[a-z0-9]+]]: index
func.func @between(%x: memref<64xf32>, %y: memref<64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %two = llvm.mlir.constant(2 : i32) : i32
  // CHECK: %[[K:.*]] = memref.get_global @constants
  // CHECK-NEXT: %[[V:.*]] = memref.load %[[K]]
  // CHECK-NEXT: omp.parallel num_threads
  // CHECK: omp.wsloop nowait {
  // CHECK: omp.barrier
  // CHECK-NEXT: omp.masked {
  // CHECK-NEXT: %[[W:.*]] = memref.load %[[Y]][%[[N]]]
  // CHECK-NEXT: %[[S:.*]] = arith.addf %[[V]], %[[W]]
  // CHECK-NEXT: memref.store %[[S]], %[[X]]
  // CHECK-NEXT: omp.terminator
  // CHECK-NEXT: }
  // CHECK-NEXT: omp.barrier
  // CHECK-NEXT: omp.wsloop nowait {
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        %v = memref.load %x[%i] : memref<64xf32>
        memref.store %v, %y[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  %k = memref.get_global @constants : memref<64xf32>
  %v = memref.load %k[%n] : memref<64xf32>
  %w = memref.load %y[%n] : memref<64xf32>
  %s = arith.addf %v, %w : f32
  memref.store %s, %x[%c0] : memref<64xf32>
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        %u = memref.load %x[%i] : memref<64xf32>
        memref.store %u, %y[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  // CHECK: omp.terminator
  // CHECK-NEXT: }
  // CHECK-NEXT: memref.store
  // CHECK-NEXT: return
  memref.store %v, %x[%c1] : memref<64xf32>
  return
}

// Loops of a loop are merged in it.
// CHECK-LABEL: func.func @nested(
func.func @nested(%x: memref<64xf32>, %y: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %two = llvm.mlir.constant(2 : i32) : i32
  // CHECK: scf.for
  // CHECK-NEXT: omp.parallel num_threads
  // CHECK: omp.barrier
  // CHECK-NOT: omp.parallel
  // CHECK: return
  scf.for %block = %c0 to %c64 step %c1 {
    omp.parallel num_threads(%two : i32) {
      omp.wsloop {
        omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
          %v = memref.load %x[%i] : memref<64xf32>
          memref.store %v, %y[%i] : memref<64xf32>
          omp.yield
        }
      }
      omp.terminator
    }
    omp.parallel num_threads(%two : i32) {
      omp.wsloop {
        omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
          %v = memref.load %y[%i] : memref<64xf32>
          memref.store %v, %x[%i] : memref<64xf32>
          omp.yield
        }
      }
      omp.terminator
    }
  }
  return
}

// A region that nothing follows: the threads wait at its end in any case.
// CHECK-LABEL: func.func @alone(
func.func @alone(%m: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %f = arith.constant 0.0 : f32
  %two = llvm.mlir.constant(2 : i32) : i32
  omp.parallel num_threads(%two : i32) {
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
