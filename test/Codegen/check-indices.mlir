// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-check-indices))' | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// A token is whatever the caller wrote; a loop's number lies in its range.
// CHECK-LABEL: func.func @embedding(
func.func @embedding(%tokens: tensor<3xi64>, %table: tensor<100x8xf32>) -> tensor<3x8xf32> {
  %empty = tensor.empty() : tensor<3x8xf32>
  // CHECK: ^bb0(%[[TOKEN:.*]]: i64, %{{.*}}: f32):
  // CHECK: %[[INDEX:.*]] = arith.index_cast %[[TOKEN]]
  // CHECK: %[[COLUMN:.*]] = linalg.index 1
  // CHECK: %[[SIZE:.*]] = arith.constant 100 : index
  // CHECK: %[[ROW:.*]] = lowbit.check_index %[[INDEX]], %[[SIZE]] : index
  // CHECK: tensor.extract %{{.*}}[%[[ROW]], %[[COLUMN]]]
  %0 = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%tokens : tensor<3xi64>) outs(%empty : tensor<3x8xf32>) {
  ^bb0(%token: i64, %out: f32):
    %row = arith.index_cast %token : i64 to index
    %column = linalg.index 1 : index
    %element = tensor.extract %table[%row, %column] : tensor<100x8xf32>
    linalg.yield %element : f32
  } -> tensor<3x8xf32>
  return %0 : tensor<3x8xf32>
}

// The loop has more columns than the table.
// CHECK-LABEL: func.func @wide_loop(
func.func @wide_loop(%table: tensor<8xf32>) -> tensor<3x9xf32> {
  %empty = tensor.empty() : tensor<3x9xf32>
  // CHECK: %[[COLUMN:.*]] = linalg.index 1
  // CHECK: lowbit.check_index %[[COLUMN]],
  %0 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%empty : tensor<3x9xf32>) {
  ^bb0(%out: f32):
    %column = linalg.index 1 : index
    %element = tensor.extract %table[%column] : tensor<8xf32>
    linalg.yield %element : f32
  } -> tensor<3x9xf32>
  return %0 : tensor<3x9xf32>
}

// CHECK-LABEL: func.func @known(
// CHECK-NOT: check_index
func.func @known(%byte: i8, %word: i64, %table: tensor<256xi8>, %scalar: tensor<f32>) -> (i8, i8, i8, f32) {
  %c255 = arith.constant 255 : index
  %0 = tensor.extract %table[%c255] : tensor<256xi8>
  %unsigned = arith.index_castui %byte : i8 to index
  %1 = tensor.extract %table[%unsigned] : tensor<256xi8>
  %c0 = arith.constant 0 : i64
  %c200 = arith.constant 200 : i64
  %positive = arith.maxsi %word, %c0 : i64
  %clamped = arith.minsi %positive, %c200 : i64
  %index = arith.index_cast %clamped : i64 to index
  %2 = tensor.extract %table[%index] : tensor<256xi8>
  %3 = tensor.extract %scalar[] : tensor<f32>
  return %0, %1, %2, %3 : i8, i8, i8, f32
}

// CHECK-LABEL: func.func @signed_byte(
func.func @signed_byte(%byte: i8, %table: tensor<256xi8>) -> i8 {
  // CHECK: %[[INDEX:.*]] = arith.index_cast
  %signed = arith.index_cast %byte : i8 to index
  // CHECK: lowbit.check_index %[[INDEX]],
  %0 = tensor.extract %table[%signed] : tensor<256xi8>
  return %0 : i8
}

// CHECK-LABEL: func.func @beyond(
func.func @beyond(%table: tensor<256xi8>) -> i8 {
  %c256 = arith.constant 256 : index
  // CHECK: lowbit.check_index %{{.*}}, %{{.*}} : index
  %0 = tensor.extract %table[%c256] : tensor<256xi8>
  return %0 : i8
}

// CHECK-LABEL: func.func @dynamic(
func.func @dynamic(%table: tensor<?xi8>, %index: index) -> i8 {
  // CHECK: %[[SIZE:.*]] = tensor.dim
  // CHECK: lowbit.check_index %{{.*}}, %[[SIZE]] : index
  %0 = tensor.extract %table[%index] : tensor<?xi8>
  return %0 : i8
}

// Slices of 5 elements, each the second, of 64, whose last ones start at 55.
// CHECK-LABEL: func.func @slices(
// CHECK-SAME: %{{.*}}: tensor<64x8xf32>, %{{.*}}: tensor<8x64xf32>, %[[INDEX:.*]]: index)
func.func @slices(%x: tensor<64x8xf32>, %y: tensor<8x64xf32>, %index: index) -> (tensor<5x8xf32>, tensor<8x64xf32>) {
  // CHECK: %[[SIZE:.*]] = arith.constant 56 : index
  // CHECK: %[[START:.*]] = lowbit.check_index %[[INDEX]], %[[SIZE]] : index
  // CHECK: tensor.extract_slice %{{.*}}[%[[START]], 0] [5, 8] [2, 1]
  %0 = tensor.extract_slice %x[%index, 0] [5, 8] [2, 1] : tensor<64x8xf32> to tensor<5x8xf32>
  %patch = tensor.empty() : tensor<8x5xf32>
  // CHECK: %[[SIZE:.*]] = arith.constant 56 : index
  // CHECK: %[[START:.*]] = lowbit.check_index %[[INDEX]], %[[SIZE]] : index
  // CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, %[[START]]] [8, 5] [1, 2]
  %1 = tensor.insert_slice %patch into %y[0, %index] [8, 5] [1, 2] : tensor<8x5xf32> into tensor<8x64xf32>
  return %0, %1 : tensor<5x8xf32>, tensor<8x64xf32>
}

// CHECK-LABEL: func.func @slices_of_loops(
// CHECK-NOT: check_index
func.func @slices_of_loops(%x: tensor<64xf32>, %sum: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c61 = arith.constant 61 : index
  %0 = scf.for %i = %c0 to %c61 step %c4 iter_args(%s = %sum) -> tensor<4xf32> {
    %slice = tensor.extract_slice %x[%i] [4] [1] : tensor<64xf32> to tensor<4xf32>
    %t = arith.addf %s, %slice : tensor<4xf32>
    scf.yield %t : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}
