// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-offset-activations,lowbit-vectorize-register-tiles))' | FileCheck %s

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {

// Five of six groups are added by instructions that take offset activations: memory holds such, and the sixth takes the
// offset back.
// CHECK-LABEL: func.func @most(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: tensor<8x24xi8>
func.func @most(%a: tensor<8x24xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  // CHECK: %[[OFFSET:.*]] = linalg.generic {{.*}} ins(%[[A]] : tensor<8x24xi8>)
  // CHECK:   arith.xori
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[OFFSET]]
  // CHECK: scf.for {{.*}} -> (vector<8xi32>, vector<8xi32>) {
  // CHECK: %[[GROUP:.*]] = vector.transfer_read %[[FLAT]]{{.*}} : tensor<192xi8>, vector<4xi8>
  // CHECK: %[[WIDE:.*]] = arith.extui %[[GROUP]] : vector<4xi8> to vector<4xi32>
  // CHECK: vector.contract {{.*}} %[[WIDE]], {{.*}} {lowbit.instruction = "avx2.vpmaddubsw.x2"}
  // CHECK: scf.for {{.*}} -> (vector<8xi32>, vector<8xi32>) {
  // CHECK: vector.contract {{.*}} {lowbit.instruction = "avx2.vpmaddubsw"}
  // CHECK: scf.for {{.*}} -> (vector<8xi32>, vector<8xi32>) {
  // CHECK: %[[LAST:.*]] = vector.transfer_read %[[FLAT]]{{.*}} : tensor<192xi8>, vector<4xi8>
  // CHECK: %[[SIGNED:.*]] = arith.xori %[[LAST]], %{{.*}} : vector<4xi8>
  // CHECK: %[[WIDE_SIGNED:.*]] = arith.extsi %[[SIGNED]] : vector<4xi8> to vector<4xi32>
  // CHECK: vector.contract {{.*}} %[[WIDE_SIGNED]], {{.*}} {lowbit.instruction = "avx2.vpsignb"}
  %w = arith.constant dense<1> : tensor<24x8xi8>
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx2.vpsignb">,
    lowbit.short_sums = #lowbit.short_sums<width = 8,
      instructions = ["avx2.vpmaddubsw.x2", "avx2.vpmaddubsw", "avx2.vpsignb"],
      counts = dense<[[1, 3, 1]]> : tensor<1x3xi32>, order = dense<[[3, 1, 5, 4, 0, 2]]> : tensor<1x6xi32>,
      bounds = dense<[[[0, 1020], [0, 510], [0, 0]]]> : tensor<1x3x2xi32>>}
    ins(%a, %w : tensor<8x24xi8>, tensor<24x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// Half of the groups is no majority: memory stays signed.
// CHECK-LABEL: func.func @half(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: tensor<8x16xi8>
func.func @half(%a: tensor<8x16xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  // CHECK-NOT: arith.xori
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[A]]
  // CHECK: %[[GROUP:.*]] = vector.transfer_read %[[FLAT]]
  // CHECK: %[[OFFSET:.*]] = arith.xori %[[GROUP]], %{{.*}} : vector<4xi8>
  // CHECK: arith.extui %[[OFFSET]]
  // CHECK: scf.for
  // CHECK: %[[GROUP:.*]] = vector.transfer_read %[[FLAT]]
  // CHECK: arith.extsi %[[GROUP]]
  %w = arith.constant dense<1> : tensor<16x8xi8>
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx2.vpsignb">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw.x2", "avx2.vpsignb"],
      counts = dense<[[1, 2]]> : tensor<1x2xi32>, order = dense<[[3, 1, 0, 2]]> : tensor<1x4xi32>,
      bounds = dense<[[[0, 1020], [0, 0]]]> : tensor<1x2x2xi32>>}
    ins(%a, %w : tensor<8x16xi8>, tensor<16x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}
