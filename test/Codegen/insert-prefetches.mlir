// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-insert-prefetches,canonicalize))' | FileCheck %s

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

// A small constant, and activations that are not read in order.
// CHECK-LABEL: func.func @small_and_apart(
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @small_and_apart(%x: memref<64x128x64xi8>, %out: memref<64xi8>) {
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

// Activations in order: each line is asked for once, before the first access, and all lines of a long one; those that
// are written too.
// CHECK-LABEL: func.func @stream(
// CHECK-SAME: %[[X:.*]]: memref<262144xi8>, %[[Y:.*]]: memref<262144xf32>, %[[OUT:.*]]: memref<262144xi8>, %[[FLOATS:.*]]: memref<262144xf32>
func.func @stream(%x: memref<262144xi8>, %y: memref<262144xf32>, %out: memref<262144xi8>, %floats: memref<262144xf32>) {
  // CHECK-DAG: %[[AHEAD:.*]] = arith.constant 2048 : index
  // CHECK-DAG: %[[FIRST:.*]] = arith.constant 512 : index
  // CHECK-DAG: %[[SECOND:.*]] = arith.constant 528 : index
  // CHECK-DAG: %[[FIRST_FLOATS:.*]] = arith.constant 128 : index
  // CHECK-DAG: %[[SECOND_FLOATS:.*]] = arith.constant 144 : index
  // CHECK: scf.for
  // CHECK: %[[I:.*]] = affine.apply
  // CHECK: %[[LINE:.*]] = arith.addi %[[I]], %[[AHEAD]]
  // CHECK: memref.prefetch %[[X]][%[[LINE]]], read, locality<3>, data : memref<262144xi8>
  // CHECK: vector.transfer_read %[[X]]
  // CHECK: %[[LINE:.*]] = arith.addi %[[I]], %[[FIRST]]
  // CHECK: memref.prefetch %[[OUT]][%[[LINE]]], write, locality<3>, data : memref<262144xi8>
  // CHECK: vector.transfer_write %{{.*}}, %[[OUT]]
  // CHECK-NOT: memref.prefetch
  // CHECK: vector.transfer_write %{{.*}}, %[[OUT]]
  // CHECK: %[[LINE:.*]] = arith.addi %[[I]], %[[FIRST]]
  // CHECK: memref.prefetch %[[Y]][%[[LINE]]], read, locality<3>, data : memref<262144xf32>
  // CHECK: %[[LINE:.*]] = arith.addi %[[I]], %[[SECOND]]
  // CHECK: memref.prefetch %[[Y]][%[[LINE]]], read
  // CHECK: %[[LINE:.*]] = arith.addi %[[I]], %[[FIRST_FLOATS]]
  // CHECK: memref.prefetch %[[FLOATS]][%[[LINE]]], write
  // CHECK: %[[LINE:.*]] = arith.addi %[[I]], %[[SECOND_FLOATS]]
  // CHECK: memref.prefetch %[[FLOATS]][%[[LINE]]], write
  // CHECK-NOT: memref.prefetch
  // CHECK: return
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8192 = arith.constant 8192 : index
  %pad = arith.constant 0 : i8
  %zero = arith.constant 0.0 : f32
  scf.for %n = %c0 to %c8192 step %c1 {
    %i = affine.apply affine_map<(d0) -> (d0 * 32)>(%n)
    %j = affine.apply affine_map<(d0) -> (d0 * 32 + 16)>(%n)
    %a = vector.transfer_read %x[%i], %pad {in_bounds = [true]} : memref<262144xi8>, vector<16xi8>
    vector.transfer_write %a, %out[%i] {in_bounds = [true]} : vector<16xi8>, memref<262144xi8>
    %b = vector.transfer_read %x[%j], %pad {in_bounds = [true]} : memref<262144xi8>, vector<16xi8>
    vector.transfer_write %b, %out[%j] {in_bounds = [true]} : vector<16xi8>, memref<262144xi8>
    %c = vector.transfer_read %y[%i], %zero {in_bounds = [true]} : memref<262144xf32>, vector<32xf32>
    vector.transfer_write %c, %floats[%i] {in_bounds = [true]} : vector<32xf32>, memref<262144xf32>
  }
  return
}

// Activations that a cache holds, that are read again, element by element as a product reads its rows, or in windows of
// several rows.
// CHECK-LABEL: func.func @no_stream(
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @no_stream(%small: memref<65536xi8>, %x: memref<262144xi8>, %y: memref<64x4096xi8>, %out: memref<64xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %pad = arith.constant 0 : i8
  scf.for %n = %c0 to %c64 step %c1 {
    %i = affine.apply affine_map<(d0) -> (d0 * 64)>(%n)
    %v = vector.transfer_read %small[%i], %pad {in_bounds = [true]} : memref<65536xi8>, vector<64xi8>
    vector.transfer_write %v, %out[%c0] {in_bounds = [true]} : vector<64xi8>, memref<64xi8>
    scf.for %m = %c0 to %c64 step %c1 {
      %j = affine.apply affine_map<(d0) -> (d0 * 64)>(%m)
      %w = vector.transfer_read %x[%j], %pad {in_bounds = [true]} : memref<262144xi8>, vector<64xi8>
      vector.transfer_write %w, %out[%c0] {in_bounds = [true]} : vector<64xi8>, memref<64xi8>
      %k = affine.apply affine_map<(d0, d1) -> (d0 * 256 + d1 * 4)>(%n, %m)
      %u = vector.transfer_read %x[%k], %pad {in_bounds = [true]} : memref<262144xi8>, vector<4xi8>
      vector.transfer_write %u, %out[%c0] {in_bounds = [true]} : vector<4xi8>, memref<64xi8>
    }
    %next = affine.apply affine_map<(d0) -> (d0 + 1)>(%n)
    scf.for %m = %c0 to %c64 step %c1 {
      %j = affine.apply affine_map<(d0) -> (d0 * 64)>(%m)
      %first = vector.transfer_read %y[%n, %j], %pad {in_bounds = [true]} : memref<64x4096xi8>, vector<64xi8>
      %second = vector.transfer_read %y[%next, %j], %pad {in_bounds = [true]} : memref<64x4096xi8>, vector<64xi8>
      %greatest = arith.maxsi %first, %second : vector<64xi8>
      vector.transfer_write %greatest, %out[%c0] {in_bounds = [true]} : vector<64xi8>, memref<64xi8>
    }
  }
  return
}

// Parts of rows that are written by turns, as those of a concatenation, each 512 bytes ahead of itself.
// CHECK-LABEL: func.func @columns(
func.func @columns(%x: memref<64xi8>, %out: memref<512x256xi8>) {
  // CHECK: %[[AHEAD:.*]] = arith.constant 512 : index
  // CHECK: scf.for %{{.*}}
  // CHECK: scf.for %[[J:.*]] = %{{.*}}
  // CHECK: %[[I:.*]] = affine.apply #{{.*}}(%[[J]])
  // CHECK: %[[LINE:.*]] = arith.addi %[[I]], %[[AHEAD]]
  // CHECK: memref.prefetch %{{.*}}[%{{.*}}, %[[LINE]]], write, locality<3>, data : memref<512x128xi8, strided<[256, 1], offset: 128>>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c512 = arith.constant 512 : index
  %pad = arith.constant 0 : i8
  %columns = memref.subview %out[0, 128] [512, 128] [1, 1] : memref<512x256xi8> to memref<512x128xi8, strided<[256, 1], offset: 128>>
  %v = vector.transfer_read %x[%c0], %pad {in_bounds = [true]} : memref<64xi8>, vector<64xi8>
  scf.for %row = %c0 to %c512 step %c1 {
    scf.for %n = %c0 to %c2 step %c1 {
      %i = affine.apply affine_map<(d0) -> (d0 * 64)>(%n)
      vector.transfer_write %v, %columns[%row, %i] {in_bounds = [true]} : vector<64xi8>, memref<512x128xi8, strided<[256, 1], offset: 128>>
    }
  }
  return
}

// What is written over and over, to several rows by turns, by elements, or not in order; and what the first cache holds.
// CHECK-LABEL: func.func @written_otherwise(
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @written_otherwise(%v: vector<64xi8>, %few: vector<4xi8>, %out: memref<64x1024xi8>, %small: memref<32x1024xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c63 = arith.constant 63 : index
  scf.for %row = %c0 to %c63 step %c1 {
    %next = affine.apply affine_map<(d0) -> (d0 + 1)>(%row)
    vector.transfer_write %v, %out[%row, %c0] {in_bounds = [true]} : vector<64xi8>, memref<64x1024xi8>
    scf.for %n = %c0 to %c16 step %c1 {
      %i = affine.apply affine_map<(d0) -> (d0 * 64)>(%n)
      vector.transfer_write %v, %out[%row, %i] {in_bounds = [true]} : vector<64xi8>, memref<64x1024xi8>
      vector.transfer_write %v, %out[%next, %i] {in_bounds = [true]} : vector<64xi8>, memref<64x1024xi8>
      vector.transfer_write %v, %small[%row, %i] {in_bounds = [true]} : vector<64xi8>, memref<32x1024xi8>
    }
    scf.for %n = %c0 to %c16 step %c1 {
      %i = affine.apply affine_map<(d0) -> (d0 * 64)>(%n)
      vector.transfer_write %v, %out[%c0, %i] {in_bounds = [true]} : vector<64xi8>, memref<64x1024xi8>
    }
    scf.for %n = %c0 to %c16 step %c1 {
      %i = affine.apply affine_map<(d0) -> (d0 * 4)>(%n)
      vector.transfer_write %few, %out[%row, %i] {in_bounds = [true]} : vector<4xi8>, memref<64x1024xi8>
    }
  }
  return
}
