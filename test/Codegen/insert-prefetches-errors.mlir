// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-insert-prefetches))' | FileCheck %s

// The pass refuses nothing. It leaves alone what it can't tell the size or the loops of.

// CHECK: func.func private @declaration(memref<16xf32>)
func.func private @declaration(memref<16xf32>)

memref.global "private" constant @weights : memref<64x128x64xi8> = dense<1>

// CHECK-LABEL: func.func @no_loop(
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @no_loop(%rows: index) -> vector<64xi8> {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0 : i8
  %w = memref.get_global @weights : memref<64x128x64xi8>
  %v = vector.transfer_read %w[%c0, %rows, %c0], %pad {in_bounds = [true]} : memref<64x128x64xi8>, vector<64xi8>
  return %v : vector<64xi8>
}

// A while loop has no induction variable.
// CHECK-LABEL: func.func @while(
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @while(%out: memref<64xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %pad = arith.constant 0 : i8
  %w = memref.get_global @weights : memref<64x128x64xi8>
  %end = scf.while (%i = %c0) : (index) -> index {
    %more = arith.cmpi ult, %i, %c64 : index
    scf.condition(%more) %i : index
  } do {
  ^bb0(%i: index):
    %v = vector.transfer_read %w[%c0, %i, %c0], %pad {in_bounds = [true]} : memref<64x128x64xi8>, vector<64xi8>
    vector.transfer_write %v, %out[%c0] {in_bounds = [true]} : vector<64xi8>, memref<64xi8>
    %next = arith.addi %i, %c1 : index
    scf.yield %next : index
  }
  return
}
