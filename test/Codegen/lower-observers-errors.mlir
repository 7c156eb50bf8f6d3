// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(lowbit-lower-observers)'

func.func @strided(%x: memref<2x3xf32, strided<[4, 1]>>) {
  // expected-error@+1 {{'lowbit.observe' op expected a contiguous buffer of static shape, but got 'memref<2x3xf32, strided<[4, 1]>>'}}
  lowbit.observe %x as "x" : memref<2x3xf32, strided<[4, 1]>>
  return
}

// -----

func.func @dynamic(%x: memref<?xf32>) {
  // expected-error@+1 {{'lowbit.observe' op expected a contiguous buffer of static shape, but got 'memref<?xf32>'}}
  lowbit.observe %x as "x" : memref<?xf32>
  return
}

// -----

func.func @tensor(%x: tensor<4xf32>) {
  // expected-error@+1 {{'lowbit.observe' op expected a contiguous buffer of static shape, but got 'tensor<4xf32>'}}
  lowbit.observe %x as "x" : tensor<4xf32>
  return
}
