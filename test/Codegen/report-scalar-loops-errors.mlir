// RUN: quant-opt %s -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-report-scalar-loops))'

// The pass refuses nothing. It says nothing of what has no scalar loop, and of a nest it names the innermost loop alone.

func.func private @declaration(memref<16xf32>)

func.func @no_loop(%m: memref<16xf32>) {
  return
}

func.func @vectors(%m: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %v = arith.constant dense<0.0> : vector<8xf32>
  scf.for %i = %c0 to %c16 step %c8 {
    vector.transfer_write %v, %m[%i] {in_bounds = [true]} : vector<8xf32>, memref<16xf32>
  }
  return
}

func.func @nest(%m: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %f = arith.constant 0.0 : f32
  scf.for %i = %c0 to %c16 step %c1 {
    // expected-remark@+1 {{this loop is not vectorized: it computes one element at a time}}
    scf.for %j = %c0 to %c16 step %c1 {
      memref.store %f, %m[%i, %j] : memref<16x16xf32>
    }
  }
  return
}
