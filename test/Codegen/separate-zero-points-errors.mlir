// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-separate-zero-points))' | FileCheck %s

// Left as they are: a transposed product, bytes that are extended as unsigned ones, sizes that are not known, a zero
// point that is not constant.
// CHECK-NOT: linalg.matmul
#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#t = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @transposed(
func.func @transposed(%a: tensor<3x4xi8>, %b: tensor<5x4xi8>, %init: tensor<3x5xi32>) -> tensor<3x5xi32> {
  %0 = linalg.generic {indexing_maps = [#a, #t, #c], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : tensor<3x4xi8>, tensor<5x4xi8>) outs(%init : tensor<3x5xi32>) {
  ^bb0(%p: i8, %q: i8, %acc: i32):
    %1 = arith.extsi %p : i8 to i32
    %2 = arith.extsi %q : i8 to i32
    %3 = arith.muli %1, %2 : i32
    %4 = arith.addi %acc, %3 : i32
    linalg.yield %4 : i32
  } -> tensor<3x5xi32>
  return %0 : tensor<3x5xi32>
}

// CHECK-LABEL: func.func @unsigned(
func.func @unsigned(%a: tensor<3x4xi8>, %b: tensor<4x5xi8>, %init: tensor<3x5xi32>) -> tensor<3x5xi32> {
  %0 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : tensor<3x4xi8>, tensor<4x5xi8>) outs(%init : tensor<3x5xi32>) {
  ^bb0(%p: i8, %q: i8, %acc: i32):
    %1 = arith.extui %p : i8 to i32
    %2 = arith.extsi %q : i8 to i32
    %3 = arith.muli %1, %2 : i32
    %4 = arith.addi %acc, %3 : i32
    linalg.yield %4 : i32
  } -> tensor<3x5xi32>
  return %0 : tensor<3x5xi32>
}

// CHECK-LABEL: func.func @dynamic(
func.func @dynamic(%a: tensor<?x4xi8>, %b: tensor<4x5xi8>, %init: tensor<?x5xi32>) -> tensor<?x5xi32> {
  %0 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : tensor<?x4xi8>, tensor<4x5xi8>) outs(%init : tensor<?x5xi32>) {
  ^bb0(%p: i8, %q: i8, %acc: i32):
    %1 = arith.extsi %p : i8 to i32
    %2 = arith.extsi %q : i8 to i32
    %3 = arith.muli %1, %2 : i32
    %4 = arith.addi %acc, %3 : i32
    linalg.yield %4 : i32
  } -> tensor<?x5xi32>
  return %0 : tensor<?x5xi32>
}

// CHECK-LABEL: func.func @unknown(
func.func @unknown(%a: tensor<3x4xi8>, %b: tensor<4x5xi8>, %init: tensor<3x5xi32>, %z: i32) -> tensor<3x5xi32> {
  %0 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : tensor<3x4xi8>, tensor<4x5xi8>) outs(%init : tensor<3x5xi32>) {
  ^bb0(%p: i8, %q: i8, %acc: i32):
    %1 = arith.extsi %p : i8 to i32
    %2 = arith.subi %1, %z : i32
    %3 = arith.extsi %q : i8 to i32
    %4 = arith.muli %2, %3 : i32
    %5 = arith.addi %acc, %4 : i32
    linalg.yield %5 : i32
  } -> tensor<3x5xi32>
  return %0 : tensor<3x5xi32>
}
