// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-prefetch-constants,canonicalize))' | FileCheck %s

memref.global "private" constant @weights : memref<64x128x64xi8> = dense<1>
memref.global "private" constant @small : memref<2x128x64xi8> = dense<1>

// Both loops move the read: each byte comes once.
// CHECK-LABEL: func.func @once(
func.func @once(%out: memref<64xi8>) {
  // CHECK: %[[AHEAD:.*]] = arith.constant 3072 : index
  // CHECK: %[[W:.*]] = memref.get_global @weights
  // CHECK: scf.for %[[I:[^ ]*]] =
  // CHECK: scf.for %[[J:[^ ]*]] =
  // CHECK: %[[K:.*]] = affine.apply {{.*}}(%[[J]])
  // CHECK-NEXT: memref.prefetch %[[W]][%[[I]], %[[K]], %[[AHEAD]]], read, locality<2>, data
  // CHECK-NEXT: vector.transfer_read %[[W]][%[[I]], %[[K]], %{{.*}}]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %pad = arith.constant 0 : i8
  %w = memref.get_global @weights : memref<64x128x64xi8>
  scf.for %i = %c0 to %c64 step %c1 {
    scf.for %j = %c0 to %c64 step %c1 {
      %k = affine.apply affine_map<(d0) -> (d0 * 2)>(%j)
      %v = vector.transfer_read %w[%i, %k, %c0], %pad {in_bounds = [true]} : memref<64x128x64xi8>, vector<64xi8>
      vector.transfer_write %v, %out[%c0] {in_bounds = [true]} : vector<64xi8>, memref<64xi8>
    }
  }
  return
}

// The outer loop reads the same 512 KiB again: they come from a cache, but not the first.
// CHECK-LABEL: func.func @again_from_cache(
func.func @again_from_cache(%out: memref<64xi8>) {
  // CHECK: %[[AHEAD:.*]] = arith.constant 2048 : index
  // CHECK: memref.prefetch %{{.*}}[%{{.*}}, %{{.*}}, %[[AHEAD]]], read, locality<3>, data
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %pad = arith.constant 0 : i8
  %w = memref.get_global @weights : memref<64x128x64xi8>
  scf.for %row = %c0 to %c64 step %c1 {
    scf.for %i = %c0 to %c64 step %c1 {
      scf.for %j = %c0 to %c64 step %c1 {
        %v = vector.transfer_read %w[%i, %j, %c0], %pad {in_bounds = [true]} : memref<64x128x64xi8>, vector<64xi8>
        vector.transfer_write %v, %out[%c0] {in_bounds = [true]} : vector<64xi8>, memref<64xi8>
      }
    }
  }
  return
}

// The outer loop reads the same 8 KiB again, which are in the first cache then. What no loop moves is read once.
// CHECK-LABEL: func.func @again(
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @again(%out: memref<64xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %pad = arith.constant 0 : i8
  %w = memref.get_global @weights : memref<64x128x64xi8>
  scf.for %i = %c0 to %c64 step %c1 {
    scf.for %j = %c0 to %c64 step %c1 {
      %v = vector.transfer_read %w[%c0, %j, %c0], %pad {in_bounds = [true]} : memref<64x128x64xi8>, vector<64xi8>
      vector.transfer_write %v, %out[%c0] {in_bounds = [true]} : vector<64xi8>, memref<64xi8>
    }
  }
  %v = vector.transfer_read %w[%c1, %c0, %c0], %pad {in_bounds = [true]} : memref<64x128x64xi8>, vector<64xi8>
  vector.transfer_write %v, %out[%c0] {in_bounds = [true]} : vector<64xi8>, memref<64xi8>
  return
}

// A small constant, and a buffer that is none.
// CHECK-LABEL: func.func @small_and_variable(
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @small_and_variable(%x: memref<64x128x64xi8>, %out: memref<64xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %pad = arith.constant 0 : i8
  %w = memref.get_global @small : memref<2x128x64xi8>
  scf.for %j = %c0 to %c64 step %c1 {
    %v = vector.transfer_read %w[%c0, %j, %c0], %pad {in_bounds = [true]} : memref<2x128x64xi8>, vector<64xi8>
    vector.transfer_write %v, %out[%c0] {in_bounds = [true]} : vector<64xi8>, memref<64xi8>
    %u = vector.transfer_read %x[%c0, %j, %c0], %pad {in_bounds = [true]} : memref<64x128x64xi8>, vector<64xi8>
    vector.transfer_write %u, %out[%c0] {in_bounds = [true]} : vector<64xi8>, memref<64xi8>
  }
  return
}
