// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-merge-parallel-regions))' | FileCheck %s

// The pass refuses nothing. It leaves declarations and what it can't prove to stay the same.

memref.global "private" @variable : memref<64xf32> = dense<1.0>

// CHECK: func.func private @effects(memref<64xf32>)
func.func private @effects(memref<64xf32>)

// A second loop in the region reads the results of the first one.
// CHECK-LABEL: func.func @read_behind(
func.func @read_behind(%m: memref<64xf32>, %n: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %f = arith.constant 0.0 : f32
  %two = llvm.mlir.constant(2 : i32) : i32
  omp.parallel num_threads(%two : i32) {
    // CHECK: omp.wsloop {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        memref.store %f, %m[%i] : memref<64xf32>
        omp.yield
      }
    }
    // CHECK: omp.wsloop {
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

// A value that is read between the regions and used in the second one is no other thread's; another number of threads
// is another team.
// CHECK-LABEL: func.func @results(
func.func @results(%x: memref<64xf32>, %y: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %two = llvm.mlir.constant(2 : i32) : i32
  %three = llvm.mlir.constant(3 : i32) : i32
  // CHECK: omp.parallel
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
  // CHECK: memref.load %{{.*}}[%c1]
  // CHECK-NEXT: omp.parallel
  %v = memref.load %y[%c1] : memref<64xf32>
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        memref.store %v, %x[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  // CHECK: omp.parallel
  omp.parallel num_threads(%three : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        memref.store %v, %y[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  return
}

// All wait for a call, of which nothing is known, before and behind it.
// CHECK-LABEL: func.func @call(
func.func @call(%x: memref<64xf32>, %y: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %f = arith.constant 0.0 : f32
  %two = llvm.mlir.constant(2 : i32) : i32
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        memref.store %f, %x[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  // CHECK: omp.barrier
  // CHECK-NEXT: omp.masked {
  // CHECK-NEXT: call @effects
  // CHECK: omp.barrier
  // CHECK-NEXT: omp.wsloop nowait {
  func.call @effects(%y) : (memref<64xf32>) -> ()
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        memref.store %f, %y[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  return
}

// A variable is no constant; a box of a place that is a value could be any; a memref that is chosen could be either.
// CHECK-LABEL: func.func @unknown(
func.func @unknown(%x: memref<64xf32>, %y: memref<64xf32>, %n: index, %which: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %two = llvm.mlir.constant(2 : i32) : i32
  %low = memref.subview %x[0] [32] [1] : memref<64xf32> to memref<32xf32, strided<[1]>>
  %any = memref.subview %x[%n] [32] [1] : memref<64xf32> to memref<32xf32, strided<[1], offset: ?>>
  %either = arith.select %which, %x, %y : memref<64xf32>
  // CHECK: omp.wsloop nowait {
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c32) step (%c1) {
        %g = memref.get_global @variable : memref<64xf32>
        %v = memref.load %g[%i] : memref<64xf32>
        memref.store %v, %low[%i] : memref<32xf32, strided<[1]>>
        omp.yield
      }
    }
    omp.terminator
  }
  // CHECK: omp.barrier
  // CHECK-NEXT: omp.wsloop nowait {
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c32) step (%c1) {
        %v = memref.load %any[%i] : memref<32xf32, strided<[1], offset: ?>>
        memref.store %v, %y[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  // CHECK: omp.barrier
  // CHECK-NEXT: omp.wsloop nowait {
  omp.parallel num_threads(%two : i32) {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c32) step (%c1) {
        %v = memref.load %either[%i] : memref<64xf32>
        %g = memref.get_global @variable : memref<64xf32>
        memref.store %v, %g[%i] : memref<64xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
