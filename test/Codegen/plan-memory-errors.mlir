// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-plan-memory))'

func.func @dynamic(%n: index) {
  // expected-error@+1 {{'memref.alloc' op expected a contiguous buffer of static shape, but got 'memref<?xf32>'}}
  %0 = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

func.func @strided() {
  // expected-error@+1 {{'memref.alloc' op expected a contiguous buffer of static shape, but got 'memref<4xf32, strided<[2]>>'}}
  %0 = memref.alloc() : memref<4xf32, strided<[2]>>
  return
}
