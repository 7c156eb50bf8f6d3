// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver4 triple=x86_64-linux-gnu},func.func(lowbit-block-rows),canonicalize)' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver4 triple=x86_64-linux-gnu},func.func(lowbit-block-rows{threads=2}),canonicalize)' | FileCheck %s --check-prefix=SHARED
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=neoverse-v1 triple=aarch64-linux-gnu},func.func(lowbit-block-rows),canonicalize)' | FileCheck %s --check-prefix=SIGNED
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=sapphirerapids triple=x86_64-linux-gnu},func.func(lowbit-block-rows),canonicalize)' | FileCheck %s --check-prefix=TILES

// These instructions take activations as they are.
// SIGNED-NOT: scf.for

#id = affine_map<(d0, d1) -> (d0, d1)>
#channels = affine_map<(d0, d1) -> (d1)>

// CHECK-DAG: #[[$ARGUMENT_ROW:.*]] = affine_map<(d0) -> (2042, d0 * 6)>
// CHECK-DAG: #[[$SMALL_ROW:.*]] = affine_map<(d0) -> (d0 * 12)>
// CHECK-DAG: #[[$POINTWISE_ROW:.*]] = affine_map<(d0) -> (d0 * 30)>

// A tile of rows of 256 bytes; the last one ends with the last row. Threads share 19 tiles: 18 blocks compute four rows
// twice, and the fewest.
// CHECK-LABEL: func.func @argument(
// SHARED-LABEL: func.func @argument(
// SHARED: linalg.matmul {{.*}} -> tensor<114x64xi32>
// CHECK-SAME:    %[[X:.*]]: tensor<2048x256xi8>
func.func @argument(%x: tensor<2048x256xi8>) -> tensor<2048x64xi8> {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<3> : tensor<256x64xi8>
  // CHECK-DAG: %[[BIAS:.*]] = arith.constant dense<7> : tensor<64xi32>
  // CHECK-DAG: %[[BLOCKS:.*]] = arith.constant 342 : index
  // CHECK: %[[RESULT:.*]] = scf.for %[[NUMBER:.*]] = %c0 to %[[BLOCKS]] step %c1 iter_args(%[[OUT:.*]] = %{{.*}}) -> (tensor<2048x64xi8>) {
  // CHECK:   %[[ROW:.*]] = affine.min #[[$ARGUMENT_ROW]](%[[NUMBER]])
  // CHECK:   %[[BLOCK:.*]] = tensor.extract_slice %[[X]][%[[ROW]], 0] [6, 256] [1, 1]
  // CHECK:   %[[INIT:.*]] = linalg.broadcast ins(%[[BIAS]] : tensor<64xi32>) outs(%{{.*}} : tensor<6x64xi32>)
  // CHECK:   %[[SUM:.*]] = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 6, vectors = 4, instruction = "avx512.vpdpbusd">} ins(%[[BLOCK]], %[[W]] : tensor<6x256xi8>, tensor<256x64xi8>) outs(%[[INIT]] : tensor<6x64xi32>)
  // CHECK:   %[[NARROW:.*]] = linalg.generic {{.*}} ins(%[[SUM]], %{{.*}} : tensor<6x64xi32>, tensor<64xi32>) outs(%{{.*}} : tensor<6x64xi8>)
  // CHECK:   %[[NEXT:.*]] = tensor.insert_slice %[[NARROW]] into %[[OUT]][%[[ROW]], 0] [6, 64] [1, 1]
  // CHECK:   scf.yield %[[NEXT]]
  // CHECK: return %[[RESULT]]
  %w = arith.constant dense<3> : tensor<256x64xi8>
  %bias = arith.constant dense<7> : tensor<64xi32>
  %shift = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]> : tensor<64xi32>
  %empty = tensor.empty() : tensor<2048x64xi32>
  %init = linalg.broadcast ins(%bias : tensor<64xi32>) outs(%empty : tensor<2048x64xi32>) dimensions = [0]
  %0 = linalg.matmul ins(%x, %w : tensor<2048x256xi8>, tensor<256x64xi8>) outs(%init : tensor<2048x64xi32>) -> tensor<2048x64xi32>
  %bytes = tensor.empty() : tensor<2048x64xi8>
  %1 = linalg.generic {indexing_maps = [#id, #channels, #id], iterator_types = ["parallel", "parallel"]}
    ins(%0, %shift : tensor<2048x64xi32>, tensor<64xi32>) outs(%bytes : tensor<2048x64xi8>) {
  ^bb0(%in: i32, %by: i32, %out: i8):
    %shifted = arith.shrsi %in, %by : i32
    %byte = arith.trunci %shifted : i32 to i8
    linalg.yield %byte : i8
  } -> tensor<2048x64xi8>
  return %1 : tensor<2048x64xi8>
}

// Without an epilogue sums are added to where they lie: no two blocks have a row of both.
// CHECK-LABEL: func.func @sums(
// CHECK: scf.for %{{.*}} = %c0 to %c333 step %c1
// CHECK:   linalg.matmul {{.*}} -> tensor<6x64xi32>
// CHECK: linalg.matmul {{.*}} -> tensor<2000x64xi32>
func.func @sums(%x: tensor<1998x256xi8>, %init: tensor<1998x64xi32>, %y: tensor<2000x256xi8>,
                %other: tensor<2000x64xi32>) -> (tensor<1998x64xi32>, tensor<2000x64xi32>) {
  %w = arith.constant dense<3> : tensor<256x64xi8>
  %0 = linalg.matmul ins(%x, %w : tensor<1998x256xi8>, tensor<256x64xi8>) outs(%init : tensor<1998x64xi32>) -> tensor<1998x64xi32>
  %1 = linalg.matmul ins(%y, %w : tensor<2000x256xi8>, tensor<256x64xi8>) outs(%other : tensor<2000x64xi32>) -> tensor<2000x64xi32>
  return %0, %1 : tensor<1998x64xi32>, tensor<2000x64xi32>
}

// Two tiles of channels, whose weights take 16 KiB. Of 16, 12, 8 and 4 rows 12 compute none twice.
// CHECK-LABEL: func.func @small_weights(
// SHARED-LABEL: func.func @small_weights(
// SHARED-NOT: scf.for
// CHECK: scf.for %[[NUMBER:.*]] = %c0 to %c11 step %c1
// CHECK:   affine.apply #[[$SMALL_ROW]](%[[NUMBER]])
// CHECK:   linalg.matmul {{.*}} -> tensor<12x128xi32>
func.func @small_weights(%x: tensor<132x128xi8>, %init: tensor<132x128xi32>) -> tensor<132x128xi32> {
  %w = arith.constant dense<3> : tensor<128x128xi8>
  %0 = linalg.matmul ins(%x, %w : tensor<132x128xi8>, tensor<128x128xi8>) outs(%init : tensor<132x128xi32>) -> tensor<132x128xi32>
  return %0 : tensor<132x128xi32>
}

// A pointwise convolution of an argument in another shape.
// CHECK-LABEL: func.func @pointwise(
// CHECK: scf.for %[[NUMBER:.*]] = %c0 to %c10 step %c1
// CHECK:   %[[ROW:.*]] = affine.apply #[[$POINTWISE_ROW]](%[[NUMBER]])
// CHECK:   tensor.extract_slice %{{.*}}[0, 0, %[[ROW]], 0] [1, 1, 30, 64] [1, 1, 1, 1]
// CHECK:   linalg.conv_2d_nhwc_fhwc {{.*}} -> tensor<1x1x30x128xi32>
func.func @pointwise(%x: tensor<300x64xi8>, %init: tensor<1x1x300x128xi32>) -> tensor<1x1x300x128xi32> {
  %w = arith.constant dense<3> : tensor<128x1x1x64xi8>
  %row = tensor.expand_shape %x [[0, 1, 2], [3]] output_shape [1, 1, 300, 64] : tensor<300x64xi8> into tensor<1x1x300x64xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
    ins(%row, %w : tensor<1x1x300x64xi8>, tensor<128x1x1x64xi8>) outs(%init : tensor<1x1x300x128xi32>) -> tensor<1x1x300x128xi32>
  return %0 : tensor<1x1x300x128xi32>
}

// A tile's weights are 64 KiB, all are 1 MiB: blocks of 192 rows or less.
// CHECK-LABEL: func.func @large(
// CHECK: scf.for %{{.*}} = %c0 to %c9 step %c1
// CHECK:   linalg.matmul {{.*}} -> tensor<114x1024xi32>
func.func @large(%x: tensor<1026x1024xi8>, %init: tensor<1026x1024xi32>) -> tensor<1026x1024xi32> {
  %w = arith.constant dense<3> : tensor<1024x1024xi8>
  %0 = linalg.matmul ins(%x, %w : tensor<1026x1024xi8>, tensor<1024x1024xi8>) outs(%init : tensor<1026x1024xi32>) -> tensor<1026x1024xi32>
  return %0 : tensor<1026x1024xi32>
}

// More channels than a tile has; a number of rows of which there are no two blocks, or only those that compute a quarter
// of the rows twice; rows of which a block holds too few; activations that an op gives.
// CHECK-LABEL: func.func @whole(
// CHECK-NOT: scf.for
func.func @whole(%x: tensor<2048x256xi8>, %y: tensor<7x256xi8>, %z: tensor<8x32768xi8>, %a: tensor<2048x65xi32>,
                 %b: tensor<7x64xi32>, %c: tensor<8x64xi32>, %d: tensor<2048x64xi32>, %few: tensor<30x64xi8>)
    -> (tensor<2048x65xi32>, tensor<7x64xi32>, tensor<8x64xi32>, tensor<2048x64xi32>, tensor<30x64xi8>) {
  %v = arith.constant dense<3> : tensor<256x65xi8>
  %w = arith.constant dense<3> : tensor<256x64xi8>
  %long = arith.constant dense<3> : tensor<32768x64xi8>
  %0 = linalg.matmul ins(%x, %v : tensor<2048x256xi8>, tensor<256x65xi8>) outs(%a : tensor<2048x65xi32>) -> tensor<2048x65xi32>
  %1 = linalg.matmul ins(%y, %w : tensor<7x256xi8>, tensor<256x64xi8>) outs(%b : tensor<7x64xi32>) -> tensor<7x64xi32>
  %2 = linalg.matmul ins(%z, %long : tensor<8x32768xi8>, tensor<32768x64xi8>) outs(%c : tensor<8x64xi32>) -> tensor<8x64xi32>
  %empty = tensor.empty() : tensor<2048x256xi8>
  %negative = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<2048x256xi8>) outs(%empty : tensor<2048x256xi8>) {
  ^bb0(%in: i8, %out: i8):
    %zero = arith.constant 0 : i8
    %minus = arith.subi %zero, %in : i8
    linalg.yield %minus : i8
  } -> tensor<2048x256xi8>
  %3 = linalg.matmul ins(%negative, %w : tensor<2048x256xi8>, tensor<256x64xi8>) outs(%d : tensor<2048x64xi32>) -> tensor<2048x64xi32>
  %narrow = arith.constant dense<3> : tensor<64x64xi8>
  %sums = tensor.empty() : tensor<30x64xi32>
  %bytes = tensor.empty() : tensor<30x64xi8>
  %c0 = arith.constant 0 : i32
  %start = linalg.fill ins(%c0 : i32) outs(%sums : tensor<30x64xi32>) -> tensor<30x64xi32>
  %4 = linalg.matmul ins(%few, %narrow : tensor<30x64xi8>, tensor<64x64xi8>) outs(%start : tensor<30x64xi32>) -> tensor<30x64xi32>
  %5 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%4 : tensor<30x64xi32>) outs(%bytes : tensor<30x64xi8>) {
  ^bb0(%in: i32, %out: i8):
    %byte = arith.trunci %in : i32 to i8
    linalg.yield %byte : i8
  } -> tensor<30x64xi8>
  return %0, %1, %2, %3, %5 : tensor<2048x65xi32>, tensor<7x64xi32>, tensor<8x64xi32>, tensor<2048x64xi32>, tensor<30x64xi8>
}

// For tile registers activations of 16 bits are split into bytes: a tile of rows at a time, whatever gives them, and however
// many channels there are, as long as all weights stay in the second level of caches.
// TILES-LABEL: func.func @words(
// SHARED-LABEL: func.func @words(
// SHARED: linalg.matmul {{.*}} -> tensor<256x256xi32>
func.func @words(%x: tensor<256x256xi32>, %i: tensor<256x256xi32>, %j: tensor<256x8192xi32>)
    -> (tensor<256x256xi32>, tensor<256x8192xi32>, tensor<256x256xi32>) {
  %w = arith.constant dense<3> : tensor<256x256xi8>
  %v = arith.constant dense<3> : tensor<256x8192xi8>
  %empty = tensor.empty() : tensor<256x256xi16>
  // TILES: %[[X:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<256x256xi16>)
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<256x256xi32>) outs(%empty : tensor<256x256xi16>) {
  ^bb0(%in: i32, %out: i16):
    %word = arith.trunci %in : i32 to i16
    linalg.yield %word : i16
  } -> tensor<256x256xi16>
  // TILES: scf.for %{{.*}} = %c0 to %c16 step %c1
  // TILES:   tensor.extract_slice %[[X]][%{{.*}}, 0] [16, 256] [1, 1] : tensor<256x256xi16> to tensor<16x256xi16>
  // TILES:   linalg.matmul {lowbit.tile = #lowbit.tile<rows = 16, vectors = 2, instruction = "amx.tdpbssd.w">} {{.*}} -> tensor<16x256xi32>
  %0 = linalg.matmul ins(%a, %w : tensor<256x256xi16>, tensor<256x256xi8>) outs(%i : tensor<256x256xi32>) -> tensor<256x256xi32>
  // TILES: linalg.matmul {{.*}} -> tensor<256x8192xi32>
  %1 = linalg.matmul ins(%a, %v : tensor<256x256xi16>, tensor<256x8192xi8>) outs(%j : tensor<256x8192xi32>) -> tensor<256x8192xi32>
  // Weights of 4 bits are unpacked once.
  %narrow = arith.constant dense<3> : tensor<256x256xi4>
  // TILES: linalg.matmul {{.*}}expand_panels = true>} {{.*}} -> tensor<256x256xi32>
  %2 = linalg.matmul ins(%a, %narrow : tensor<256x256xi16>, tensor<256x256xi4>) outs(%i : tensor<256x256xi32>) -> tensor<256x256xi32>
  return %0, %1, %2 : tensor<256x256xi32>, tensor<256x8192xi32>, tensor<256x256xi32>
}
