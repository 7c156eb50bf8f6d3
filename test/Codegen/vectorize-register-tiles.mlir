// RUN: quant-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(lowbit-vectorize-register-tiles,canonicalize,cse))' | FileCheck %s

// CHECK-DAG: #[[$FIRST:.*]] = affine_map<(d0) -> (-d0 + 1, 0)>
// CHECK-DAG: #[[$END:.*]] = affine_map<(d0) -> (-d0 + 5, 3)>

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {

// The weights are packed [panel][k / 4][vector][16 channels x 4], and the accumulators start at -128 times their sums.
// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[A:.*]]: tensor<8x64xi8>, %[[INIT:.*]]: tensor<8x32xi32>)
func.func @matmul(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // CHECK-DAG: %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<1x16x2x64xi8>
  // CHECK-DAG: arith.constant dense<-8192> : tensor<1x2x16xi16>
  // CHECK-DAG: arith.constant dense<-128> : vector<4xi8>
  // CHECK: scf.for {{.*}} -> (vector<16xi32>, vector<16xi32>, vector<16xi32>, vector<16xi32>) {
  // CHECK: %[[WEIGHTS:.*]] = vector.transfer_read %[[W]]
  // CHECK: %[[BYTES:.*]] = vector.transfer_read %[[A]]{{.*}} : tensor<8x64xi8>, vector<4xi8>
  // CHECK: %[[OFFSET:.*]] = arith.xori %[[BYTES]]
  // CHECK: %[[ACTIVATIONS:.*]] = arith.extui %[[OFFSET]]
  // CHECK: vector.contract {{.*}} %[[ACTIVATIONS]], {{.*}} {lowbit.instruction = "avx512.vpdpbusd"} : vector<4xi32>, vector<16x4xi32> into vector<16xi32>
  // CHECK: vector.transfer_write
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 2, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// Four vectors that are narrowed together hold the channels in the order that this leaves them in: starts, weights and the
// constants of the epilogue follow it, and each row is written as one vector of bytes. 512 is 128 times the weights' sum.
// CHECK-LABEL: func.func @packed_order(
// CHECK-DAG: arith.constant dense<{{\[+}}-512, -511, -510, -509, -496, -495, -494, -493, -480, -479, -478, -477, -464, -463, -462, -461], [-508, {{.*}} : tensor<1x4x16xi16>
// CHECK-DAG: %[[FACTORS:.*]] = arith.constant dense<{{\[+}}0.000000e+00, 1.000000e+00, 2.000000e+00, 3.000000e+00, 1.600000e+01, 1.700000e+01, {{.*}}> : tensor<1x64xf32>
// CHECK: %[[FACTOR:.*]] = vector.transfer_read %[[FACTORS]]{{.*}} : tensor<1x64xf32>, vector<64xf32>
// CHECK: %[[PRODUCT:.*]] = arith.mulf %{{.*}}, %[[FACTOR]] : vector<64xf32>
// CHECK: %[[BYTES:.*]] = arith.trunci %{{.*}} : vector<64xi32> to vector<64xi8>
// CHECK: %[[ROW:.*]] = vector.shuffle %[[BYTES]], %[[BYTES]] [0, 1, 2, 3, 16, 17, 18, 19, 32, 33, 34, 35, 48, 49, 50, 51, 4,
// CHECK: vector.transfer_write %[[ROW]], {{.*}} : vector<64xi8>, tensor<4x64xi8>
func.func @packed_order(%a: tensor<4x4xi8>) -> tensor<4x64xi8> {
  %w = arith.constant dense<1> : tensor<4x64xi8>
  %bias = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63]> : tensor<64xi32>
  %factors = arith.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0, 27.0, 28.0, 29.0, 30.0, 31.0, 32.0, 33.0, 34.0, 35.0, 36.0, 37.0, 38.0, 39.0, 40.0, 41.0, 42.0, 43.0, 44.0, 45.0, 46.0, 47.0, 48.0, 49.0, 50.0, 51.0, 52.0, 53.0, 54.0, 55.0, 56.0, 57.0, 58.0, 59.0, 60.0, 61.0, 62.0, 63.0]> : tensor<64xf32>
  %e = tensor.empty() : tensor<4x64xi32>
  %init = linalg.broadcast ins(%bias : tensor<64xi32>) outs(%e : tensor<4x64xi32>) dimensions = [0]
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 4, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<4x4xi8>, tensor<4x64xi8>) outs(%init : tensor<4x64xi32>) -> tensor<4x64xi32>
  %ey = tensor.empty() : tensor<4x64xi8>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%0, %factors : tensor<4x64xi32>, tensor<64xf32>) outs(%ey : tensor<4x64xi8>) {
  ^bb0(%sum: i32, %factor: f32, %out: i8):
    %f = arith.sitofp %sum : i32 to f32
    %p = arith.mulf %f, %factor : f32
    %i = arith.fptosi %p : f32 to i32
    %b = arith.trunci %i : i32 to i8
    linalg.yield %b : i8
  } -> tensor<4x64xi8>
  return %1 : tensor<4x64xi8>
}

// Another operand of the epilogue lies in memory as the channels follow each other, and so do the lanes.
// CHECK-LABEL: func.func @memory_order(
// CHECK-NOT: vector<64xi8>, tensor<4x64xi8>
// CHECK: vector.transfer_write {{.*}} : vector<16xi8>, tensor<4x64xi8>
// CHECK-NOT: vector<64xi8>, tensor<4x64xi8>
// CHECK: return
func.func @memory_order(%a: tensor<4x4xi8>, %r: tensor<4x64xi8>) -> tensor<4x64xi8> {
  %w = arith.constant dense<1> : tensor<4x64xi8>
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<4x64xi32>
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<4x64xi32>) -> tensor<4x64xi32>
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 4, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<4x4xi8>, tensor<4x64xi8>) outs(%init : tensor<4x64xi32>) -> tensor<4x64xi32>
  %ey = tensor.empty() : tensor<4x64xi8>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%0, %r : tensor<4x64xi32>, tensor<4x64xi8>) outs(%ey : tensor<4x64xi8>) {
  ^bb0(%sum: i32, %other: i8, %out: i8):
    %wide = arith.extsi %other : i8 to i32
    %both = arith.addi %sum, %wide : i32
    %b = arith.trunci %both : i32 to i8
    linalg.yield %b : i8
  } -> tensor<4x64xi8>
  return %1 : tensor<4x64xi8>
}

// Padding that the instruction would multiply by 0 is left out, where a tile is a whole row of outputs: the rows of the
// window that lie in the picture, and for each of its columns the outputs that see one.
// CHECK-LABEL: func.func @padding(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x4x32xi8>
func.func @padding(%x: tensor<1x4x4x32xi8>, %init: tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32> {
  // CHECK-NOT: tensor.pad
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[X]] {{.*}} into tensor<1x4x128xi8>
  // CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %c4
  // CHECK: %[[FIRST:.*]] = affine.max #[[$FIRST]](%[[ROW]])
  // CHECK: %[[END:.*]] = affine.min #[[$END]](%[[ROW]])
  // CHECK: %[[SUMS:.*]]:4 = scf.for %{{.*}} = %[[FIRST]] to %[[END]] {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}, %[[C:.*]] = %{{.*}}, %[[D:.*]] = %{{.*}}) ->
  // CHECK:   %[[LEFT:.*]]:3 = scf.for {{.*}} iter_args(%{{.*}} = %[[B]], %{{.*}} = %[[C]], %{{.*}} = %[[D]])
  // CHECK:     vector.transfer_read %[[FLAT]]
  // CHECK:   %[[MIDDLE:.*]]:4 = scf.for {{.*}} iter_args(%{{.*}} = %[[A]], %{{.*}} = %[[LEFT]]#0, %{{.*}} = %[[LEFT]]#1, %{{.*}} = %[[LEFT]]#2)
  // CHECK:   %[[RIGHT:.*]]:3 = scf.for {{.*}} iter_args(%{{.*}} = %[[MIDDLE]]#0, %{{.*}} = %[[MIDDLE]]#1, %{{.*}} = %[[MIDDLE]]#2)
  // CHECK:   scf.yield %[[RIGHT]]#0, %[[RIGHT]]#1, %[[RIGHT]]#2, %[[MIDDLE]]#3
  %w = arith.constant dense<3> : tensor<16x3x3x32xi8>
  %c = arith.constant 0 : i8
  %offset = arith.constant dense<-128> : tensor<1x6x6x32xi8>
  %pad = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %c : i8
  } : tensor<1x4x4x32xi8> to tensor<1x6x6x32xi8>
  %a = arith.xori %pad, %offset : tensor<1x6x6x32xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<1x6x6x32xi8>, tensor<16x3x3x32xi8>) outs(%init : tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32>
  return %0 : tensor<1x4x4x16xi32>
}

// Another byte adds something, which is constant for each channel: its products are computed.
// CHECK-LABEL: func.func @padding_that_counts(
func.func @padding_that_counts(%x: tensor<1x4x4x32xi8>, %init: tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32> {
  // CHECK: tensor.pad
  // CHECK-NOT: affine.max
  // CHECK: return
  %w = arith.constant dense<3> : tensor<16x3x3x32xi8>
  %c = arith.constant 5 : i8
  %offset = arith.constant dense<-128> : tensor<1x6x6x32xi8>
  %pad = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %c : i8
  } : tensor<1x4x4x32xi8> to tensor<1x6x6x32xi8>
  %a = arith.xori %pad, %offset : tensor<1x6x6x32xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<1x6x6x32xi8>, tensor<16x3x3x32xi8>) outs(%init : tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32>
  return %0 : tensor<1x4x4x16xi32>
}

// Weights of four bits lie two in a byte: those of the first vector in the lower half of the bytes of a load, those of
// the second one in the upper half. The codes are raised by 8.
// CHECK-LABEL: func.func @four_bits(
func.func @four_bits(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi4>
  // CHECK-DAG: %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<1x1x16x64xi8>
  // CHECK-DAG: %[[MASK:.*]] = arith.constant dense<15> : vector<64xi8>
  // CHECK-DAG: %[[EIGHT:.*]] = arith.constant dense<8> : vector<64xi8>
  // CHECK-DAG: %[[FOUR:.*]] = arith.constant dense<4> : vector<16xi32>
  // CHECK: %[[BYTES:.*]] = vector.transfer_read %[[W]]{{.*}} : tensor<1x1x16x64xi8>, vector<64xi8>
  // CHECK: %[[LOWER:.*]] = arith.andi %[[BYTES]], %[[MASK]]
  // CHECK: arith.subi %[[LOWER]], %[[EIGHT]]
  // CHECK: %[[WORDS:.*]] = vector.bitcast %[[BYTES]] : vector<64xi8> to vector<16xi32>
  // CHECK: %[[SHIFTED:.*]] = arith.shrui %[[WORDS]], %[[FOUR]]
  // CHECK: %[[ALL:.*]] = vector.bitcast %[[SHIFTED]]
  // CHECK: %[[UPPER:.*]] = arith.andi %[[ALL]], %[[MASK]]
  // CHECK: arith.subi %[[UPPER]], %[[EIGHT]]
  // CHECK: vector.contract
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 2, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi4>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// Weights of two bits lie four in a byte: two groups of two vectors are unpacked together.
// CHECK-LABEL: func.func @two_bits(
func.func @two_bits(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi2>
  // CHECK-DAG: %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<1x1x8x64xi8>
  // CHECK-DAG: arith.constant dense<3> : vector<64xi8>
  // CHECK-DAG: arith.constant dense<2> : vector<16xi32>
  // CHECK-DAG: arith.constant dense<4> : vector<16xi32>
  // CHECK-DAG: arith.constant dense<6> : vector<16xi32>
  // CHECK: vector.transfer_read %[[W]]{{.*}} : tensor<1x1x8x64xi8>, vector<64xi8>
  // CHECK-NOT: vector.transfer_read %[[W]]
  // CHECK-COUNT-8: vector.contract
  // CHECK-NEXT: scf.yield
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 2, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi2>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// A loop before the rows of a panel unpacks its weights to bytes, in a buffer that the panels share: they come one after
// the other, so that only the loop over rows may be divided.
// CHECK-LABEL: func.func @expanded_panels(
func.func @expanded_panels(%a: tensor<8x64xi8>, %init: tensor<8x64xi32>) -> tensor<8x64xi32> {
  %w = arith.constant dense<1> : tensor<64x64xi4>
  // CHECK-DAG: %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<2x1x16x64xi8>
  // CHECK: %[[SCRATCH:.*]] = tensor.empty() : tensor<16x2x64xi8>
  // CHECK: scf.for %[[PANEL:.*]] = %{{.*}} to %c2
  // CHECK: %[[EXPANDED:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[SCRATCH]]) -> (tensor<16x2x64xi8>) {
  // CHECK: vector.transfer_read %[[W]][%[[PANEL]]
  // CHECK-COUNT-2: vector.transfer_write {{.*}} : vector<64xi8>, tensor<16x2x64xi8>
  // CHECK: scf.for
  // CHECK-COUNT-2: vector.transfer_read %[[EXPANDED]]{{.*}} : tensor<16x2x64xi8>, vector<64xi8>
  // CHECK-NOT: arith.subi
  // CHECK: vector.contract
  // CHECK: {lowbit.parallel = true}
  // CHECK-NOT: lowbit.parallel
  // CHECK: return
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 2, instruction = "avx512.vpdpbusd", expand_panels = true>}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x64xi4>) outs(%init : tensor<8x64xi32>) -> tensor<8x64xi32>
  return %0 : tensor<8x64xi32>
}

// Weights in groups of 32 with a multiplier each. In words of two bytes a code of at most 15 times a multiplier of at most
// 17 does not reach the next byte. The accumulators start from what -128 times the expanded weights sum up to.
// CHECK-LABEL: func.func @groups(
func.func @groups(%a: tensor<1x64xi8>, %init: tensor<1x16xi32>) -> tensor<1x16xi32> {
  %q = arith.constant dense<1> : tensor<64x16xi4>
  %c = arith.constant dense<3> : tensor<2x16xi8>
  %e = tensor.empty() : tensor<64x16xi8>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv 32, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q, %c : tensor<64x16xi4>, tensor<2x16xi8>) outs(%e : tensor<64x16xi8>) {
  ^bb0(%stored: i4, %multiplier: i8, %out: i8):
    %wide = arith.extsi %stored : i4 to i8
    %product = arith.muli %wide, %multiplier : i8
    linalg.yield %product : i8
  } -> tensor<64x16xi8>
  // CHECK-DAG: %[[START:.*]] = arith.constant dense<-24576> : tensor<1x1x16xi16>
  // CHECK-DAG: %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<1x2x4x64xi8>
  // Two multipliers of 3 are 3 * 16 + 3 in a byte.
  // CHECK-DAG: %[[MULTIPLIERS:.*]] = arith.constant dense<51> : tensor<1x2x1x8xi8>
  // CHECK-DAG: %[[THREE:.*]] = arith.constant dense<3> : vector<64xi8>
  // CHECK-DAG: %[[LOW:.*]] = arith.constant dense<255> : vector<32xi16>
  // CHECK-NOT: linalg.generic
  // CHECK: scf.for %[[BLOCK:.*]] = %{{.*}} to %c2
  // CHECK: %[[BYTES:.*]] = vector.transfer_read %[[MULTIPLIERS]][%{{.*}}, %[[BLOCK]]
  // CHECK: %[[FIRST:.*]] = arith.andi %[[BYTES]], %{{.*}} : vector<8xi8>
  // CHECK: %[[SECOND:.*]] = arith.shrui %[[BYTES]], %{{.*}} : vector<8xi8>
  // CHECK: %[[LOADED:.*]] = vector.shuffle %[[FIRST]], %[[SECOND]] [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
  // CHECK: %[[REPEATED:.*]] = vector.shuffle %[[LOADED]], %[[LOADED]] [0, 0, 0, 0, 1, 1, 1, 1,
  // CHECK: %[[OFFSET:.*]] = arith.shli %[[REPEATED]], %[[THREE]]
  // CHECK: %[[WORDS:.*]] = vector.bitcast %[[REPEATED]] : vector<64xi8> to vector<32xi16>
  // CHECK: %[[FACTOR:.*]] = arith.andi %[[WORDS]], %[[LOW]]
  // CHECK: scf.for
  // CHECK: vector.transfer_read %[[W]][%{{.*}}, %[[BLOCK]]
  // CHECK: %[[PRODUCT:.*]] = arith.muli %{{.*}}, %[[FACTOR]] : vector<32xi16>
  // CHECK: %[[BYTES:.*]] = vector.bitcast %[[PRODUCT]]
  // CHECK: arith.subi %[[BYTES]], %[[OFFSET]]
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<1x64xi8>, tensor<64x16xi8>) outs(%init : tensor<1x16xi32>) -> tensor<1x16xi32>
  return %0 : tensor<1x16xi32>
}

// Elementwise fusion makes constants of the body of multipliers and zero points that are all the same.
// CHECK-LABEL: func.func @same_for_all(
func.func @same_for_all(%a: tensor<1x64xi8>, %init: tensor<1x16xi32>) -> tensor<1x16xi32> {
  %q = arith.constant dense<1> : tensor<64x16xi4>
  %c = arith.constant 3 : i8
  %z = arith.constant -2 : i8
  %e = tensor.empty() : tensor<64x16xi8>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%q : tensor<64x16xi4>) outs(%e : tensor<64x16xi8>) {
  ^bb0(%stored: i4, %out: i8):
    %wide = arith.extsi %stored : i4 to i8
    %difference = arith.subi %wide, %z : i8
    %product = arith.muli %difference, %c : i8
    linalg.yield %product : i8
  } -> tensor<64x16xi8>
  // CHECK-DAG: arith.constant dense<-73728> : tensor<1x1x16xi32>
  // CHECK-DAG: arith.constant dense<51> : tensor<1x1x1x8xi8>
  // CHECK-DAG: arith.constant dense<18> : vector<64xi8>
  // CHECK-NOT: linalg.generic
  // CHECK: return
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<1x64xi8>, tensor<64x16xi8>) outs(%init : tensor<1x16xi32>) -> tensor<1x16xi32>
  return %0 : tensor<1x16xi32>
}

// What is subtracted with zero points is a constant where it is the same for all: 3 * (8 - 2).
// CHECK-LABEL: func.func @zero_points(
func.func @zero_points(%a: tensor<1x64xi8>, %init: tensor<1x16xi32>) -> tensor<1x16xi32> {
  %q = arith.constant dense<1> : tensor<64x16xi4>
  %c = arith.constant dense<3> : tensor<2x16xi8>
  %z = arith.constant dense<-2> : tensor<2x16xi8>
  %e = tensor.empty() : tensor<64x16xi8>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv 32, j)>,
                       affine_map<(i, j) -> (i floordiv 32, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q, %z, %c : tensor<64x16xi4>, tensor<2x16xi8>, tensor<2x16xi8>) outs(%e : tensor<64x16xi8>) {
  ^bb0(%stored: i4, %zero: i8, %multiplier: i8, %out: i8):
    %wide = arith.extsi %stored : i4 to i8
    %difference = arith.subi %wide, %zero : i8
    %product = arith.muli %multiplier, %difference : i8
    linalg.yield %product : i8
  } -> tensor<64x16xi8>
  // CHECK-DAG: arith.constant dense<-73728> : tensor<1x1x16xi32>
  // CHECK-DAG: arith.constant dense<51> : tensor<1x2x1x8xi8>
  // CHECK-DAG: arith.constant dense<18> : vector<64xi8>
  // CHECK-NOT: arith.shli
  // CHECK: return
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<1x64xi8>, tensor<64x16xi8>) outs(%init : tensor<1x16xi32>) -> tensor<1x16xi32>
  return %0 : tensor<1x16xi32>
}

// Sums of products with codes, beside them that of the activations: of the former, eight times the latter is subtracted
// before they are multiplied. The activations are the signed operand, so that the accumulators start from the init alone.
// CHECK-LABEL: func.func @multiplied_sums(
func.func @multiplied_sums(%a: tensor<1x64xi8>, %init: tensor<1x16xi32>) -> tensor<1x16xi32> {
  %q = arith.constant dense<1> : tensor<64x16xi4>
  %c = arith.constant dense<3> : tensor<2x16xi8>
  %e = tensor.empty() : tensor<64x16xi8>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv 32, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q, %c : tensor<64x16xi4>, tensor<2x16xi8>) outs(%e : tensor<64x16xi8>) {
  ^bb0(%stored: i4, %multiplier: i8, %out: i8):
    %wide = arith.extsi %stored : i4 to i8
    %product = arith.muli %wide, %multiplier : i8
    linalg.yield %product : i8
  } -> tensor<64x16xi8>
  // CHECK-DAG: %[[MULTIPLIERS:.*]] = arith.constant dense<51> : tensor<1x2x1x8xi8>
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0> : vector<16xi32>
  // CHECK-DAG: %[[EIGHT:.*]] = arith.constant dense<8> : vector<16xi32>
  // CHECK-DAG: %[[ONES:.*]] = arith.constant dense<1> : vector<16x4xi32>
  // CHECK: %[[START:.*]] = vector.transfer_read %arg1
  // CHECK-NEXT: scf.for %{{.*}} = %{{.*}} to %c2 step %{{.*}} iter_args(%[[ACC:.*]] = %[[START]])
  // CHECK: %[[SUMS:.*]]:2 = scf.for {{.*}} iter_args(%[[SUM:.*]] = %[[ZERO]], %[[TOTAL:.*]] = %[[ZERO]])
  // CHECK-NOT: arith.subi
  // CHECK: %[[A:.*]] = arith.extsi %{{.*}} : vector<4xi8> to vector<4xi32>
  // CHECK: %[[CODES:.*]] = arith.extui %{{.*}} : vector<16x4xi8> to vector<16x4xi32>
  // CHECK: vector.contract {{.*}} %[[A]], %[[CODES]], %[[SUM]]
  // CHECK: vector.contract {{.*}} %[[A]], %[[ONES]], %[[TOTAL]]
  // CHECK: %[[ZEROS:.*]] = arith.muli %[[SUMS]]#1, %[[EIGHT]]
  // CHECK: %[[DIFFERENCE:.*]] = arith.subi %[[SUMS]]#0, %[[ZEROS]]
  // CHECK: vector.transfer_read %[[MULTIPLIERS]]
  // CHECK: %[[PRODUCT:.*]] = arith.muli %[[DIFFERENCE]], %{{.*}} : vector<16xi32>
  // CHECK: arith.addi %[[ACC]], %[[PRODUCT]]
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpdpbusd", multiply_sums = true>}
    ins(%a, %w : tensor<1x64xi8>, tensor<64x16xi8>) outs(%init : tensor<1x16xi32>) -> tensor<1x16xi32>
  return %0 : tensor<1x16xi32>
}

// Zero points of channels are the same in all of a run, which may end in a group that is not full: it is filled up with
// zero points. Of their codes, 5 + 8, two make the byte 0xDD, of those of weights, 1 + 8, the byte 0x99. The offsets have
// a byte for each channel.
// CHECK-LABEL: func.func @channel_zero_points(
func.func @channel_zero_points(%a: tensor<1x6xi8>, %init: tensor<1x32xi32>) -> tensor<1x32xi32> {
  %q = arith.constant dense<1> : tensor<6x32xi4>
  %z = arith.constant dense<[5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6]> : tensor<32xi8>
  %e = tensor.empty() : tensor<6x32xi8>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q, %z : tensor<6x32xi4>, tensor<32xi8>) outs(%e : tensor<6x32xi8>) {
  ^bb0(%stored: i4, %zero: i8, %out: i8):
    %wide = arith.extsi %stored : i4 to i8
    %difference = arith.subi %wide, %zero : i8
    linalg.yield %difference : i8
  } -> tensor<6x32xi8>
  // CHECK-DAG: arith.constant dense<{{.*}}13, 13, 14]]]]> : tensor<1x1x2x16xi8>
  // CHECK-DAG: arith.constant dense<"0x99999999{{9*}}DDDD9999DDDD9999{{[D9]*}}EDED9999"> : tensor<1x1x2x64xi8>
  // CHECK: return
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 2, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<1x6xi8>, tensor<6x32xi8>) outs(%init : tensor<1x32xi32>) -> tensor<1x32xi32>
  return %0 : tensor<1x32xi32>
}

// The step of 2 costs nothing: the codes are shifted by one bit less, and the mask is one bit higher.
// CHECK-LABEL: func.func @half_steps(
func.func @half_steps(%a: tensor<1x64xi8>, %init: tensor<1x16xi32>) -> tensor<1x16xi32> {
  %q = arith.constant dense<1> : tensor<64x16xi2>
  %two = arith.constant 2 : i8
  %zero = arith.constant -1 : i8
  %e = tensor.empty() : tensor<64x16xi8>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q : tensor<64x16xi2>) outs(%e : tensor<64x16xi8>) {
  ^bb0(%stored: i2, %out: i8):
    %wide = arith.extsi %stored : i2 to i8
    %twice = arith.muli %wide, %two : i8
    %weight = arith.subi %twice, %zero : i8
    linalg.yield %weight : i8
  } -> tensor<64x16xi8>
  // CHECK-DAG: %[[MASK:.*]] = arith.constant dense<6> : vector<64xi8>
  // CHECK-DAG: %[[OFFSET:.*]] = arith.constant dense<3> : vector<64xi8>
  // CHECK-DAG: %[[ONE:.*]] = arith.constant dense<1> : vector<16xi32>
  // CHECK-DAG: %[[THREE:.*]] = arith.constant dense<3> : vector<16xi32>
  // CHECK: %[[WORDS:.*]] = vector.bitcast %{{.*}} : vector<64xi8> to vector<16xi32>
  // CHECK-NEXT: %[[HIGHER:.*]] = arith.shli %[[WORDS]], %[[ONE]] : vector<16xi32>
  // CHECK-NEXT: %[[BYTES:.*]] = vector.bitcast %[[HIGHER]] : vector<16xi32> to vector<64xi8>
  // CHECK-NEXT: %[[CODES:.*]] = arith.andi %[[BYTES]], %[[MASK]] : vector<64xi8>
  // CHECK-NEXT: arith.subi %[[CODES]], %[[OFFSET]] : vector<64xi8>
  // CHECK: arith.shrui %[[WORDS]], %[[ONE]] : vector<16xi32>
  // CHECK: arith.shrui %[[WORDS]], %[[THREE]] : vector<16xi32>
  // CHECK: return
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<1x64xi8>, tensor<64x16xi8>) outs(%init : tensor<1x16xi32>) -> tensor<1x16xi32>
  return %0 : tensor<1x16xi32>
}

// Groups that no kernel reads so become what they stand for: six elements are no multiple of four.
// CHECK-LABEL: func.func @groups_of_six(
func.func @groups_of_six(%a: tensor<1x12xi8>, %init: tensor<1x16xi32>) -> tensor<1x16xi32> {
  %q = arith.constant dense<1> : tensor<12x16xi4>
  %c = arith.constant dense<3> : tensor<2x16xi8>
  %e = tensor.empty() : tensor<12x16xi8>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv 6, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q, %c : tensor<12x16xi4>, tensor<2x16xi8>) outs(%e : tensor<12x16xi8>) {
  ^bb0(%stored: i4, %multiplier: i8, %out: i8):
    %wide = arith.extsi %stored : i4 to i8
    %product = arith.muli %wide, %multiplier : i8
    linalg.yield %product : i8
  } -> tensor<12x16xi8>
  // CHECK-DAG: arith.constant dense<3> : tensor<1x3x1x64xi8>
  // CHECK-NOT: linalg.generic
  // CHECK: return
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<1x12xi8>, tensor<12x16xi8>) outs(%init : tensor<1x16xi32>) -> tensor<1x16xi32>
  return %0 : tensor<1x16xi32>
}

// CHECK-LABEL: func.func @groups_that_are_returned(
func.func @groups_that_are_returned() -> tensor<4x2xi8> {
  %q = arith.constant dense<[[1, 2], [3, 4], [5, 6], [7, -8]]> : tensor<4x2xi4>
  %c = arith.constant dense<[[3, 5], [7, 9]]> : tensor<2x2xi8>
  %e = tensor.empty() : tensor<4x2xi8>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv 2, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q, %c : tensor<4x2xi4>, tensor<2x2xi8>) outs(%e : tensor<4x2xi8>) {
  ^bb0(%stored: i4, %multiplier: i8, %out: i8):
    %wide = arith.extsi %stored : i4 to i8
    %product = arith.muli %wide, %multiplier : i8
    linalg.yield %product : i8
  } -> tensor<4x2xi8>
  // CHECK-NEXT: %[[W:.*]] = arith.constant dense<{{\[}}[3, 10], [9, 20], [35, 54], [49, -72]]> : tensor<4x2xi8>
  // CHECK-NEXT: return %[[W]]
  return %w : tensor<4x2xi8>
}

// A reduction of a few groups has no loop. Where a run is shorter than a group it is read with the padding behind it.
// CHECK-LABEL: func.func @short_run(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x4x1xi8>
func.func @short_run(%x: tensor<1x4x4x1xi8>, %init: tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32> {
  // CHECK: tensor.pad %[[X]] low[0, 1, 1, 0] high[0, 1, 2, 0]
  // CHECK: tensor<1x4x4x1xi8> to tensor<1x6x7x1xi8>
  // CHECK-NOT: -> (vector
  // CHECK-COUNT-3: vector.transfer_read {{.*}} : tensor<1x6x7xi8>, vector<4xi8>
  // CHECK-NOT: -> (vector
  // CHECK: vector.transfer_write
  %w = arith.constant dense<1> : tensor<16x3x3x1xi8>
  %zero = arith.constant 0 : i8
  %padded = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : i8
  } : tensor<1x4x4x1xi8> to tensor<1x6x6x1xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpdpbusd">}
    ins(%padded, %w : tensor<1x6x6x1xi8>, tensor<16x3x3x1xi8>) outs(%init : tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32>
  return %0 : tensor<1x4x4x16xi32>
}

// Weights that are known at run time are packed by a loop before, four rows of them side by side, and summed.
// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME: %[[A:.*]]: tensor<2x8x64xi8>, %[[B:.*]]: tensor<2x64x16xi8>, %[[INIT:.*]]: tensor<2x8x16xi32>)
func.func @dynamic(%a: tensor<2x8x64xi8>, %b: tensor<2x64x16xi8>, %init: tensor<2x8x16xi32>) -> tensor<2x8x16xi32> {
  // CHECK: %[[PACKED:.*]]:2 = scf.for {{.*}} -> (tensor<2x1x16x1x64xi8>, tensor<2x1x1x16xi32>) {
  // CHECK: scf.for
  // CHECK-COUNT-4: vector.transfer_read %[[B]]{{.*}} : tensor<2x64x16xi8>, vector<16xi8>
  // CHECK-COUNT-3: vector.interleave
  // CHECK: vector.transfer_write {{.*}} : vector<64xi8>, tensor<2x1x16x1x64xi8>
  // CHECK: vector.contract {{.*}} {lowbit.instruction = "avx512.vpdpbusd"}
  // CHECK: arith.subi
  // CHECK: vector.transfer_write {{.*}} : vector<16xi32>, tensor<2x1x1x16xi32>
  // CHECK: vector.transfer_read %[[INIT]]
  // CHECK: vector.transfer_read %[[PACKED]]#1
  // CHECK: vector.transfer_read %[[PACKED]]#0
  // CHECK: vector.contract {{.*}} {lowbit.instruction = "avx512.vpdpbusd"}
  %0 = linalg.batch_matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpdpbusd">}
    ins(%a, %b : tensor<2x8x64xi8>, tensor<2x64x16xi8>) outs(%init : tensor<2x8x16xi32>) -> tensor<2x8x16xi32>
  return %0 : tensor<2x8x16xi32>
}

// The elementwise op behind the contraction runs on the accumulators: no i32 tensor is left.
// CHECK-LABEL: func.func @epilogue(
// CHECK-NOT: tensor<8x32xi32>
// CHECK: vector.contract
// CHECK: arith.trunci {{.*}} : vector<16xi32> to vector<16xi8>
// CHECK: vector.transfer_write {{.*}} : vector<16xi8>, tensor<8x32xi8>
// CHECK: return
func.func @epilogue(%a: tensor<8x64xi8>) -> tensor<8x32xi8> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  %bias = arith.constant dense<5> : tensor<32xi32>
  %e32 = tensor.empty() : tensor<8x32xi32>
  %e8 = tensor.empty() : tensor<8x32xi8>
  %init = linalg.broadcast ins(%bias : tensor<32xi32>) outs(%e32 : tensor<8x32xi32>) dimensions = [0]
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 2, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  %1 = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<8x32xi32>) outs(%e8 : tensor<8x32xi8>) {
  ^bb0(%in: i32, %out: i8):
    %t = arith.trunci %in : i32 to i8
    linalg.yield %t : i8
  } -> tensor<8x32xi8>
  return %1 : tensor<8x32xi8>
}

// The last tile of a dimension that the tile does not divide ends where the dimension ends.
// CHECK-LABEL: func.func @tail(
// CHECK: affine.min
func.func @tail(%x: tensor<7x5xf32>, %w: tensor<5x16xf32>, %init: tensor<7x16xf32>) -> tensor<7x16xf32> {
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1>}
    ins(%x, %w : tensor<7x5xf32>, tensor<5x16xf32>) outs(%init : tensor<7x16xf32>) -> tensor<7x16xf32>
  return %0 : tensor<7x16xf32>
}

// An elementwise op runs over its elements in one dimension, whatever its shape.
// CHECK-LABEL: func.func @elementwise(
// CHECK: tensor.collapse_shape {{.*}} : tensor<3x5x7xf32> into tensor<105xf32>
// CHECK: math.sqrt {{.*}} : vector<16xf32>
// CHECK: tensor.expand_shape
func.func @elementwise(%x: tensor<3x5x7xf32>) -> tensor<3x5x7xf32> {
  %e = tensor.empty() : tensor<3x5x7xf32>
  %0 = linalg.generic {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>,
      indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<3x5x7xf32>) outs(%e : tensor<3x5x7xf32>) {
  ^bb0(%in: f32, %out: f32):
    %t = math.sqrt %in : f32
    linalg.yield %t : f32
  } -> tensor<3x5x7xf32>
  return %0 : tensor<3x5x7xf32>
}

// Vectors have a power of two lanes; the last one overlaps the one before.
// CHECK-LABEL: func.func @three(
// CHECK-NOT: vector<3x
// CHECK: arith.addi {{.*}} : vector<2xi64>
// CHECK-NOT: vector<3x
// CHECK: return
func.func @three(%x: tensor<5x3xi64>) -> tensor<5x3xi64> {
  %e = tensor.empty() : tensor<5x3xi64>
  %0 = linalg.generic {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>,
      indexing_maps = [affine_map<(i, j) -> (i, 2 - j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x : tensor<5x3xi64>) outs(%e : tensor<5x3xi64>) {
  ^bb0(%in: i64, %out: i64):
    %1 = arith.addi %in, %in : i64
    linalg.yield %1 : i64
  } -> tensor<5x3xi64>
  return %0 : tensor<5x3xi64>
}

// A body that no vector op can compute is left alone.
// CHECK-LABEL: func.func @index_body(
// CHECK: linalg.generic
// CHECK: linalg.index
func.func @index_body() -> tensor<16xindex> {
  %e = tensor.empty() : tensor<16xindex>
  %0 = linalg.generic {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>,
      indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%e : tensor<16xindex>) {
  ^bb0(%out: index):
    %i = linalg.index 0 : index
    linalg.yield %i : index
  } -> tensor<16xindex>
  return %0 : tensor<16xindex>
}

// The rows of a table at indices that the body computes, as in an embedding, are read as vectors.
// CHECK-LABEL: func.func @rows(
// CHECK-SAME: %[[TOKENS:.*]]: tensor<3xi64>, %[[TABLE:.*]]: tensor<100x32xf32>)
func.func @rows(%tokens: tensor<3xi64>, %table: tensor<100x32xf32>) -> tensor<3x32xf32> {
  // CHECK: scf.for %[[I:[^ ]*]] =
  // CHECK: %[[TOKEN:.*]] = tensor.extract %[[TOKENS]][%[[I]]]
  // CHECK: %[[ROWS:.*]] = arith.index_cast %{{.*}} : vector<16xi64> to vector<16xindex>
  // CHECK: %[[ROW:.*]] = vector.extract %[[ROWS]][0]
  // CHECK: vector.transfer_read %[[TABLE]][%[[ROW]], %{{.*}}]{{.*}} : tensor<100x32xf32>, vector<16xf32>
  // CHECK-NOT: tensor.extract %[[TABLE]]
  %e = tensor.empty() : tensor<3x32xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%tokens : tensor<3xi64>) outs(%e : tensor<3x32xf32>) attrs = {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>} {
  ^bb0(%in: i64, %out: f32):
    %row = arith.index_cast %in : i64 to index
    %column = linalg.index 1 : index
    %value = tensor.extract %table[%row, %column] : tensor<100x32xf32>
    linalg.yield %value : f32
  } -> tensor<3x32xf32>
  return %0 : tensor<3x32xf32>
}

// A table of bytes is gathered from, by the instruction that the tile names; without one the op is left.
// CHECK-LABEL: func.func @lookup(
// CHECK-SAME: %[[A:[^:]*]]: tensor<100xi8>,
func.func @lookup(%a: tensor<100xi8>, %init: tensor<100xi8>) -> (tensor<100xi8>, tensor<100xi8>) {
  // CHECK: %[[TABLE:.*]] = arith.constant dense<7> : tensor<256xi8>
  %table = arith.constant dense<7> : tensor<256xi8>
  // CHECK: %[[BYTES:.*]] = vector.transfer_read %[[A]]{{.*}} : tensor<100xi8>, vector<64xi8>
  // CHECK: %[[INDICES:.*]] = arith.index_castui %[[BYTES]] : vector<64xi8> to vector<64xindex>
  // CHECK: vector.gather %[[TABLE]][%{{.*}}] [%[[INDICES]]]{{.*}} {lowbit.instruction = "avx512.vpermi2b"}
  // CHECK: linalg.generic
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%a : tensor<100xi8>) outs(%init : tensor<100xi8>)
      attrs = {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpermi2b">} {
  ^bb0(%in: i8, %out: i8):
    %index = arith.index_castui %in : i8 to index
    %entry = tensor.extract %table[%index] : tensor<256xi8>
    linalg.yield %entry : i8
  } -> tensor<100xi8>
  %1 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%a : tensor<100xi8>) outs(%init : tensor<100xi8>)
      attrs = {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>} {
  ^bb0(%in: i8, %out: i8):
    %index = arith.index_castui %in : i8 to index
    %entry = tensor.extract %table[%index] : tensor<256xi8>
    linalg.yield %entry : i8
  } -> tensor<100xi8>
  return %0, %1 : tensor<100xi8>, tensor<100xi8>
}
}

// -----

module attributes {llvm.target_triple = "aarch64-unknown-linux-gnu", lowbit.cpu = "neoverse-v1"} {
// Pairs of rows with pairs of channels: the accumulators are blocks in the loop, and rows behind it.
// CHECK-LABEL: func.func @blocks(
// CHECK-SAME: %[[A:.*]]: tensor<2x256xi8>, %[[INIT:.*]]: tensor<2x4xi32>)
func.func @blocks(%a: tensor<2x256xi8>, %init: tensor<2x4xi32>) -> tensor<2x4xi32> {
  %w = arith.constant dense<1> : tensor<256x4xi8>
  // CHECK: %[[UPPER:.*]] = vector.transfer_read %[[INIT]]
  // CHECK: %[[LOWER:.*]] = vector.transfer_read %[[INIT]]
  // CHECK: %[[LEFT:.*]] = vector.shuffle %[[UPPER]], %[[LOWER]] [0, 1, 4, 5]
  // CHECK: %[[RIGHT:.*]] = vector.shuffle %[[UPPER]], %[[LOWER]] [2, 3, 6, 7]
  // CHECK: %[[SUMS:.*]]:2 = scf.for {{.*}} iter_args(%{{.*}} = %[[LEFT]], %{{.*}} = %[[RIGHT]])
  // CHECK: %[[FIRST:.*]] = vector.transfer_read %[[A]]{{.*}} : tensor<2x256xi8>, vector<8xi8>
  // CHECK: %[[SECOND:.*]] = vector.transfer_read %[[A]]{{.*}} : tensor<2x256xi8>, vector<8xi8>
  // CHECK: vector.shuffle %[[FIRST]], %[[SECOND]]
  // CHECK-COUNT-2: {lowbit.instruction = "neon.smmla"} : vector<2x8xi32>, vector<2x8xi32> into vector<2x2xi32>
  // CHECK: vector.shuffle %[[SUMS]]#0, %[[SUMS]]#1 [0, 1, 4, 5]
  // CHECK: vector.shuffle %[[SUMS]]#0, %[[SUMS]]#1 [2, 3, 6, 7]
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "neon.smmla">}
    ins(%a, %w : tensor<2x256xi8>, tensor<256x4xi8>) outs(%init : tensor<2x4xi32>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
// A vector of bytes has the 64 channels of an output. Rows that serve two lines of outputs are interleaved in a buffer,
// column by column, in groups of 16 bytes. Then come the lines, a loop for each. Lanes come in the order of the groups, in
// which the multipliers lie too, and are sorted as bytes.
// CHECK-LABEL: func.func @depthwise_lanes(
// CHECK-SAME: %[[A:[^:]*]]: tensor<1x4x6x64xi8>
// CHECK-DAG: %[[M:.*]] = arith.constant dense<5.000000e-01> : tensor<1x64xf32>
// The start is 7 - 128 * 2 * 9.
// CHECK-DAG: arith.constant dense<-2297> : tensor<1x4x16xi32>
// CHECK-DAG: %[[W:.*]] = arith.constant {{.*}} : tensor<1x2x1x3x4x64xi8>
// CHECK-DAG: %[[ROWS:.*]] = memref.alloc() : memref<1x6x1x4x64xi8>
// CHECK: scf.for %[[X:[^ ]*]] = %c0 to %c6
// CHECK-COUNT-4: vector.transfer_read %[[A]][%c0, %{{.*}}, %[[X]], %c0]{{.*}} vector<64xi8>
// CHECK-NOT: vector.transfer_read %[[A]]
// CHECK: vector.shuffle {{.*}} [0, 64, 1, 65, 2, 66, 3, 67, 4, 68, 5, 69, 6, 70, 7, 71, 16, 80, {{.*}}] : vector<64xi8>, vector<64xi8>
// CHECK: vector.shuffle {{.*}} [0, 32, 1, 33, 2, 34, 3, 35, 8, 40, {{.*}}] : vector<32xi16>, vector<32xi16>
// CHECK: vector.shuffle {{.*}} [4, 36, 5, 37, 6, 38, 7, 39, 12, 44, {{.*}}] : vector<32xi16>, vector<32xi16>
// CHECK-COUNT-4: vector.transfer_write %{{.*}}, %[[ROWS]]{{.*}} : vector<64xi8>, memref<1x6x1x4x64xi8>
// CHECK: scf.for %[[X0:[^ ]*]] = %c0 to %c4
// CHECK: vector.transfer_read %[[W]][%c0, %c0, %c0, %c0, %c0, %c0]
// CHECK: vector.transfer_read %[[ROWS]][%c0, %[[X0]], %c0, %c0, %c0]
// CHECK-COUNT-12: vector.contract {{.*}} {lowbit.instruction = "avx512.vpdpbusd"} : vector<16x4xi32>, vector<16x4xi32> into vector<16xi32>
// CHECK-NOT: vector.contract
// CHECK: vector.transfer_read %[[M]]{{.*}} : tensor<1x64xf32>, vector<64xf32>
// CHECK: %[[BYTES:.*]] = arith.trunci {{.*}} : vector<64xi32> to vector<64xi8>
// CHECK: %[[SORTED:.*]] = vector.shuffle %[[BYTES]], %[[BYTES]] [0, 1, 2, 3, 16, 17, 18, 19, 32, 33, 34, 35, 48, 49, 50, 51, 4, 5, {{.*}}]
// CHECK: vector.transfer_write %[[SORTED]], %{{.*}}[%c0, %c0, %[[X0]], %c0] {{.*}} : vector<64xi8>, tensor<1x2x4x64xi8>
// CHECK: scf.for %[[X1:[^ ]*]] = %c0 to %c4
// CHECK: vector.transfer_read %[[W]][%c0, %c1, %c0, %c0, %c0, %c0]
// CHECK-COUNT-12: vector.contract
// CHECK: vector.transfer_write {{.*}}[%c0, %c1, %[[X1]], %c0] {{.*}} : vector<64xi8>, tensor<1x2x4x64xi8>
// CHECK: return
func.func @depthwise_lanes(%a: tensor<1x4x6x64xi8>) -> tensor<1x2x4x64xi8> {
  %w = arith.constant dense<2> : tensor<3x3x64xi8>
  %m = arith.constant dense<0.5> : tensor<64xf32>
  %zero = arith.constant 7 : i32
  %e = tensor.empty() : tensor<1x2x4x64xi32>
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<1x2x4x64xi32>) -> tensor<1x2x4x64xi32>
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.tile = #lowbit.tile<rows = 1, vectors = 4, instruction = "avx512.vpdpbusd">,
      strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %w : tensor<1x4x6x64xi8>, tensor<3x3x64xi8>) outs(%init : tensor<1x2x4x64xi32>) -> tensor<1x2x4x64xi32>
  %r = tensor.empty() : tensor<1x2x4x64xi8>
  %1 = linalg.generic {indexing_maps = [affine_map<(n, y, x, c) -> (n, y, x, c)>, affine_map<(n, y, x, c) -> (c)>,
                                        affine_map<(n, y, x, c) -> (n, y, x, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%0, %m : tensor<1x2x4x64xi32>, tensor<64xf32>) outs(%r : tensor<1x2x4x64xi8>) {
  ^bb0(%in: i32, %s: f32, %out: i8):
    %f = arith.sitofp %in : i32 to f32
    %p = arith.mulf %f, %s : f32
    %q = arith.fptosi %p : f32 to i32
    %t = arith.trunci %q : i32 to i8
    linalg.yield %t : i8
  } -> tensor<1x2x4x64xi8>
  return %1 : tensor<1x2x4x64xi8>
}

// Sums of 49 bytes fit 16 bits, in vectors of as many lanes as two of 32 bits. Bytes of two pixels are added to each
// other: of seven in a row the last one to zeros. The first register of sums has the first eight channels of each 16.
// CHECK-LABEL: func.func @byte_sums(
// CHECK-SAME: %[[X:.*]]: tensor<1x7x7x64xi8>)
// CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0> : vector<32xi16>
// CHECK-DAG: %[[INIT:.*]] = arith.constant dense<-147> : vector<16xi32>
// CHECK-DAG: %[[ONES:.*]] = arith.constant dense<1> : vector<64xi8>
// CHECK-DAG: %[[NONE:.*]] = arith.constant dense<0> : vector<64xi8>
// CHECK: %[[ROW:.*]]:2 = scf.for {{.*}} iter_args(%[[LOW:.*]] = %[[ZERO]], %[[HIGH:.*]] = %[[ZERO]])
// CHECK: %[[PAIRS:.*]]:2 = scf.for {{.*}} iter_args(%[[LOW_SUM:.*]] = %[[LOW]], %{{.*}} = %[[HIGH]])
// CHECK: %[[FIRST:.*]] = vector.transfer_read %[[X]]{{.*}} vector<64xi8>
// CHECK: %[[SECOND:.*]] = vector.transfer_read %[[X]]{{.*}} vector<64xi8>
// CHECK: %[[BYTES:.*]] = vector.shuffle %[[FIRST]], %[[SECOND]] [0, 64, 1, 65, 2, 66, 3, 67, 4, 68, 5, 69, 6, 70, 7, 71, 16,
// CHECK: %[[WORDS:.*]] = llvm.call_intrinsic "llvm.x86.avx512.pmaddubs.w.512"(%[[ONES]], %[[BYTES]])
// CHECK: arith.addi %[[LOW_SUM]], %[[WORDS]] : vector<32xi16>
// CHECK: vector.shuffle %[[FIRST]], %[[SECOND]] [8, 72, 9, 73,
// CHECK: scf.yield
// CHECK: %[[LAST:.*]] = vector.transfer_read %[[X]]
// CHECK: vector.shuffle %[[LAST]], %[[NONE]] [0, 64, 1, 65,
// CHECK: arith.addi %[[PAIRS]]#0
// CHECK: %[[SUMS:.*]] = vector.shuffle %[[ROW]]#0, %[[ROW]]#1 [0, 1, 2, 3, 4, 5, 6, 7, 32, 33, 34, 35, 36, 37, 38, 39, 8,
// CHECK: vector.shuffle %[[ROW]]#0, %[[ROW]]#1 [16, 17,
// CHECK: %[[HALF:.*]] = vector.extract_strided_slice %[[SUMS]] {offsets = [0], sizes = [16], strides = [1]} : vector<32xi16> to vector<16xi16>
// CHECK: %[[WIDE:.*]] = arith.extsi %[[HALF]] : vector<16xi16> to vector<16xi32>
// CHECK: arith.addi %[[WIDE]], %[[INIT]] : vector<16xi32>
// CHECK-COUNT-4: vector.transfer_write
func.func @byte_sums(%x: tensor<1x7x7x64xi8>) -> tensor<1x1x1x64xi32> {
  %start = arith.constant -147 : i32
  %e = tensor.empty() : tensor<1x1x1x64xi32>
  %init = linalg.fill ins(%start : i32) outs(%e : tensor<1x1x1x64xi32>) -> tensor<1x1x1x64xi32>
  %window = tensor.empty() : tensor<7x7xi8>
  %0 = linalg.pooling_nhwc_sum {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>,
                                lowbit.tile = #lowbit.tile<rows = 1, vectors = 2>}
    ins(%x, %window : tensor<1x7x7x64xi8>, tensor<7x7xi8>) outs(%init : tensor<1x1x1x64xi32>) -> tensor<1x1x1x64xi32>
  return %0 : tensor<1x1x1x64xi32>
}

// Two vectors of sums are half a register of bytes.
// CHECK-LABEL: func.func @few_byte_sums(
// CHECK: %[[BYTES:.*]] = vector.transfer_read %{{.*}} vector<32xi8>
// CHECK: %[[WORDS:.*]] = arith.extsi %[[BYTES]] : vector<32xi8> to vector<32xi16>
// CHECK: arith.addi %{{.*}}, %[[WORDS]] : vector<32xi16>
// CHECK-COUNT-2: vector.transfer_write
func.func @few_byte_sums(%x: tensor<1x7x7x32xi8>) -> tensor<1x1x1x32xi32> {
  %start = arith.constant -147 : i32
  %e = tensor.empty() : tensor<1x1x1x32xi32>
  %init = linalg.fill ins(%start : i32) outs(%e : tensor<1x1x1x32xi32>) -> tensor<1x1x1x32xi32>
  %window = tensor.empty() : tensor<7x7xi8>
  %0 = linalg.pooling_nhwc_sum {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>,
                                lowbit.tile = #lowbit.tile<rows = 1, vectors = 2>}
    ins(%x, %window : tensor<1x7x7x32xi8>, tensor<7x7xi8>) outs(%init : tensor<1x1x1x32xi32>) -> tensor<1x1x1x32xi32>
  return %0 : tensor<1x1x1x32xi32>
}

// 80 channels: a vector of 64, and one with the other 16 of four outputs, which lie as far apart as six columns allow. The
// lines of the output make four blocks, each with a buffer of its own.
// CHECK-LABEL: func.func @depthwise_pieces(
// CHECK-SAME: %[[A:[^:]*]]: tensor<1x10x8x80xi8>
// CHECK-DAG: memref.alloc() : memref<4x8x1x4x64xi8>
// CHECK-DAG: %[[PIECES:.*]] = memref.alloc() : memref<4x4x1x4x64xi8>
// CHECK: scf.for %{{.*}} = %c0 to %c4
// CHECK-COUNT-2: vector.transfer_write {{.*}} : vector<64xi32>, tensor<1x8x6x80xi32>
// CHECK: } {lowbit.parallel = true}
// CHECK: scf.for %[[BLOCK:[^ ]*]] = %c0 to %c4
// CHECK: scf.for %[[X:[^ ]*]] = %c0 to %c4
// CHECK: vector.transfer_read %[[A]][%c0, %{{.*}}, %[[X]], %c64]{{.*}} vector<16xi8>
// CHECK: %[[X2:.*]] = affine.apply #[[PLUS2:.*]](%[[X]])
// CHECK: vector.transfer_read %[[A]][%c0, %{{.*}}, %[[X2]], %c64]{{.*}} vector<16xi8>
// CHECK: %[[X4:.*]] = affine.apply #[[PLUS4:.*]](%[[X]])
// CHECK: vector.transfer_read %[[A]][%c0, %{{.*}}, %[[X4]], %c64]{{.*}} vector<16xi8>
// CHECK: vector.transfer_write %{{.*}}, %[[PIECES]][%[[BLOCK]], %[[X]], %c0, %c0, %c0] {{.*}} : vector<64xi8>
// CHECK: scf.for %[[OUT:[^ ]*]] = %c0 to %c2
// CHECK: vector.transfer_write {{.*}}[%c0, %{{.*}}, %[[OUT]], %c64] {{.*}} : vector<16xi32>
// CHECK-COUNT-3: vector.transfer_write {{.*}}, %c64] {{.*}} : vector<16xi32>
// CHECK: return
func.func @depthwise_pieces(%a: tensor<1x10x8x80xi8>) -> tensor<1x8x6x80xi32> {
  %w = arith.constant dense<2> : tensor<3x3x80xi8>
  %zero = arith.constant 7 : i32
  %e = tensor.empty() : tensor<1x8x6x80xi32>
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<1x8x6x80xi32>) -> tensor<1x8x6x80xi32>
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.tile = #lowbit.tile<rows = 1, vectors = 4, instruction = "avx512.vpdpbusd">,
      strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %w : tensor<1x10x8x80xi8>, tensor<3x3x80xi8>) outs(%init : tensor<1x8x6x80xi32>) -> tensor<1x8x6x80xi32>
  return %0 : tensor<1x8x6x80xi32>
}

// The padding, and the offset of the picture's bytes, are only in the buffer: its first and last columns are constants,
// and where the lines at hand read rows that are all in the picture none is asked for.
// CHECK-LABEL: func.func @depthwise_padded(
// CHECK-SAME: %[[A:[^:]*]]: tensor<1x8x8x64xi8>
// CHECK-NOT: tensor.pad
// CHECK: scf.for %[[LINES:[^ ]*]] = %c0 to %c4
// CHECK: %[[INSIDE:.*]] = arith.andi
// CHECK: scf.if %[[INSIDE]]
// CHECK-COUNT-4: vector.transfer_write {{.*}}[%[[LINES]], %c0, %c0, %{{.*}}, %c0] {{.*}} : vector<64xi8>, memref<4x10x1x4x64xi8>
// CHECK: scf.for {{.*}} = %c1 to %c9
// CHECK: %[[ROW:.*]] = vector.transfer_read %[[A]]
// CHECK: %[[WORDS:.*]] = vector.bitcast %[[ROW]]
// CHECK: arith.xori %[[WORDS]]
// CHECK-COUNT-4: vector.transfer_write {{.*}}[%[[LINES]], %c9, %c0, %{{.*}}, %c0]
// CHECK-NOT: arith.select
// CHECK: } else {
// CHECK: arith.cmpi ult, %{{.*}}, %c8
// CHECK: %[[ROW:.*]] = vector.transfer_read %[[A]]
// CHECK: arith.select %{{.*}}, %[[ROW]], %{{.*}} : vector<64xi8>
// CHECK: vector.contract
func.func @depthwise_padded(%x: tensor<1x8x8x64xi8>) -> tensor<1x8x8x64xi32> {
  %w = arith.constant dense<2> : tensor<3x3x64xi8>
  %fill = arith.constant -125 : i8
  %o = arith.constant -128 : i8
  %offsets = arith.constant dense<-128> : tensor<1x10x10x64xi8>
  %e8 = tensor.empty() : tensor<1x8x8x64xi8>
  %u = linalg.generic {indexing_maps = [affine_map<(n, y, x, c) -> (n, y, x, c)>,
                                        affine_map<(n, y, x, c) -> (n, y, x, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%x : tensor<1x8x8x64xi8>) outs(%e8 : tensor<1x8x8x64xi8>) {
  ^bb0(%in: i8, %out: i8):
    %t = arith.xori %in, %o : i8
    linalg.yield %t : i8
  } -> tensor<1x8x8x64xi8>
  %padded = tensor.pad %u low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %fill : i8
  } : tensor<1x8x8x64xi8> to tensor<1x10x10x64xi8>
  %a = arith.xori %padded, %offsets : tensor<1x10x10x64xi8>
  %zero = arith.constant 7 : i32
  %e = tensor.empty() : tensor<1x8x8x64xi32>
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32>
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.tile = #lowbit.tile<rows = 1, vectors = 4, instruction = "avx512.vpdpbusd">,
      strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %w : tensor<1x10x10x64xi8>, tensor<3x3x64xi8>) outs(%init : tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32>
  return %0 : tensor<1x8x8x64xi32>
}

// The first row and the first column of a padded picture are read again in place of the padding. Two outputs share a
// column: five columns of three rows serve them, and each output takes the greatest of three.
// CHECK-LABEL: func.func @max_pool(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x8x64xi8>)
// CHECK-NOT: tensor.pad
// CHECK: scf.for %[[Y:.*]] = %c0 to %c2
// CHECK: scf.for %[[T:.*]] = %c0 to %c2
// CHECK: %[[COLUMN:.*]] = affine.max #{{.*}}(%[[T]])
// CHECK: %[[ROW:.*]] = affine.max #{{.*}}(%[[Y]])
// CHECK: vector.transfer_read %[[X]][%c0, %[[ROW]], %[[COLUMN]], %c0]{{.*}} : tensor<1x4x8x64xi8>, vector<64xi8>
// CHECK-COUNT-14: vector.transfer_read %[[X]]
// CHECK-NOT: vector.transfer_read
// CHECK-COUNT-2: vector.transfer_write {{.*}} : vector<64xi8>, tensor<1x2x4x64xi8>
func.func @max_pool(%x: tensor<1x4x8x64xi8>) -> tensor<1x2x4x64xi8> {
  %least = arith.constant -128 : i8
  %padded = tensor.pad %x low[0, 1, 1, 0] high[0, 0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %least : i8
  } : tensor<1x4x8x64xi8> to tensor<1x5x9x64xi8>
  %e = tensor.empty() : tensor<1x2x4x64xi8>
  %init = linalg.fill ins(%least : i8) outs(%e : tensor<1x2x4x64xi8>) -> tensor<1x2x4x64xi8>
  %window = tensor.empty() : tensor<3x3xi8>
  %0 = linalg.pooling_nhwc_max {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>,
                                lowbit.tile = #lowbit.tile<rows = 2, vectors = 1>}
    ins(%padded, %window : tensor<1x5x9x64xi8>, tensor<3x3xi8>) outs(%init : tensor<1x2x4x64xi8>) -> tensor<1x2x4x64xi8>
  return %0 : tensor<1x2x4x64xi8>
}

// A greater padding counts, and so does a greater init.
// CHECK-LABEL: func.func @padding_and_init(
// CHECK: %[[PADDED:.*]] = tensor.pad
// CHECK: vector.transfer_read %[[PADDED]]
// CHECK: %[[INIT:.*]] = vector.transfer_read %{{.*}} : tensor<1x2x4x64xi8>, vector<64xi8>
// CHECK: arith.maxsi %{{.*}}, %[[INIT]]
func.func @padding_and_init(%x: tensor<1x4x8x64xi8>, %init: tensor<1x2x4x64xi8>) -> tensor<1x2x4x64xi8> {
  %zero = arith.constant 0 : i8
  %padded = tensor.pad %x low[0, 1, 1, 0] high[0, 0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : i8
  } : tensor<1x4x8x64xi8> to tensor<1x5x9x64xi8>
  %window = tensor.empty() : tensor<3x3xi8>
  %0 = linalg.pooling_nhwc_max {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>,
                                lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>}
    ins(%padded, %window : tensor<1x5x9x64xi8>, tensor<3x3xi8>) outs(%init : tensor<1x2x4x64xi8>) -> tensor<1x2x4x64xi8>
  return %0 : tensor<1x2x4x64xi8>
}

// Two outputs of a row need four columns: each is read and interleaved once, and multiplied with the columns of the
// window that it belongs to.
// CHECK-LABEL: func.func @depthwise(
// CHECK-SAME: %[[A:[^:]*]]: tensor<1x4x4x16xi8>
func.func @depthwise(%a: tensor<1x4x4x16xi8>) -> tensor<1x2x2x16xi32> {
  %w = arith.constant dense<2> : tensor<3x3x16xi8>
  %zero = arith.constant 7 : i32
  %e = tensor.empty() : tensor<1x2x2x16xi32>
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<1x2x2x16xi32>) -> tensor<1x2x2x16xi32>
  // The start is 7 - 128 * 2 * 9.
  // CHECK-DAG: arith.constant dense<-2297> : tensor<1x1x16xi32>
  // CHECK-DAG: arith.constant {{.*}} : tensor<1x1x3x1x64xi8>
  // CHECK: scf.for
  // CHECK-COUNT-3: vector.transfer_read %[[A]]{{.*}} vector<16xi8>
  // CHECK: vector.contract {{.*}} {lowbit.instruction = "avx512.vpdpbusd"} : vector<16x4xi32>, vector<16x4xi32> into vector<16xi32>
  // CHECK-COUNT-3: vector.transfer_read %[[A]]{{.*}} vector<16xi8>
  // CHECK-COUNT-2: vector.contract
  // CHECK-COUNT-3: vector.transfer_read %[[A]]{{.*}} vector<16xi8>
  // CHECK-COUNT-2: vector.contract
  // CHECK-COUNT-3: vector.transfer_read %[[A]]{{.*}} vector<16xi8>
  // CHECK: vector.contract
  // CHECK-NOT: vector.contract
  // CHECK-COUNT-2: vector.transfer_write
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx512.vpdpbusd">,
      strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %w : tensor<1x4x4x16xi8>, tensor<3x3x16xi8>) outs(%init : tensor<1x2x2x16xi32>) -> tensor<1x2x2x16xi32>
  return %0 : tensor<1x2x2x16xi32>
}
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {
// A loop for each instruction over its share of the groups, in the panel's order: a table says where a group lies. What
// is offset, and only that, is taken away at the start: -128 times the sum of five groups of weights of 1. The group that
// is complemented has a slot more, for the bits that it flips.
// CHECK-LABEL: func.func @short_sums(
// CHECK-SAME: %[[A:.*]]: tensor<8x24xi8>, %[[INIT:.*]]: tensor<8x16xi32>)
func.func @short_sums(%a: tensor<8x24xi8>, %init: tensor<8x16xi32>) -> tensor<8x16xi32> {
  %w = arith.constant dense<1> : tensor<24x16xi8>
  // CHECK-DAG: %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<2x7x1x32xi8>
  // CHECK-DAG: arith.constant dense<-2560> : tensor<2x1x8xi32>
  // CHECK-DAG: %[[OFFSETS:.*]] = arith.constant dense<{{\[\[}}12, 4, 20, 16, 0, 8], [0, 4, 8, 12, 16, 20]]> : tensor<2x6xi32>
  // CHECK-DAG: %[[COUNTS:.*]] = arith.constant dense<{{\[\[}}1, 3, 1], [2, 1, 1]]> : tensor<2x3xi32>
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[A]] {{.*}} into tensor<192xi8>
  // CHECK: tensor.extract %[[COUNTS]]
  // CHECK: scf.for {{.*}} -> (vector<8xi32>, vector<8xi32>) {
  // CHECK: tensor.extract %[[OFFSETS]]
  // CHECK: vector.transfer_read %[[W]]
  // CHECK: vector.transfer_read %[[FLAT]]{{.*}} : tensor<192xi8>, vector<4xi8>
  // CHECK: %[[FIRST:.*]] = vector.contract {{.*}} {lowbit.instruction = "avx2.vpmaddubsw.x2"} : vector<4xi32>, vector<8x4xi32> into vector<8xi32>
  // CHECK: vector.contract {{.*}}, %[[FIRST]] {lowbit.instruction = "avx2.vpmaddubsw.x2"}
  // CHECK: scf.for {{.*}} -> (vector<8xi32>, vector<8xi32>) {
  // CHECK: vector.contract {{.*}} {lowbit.instruction = "avx2.vpmaddubsw"}
  // CHECK: scf.for {{.*}} -> (vector<8xi32>, vector<8xi32>) {
  // CHECK: vector.contract {{.*}} {lowbit.instruction = "avx2.vpxor"}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8,
      instructions = ["avx2.vpmaddubsw.x2", "avx2.vpmaddubsw", "avx2.vpxor"],
      counts = dense<[[1, 3, 1], [2, 1, 1]]> : tensor<2x3xi32>,
      order = dense<[[3, 1, 5, 4, 0, 2], [0, 1, 2, 3, 4, 5]]> : tensor<2x6xi32>,
      bounds = dense<[[[0, 1020], [0, 510], [0, 0]], [[0, 1020], [0, 510], [0, 0]]]> : tensor<2x3x2xi32>>}
    ins(%a, %w : tensor<8x24xi8>, tensor<24x16xi8>) outs(%init : tensor<8x16xi32>) -> tensor<8x16xi32>
  return %0 : tensor<8x16xi32>
}

// Two vectors of bytes for each vector of weights: magnitudes, and the bits of the activations that are flipped, all of
// those of a negative weight. -a = ~a + 1: the sums start from the magnitudes of the negative weights.
// CHECK-LABEL: func.func @complemented(
// CHECK-SAME: %[[A:.*]]: tensor<8x4xi8>
func.func @complemented(%a: tensor<8x4xi8>) -> tensor<8x8xi32> {
  %w = arith.constant dense<[[1, 1, 1, 1, 1, 1, 1, 1], [-128, 2, 2, 2, 2, 2, 2, 2], [3, 3, 3, 3, 3, 3, 3, 3],
    [-4, 4, 4, 4, 4, 4, 4, 4]]> : tensor<4x8xi8>
  %bias = arith.constant dense<[10, 20, 30, 40, 50, 60, 70, 80]> : tensor<8xi32>
  %empty = tensor.empty() : tensor<8x8xi32>
  %init = linalg.broadcast ins(%bias : tensor<8xi32>) outs(%empty : tensor<8x8xi32>) dimensions = [0]
  // CHECK-DAG: %[[START:.*]] = arith.constant dense<{{\[\[\[}}142, 20, 30, 40, 50, 60, 70, 80]]]> : tensor<1x1x8xi16>
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}1, -128, 3, 4, 1, 2, 3, 4, {{.*}}], [0, -1, 0, -1, 0, 0, {{.*}}]]]]> : tensor<1x1x2x32xi8>
  // CHECK: %[[MAGNITUDES:.*]] = vector.transfer_read %[[W]]
  // CHECK: %[[FLIPS:.*]] = vector.transfer_read %[[W]]
  // CHECK: %[[GROUP:.*]] = vector.transfer_read %[[A]]{{.*}} vector<4xi8>
  // CHECK: %[[ALL:.*]] = vector.broadcast %[[GROUP]] : vector<4xi8> to vector<8x4xi8>
  // CHECK: %[[BITS:.*]] = vector.shape_cast %[[FLIPS]]
  // CHECK: %[[FLIPPED:.*]] = arith.xori %[[ALL]], %[[BITS]]
  // CHECK: %[[OF:.*]] = vector.shape_cast %[[MAGNITUDES]]
  // CHECK: %[[WIDE:.*]] = arith.extsi %[[FLIPPED]]
  // CHECK: %[[WIDE_OF:.*]] = arith.extui %[[OF]]
  // CHECK: vector.contract {{.*}} %[[WIDE]], %[[WIDE_OF]], %{{.*}} {lowbit.instruction = "avx2.vpxor"}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx2.vpxor">}
    ins(%a, %w : tensor<8x4xi8>, tensor<4x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {

// Eight groups of four activations are added in 16 bits: for weights of 4 bits they can't overflow. What is multiplied is
// their sum, not the weights.
// CHECK-LABEL: func.func @short_sums(
func.func @short_sums(%a: tensor<1x64xi8>, %init: tensor<1x8xi32>) -> tensor<1x8xi32> {
  %q = arith.constant dense<1> : tensor<64x8xi4>
  %c = arith.constant dense<3> : tensor<2x8xi8>
  %e = tensor.empty() : tensor<64x8xi8>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv 32, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q, %c : tensor<64x8xi4>, tensor<2x8xi8>) outs(%e : tensor<64x8xi8>) {
  ^bb0(%stored: i4, %multiplier: i8, %out: i8):
    %wide = arith.extsi %stored : i4 to i8
    %product = arith.muli %wide, %multiplier : i8
    linalg.yield %product : i8
  } -> tensor<64x8xi8>
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0> : vector<8xi32>
  // CHECK-DAG: %[[MULTIPLIERS:.*]] = arith.constant dense<51> : tensor<1x2x1x4xi8>
  // CHECK: scf.for {{.*}} iter_args(%[[ACCUMULATOR:.*]] = %{{.*}}) -> (vector<8xi32>) {
  // CHECK: %[[BYTES:.*]] = vector.transfer_read %[[MULTIPLIERS]]
  // CHECK: %[[HALVES:.*]] = vector.shuffle
  // CHECK: %[[MULTIPLIER:.*]] = arith.extui %[[HALVES]] : vector<8xi8> to vector<8xi32>
  // CHECK-NOT: arith.muli
  // CHECK: vector.contract {{.*}}, %[[ZERO]] {lowbit.instruction = "avx2.vpmaddubsw.narrow"}
  // CHECK-COUNT-6: vector.contract
  // CHECK: %[[SUM:.*]] = vector.contract
  // CHECK: %[[PRODUCT:.*]] = arith.muli %[[SUM]], %[[MULTIPLIER]]
  // CHECK: %[[NEXT:.*]] = arith.addi %[[ACCUMULATOR]], %[[PRODUCT]]
  // CHECK: scf.yield %[[NEXT]]
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx2.vpmaddubsw.narrow">}
    ins(%a, %w : tensor<1x64xi8>, tensor<64x8xi8>) outs(%init : tensor<1x8xi32>) -> tensor<1x8xi32>
  return %0 : tensor<1x8xi32>
}

// A word holds eight weights of an output channel, whose scale is the same for 16 of them: two words. Each weight is
// shifted to the top of its word and back, so that its sign fills it, converted and scaled; no element changes its lane.
// CHECK-LABEL: func.func @dequantized(
// CHECK-SAME: %[[A:[^:]*]]: tensor<1x32xf32>
func.func @dequantized(%a: tensor<1x32xf32>, %init: tensor<1x8xf32>) -> tensor<1x8xf32> {
  %q = arith.constant dense<-3> : tensor<32x8xi4>
  %s = arith.constant dense<[[0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]]> : tensor<2x8xf32>
  %e = tensor.empty() : tensor<32x8xf32>
  // -3 is 13 in each of eight places.
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<-572662307> : tensor<1x2x2x1x8xi32>
  // CHECK-DAG: %[[S:.*]] = arith.constant dense<{{.*}}> : tensor<1x2x1x8xf32>
  // CHECK-DAG: %[[TOP:.*]] = arith.constant dense<28> : vector<8xi32>
  // CHECK-NOT: linalg.generic
  // CHECK: scf.for
  // CHECK: %[[SCALES:.*]] = vector.transfer_read %[[S]]
  // CHECK: scf.for
  // CHECK: %[[WORDS:.*]] = vector.transfer_read %[[W]]{{.*}} : tensor<1x2x2x1x8xi32>, vector<8xi32>
  // CHECK: %[[FIRST:.*]] = arith.shli %[[WORDS]], %[[TOP]]
  // CHECK: %[[CODES:.*]] = arith.shrsi %[[FIRST]], %[[TOP]]
  // CHECK: %[[STEPS:.*]] = arith.sitofp %[[CODES]] : vector<8xi32> to vector<8xf32>
  // CHECK: arith.mulf %[[STEPS]], %[[SCALES]]
  // The last one is at the top already.
  // CHECK: arith.shrsi %[[WORDS]], %[[TOP]]
  // CHECK: scf.yield
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv 16, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q, %s : tensor<32x8xi4>, tensor<2x8xf32>) outs(%e : tensor<32x8xf32>) {
  ^bb0(%stored: i4, %scale: f32, %out: f32):
    %wide = arith.extsi %stored : i4 to i32
    %steps = arith.sitofp %wide : i32 to f32
    %product = arith.mulf %steps, %scale : f32
    linalg.yield %product : f32
  } -> tensor<32x8xf32>
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>}
    ins(%a, %w : tensor<1x32xf32>, tensor<32x8xf32>) outs(%init : tensor<1x8xf32>) -> tensor<1x8xf32>
  return %0 : tensor<1x8xf32>
}

// Two rows read what a loop before them made of a panel: floats.
// CHECK-LABEL: func.func @dequantized_panels(
func.func @dequantized_panels(%a: tensor<2x32xf32>, %init: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %q = arith.constant dense<-3> : tensor<32x8xi4>
  %half = arith.constant 0.5 : f32
  %e = tensor.empty() : tensor<32x8xf32>
  // CHECK: %[[SCRATCH:.*]] = tensor.empty() : tensor<32x1x8xf32>
  // CHECK: arith.sitofp
  // CHECK: vector.transfer_write {{.*}} : vector<8xf32>, tensor<32x1x8xf32>
  // CHECK: vector.transfer_read {{.*}} : tensor<32x1x8xf32>, vector<8xf32>
  // CHECK-NOT: arith.sitofp
  // CHECK: return
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q : tensor<32x8xi4>) outs(%e : tensor<32x8xf32>) {
  ^bb0(%stored: i4, %out: f32):
    %wide = arith.extsi %stored : i4 to i32
    %steps = arith.sitofp %wide : i32 to f32
    %product = arith.mulf %steps, %half : f32
    linalg.yield %product : f32
  } -> tensor<32x8xf32>
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, expand_panels = true>}
    ins(%a, %w : tensor<2x32xf32>, tensor<32x8xf32>) outs(%init : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {

// What a product accumulates to, the corrections for zero points here, is computed in its tiles: no tensor holds it.
// CHECK-LABEL: func.func @elementwise_init(
// CHECK-SAME:    %{{.*}}: tensor<2x4x8xi8>, %{{.*}}: tensor<2x8x16xi8>, %[[ROWS:[a-z0-9]+]]: tensor<2x4xi32>, %[[COLUMNS:[a-z0-9]+]]: tensor<2x16xi32>
func.func @elementwise_init(%a: tensor<2x4x8xi8>, %b: tensor<2x8x16xi8>, %rows: tensor<2x4xi32>,
                            %columns: tensor<2x16xi32>) -> tensor<2x4x16xi32> {
  // CHECK-NOT: linalg.generic
  // CHECK: tensor.extract %[[ROWS]]
  // CHECK: %[[ROW:.*]] = vector.broadcast %{{.*}} : i32 to vector<16xi32>
  // CHECK: %[[COLUMN:.*]] = vector.transfer_read %[[COLUMNS]]
  // CHECK: arith.addi %[[ROW]], %[[COLUMN]] : vector<16xi32>
  // CHECK: vector.contract
  // CHECK-NOT: linalg.generic
  // CHECK: return
  %empty = tensor.empty() : tensor<2x4x16xi32>
  %init = linalg.generic {
      indexing_maps = [affine_map<(b, m, n) -> (b, m)>, affine_map<(b, m, n) -> (b, n)>, affine_map<(b, m, n) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel"], lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>}
      ins(%rows, %columns : tensor<2x4xi32>, tensor<2x16xi32>) outs(%empty : tensor<2x4x16xi32>) {
  ^bb0(%row: i32, %column: i32, %out: i32):
    %sum = arith.addi %row, %column : i32
    linalg.yield %sum : i32
  } -> tensor<2x4x16xi32>
  %0 = linalg.batch_matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx512.vpdpbusd">}
    ins(%a, %b : tensor<2x4x8xi8>, tensor<2x8x16xi8>) outs(%init : tensor<2x4x16xi32>) -> tensor<2x4x16xi32>
  return %0 : tensor<2x4x16xi32>
}
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {

// Five lines of a window leave an element each behind a group of four: those of four lines make one group, that of the
// fifth is in another, whose other weights are 0. Outputs two lines further begin with the lines of the second group.
// CHECK-DAG: #[[$FIRST_LINE:.*]] = affine_map<(d0) -> (8, d0 * 2)>
// CHECK-DAG: #[[$FOURTH_LINE:.*]] = affine_map<(d0) -> (8, d0 * 2 + 3)>
// CHECK-DAG: #[[$PLACE:.*]] = affine_map<(d0) -> (d0 * 4)>
// CHECK-DAG: #[[$NEXT:.*]] = affine_map<(d0) -> (d0 + 2)>
// CHECK-LABEL: func.func @packed_rests(
// CHECK-SAME: %[[X:.*]]: tensor<1x9x4x5xi8>
func.func @packed_rests(%x: tensor<1x9x4x5xi8>, %init: tensor<1x3x4x16xi32>) -> tensor<1x3x4x16xi32> {
  // CHECK-DAG: %[[WEIGHTS:.*]] = arith.constant dense<"0x{{(03)+(03000000)+}}"> : tensor<1x2x1x64xi8>
  // CHECK-DAG: %[[FLAT:.*]] = tensor.collapse_shape %[[X]] {{.*}} into tensor<1x9x20xi8>
  // CHECK: %[[RESTS:.*]] = scf.for %[[LINE:.*]] = %c0 to %c5 step %c1 iter_args(%[[BUFFER:.*]] = %{{.*}}) -> (tensor<1x5x16xi8>)
  // CHECK:   %[[AT:.*]] = affine.min #[[$FIRST_LINE]](%[[LINE]])
  // CHECK:   %[[READ:.*]] = vector.transfer_read %[[FLAT]][%c0, %[[AT]], %c4]
  // CHECK:   %[[FIRST:.*]] = vector.shuffle %[[READ]], %[[READ]] [0, 5, 10, 15]
  // CHECK:   affine.min #[[$FOURTH_LINE]](%[[LINE]])
  // CHECK:   %[[PAIRS:.*]] = vector.interleave %[[FIRST]], %{{.*}} : vector<4xi8> -> vector<8xi8>
  // CHECK:   %[[GROUPS:.*]] = vector.shuffle %[[PAIRS]], %{{.*}} [0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15]
  // CHECK:   vector.transfer_write %[[GROUPS]], %[[BUFFER]][%c0, %[[LINE]], %c0]
  // CHECK: } {lowbit.parallel = true}
  // CHECK: scf.for %[[Y:.*]] = %c0 to %c3
  // CHECK:   scf.for %[[COLUMN:.*]] = %c0 to %c4
  // CHECK-COUNT-5: vector.contract
  // CHECK:     vector.transfer_read %[[WEIGHTS]][%c0, %c0, %c0, %c0]
  // CHECK:     %[[INDEX:.*]] = affine.apply #[[$PLACE]](%[[COLUMN]])
  // CHECK:     vector.transfer_read %[[RESTS]][%c0, %[[Y]], %[[INDEX]]]{{.*}} vector<4xi8>
  // CHECK:     vector.contract
  // CHECK:     vector.transfer_read %[[WEIGHTS]][%c0, %c1, %c0, %c0]
  // CHECK:     %[[SECOND:.*]] = affine.apply #[[$NEXT]](%[[Y]])
  // CHECK:     vector.transfer_read %[[RESTS]][%c0, %[[SECOND]], %[[INDEX]]]{{.*}} vector<4xi8>
  // CHECK:     vector.contract
  // CHECK-NOT: vector.contract
  // CHECK: return
  %w = arith.constant dense<3> : tensor<16x5x1x5xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<[2, 1]> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpdpbusd", pack_rests = true>}
    ins(%x, %w : tensor<1x9x4x5xi8>, tensor<16x5x1x5xi8>) outs(%init : tensor<1x3x4x16xi32>) -> tensor<1x3x4x16xi32>
  return %0 : tensor<1x3x4x16xi32>
}

// Two elements of each of two lines make a group. The last outputs that are packed together overlap those before.
// CHECK-LABEL: func.func @packed_pairs(
func.func @packed_pairs(%x: tensor<1x4x20x2xi8>, %init: tensor<1x3x18x16xi32>) -> tensor<1x3x18x16xi32> {
  // CHECK: %[[RESTS:.*]] = scf.for %[[LINE:.*]] = %c0 to %c3 {{.*}} -> (tensor<1x3x72xi8>)
  // CHECK:   scf.for %{{.*}} = %c0 to %c2
  // CHECK:     vector.shuffle {{.*}} [0, 1, 32, 33, 2, 3, 34, 35,
  // CHECK:     vector.transfer_write %{{.*}}[%c0, %[[LINE]], %{{.*}}] {{.*}} vector<64xi8>
  // CHECK-COUNT-2: vector.contract
  // CHECK: vector.transfer_read %[[RESTS]]
  // CHECK: vector.contract
  // CHECK-NOT: vector.contract
  // CHECK: return
  %w = arith.constant dense<3> : tensor<16x2x3x2xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpdpbusd", pack_rests = true>}
    ins(%x, %w : tensor<1x4x20x2xi8>, tensor<16x2x3x2xi8>) outs(%init : tensor<1x3x18x16xi32>) -> tensor<1x3x18x16xi32>
  return %0 : tensor<1x3x18x16xi32>
}
}
