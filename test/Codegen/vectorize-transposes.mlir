// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-vectorize-transposes,canonicalize,cse))' | FileCheck %s

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {

// Vectors of two groups of 16 bytes: two tiles of 32 rows fill the cache lines that are written.
// CHECK-LABEL: func.func @bytes(
// CHECK-SAME: %[[FROM:.*]]: memref<64x48xi8>, %[[TO:.*]]: memref<48x64xi8>
// CHECK: scf.for %{{.*}} = %{{.*}} to %c3
// CHECK-COUNT-32: vector.transfer_read %[[FROM]]{{.*}} : memref<64x48xi8>, vector<16xi8>
// CHECK: vector.shuffle {{.*}} [0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 16, 48, 17, 49, {{.*}}] : vector<32xi8>, vector<32xi8>
// CHECK: vector.shuffle {{.*}} [8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47, 24, 56, 25, 57, {{.*}}] : vector<32xi8>, vector<32xi8>
// CHECK-COUNT-62: vector.shuffle
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-16: vector.transfer_write {{.*}}, %[[TO]]{{.*}} : vector<32xi8>, memref<48x64xi8>
// CHECK-COUNT-32: vector.transfer_read
// CHECK-COUNT-64: vector.shuffle
// CHECK-COUNT-16: vector.transfer_write
// What is written fits into the nearest cache.
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @bytes(%from: memref<64x48xi8>, %to: memref<48x64xi8>) {
  linalg.transpose ins(%from : memref<64x48xi8>) outs(%to : memref<48x64xi8>) permutation = [1, 0]
  return
}

// The lines of 1024 rows are more than a cache holds: those of 256 rows, four tiles of 64, are read to their end before
// those of the next rows. Before the first tile of the next columns come the other ones along the same rows; the lines
// that the next tile writes are asked for between reads.
// CHECK-LABEL: func.func @many_rows(
// CHECK-SAME: %[[FROM:.*]]: memref<1024x784xi8>, %[[TO:.*]]: memref<784x1024xi8>
// CHECK: scf.for %[[BLOCK:.*]] = %c0 to %c4 step %c1
// CHECK-NEXT: scf.for %[[COLUMN:.*]] = %c0 to %c49 step %c1
// CHECK-NEXT: scf.for %[[ROW:.*]] = %c0 to %c4 step %c1
// CHECK: %[[LAST:.*]] = arith.cmpi eq, %[[ROW]], %c3
// CHECK: %[[NEXT_ROW:.*]] = arith.addi %[[ROW]], %c1
// CHECK: %[[NEXT_COLUMN:.*]] = arith.addi %[[COLUMN]], %c1
// CHECK: %[[C:.*]] = arith.select %[[LAST]], %[[NEXT_COLUMN]], %[[COLUMN]]
// CHECK: %[[R:.*]] = arith.select %[[LAST]], %c0, %[[NEXT_ROW]]
// CHECK: %[[AT_COLUMN:.*]] = affine.apply #{{.*}}(%[[C]])
// CHECK-COUNT-2: vector.transfer_read %[[FROM]]
// CHECK: %[[AT_ROW:.*]] = affine.apply #{{.*}}(%[[BLOCK]], %[[R]])
// CHECK: memref.prefetch %[[TO]][%[[AT_COLUMN]], %[[AT_ROW]]], write, locality<3>, data
// CHECK-COUNT-2: vector.transfer_read %[[FROM]]
// CHECK-COUNT-15: memref.prefetch %[[TO]]
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @many_rows(%from: memref<1024x784xi8>, %to: memref<784x1024xi8>) {
  linalg.transpose ins(%from : memref<1024x784xi8>) outs(%to : memref<784x1024xi8>) permutation = [1, 0]
  return
}

// 18 tiles of rows: the last of five blocks has two of them.
// CHECK-LABEL: func.func @uneven_blocks(
// CHECK: scf.for %[[BLOCK:.*]] = %c0 to %c5 step %c1
// CHECK-NEXT: %[[ROWS:.*]] = affine.min #{{.*}}(%[[BLOCK]])
// CHECK-NEXT: %[[LAST:.*]] = arith.subi %[[ROWS]], %c1
// CHECK-NEXT: scf.for %{{.*}} = %c0 to %c49 step %c1
// CHECK-NEXT: scf.for %[[ROW:.*]] = %c0 to %[[ROWS]] step %c1
// CHECK: arith.cmpi eq, %[[ROW]], %[[LAST]]
// CHECK: return
func.func @uneven_blocks(%from: memref<1152x784xi8>, %to: memref<784x1152xi8>) {
  linalg.transpose ins(%from : memref<1152x784xi8>) outs(%to : memref<784x1152xi8>) permutation = [1, 0]
  return
}

// Rows of 1024 bytes share four sets of the cache: one tile along the rows of the result, then the next columns.
// CHECK-LABEL: func.func @rows_share_sets(
// CHECK: scf.for %{{.*}} = %c0 to %c13 step %c1
// CHECK-NEXT: scf.for %{{.*}} = %c0 to %c64 step %c1
// CHECK-NOT: scf.for
// CHECK: return
func.func @rows_share_sets(%from: memref<832x1024xi8>, %to: memref<1024x832xi8>) {
  linalg.transpose ins(%from : memref<832x1024xi8>) outs(%to : memref<1024x832xi8>) permutation = [1, 0]
  return
}

// Where rows of the result do so too, or where tiles end within lines of it, just the next columns of the same lines.
// CHECK-LABEL: func.func @both_share_sets(
// CHECK: scf.for %{{.*}} = %c0 to %c8 step %c1
// CHECK-NEXT: scf.for %{{.*}} = %c0 to %c4 step %c1
// CHECK-NEXT: scf.for %{{.*}} = %c0 to %c4 step %c1
// CHECK-NOT: scf.for
// CHECK-LABEL: func.func @ends_in_line(
// CHECK: scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK-NEXT: scf.for %{{.*}} = %c0 to %c13 step %c1
// CHECK: scf.for %{{.*}} = %c0 to %c4 step %c1
// CHECK-NOT: scf.for
// CHECK: return
func.func @both_share_sets(%from: memref<256x512xi8>, %to: memref<512x256xi8>) {
  linalg.transpose ins(%from : memref<256x512xi8>) outs(%to : memref<512x256xi8>) permutation = [1, 0]
  return
}
func.func @ends_in_line(%from: memref<784x1024xi8>, %to: memref<1024x784xi8>) {
  linalg.transpose ins(%from : memref<784x1024xi8>) outs(%to : memref<1024x784xi8>) permutation = [1, 0]
  return
}

// Rows and columns of pictures that stay side by side are one dimension: 81 pixels, whose last tile starts at 65. One
// group is what 30 channels have twice: their tiles overlap too.
// CHECK-LABEL: func.func @channels_first(
// CHECK-DAG: %[[FROM:.*]] = memref.collapse_shape %{{.*}} {{\[\[}}0], [1, 2], [3]] : memref<2x9x9x30xi8> into memref<2x81x30xi8>
// CHECK-DAG: %[[TO:.*]] = memref.collapse_shape %{{.*}} {{\[\[}}0], [1], [2, 3]] : memref<2x30x9x9xi8> into memref<2x30x81xi8>
// CHECK: affine.min #{{.*}}
// CHECK: affine.min #{{.*}}
// CHECK: vector.transfer_read %[[FROM]]
// CHECK: vector.transfer_write {{.*}}, %[[TO]]{{.*}} : vector<32xi8>
// CHECK: return
func.func @channels_first(%from: memref<2x9x9x30xi8>, %to: memref<2x30x9x9xi8>) {
  linalg.transpose ins(%from : memref<2x9x9x30xi8>) outs(%to : memref<2x30x9x9xi8>) permutation = [0, 3, 1, 2]
  return
}

// CHECK-LABEL: func.func @floats(
// CHECK-COUNT-8: vector.transfer_read {{.*}} : memref<8x16xf32>, vector<4xf32>
// CHECK: vector.shuffle {{.*}} [0, 8, 1, 9, 4, 12, 5, 13] : vector<8xf32>, vector<8xf32>
// CHECK: vector.shuffle {{.*}} [2, 10, 3, 11, 6, 14, 7, 15] : vector<8xf32>, vector<8xf32>
// CHECK-COUNT-4: vector.transfer_write {{.*}} : vector<8xf32>, memref<16x8xf32>
func.func @floats(%from: memref<8x16xf32>, %to: memref<16x8xf32>) {
  linalg.transpose ins(%from : memref<8x16xf32>) outs(%to : memref<16x8xf32>) permutation = [1, 0]
  return
}

// Few channels are interleaved: three vectors of pixels are as many of channels.
// CHECK-LABEL: func.func @interleave(
// CHECK-COUNT-3: vector.transfer_read {{.*}} : memref<3x64xi8>, vector<32xi8>
// CHECK: vector.shuffle {{.*}} [0, 32, -1, 1, 33, -1, {{.*}}] : vector<32xi8>, vector<32xi8>
// CHECK: vector.shuffle {{.*}} [0, 1, 32, 3, 4, 33, {{.*}}] : vector<32xi8>, vector<32xi8>
// CHECK-COUNT-3: vector.transfer_write {{.*}} : vector<32xi8>, memref<64x3xi8>
func.func @interleave(%from: memref<3x64xi8>, %to: memref<64x3xi8>) {
  linalg.transpose ins(%from : memref<3x64xi8>) outs(%to : memref<64x3xi8>) permutation = [1, 0]
  return
}

// And taken apart.
// CHECK-LABEL: func.func @take_apart(
// CHECK-COUNT-3: vector.transfer_read {{.*}} : memref<64x3xi8>, vector<32xi8>
// CHECK: vector.shuffle {{.*}} [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, {{.*}}] : vector<32xi8>, vector<32xi8>
// CHECK-COUNT-3: vector.transfer_write {{.*}} : vector<32xi8>, memref<3x64xi8>
func.func @take_apart(%from: memref<64x3xi8>, %to: memref<3x64xi8>) {
  linalg.transpose ins(%from : memref<64x3xi8>) outs(%to : memref<3x64xi8>) permutation = [1, 0]
  return
}

// Line by line where lines are apart: the channels of a picture that is written into a padded one, and back.
// CHECK-LABEL: func.func @lines(
// CHECK: scf.for %[[LINE:.*]] = %c0 to %c5
// CHECK-COUNT-3: vector.transfer_read %{{.*}}[%{{.*}}, %[[LINE]], %{{.*}}]{{.*}} : memref<3x5x64xi8>, vector<32xi8>
// CHECK-COUNT-3: vector.transfer_write {{.*}} : vector<32xi8>, memref<5x64x3xi8, strided<[198, 3, 1]>>
// CHECK: scf.for %[[LINE:.*]] = %c0 to %c5
// CHECK-COUNT-3: vector.transfer_read {{.*}} : memref<5x64x3xi8, strided<[198, 3, 1]>>, vector<32xi8>
// CHECK-COUNT-3: vector.transfer_write {{.*}}[%{{.*}}, %[[LINE]], %{{.*}}] {{.*}} : vector<32xi8>, memref<3x5x64xi8>
func.func @lines(%from: memref<3x5x64xi8>, %padded: memref<5x66x3xi8>) {
  %lines = memref.subview %padded[0, 0, 0] [5, 64, 3] [1, 1, 1] : memref<5x66x3xi8> to memref<5x64x3xi8, strided<[198, 3, 1]>>
  linalg.transpose ins(%from : memref<3x5x64xi8>) outs(%lines : memref<5x64x3xi8, strided<[198, 3, 1]>>) permutation = [1, 2, 0]
  linalg.transpose ins(%lines : memref<5x64x3xi8, strided<[198, 3, 1]>>) outs(%from : memref<3x5x64xi8>) permutation = [2, 0, 1]
  return
}

// Runs of two lines in turns: 8 of 3 bytes are what a vector holds, as a power of two, and the last of 17 begin at 9.
// CHECK-LABEL: func.func @runs_in_turns(
// CHECK-SAME: %[[FROM:.*]]: memref<5x2x17x3xi8>, %[[TO:.*]]: memref<5x17x2x3xi8>
// CHECK-DAG: %[[LINES:.*]] = memref.collapse_shape %[[FROM]] {{\[\[}}0], [1], [2, 3]] : memref<5x2x17x3xi8> into memref<5x2x51xi8>
// CHECK-DAG: %[[PIXELS:.*]] = memref.collapse_shape %[[TO]] {{\[\[}}0], [1, 2, 3]] : memref<5x17x2x3xi8> into memref<5x102xi8>
// CHECK: scf.for %[[LINE:.*]] = %c0 to %c5
// CHECK: scf.for %{{.*}} = %c0 to %c3
// CHECK: affine.min #{{.*}}
// CHECK: %[[A:.*]] = vector.transfer_read %[[LINES]][%[[LINE]], %c0, %{{.*}} vector<24xi8>
// CHECK: %[[B:.*]] = vector.transfer_read %[[LINES]][%[[LINE]], %c1, %{{.*}} vector<24xi8>
// CHECK: %[[FIRST:.*]] = vector.shuffle %[[A]], %[[B]] [0, 1, 2, 24, 25, 26, 3, 4, 5, 27, 28, 29, {{.*}}, 9, 10, 11, 33, 34, 35]
// CHECK: %[[SECOND:.*]] = vector.shuffle %[[A]], %[[B]] [12, 13, 14, 36, 37, 38, {{.*}}, 21, 22, 23, 45, 46, 47]
// CHECK: vector.transfer_write %[[FIRST]], %[[PIXELS]][%[[LINE]], %{{.*}}]
// CHECK: vector.transfer_write %[[SECOND]], %[[PIXELS]][%[[LINE]], %{{.*}}]
// CHECK: return
func.func @runs_in_turns(%from: memref<5x2x17x3xi8>, %to: memref<5x17x2x3xi8>) {
  linalg.transpose ins(%from : memref<5x2x17x3xi8>) outs(%to : memref<5x17x2x3xi8>) permutation = [0, 2, 1, 3]
  return
}

// Dimensions of size 1 are no dimensions: what is left here is a copy.
// CHECK-LABEL: func.func @unit(
// CHECK: linalg.copy
// CHECK-NOT: linalg.transpose
func.func @unit(%from: memref<4x1x31xi8>, %to: memref<4x31x1xi8>) {
  linalg.transpose ins(%from : memref<4x1x31xi8>) outs(%to : memref<4x31x1xi8>) permutation = [0, 2, 1]
  return
}

// Rows that stay rows and are longer than half a vector, and dimensions smaller than any tile, are left.
// CHECK-LABEL: func.func @left(
// CHECK: linalg.transpose {{.*}} permutation = [1, 0, 2]
// CHECK: linalg.transpose {{.*}} permutation = [1, 0]
func.func @left(%rows: memref<8x4x32xi8>, %moved: memref<4x8x32xi8>, %small: memref<3x5xi8>, %turned: memref<5x3xi8>) {
  linalg.transpose ins(%rows : memref<8x4x32xi8>) outs(%moved : memref<4x8x32xi8>) permutation = [1, 0, 2]
  linalg.transpose ins(%small : memref<3x5xi8>) outs(%turned : memref<5x3xi8>) permutation = [1, 0]
  return
}

}
