// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver4 triple=x86_64-linux-gnu},func.func(lowbit-block-rows),canonicalize)' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=neoverse-v1 triple=aarch64-linux-gnu},func.func(lowbit-block-rows),canonicalize)' | FileCheck %s --check-prefix=SIGNED

// These instructions take activations as they are.
// SIGNED-NOT: scf.for

#id = affine_map<(d0, d1) -> (d0, d1)>
#channels = affine_map<(d0, d1) -> (d1)>

// 128 rows of 256 bytes fit; with the overlap of the last tile they compute 132, as few for each row as 64 do.
// CHECK-LABEL: func.func @argument(
// CHECK-SAME:    %[[X:.*]]: tensor<2048x256xi8>
func.func @argument(%x: tensor<2048x256xi8>) -> tensor<2048x64xi8> {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<3> : tensor<256x64xi8>
  // CHECK-DAG: %[[BIAS:.*]] = arith.constant dense<7> : tensor<64xi32>
  // CHECK-DAG: %[[ROWS:.*]] = arith.constant 2048 : index
  // CHECK-DAG: %[[STEP:.*]] = arith.constant 128 : index
  // CHECK: %[[RESULT:.*]] = scf.for %[[ROW:.*]] = %{{.*}} to %[[ROWS]] step %[[STEP]] iter_args(%[[OUT:.*]] = %{{.*}}) -> (tensor<2048x64xi8>) {
  // CHECK:   %[[BLOCK:.*]] = tensor.extract_slice %[[X]][%[[ROW]], 0] [128, 256] [1, 1]
  // CHECK:   %[[INIT:.*]] = linalg.broadcast ins(%[[BIAS]] : tensor<64xi32>) outs(%{{.*}} : tensor<128x64xi32>)
  // CHECK:   %[[SUM:.*]] = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 6, vectors = 4, instruction = "avx512.vpdpbusd">} ins(%[[BLOCK]], %[[W]] : tensor<128x256xi8>, tensor<256x64xi8>) outs(%[[INIT]] : tensor<128x64xi32>)
  // CHECK:   %[[NARROW:.*]] = linalg.generic {{.*}} ins(%[[SUM]], %{{.*}} : tensor<128x64xi32>, tensor<64xi32>) outs(%{{.*}} : tensor<128x64xi8>)
  // CHECK:   %[[NEXT:.*]] = tensor.insert_slice %[[NARROW]] into %[[OUT]][%[[ROW]], 0] [128, 64] [1, 1]
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

// Without an epilogue. 2000 = 16 * 125 rows: blocks of 125 leave no rest; of 80, 100 and 125 rows those of 125 compute one
// row twice, the fewest.
// CHECK-LABEL: func.func @sums(
// CHECK: scf.for %{{.*}} = %{{.*}} to %c2000 step %c125
// CHECK:   linalg.matmul {{.*}} -> tensor<125x64xi32>
func.func @sums(%x: tensor<2000x256xi8>, %init: tensor<2000x64xi32>) -> tensor<2000x64xi32> {
  %w = arith.constant dense<3> : tensor<256x64xi8>
  %0 = linalg.matmul ins(%x, %w : tensor<2000x256xi8>, tensor<256x64xi8>) outs(%init : tensor<2000x64xi32>) -> tensor<2000x64xi32>
  return %0 : tensor<2000x64xi32>
}

// More channels than a tile has; a number of rows without divisors; rows of which a block holds too few; activations that
// an op gives.
// CHECK-LABEL: func.func @whole(
// CHECK-NOT: scf.for
func.func @whole(%x: tensor<2048x256xi8>, %y: tensor<2039x256xi8>, %z: tensor<8x32768xi8>, %a: tensor<2048x65xi32>,
                 %b: tensor<2039x64xi32>, %c: tensor<8x64xi32>, %d: tensor<2048x64xi32>)
    -> (tensor<2048x65xi32>, tensor<2039x64xi32>, tensor<8x64xi32>, tensor<2048x64xi32>) {
  %v = arith.constant dense<3> : tensor<256x65xi8>
  %w = arith.constant dense<3> : tensor<256x64xi8>
  %long = arith.constant dense<3> : tensor<32768x64xi8>
  %0 = linalg.matmul ins(%x, %v : tensor<2048x256xi8>, tensor<256x65xi8>) outs(%a : tensor<2048x65xi32>) -> tensor<2048x65xi32>
  %1 = linalg.matmul ins(%y, %w : tensor<2039x256xi8>, tensor<256x64xi8>) outs(%b : tensor<2039x64xi32>) -> tensor<2039x64xi32>
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
  return %0, %1, %2, %3 : tensor<2048x65xi32>, tensor<2039x64xi32>, tensor<8x64xi32>, tensor<2048x64xi32>
}
