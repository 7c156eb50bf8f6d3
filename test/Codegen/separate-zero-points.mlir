// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-separate-zero-points))' | FileCheck %s

#a = affine_map<(b, m, n, k) -> (b, m, k)>
#b = affine_map<(b, m, n, k) -> (b, k, n)>
#c = affine_map<(b, m, n, k) -> (b, m, n)>

// CHECK-LABEL: func.func @both(
// CHECK-SAME: %[[A:.*]]: tensor<2x3x4xi8>, %[[B:.*]]: tensor<2x4x5xi8>, %[[INIT:.*]]: tensor<2x3x5xi32>)
func.func @both(%a: tensor<2x3x4xi8>, %b: tensor<2x4x5xi8>, %init: tensor<2x3x5xi32>) -> tensor<2x3x5xi32> {
  // CHECK-DAG: %[[ONES:.*]] = arith.constant dense<1> : tensor<4x1xi8>
  // CHECK-DAG: %[[X:.*]] = arith.constant 3 : i32
  // CHECK-DAG: %[[Y:.*]] = arith.constant -5 : i32
  // 4 * 3 * -5.
  // CHECK-DAG: %[[ALL:.*]] = arith.constant -60 : i32
  // The sums of the rows: a product with ones.
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[A]] {{.*}} : tensor<2x3x4xi8> into tensor<6x4xi8>
  // CHECK: linalg.matmul ins(%[[FLAT]], %[[ONES]] :
  // CHECK: %[[ROWS:.*]] = tensor.expand_shape %{{.*}} : tensor<6xi32> into tensor<2x3xi32>
  // CHECK: %[[COLUMNS:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel"]} ins(%[[B]] : tensor<2x4x5xi8>)
  // CHECK: %[[START:.*]] = linalg.generic {{.*}} ins(%[[INIT]], %[[ROWS]], %[[COLUMNS]] :
  // CHECK-NEXT: ^bb0(%[[ACC:.*]]: i32, %[[ROW:.*]]: i32, %[[COLUMN:.*]]: i32, %{{.*}}: i32):
  // CHECK-NEXT: %[[S0:.*]] = arith.addi %[[ACC]], %[[ALL]]
  // CHECK-NEXT: %[[T0:.*]] = arith.muli %[[ROW]], %[[Y]]
  // CHECK-NEXT: %[[S1:.*]] = arith.subi %[[S0]], %[[T0]]
  // CHECK-NEXT: %[[T1:.*]] = arith.muli %[[COLUMN]], %[[X]]
  // CHECK-NEXT: arith.subi %[[S1]], %[[T1]]
  // CHECK: %[[R:.*]] = linalg.batch_matmul ins(%[[A]], %[[B]] : {{.*}}) outs(%[[START]] :
  // CHECK: return %[[R]]
  %x = arith.constant 3 : i32
  %y = arith.constant -5 : i32
  %0 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%a, %b : tensor<2x3x4xi8>, tensor<2x4x5xi8>) outs(%init : tensor<2x3x5xi32>) {
  ^bb0(%p: i8, %q: i8, %acc: i32):
    %1 = arith.extsi %p : i8 to i32
    %2 = arith.subi %1, %x : i32
    %3 = arith.extsi %q : i8 to i32
    %4 = arith.subi %3, %y : i32
    %5 = arith.muli %2, %4 : i32
    %6 = arith.addi %acc, %5 : i32
    linalg.yield %6 : i32
  } -> tensor<2x3x5xi32>
  return %0 : tensor<2x3x5xi32>
}

// Without zero points there is nothing to add; with one, one sum. The maps of a product of two dimensions are its own.
// CHECK-LABEL: func.func @none_and_one(
// CHECK-SAME: %[[A:.*]]: tensor<3x4xi8>, %[[B:.*]]: tensor<4x5xi8>, %[[INIT:.*]]: tensor<3x5xi32>)
func.func @none_and_one(%a: tensor<3x4xi8>, %b: tensor<4x5xi8>, %init: tensor<3x5xi32>) -> (tensor<3x5xi32>, tensor<3x5xi32>) {
  // CHECK: linalg.matmul ins(%[[A]], %[[B]] : {{.*}}) outs(%[[INIT]] :
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : tensor<3x4xi8>, tensor<4x5xi8>) outs(%init : tensor<3x5xi32>) {
  ^bb0(%p: i8, %q: i8, %acc: i32):
    %1 = arith.extsi %p : i8 to i32
    %2 = arith.extsi %q : i8 to i32
    %3 = arith.muli %1, %2 : i32
    %4 = arith.addi %acc, %3 : i32
    linalg.yield %4 : i32
  } -> tensor<3x5xi32>
  // CHECK-NOT: linalg.matmul
  // CHECK: %[[COLUMNS:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[B]] : tensor<4x5xi8>)
  // CHECK: linalg.generic {{.*}} ins(%[[INIT]], %[[COLUMNS]] :
  // CHECK: linalg.matmul
  %x = arith.constant 3 : i32
  %5 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : tensor<3x4xi8>, tensor<4x5xi8>) outs(%init : tensor<3x5xi32>) {
  ^bb0(%p: i8, %q: i8, %acc: i32):
    %6 = arith.extsi %p : i8 to i32
    %7 = arith.subi %6, %x : i32
    %8 = arith.extsi %q : i8 to i32
    %9 = arith.muli %7, %8 : i32
    %10 = arith.addi %acc, %9 : i32
    linalg.yield %10 : i32
  } -> tensor<3x5xi32>
  return %0, %5 : tensor<3x5xi32>, tensor<3x5xi32>
}
