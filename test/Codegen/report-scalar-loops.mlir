// RUN: quant-opt %s -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-report-scalar-loops))'

func.func @stores_elements(%m: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %f = arith.constant 0.0 : f32
  // expected-remark@+1 {{this loop is not vectorized: it computes one element at a time}}
  scf.for %i = %c0 to %c16 step %c1 {
    memref.store %f, %m[%i] : memref<16xf32>
  }
  return
}

func.func @carries_an_element(%m: memref<16xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %f = arith.constant 0.0 : f32
  // expected-remark@+1 {{this loop is not vectorized: it computes one element at a time}}
  %sum = scf.for %i = %c0 to %c16 step %c1 iter_args(%s = %f) -> f32 {
    %x = memref.load %m[%i] : memref<16xf32>
    %t = arith.addf %s, %x : f32
    scf.yield %t : f32
  }
  return %sum : f32
}

// A vector of one element is no vector.
func.func @vectors_of_one(%m: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %f = arith.constant dense<0.0> : vector<1xf32>
  // expected-remark@+1 {{this loop is not vectorized: it computes one element at a time}}
  scf.for %i = %c0 to %c16 step %c1 {
    vector.transfer_write %f, %m[%i] {in_bounds = [true]} : vector<1xf32>, memref<16xf32>
  }
  return
}

func.func @vectors(%m: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %f = arith.constant dense<0.0> : vector<4xf32>
  scf.for %i = %c0 to %c16 step %c4 {
    vector.transfer_write %f, %m[%i] {in_bounds = [true]} : vector<4xf32>, memref<16xf32>
  }
  return
}
