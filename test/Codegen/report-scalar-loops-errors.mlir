// RUN: quant-opt %s -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-report-scalar-loops))'

// The pass refuses nothing, and says nothing of what has no scalar loop: any diagnostic here is an unexpected one.

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
