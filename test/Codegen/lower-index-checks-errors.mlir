// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-lower-index-checks))'

func.func @no_status(%index: index, %size: index, %out: memref<index>) {
  // expected-error@+1 {{'lowbit.check_index' op expected a function of one block that returns an i32, as lowbit-export-signatures leaves it, but got '(index, index, memref<index>) -> ()'}}
  %0 = lowbit.check_index %index, %size : index
  memref.store %0, %out[] : memref<index>
  return
}

// -----

func.func @two_blocks(%index: index, %size: index, %out: memref<index>) -> i32 {
  // expected-error@+1 {{'lowbit.check_index' op expected a function of one block that returns an i32}}
  %0 = lowbit.check_index %index, %size : index
  memref.store %0, %out[] : memref<index>
  cf.br ^next
^next:
  %c0_i32 = arith.constant 0 : i32
  return %c0_i32 : i32
}
