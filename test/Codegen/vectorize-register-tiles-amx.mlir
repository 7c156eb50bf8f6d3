// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-vectorize-register-tiles,canonicalize,cse))' | FileCheck %s

// CHECK-DAG: #[[$ROWS:.*]] = affine_map<(d0) -> (d0 * 32)>
// CHECK-DAG: #[[$OF_ROW:.*]] = affine_map<(d0, d1, d2) -> (d0 * 16 + d1, d2)>
// CHECK-DAG: #[[$PANEL:.*]] = affine_map<(d0) -> (8, d0 * 16)>
// CHECK-DAG: #[[$STRIDE:.*]] = affine_map<(d0) -> (d0 * 2)>
// CHECK-DAG: #[[$WINDOW:.*]] = affine_map<(d0, d1, d2, d3) -> (0, d2, (d0 * 4 + d1) * 128 + d3)>

// CHECK-DAG: #[[$FIRST_OF_PAIR:.*]] = affine_map<(d0) -> (d0 * 4)>
// CHECK-DAG: #[[$SHIFTED:.*]] = affine_map<(d0) -> (d0 * 4 - 2)>
// CHECK-DAG: #[[$LINE_AFTER:.*]] = affine_map<(d0) -> (d0 * 2 + 1)>
// CHECK-DAG: #[[$TWO_LINES:.*]] = affine_map<(d0, d1, d2, d3) -> (0, d0 * 2 + d2, d1 * 128 + d3)>
// CHECK-DAG: #[[$LAST_LINES:.*]] = affine_map<(d0) -> (3, d0 * 4)>
// CHECK-DAG: #[[$FIRST_PIXEL:.*]] = affine_map<(d0) -> (d0 * 576)>
// CHECK-DAG: #[[$PIXELS:.*]] = affine_map<(d0, d1, d2, d3) -> (0, (d0 * 2 + d2) * 576 + d1 * 64 + d3)>

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "sapphirerapids"} {

// Runs of 160 are cut into three blocks of 14 groups of four. The rows of a panel of 32 channels stay in the cache while
// panels go by. An init that is not constant is added behind.
// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[A:.*]]: tensor<64x160xi8>, %[[INIT:.*]]: tensor<64x64xi32>)
func.func @matmul(%a: tensor<64x160xi8>, %init: tensor<64x64xi32>) -> tensor<64x64xi32> {
  %w = arith.constant dense<1> : tensor<160x64xi8>
  // CHECK-DAG: %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<2x3x2x14x64xi8>
  // CHECK: scf.for %[[ROW:.*]] = %c0 to %c2
  // CHECK: scf.for %[[PANEL:.*]] = %c0 to %c2
  // CHECK: %[[FIRST:.*]] = affine.apply #[[$ROWS]](%[[ROW]])
  // CHECK: %[[SUMS:.*]] = lowbit.multiply_tiles "amx.tdpbssd" %[[A]][%[[FIRST]], %c0], contiguous %[[W]][%[[PANEL]]] map #[[$OF_ROW]] run 160 : tensor<64x160xi8>, tensor<2x3x2x14x64xi8> -> vector<2x16x2x16xi32>
  // CHECK: %[[SUM:.*]] = vector.extract %[[SUMS]][0, 0, 0]
  // CHECK: %[[START:.*]] = vector.transfer_read %[[INIT]]
  // CHECK: arith.addi %[[SUM]], %[[START]]
  // CHECK: vector.extract %[[SUMS]][1, 15, 1]
  // CHECK: vector.transfer_write
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 32, vectors = 2, instruction = "amx.tdpbssd">}
    ins(%a, %w : tensor<64x160xi8>, tensor<160x64xi8>) outs(%init : tensor<64x64xi32>) -> tensor<64x64xi32>
  return %0 : tensor<64x64xi32>
}

// Pixels of a row are apart by the stride; a row of the window is a run, its rows are steps. The last panel ends at the
// last channel.
// CHECK-LABEL: func.func @conv(
// CHECK-SAME: %[[X:.*]]: tensor<1x9x9x64xi8>
func.func @conv(%x: tensor<1x9x9x64xi8>) -> tensor<1x4x4x24xi32> {
  // CHECK-DAG: %[[B:.*]] = arith.constant dense<5> : tensor<2x16xi32>
  // CHECK-DAG: %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<2x3x3x1x16x64xi8>
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[X]] {{.*}} into tensor<1x9x576xi8>
  // CHECK: scf.for %[[ROW:.*]] = %c0 to %c4
  // CHECK: scf.for %[[PANEL:.*]] = %c0 to %c2
  // CHECK: affine.min #[[$PANEL]](%[[PANEL]])
  // CHECK: %[[FIRST:.*]] = affine.apply #[[$STRIDE]](%[[ROW]])
  // CHECK: lowbit.multiply_tiles "amx.tdpbssd" %[[FLAT]][%c0, %[[FIRST]], %c0], contiguous %[[W]][%[[PANEL]]] start %[[B]] map #[[$WINDOW]] run 192 : tensor<1x9x576xi8>, tensor<2x3x3x1x16x64xi8>, tensor<2x16xi32> -> vector<1x4x1x16xi32>
  // CHECK-NOT: arith.addi
  %w = arith.constant dense<3> : tensor<24x3x3x64xi8>
  %e = tensor.empty() : tensor<1x4x4x24xi32>
  %c5 = arith.constant 5 : i32
  %init = linalg.fill ins(%c5 : i32) outs(%e : tensor<1x4x4x24xi32>) -> tensor<1x4x4x24xi32>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "amx.tdpbssd">}
    ins(%x, %w : tensor<1x9x9x64xi8>, tensor<24x3x3x64xi8>) outs(%init : tensor<1x4x4x24xi32>) -> tensor<1x4x4x24xi32>
  return %0 : tensor<1x4x4x24xi32>
}

// Two lines, too far apart for one register: each has one.
// CHECK-LABEL: func.func @lines(
func.func @lines(%x: tensor<1x9x17x64xi8>, %init: tensor<1x4x8x16xi32>) -> tensor<1x4x8x16xi32> {
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape {{.*}} into tensor<1x9x1088xi8>
  // CHECK: scf.for %[[PAIR:.*]] = %c0 to %c2
  // CHECK: %[[LINE:.*]] = affine.apply #[[$STRIDE]](%[[PAIR]])
  // CHECK: %[[FIRST:.*]] = affine.apply #[[$FIRST_OF_PAIR]](%[[PAIR]])
  // CHECK: %[[SUMS:.*]] = lowbit.multiply_tiles "amx.tdpbssd" %[[FLAT]][%c0, %[[FIRST]], %c0], contiguous %{{.*}}[%c0] map #[[$TWO_LINES]] run 192 : {{.*}} -> vector<2x8x1x16xi32>
  // CHECK: vector.extract %[[SUMS]][0, 7, 0]
  // CHECK: vector.extract %[[SUMS]][1, 0, 0]
  // CHECK: %[[NEXT:.*]] = affine.apply #[[$LINE_AFTER]](%[[PAIR]])
  // CHECK: vector.transfer_read %{{.*}}[%c0, %[[NEXT]], %c0, %c0]
  // CHECK: vector.transfer_write %{{.*}}[%c0, %[[NEXT]], %c0, %c0]
  %w = arith.constant dense<3> : tensor<16x3x3x64xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 8, vectors = 1, instruction = "amx.tdpbssd", lines = 2>}
    ins(%x, %w : tensor<1x9x17x64xi8>, tensor<16x3x3x64xi8>) outs(%init : tensor<1x4x8x16xi32>) -> tensor<1x4x8x16xi32>
  return %0 : tensor<1x4x8x16xi32>
}

// Lines of seven outputs, which are nine pixels apart: 16 rows of pixels hold two of them and what is of no use between.
// The last four lines share one with those before.
// CHECK-LABEL: func.func @lines_in_a_register(
// CHECK-SAME: %[[X:.*]]: tensor<1x9x9x64xi8>
func.func @lines_in_a_register(%x: tensor<1x9x9x64xi8>) -> tensor<1x7x7x16xi32> {
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[X]] {{.*}} into tensor<1x5184xi8>
  // CHECK: scf.for %[[LINES:.*]] = %c0 to %c2
  // CHECK: %[[LINE:.*]] = affine.min #[[$LAST_LINES]](%[[LINES]])
  // CHECK: %[[FIRST:.*]] = affine.apply #[[$FIRST_PIXEL]](%[[LINE]])
  // CHECK: %[[SUMS:.*]] = lowbit.multiply_tiles "amx.tdpbssd" %[[FLAT]][%c0, %[[FIRST]]], contiguous %{{.*}}[%c0] map #[[$PIXELS]] run 192 : tensor<1x5184xi8>, tensor<1x3x3x1x16x64xi8> -> vector<2x16x1x16xi32>
  // CHECK: vector.extract %[[SUMS]][0, 6, 0]
  // CHECK-NOT: vector.extract %[[SUMS]][0, 7, 0]
  // CHECK: vector.extract %[[SUMS]][0, 9, 0]
  // CHECK: vector.extract %[[SUMS]][1, 0, 0]
  %w = arith.constant dense<3> : tensor<16x3x3x64xi8>
  %e = tensor.empty() : tensor<1x7x7x16xi32>
  %c0 = arith.constant 0 : i32
  %init = linalg.fill ins(%c0 : i32) outs(%e : tensor<1x7x7x16xi32>) -> tensor<1x7x7x16xi32>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 7, vectors = 1, instruction = "amx.tdpbssd", lines = 4>}
    ins(%x, %w : tensor<1x9x9x64xi8>, tensor<16x3x3x64xi8>) outs(%init : tensor<1x7x7x16xi32>) -> tensor<1x7x7x16xi32>
  return %0 : tensor<1x7x7x16xi32>
}

// A run of 21 elements, in a block of 24: the padding is a column wider, so that the last run of the picture has three
// elements behind it.
// CHECK-LABEL: func.func @first_layer(
// CHECK-SAME: %[[X:.*]]: tensor<1x32x32x3xi8>
func.func @first_layer(%x: tensor<1x32x32x3xi8>) -> tensor<1x16x16x16xi32> {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<1x7x1x1x6x64xi8>
  // CHECK: %[[PADDED:.*]] = tensor.pad %[[X]] low[0, 3, 3, 0] high[0, 3, 4, 0]
  // CHECK: tensor<1x32x32x3xi8> to tensor<1x38x39x3xi8>
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[PADDED]] {{.*}} into tensor<1x38x117xi8>
  // CHECK: lowbit.multiply_tiles "amx.tdpbssd" %[[FLAT]][%c0, %{{.*}}, %c0], contiguous %[[W]][%c0] map #{{.*}} run 24 : tensor<1x38x117xi8>, tensor<1x7x1x1x6x64xi8> -> vector<1x16x1x16xi32>
  %w = arith.constant dense<3> : tensor<16x7x7x3xi8>
  %zero = arith.constant 0 : i8
  %padded = tensor.pad %x low[0, 3, 3, 0] high[0, 3, 3, 0] {
  ^bb0(%n: index, %h: index, %v: index, %c: index):
    tensor.yield %zero : i8
  } : tensor<1x32x32x3xi8> to tensor<1x38x38x3xi8>
  %e = tensor.empty() : tensor<1x16x16x16xi32>
  %c0 = arith.constant 0 : i32
  %init = linalg.fill ins(%c0 : i32) outs(%e : tensor<1x16x16x16xi32>) -> tensor<1x16x16x16xi32>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 16, vectors = 1, instruction = "amx.tdpbssd">}
    ins(%padded, %w : tensor<1x38x38x3xi8>, tensor<16x7x7x3xi8>) outs(%init : tensor<1x16x16x16xi32>) -> tensor<1x16x16x16xi32>
  return %0 : tensor<1x16x16x16xi32>
}

// A picture without padding gets some: it is read more often than it is copied.
// CHECK-LABEL: func.func @first_layer_unpadded(
func.func @first_layer_unpadded(%x: tensor<1x38x38x3xi8>, %init: tensor<1x16x16x16xi32>) -> tensor<1x16x16x16xi32> {
  // CHECK: %[[PADDED:.*]] = tensor.pad %{{.*}} low[0, 0, 0, 0] high[0, 0, 1, 0]
  // CHECK: lowbit.multiply_tiles {{.*}} run 24 : tensor<1x38x117xi8>, tensor<1x7x1x1x6x64xi8> -> vector<1x16x1x16xi32>
  %w = arith.constant dense<3> : tensor<16x7x7x3xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 16, vectors = 1, instruction = "amx.tdpbssd">}
    ins(%x, %w : tensor<1x38x38x3xi8>, tensor<16x7x7x3xi8>) outs(%init : tensor<1x16x16x16xi32>) -> tensor<1x16x16x16xi32>
  return %0 : tensor<1x16x16x16xi32>
}

// A window of one row reads no element twice: of nine elements two blocks of eight share all but one.
// CHECK-LABEL: func.func @one_row(
func.func @one_row(%x: tensor<1x16x34x3xi8>, %init: tensor<1x16x16x16xi32>) -> tensor<1x16x16x16xi32> {
  // CHECK-NOT: tensor.pad
  // CHECK: lowbit.multiply_tiles {{.*}} run 9 : tensor<1x16x102xi8>, tensor<1x1x2x1x2x64xi8> -> vector<1x16x1x16xi32>
  %w = arith.constant dense<3> : tensor<16x1x3x3xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<[1, 2]> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 16, vectors = 1, instruction = "amx.tdpbssd">}
    ins(%x, %w : tensor<1x16x34x3xi8>, tensor<16x1x3x3xi8>) outs(%init : tensor<1x16x16x16xi32>) -> tensor<1x16x16x16xi32>
  return %0 : tensor<1x16x16x16xi32>
}

// More than a mebibyte of weights: a panel of them stays in the cache while rows go by.
// CHECK-LABEL: func.func @many_weights(
func.func @many_weights(%a: tensor<64x2048xi8>) -> tensor<64x1024xi32> {
  // CHECK: scf.for %[[PANEL:.*]] = %c0 to %c32
  // CHECK: scf.for %[[ROW:.*]] = %c0 to %c2
  // CHECK: %[[FIRST:.*]] = affine.apply #[[$ROWS]](%[[ROW]])
  // CHECK: lowbit.multiply_tiles "amx.tdpbssd" %{{.*}}[%[[FIRST]], %c0], contiguous %{{.*}}[%[[PANEL]]] map
  %w = arith.constant dense<1> : tensor<2048x1024xi8>
  %e = tensor.empty() : tensor<64x1024xi32>
  %c0 = arith.constant 0 : i32
  %init = linalg.fill ins(%c0 : i32) outs(%e : tensor<64x1024xi32>) -> tensor<64x1024xi32>
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 32, vectors = 2, instruction = "amx.tdpbssd">}
    ins(%a, %w : tensor<64x2048xi8>, tensor<2048x1024xi8>) outs(%init : tensor<64x1024xi32>) -> tensor<64x1024xi32>
  return %0 : tensor<64x1024xi32>
}

// Narrow weights of a panel are unpacked to bytes before its tiles, in a buffer of all panels, of which blocks are parts.
// CHECK-LABEL: func.func @narrow(
// CHECK-SAME: %[[A:.*]]: tensor<16x192xi8>
func.func @narrow(%a: tensor<16x192xi8>) -> tensor<16x32xi32> {
  // CHECK: %[[BUFFER:.*]] = tensor.empty() : tensor<48x1x64xi8>
  // CHECK: scf.for %{{.*}} = %c0 to %c2
  // CHECK:   %[[PANEL:.*]] = scf.for {{.*}} = %[[BUFFER]])
  // CHECK:     vector.transfer_write %{{.*}} : vector<64xi8>, tensor<48x1x64xi8>
  // CHECK:   %[[BLOCKS:.*]] = tensor.expand_shape %[[PANEL]] {{.*}} : tensor<48x1x64xi8> into tensor<3x16x1x64xi8>
  // CHECK:   lowbit.multiply_tiles "amx.tdpbssd" %[[A]][%c0, %c0], %[[BLOCKS]][] start %{{.*}} map #[[$OF_ROW]] run 192 : tensor<16x192xi8>, tensor<3x16x1x64xi8>, tensor<16xi32> -> vector<1x16x1x16xi32>
  %w = arith.constant dense<3> : tensor<192x32xi4>
  %e = tensor.empty() : tensor<16x32xi32>
  %c5 = arith.constant 5 : i32
  %init = linalg.fill ins(%c5 : i32) outs(%e : tensor<16x32xi32>) -> tensor<16x32xi32>
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 16, vectors = 1, instruction = "amx.tdpbssd", expand_panels = true>}
    ins(%a, %w : tensor<16x192xi8>, tensor<192x32xi4>) outs(%init : tensor<16x32xi32>) -> tensor<16x32xi32>
  return %0 : tensor<16x32xi32>
}

// Activations of 16 bits are split into their bytes, before they are padded with those of -30000.
// CHECK-LABEL: func.func @words(
// CHECK-SAME: %[[X:.*]]: tensor<1x7x7x64xi16>
func.func @words(%x: tensor<1x7x7x64xi16>) -> tensor<1x4x4x16xi32> {
  // CHECK-DAG: %[[UPPER:.*]] = arith.constant -118 : i8
  // CHECK-DAG: %[[LOWER:.*]] = arith.constant -48 : i8
  // CHECK: %[[HIGH:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<1x7x7x64xi16>)
  // CHECK-NEXT: ^bb0(%[[IN:.*]]: i16, %{{.*}}: i8):
  // CHECK-NEXT:   %[[SHIFTED:.*]] = arith.shrui %[[IN]], %c8_i16
  // CHECK-NEXT:   %[[BYTE:.*]] = arith.trunci %[[SHIFTED]] : i16 to i8
  // CHECK-NEXT:   linalg.yield %[[BYTE]]
  // CHECK: %[[PADDED_HIGH:.*]] = tensor.pad %[[HIGH]] low[0, 1, 1, 0] high[0, 1, 1, 0]
  // CHECK:   tensor.yield %[[UPPER]]
  // CHECK: %[[LOW:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<1x7x7x64xi16>)
  // CHECK-NEXT: ^bb0(%[[IN:.*]]: i16, %{{.*}}: i8):
  // CHECK-NEXT:   %[[BYTE:.*]] = arith.trunci %[[IN]] : i16 to i8
  // CHECK: %[[PADDED_LOW:.*]] = tensor.pad %[[LOW]]
  // CHECK:   tensor.yield %[[LOWER]]
  // CHECK: %[[A:.*]] = tensor.collapse_shape %[[PADDED_HIGH]]
  // CHECK: %[[B:.*]] = tensor.collapse_shape %[[PADDED_LOW]]
  // CHECK: lowbit.multiply_tiles "amx.tdpbssd.w" %[[A]][%c0, %{{.*}}, %c0] low %[[B]], contiguous %{{.*}}[%c0] start %{{.*}} map #[[$WINDOW]] run 192 : tensor<1x9x576xi8> low tensor<1x9x576xi8>, tensor<1x3x3x1x16x64xi8>, tensor<1x16xi32> -> vector<1x4x1x16xi32>
  %w = arith.constant dense<3> : tensor<16x3x3x64xi8>
  %e = tensor.empty() : tensor<1x4x4x16xi32>
  %c5 = arith.constant 5 : i32
  %init = linalg.fill ins(%c5 : i32) outs(%e : tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32>
  %fill = arith.constant -30000 : i16
  %pad = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %fill : i16
  } : tensor<1x7x7x64xi16> to tensor<1x9x9x64xi16>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "amx.tdpbssd.w">}
    ins(%pad, %w : tensor<1x9x9x64xi16>, tensor<16x3x3x64xi8>) outs(%init : tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32>
  return %0 : tensor<1x4x4x16xi32>
}

// Weights that differ by batch are packed before the products, and their groups read as blocks. A start that is the same
// for all is added behind.
// CHECK-LABEL: func.func @batches(
// CHECK-SAME: %[[A:.*]]: tensor<3x16x128xi8>, %[[W:.*]]: tensor<3x128x32xi8>
func.func @batches(%a: tensor<3x16x128xi8>, %w: tensor<3x128x32xi8>) -> tensor<3x16x32xi32> {
  // CHECK: %[[PACKED:.*]] = scf.for
  // CHECK:   vector.transfer_read %[[W]]
  // CHECK:   vector.transfer_write %{{.*}} : vector<64xi8>, tensor<3x2x32x1x64xi8>
  // CHECK: %[[BLOCKS:.*]] = tensor.expand_shape %[[PACKED]] {{.*}} : tensor<3x2x32x1x64xi8> into tensor<3x2x2x16x1x64xi8>
  // CHECK: scf.for %[[BATCH:.*]] = %c0 to %c3
  // CHECK: scf.for %[[PANEL:.*]] = %c0 to %c2
  // CHECK: %[[SUMS:.*]] = lowbit.multiply_tiles "amx.tdpbssd" %[[A]][%[[BATCH]], %c0, %c0], %[[BLOCKS]][%[[BATCH]], %[[PANEL]]] map #{{.*}} run 128 : tensor<3x16x128xi8>, tensor<3x2x2x16x1x64xi8> -> vector<1x16x1x16xi32>
  // CHECK: %[[SUM:.*]] = vector.extract %[[SUMS]][0, 0, 0]
  // CHECK: arith.addi %[[SUM]], %{{.*}} : vector<16xi32>
  %e = tensor.empty() : tensor<3x16x32xi32>
  %c5 = arith.constant 5 : i32
  %init = linalg.fill ins(%c5 : i32) outs(%e : tensor<3x16x32xi32>) -> tensor<3x16x32xi32>
  %0 = linalg.batch_matmul {lowbit.tile = #lowbit.tile<rows = 16, vectors = 1, instruction = "amx.tdpbssd">}
    ins(%a, %w : tensor<3x16x128xi8>, tensor<3x128x32xi8>) outs(%init : tensor<3x16x32xi32>) -> tensor<3x16x32xi32>
  return %0 : tensor<3x16x32xi32>
}

// 70 weights of a channel that are known at run time are two blocks of 36, the last from element 34 on: of its first
// group two weights are those of the block before, and 0 here.
// CHECK-LABEL: func.func @parts_of_blocks(
// CHECK-SAME: %[[A:.*]]: tensor<16x70xi8>, %[[W:.*]]: tensor<70x16xi8>
func.func @parts_of_blocks(%a: tensor<16x70xi8>, %w: tensor<70x16xi8>, %init: tensor<16x16xi32>) -> tensor<16x16xi32> {
  // CHECK-DAG: %[[ZEROS:.*]] = arith.constant dense<0> : vector<16xi8>
  // CHECK: scf.for %[[GROUP:.*]] = %c0 to %c9
  // CHECK:   %[[K:.*]] = affine.apply #[[$FIRST_OF_PAIR]](%[[GROUP]])
  // CHECK:   vector.transfer_read %[[W]][%[[K]], %c0]
  // CHECK: %[[THIRD:.*]] = vector.transfer_read %[[W]][%c36, %c0]
  // CHECK: %[[FOURTH:.*]] = vector.transfer_read %[[W]][%c37, %c0]
  // CHECK: %[[EVEN:.*]] = vector.interleave %[[ZEROS]], %[[THIRD]]
  // CHECK: %[[ODD:.*]] = vector.interleave %[[ZEROS]], %[[FOURTH]]
  // CHECK: %[[BYTES:.*]] = vector.interleave %[[EVEN]], %[[ODD]]
  // CHECK: vector.transfer_write %[[BYTES]], %{{.*}}[%c0, %c9, %c0, %c0]
  // CHECK: %[[PACKED:.*]] = scf.for %[[GROUP:.*]] = %c10 to %c18
  // CHECK:   %[[K:.*]] = affine.apply #[[$SHIFTED]](%[[GROUP]])
  // CHECK:   vector.transfer_read %[[W]][%[[K]], %c0]
  // CHECK: %[[BLOCKS:.*]] = tensor.expand_shape %[[PACKED]] {{.*}} : tensor<1x18x1x64xi8> into tensor<1x2x9x1x64xi8>
  // CHECK: lowbit.multiply_tiles "amx.tdpbssd" %[[A]][%c0, %c0], %[[BLOCKS]][%c0] map #[[$OF_ROW]] run 70
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 16, vectors = 1, instruction = "amx.tdpbssd">}
    ins(%a, %w : tensor<16x70xi8>, tensor<70x16xi8>) outs(%init : tensor<16x16xi32>) -> tensor<16x16xi32>
  return %0 : tensor<16x16xi32>
}

// Either byte of words that are read is one shuffle away; those of computed words are narrowed.
// CHECK-LABEL: func.func @bytes_of_words(
// CHECK-SAME: %[[X:.*]]: tensor<64xi16>
func.func @bytes_of_words(%x: tensor<64xi16>) -> (tensor<64xi8>, tensor<64xi8>, tensor<64xi8>) {
  // CHECK: %[[WORDS:.*]] = vector.transfer_read %[[X]]
  // CHECK: %[[BYTES:.*]] = vector.bitcast %[[WORDS]] : vector<64xi16> to vector<128xi8>
  // CHECK: vector.shuffle %[[BYTES]], %[[BYTES]] [0, 2, 4, {{.*}}, 122, 124, 126] : vector<128xi8>, vector<128xi8>
  // CHECK: vector.shuffle {{.*}} [1, 3, 5, {{.*}}, 123, 125, 127] : vector<128xi8>, vector<128xi8>
  // CHECK: arith.trunci {{.*}} : vector<64xi16> to vector<64xi8>
  %c8 = arith.constant 8 : i16
  %c7 = arith.constant 7 : i16
  %e = tensor.empty() : tensor<64xi8>
  %low = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"],
                         lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>}
    ins(%x : tensor<64xi16>) outs(%e : tensor<64xi8>) {
  ^bb0(%in: i16, %out: i8):
    %0 = arith.trunci %in : i16 to i8
    linalg.yield %0 : i8
  } -> tensor<64xi8>
  %high = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"],
                          lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>}
    ins(%x : tensor<64xi16>) outs(%e : tensor<64xi8>) {
  ^bb0(%in: i16, %out: i8):
    %0 = arith.shrui %in, %c8 : i16
    %1 = arith.trunci %0 : i16 to i8
    linalg.yield %1 : i8
  } -> tensor<64xi8>
  %other = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"],
                           lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>}
    ins(%x : tensor<64xi16>) outs(%e : tensor<64xi8>) {
  ^bb0(%in: i16, %out: i8):
    %0 = arith.shrui %in, %c7 : i16
    %1 = arith.trunci %0 : i16 to i8
    linalg.yield %1 : i8
  } -> tensor<64xi8>
  return %low, %high, %other : tensor<64xi8>, tensor<64xi8>, tensor<64xi8>
}

}
