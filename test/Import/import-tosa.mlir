// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-import-tosa)' -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @concat(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<2x3xf32>, %[[Y:[a-z0-9]*]]: tensor<2x4xf32>
// CHECK-NEXT: tensor.concat dim(1) %[[X]], %[[Y]], %[[X]] {lowbit.name = "c"}
func.func @concat(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x10xf32> {
  %0 = tosa.concat %x, %y, %x {axis = 1 : i32, lowbit.name = "c"} : (tensor<2x3xf32>, tensor<2x4xf32>, tensor<2x3xf32>) -> tensor<2x10xf32>
  return %0 : tensor<2x10xf32>
}
