// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-offset-activations,lowbit-vectorize-register-tiles))' | FileCheck %s

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {

// Five of six groups are added by instructions that take offset activations: memory holds such. What flips the bits of the
// sixth takes the offset back.
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
  // CHECK: %[[ALL:.*]] = vector.broadcast %[[LAST]] : vector<4xi8> to vector<8x4xi8>
  // CHECK: %[[FLIPPED:.*]] = arith.xori %[[ALL]], %{{.*}} : vector<8x4xi8>
  // CHECK: %[[BYTES:.*]] = vector.shape_cast %[[FLIPPED]]
  // CHECK: %[[WIDE_FLIPPED:.*]] = arith.extsi %[[BYTES]] : vector<8x4xi8> to vector<8x4xi32>
  // CHECK: vector.contract {{.*}} %[[WIDE_FLIPPED]], {{.*}} {lowbit.instruction = "avx2.vpxor"}
  %w = arith.constant dense<1> : tensor<24x8xi8>
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8,
      instructions = ["avx2.vpmaddubsw.x2", "avx2.vpmaddubsw", "avx2.vpxor"],
      counts = dense<[[1, 3, 1]]> : tensor<1x3xi32>, order = dense<[[3, 1, 5, 4, 0, 2]]> : tensor<1x6xi32>,
      bounds = dense<[[[0, 1020], [0, 510], [0, 0]]]> : tensor<1x3x2xi32>>}
    ins(%a, %w : tensor<8x24xi8>, tensor<24x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// A group is enough: nothing needs signed bytes.
// CHECK-LABEL: func.func @one(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: tensor<8x16xi8>
func.func @one(%a: tensor<8x16xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  // CHECK: linalg.generic {{.*}} ins(%[[A]] : tensor<8x16xi8>)
  // CHECK:   arith.xori
  %w = arith.constant dense<1> : tensor<16x8xi8>
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw", "avx2.vpxor"],
      counts = dense<[[1, 3]]> : tensor<1x2xi32>, order = dense<[[3, 1, 0, 2]]> : tensor<1x4xi32>,
      bounds = dense<[[[0, 510], [0, 0]]]> : tensor<1x2x2xi32>>}
    ins(%a, %w : tensor<8x16xi8>, tensor<16x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// What takes signed bytes as well as others has no bytes made for it.
// CHECK-LABEL: func.func @either(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: tensor<8x16xi8>
func.func @either(%a: tensor<8x16xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  // CHECK-NOT: linalg.generic
  // CHECK: vector.transfer_read %[[A]]
  %w = arith.constant dense<1> : tensor<16x8xi8>
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx2.vpxor">}
    ins(%a, %w : tensor<8x16xi8>, tensor<16x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// It reads those that another op has made, through a pad too.
// CHECK-LABEL: func.func @made_for_another(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: tensor<8x12xi8>
func.func @made_for_another(%a: tensor<8x12xi8>, %init: tensor<8x8xi32>) -> (tensor<8x8xi32>, tensor<8x8xi32>) {
  // CHECK: %[[OFFSET:.*]] = linalg.generic {{.*}} ins(%[[A]] : tensor<8x12xi8>)
  // CHECK: %[[PADDED:.*]] = tensor.pad %[[OFFSET]]
  // CHECK: tensor.yield %c-128_i8
  // CHECK: vector.transfer_read %[[PADDED]]
  // CHECK-NOT: %[[A]]
  // CHECK: return
  %zero = arith.constant 0 : i8
  %pad = tensor.pad %a low[0, 0] high[0, 4] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : i8
  } : tensor<8x12xi8> to tensor<8x16xi8>
  %w = arith.constant dense<1> : tensor<16x8xi8>
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx2.vpxor">}
    ins(%pad, %w : tensor<8x16xi8>, tensor<16x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  %v = arith.constant dense<1> : tensor<12x8xi8>
  %1 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
      counts = dense<[[3]]> : tensor<1x1xi32>, order = dense<[[0, 1, 2]]> : tensor<1x3xi32>,
      bounds = dense<[[[0, 510]]]> : tensor<1x1x2xi32>>}
    ins(%a, %v : tensor<8x12xi8>, tensor<12x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0, %1 : tensor<8x8xi32>, tensor<8x8xi32>
}
}
