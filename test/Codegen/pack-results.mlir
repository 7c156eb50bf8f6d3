// RUN: quant-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(lowbit-pack-results,canonicalize))' | FileCheck %s
// RUN: sed s/x86_64-unknown/aarch64-unknown/ %s | sed s/znver./neoverse-n1/ | quant-opt -split-input-file --pass-pipeline='builtin.module(func.func(lowbit-pack-results))' | FileCheck %s --check-prefix=ARM

// Only x86 has instructions that narrow two registers to one.
// ARM-NOT: llvm.call_intrinsic

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
// Two rows of two vectors: one vector of bytes, written in halves.
// CHECK-LABEL: func.func @rows(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: vector<16xi32>, %[[B:[a-z0-9]+]]: vector<16xi32>, %[[C:[a-z0-9]+]]: vector<16xi32>, %[[D:[a-z0-9]+]]: vector<16xi32>, %[[T:.*]]: tensor<2x32xi8>
func.func @rows(%a: vector<16xi32>, %b: vector<16xi32>, %c: vector<16xi32>, %d: vector<16xi32>, %t: tensor<2x32xi8>) -> tensor<2x32xi8> {
  // CHECK-DAG: %[[Z:.*]] = arith.constant dense<-5> : vector<32xi16>
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
  // CHECK: %[[AB:.*]] = llvm.call_intrinsic "llvm.x86.avx512.packssdw.512"(%[[A]], %[[B]]) : (vector<16xi32>, vector<16xi32>) -> vector<32xi16>
  // CHECK: %[[QAB:.*]] = llvm.intr.sadd.sat(%[[AB]], %[[Z]])
  // CHECK: %[[CD:.*]] = llvm.call_intrinsic "llvm.x86.avx512.packssdw.512"(%[[C]], %[[D]])
  // CHECK: %[[QCD:.*]] = llvm.intr.sadd.sat(%[[CD]], %[[Z]])
  // CHECK: %[[PACKED:.*]] = llvm.call_intrinsic "llvm.x86.avx512.packsswb.512"(%[[QAB]], %[[QCD]]) : (vector<32xi16>, vector<32xi16>) -> vector<64xi8>
  // CHECK: %[[WORDS:.*]] = vector.bitcast %[[PACKED]] : vector<64xi8> to vector<16xi32>
  // CHECK: %[[SORTED:.*]] = vector.shuffle %[[WORDS]], %[[WORDS]] [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]
  // CHECK: %[[BYTES:.*]] = vector.bitcast %[[SORTED]] : vector<16xi32> to vector<64xi8>
  // CHECK: %[[FIRST:.*]] = vector.extract_strided_slice %[[BYTES]] {offsets = [0], sizes = [32], strides = [1]}
  // CHECK: %[[T1:.*]] = vector.transfer_write %[[FIRST]], %[[T]][%[[C0]], %[[C0]]]
  // CHECK: %[[SECOND:.*]] = vector.extract_strided_slice %[[BYTES]] {offsets = [32], sizes = [32], strides = [1]}
  // CHECK: %[[T2:.*]] = vector.transfer_write %[[SECOND]], %[[T1]][%[[C1]], %[[C0]]]
  // CHECK: return %[[T2]]
  %z = arith.constant dense<-5> : vector<16xi32>
  %min = arith.constant dense<-128> : vector<16xi32>
  %max = arith.constant dense<127> : vector<16xi32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %a0 = arith.addi %a, %z overflow<nsw> : vector<16xi32>
  %a1 = arith.maxsi %a0, %min : vector<16xi32>
  %a2 = arith.minsi %a1, %max : vector<16xi32>
  %a3 = arith.trunci %a2 : vector<16xi32> to vector<16xi8>
  %t0 = vector.transfer_write %a3, %t[%c0, %c0] {in_bounds = [true]} : vector<16xi8>, tensor<2x32xi8>
  %b0 = arith.addi %b, %z overflow<nsw> : vector<16xi32>
  %b1 = arith.maxsi %b0, %min : vector<16xi32>
  %b2 = arith.minsi %b1, %max : vector<16xi32>
  %b3 = arith.trunci %b2 : vector<16xi32> to vector<16xi8>
  %t1 = vector.transfer_write %b3, %t0[%c0, %c16] {in_bounds = [true]} : vector<16xi8>, tensor<2x32xi8>
  %c2 = arith.addi %c, %z overflow<nsw> : vector<16xi32>
  %c3 = arith.maxsi %c2, %min : vector<16xi32>
  %c4 = arith.minsi %c3, %max : vector<16xi32>
  %c5 = arith.trunci %c4 : vector<16xi32> to vector<16xi8>
  %t2 = vector.transfer_write %c5, %t1[%c1, %c0] {in_bounds = [true]} : vector<16xi8>, tensor<2x32xi8>
  %d0 = arith.addi %d, %z overflow<nsw> : vector<16xi32>
  %d1 = arith.maxsi %d0, %min : vector<16xi32>
  %d2 = arith.minsi %d1, %max : vector<16xi32>
  %d3 = arith.trunci %d2 : vector<16xi32> to vector<16xi8>
  %t3 = vector.transfer_write %d3, %t2[%c1, %c16] {in_bounds = [true]} : vector<16xi8>, tensor<2x32xi8>
  return %t3 : tensor<2x32xi8>
}
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {
// Bytes offset by 128, with zero point -128: nothing is added. Two vectors that are missing repeat the last; a clamp to
// less than all bytes stays: 100 + 128, as a signed byte.
// CHECK-LABEL: func.func @offset(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: vector<8xi32>, %[[B:[a-z0-9]+]]: vector<8xi32>
func.func @offset(%a: vector<8xi32>, %b: vector<8xi32>, %t: tensor<16xi8>) -> tensor<16xi8> {
  // CHECK: %[[HIGH:.*]] = arith.constant dense<-28> : vector<32xi8>
  // CHECK-NOT: sadd.sat
  // CHECK: %[[AB:.*]] = llvm.call_intrinsic "llvm.x86.avx2.packssdw"(%[[A]], %[[B]])
  // CHECK: %[[BB:.*]] = llvm.call_intrinsic "llvm.x86.avx2.packssdw"(%[[B]], %[[B]])
  // CHECK: %[[PACKED:.*]] = llvm.call_intrinsic "llvm.x86.avx2.packuswb"(%[[AB]], %[[BB]])
  // CHECK: %[[CLAMPED:.*]] = arith.minui %[[PACKED]], %[[HIGH]]
  // CHECK: vector.shuffle {{.*}} [0, 4, 1, 5, 2, 6, 3, 7]
  // CHECK: vector.transfer_write {{.*}} : vector<16xi8>, tensor<16xi8>
  %z = arith.constant dense<-128> : vector<8xi32>
  %min = arith.constant dense<-128> : vector<8xi32>
  %max = arith.constant dense<100> : vector<8xi32>
  %bytes = arith.constant dense<-128> : vector<8xi8>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %a0 = arith.addi %a, %z overflow<nsw> : vector<8xi32>
  %a1 = arith.maxsi %a0, %min : vector<8xi32>
  %a2 = arith.minsi %a1, %max : vector<8xi32>
  %a3 = arith.trunci %a2 : vector<8xi32> to vector<8xi8>
  %a4 = arith.xori %a3, %bytes : vector<8xi8>
  %t0 = vector.transfer_write %a4, %t[%c0] {in_bounds = [true]} : vector<8xi8>, tensor<16xi8>
  %b0 = arith.addi %b, %z overflow<nsw> : vector<8xi32>
  %b1 = arith.maxsi %b0, %min : vector<8xi32>
  %b2 = arith.minsi %b1, %max : vector<8xi32>
  %b3 = arith.trunci %b2 : vector<8xi32> to vector<8xi8>
  %b4 = arith.xori %b3, %bytes : vector<8xi8>
  %t1 = vector.transfer_write %b4, %t0[%c8] {in_bounds = [true]} : vector<8xi8>, tensor<16xi8>
  return %t1 : tensor<16xi8>
}

// Vectors with different clamps, or without one, are narrowed by themselves.
// CHECK-LABEL: func.func @unlike(
// CHECK-NOT: llvm.
// CHECK: return
func.func @unlike(%a: vector<8xi32>, %b: vector<8xi32>, %t: tensor<24xi8>) -> tensor<24xi8> {
  %min = arith.constant dense<-128> : vector<8xi32>
  %low = arith.constant dense<-5> : vector<8xi32>
  %max = arith.constant dense<127> : vector<8xi32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %a0 = arith.maxsi %a, %min : vector<8xi32>
  %a1 = arith.minsi %a0, %max : vector<8xi32>
  %a2 = arith.trunci %a1 : vector<8xi32> to vector<8xi8>
  %t0 = vector.transfer_write %a2, %t[%c0] {in_bounds = [true]} : vector<8xi8>, tensor<24xi8>
  %b0 = arith.maxsi %b, %low : vector<8xi32>
  %b1 = arith.minsi %b0, %max : vector<8xi32>
  %b2 = arith.trunci %b1 : vector<8xi32> to vector<8xi8>
  %t1 = vector.transfer_write %b2, %t0[%c8] {in_bounds = [true]} : vector<8xi8>, tensor<24xi8>
  %c = arith.trunci %b : vector<8xi32> to vector<8xi8>
  %t2 = vector.transfer_write %c, %t1[%c16] {in_bounds = [true]} : vector<8xi8>, tensor<24xi8>
  return %t2 : tensor<24xi8>
}

// Four registers in one vector.
// CHECK-LABEL: func.func @whole(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: vector<32xi32>
func.func @whole(%a: vector<32xi32>, %t: tensor<32xi8>) -> tensor<32xi8> {
  // CHECK: %[[FIRST:.*]] = vector.extract_strided_slice %[[A]] {offsets = [0], sizes = [8], strides = [1]}
  // CHECK: %[[SECOND:.*]] = vector.extract_strided_slice %[[A]] {offsets = [8], sizes = [8], strides = [1]}
  // CHECK: llvm.call_intrinsic "llvm.x86.avx2.packssdw"(%[[FIRST]], %[[SECOND]])
  // CHECK: llvm.call_intrinsic "llvm.x86.avx2.packsswb"
  // CHECK: vector.transfer_write {{.*}} : vector<32xi8>, tensor<32xi8>
  %min = arith.constant dense<-128> : vector<32xi32>
  %max = arith.constant dense<127> : vector<32xi32>
  %c0 = arith.constant 0 : index
  %0 = arith.maxsi %a, %min : vector<32xi32>
  %1 = arith.minsi %0, %max : vector<32xi32>
  %2 = arith.trunci %1 : vector<32xi32> to vector<32xi8>
  %3 = vector.transfer_write %2, %t[%c0] {in_bounds = [true]} : vector<32xi8>, tensor<32xi8>
  return %3 : tensor<32xi8>
}
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
// What is shuffled after it is narrowed: the order that packing leaves is one of two that undo each other.
// CHECK-LABEL: func.func @shuffled(
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.packsswb.512"
// CHECK: %[[SORTED:.*]] = vector.shuffle {{.*}} [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15] : vector<16xi32>
// CHECK: %[[BYTES:.*]] = vector.bitcast %[[SORTED]]
// CHECK: vector.shuffle %[[BYTES]], %[[BYTES]] [63,
func.func @shuffled(%a: vector<64xi32>) -> vector<64xi8> {
  %min = arith.constant dense<-128> : vector<64xi32>
  %max = arith.constant dense<127> : vector<64xi32>
  %0 = arith.maxsi %a, %min : vector<64xi32>
  %1 = arith.minsi %0, %max : vector<64xi32>
  %2 = arith.trunci %1 : vector<64xi32> to vector<64xi8>
  %3 = vector.shuffle %2, %2 [63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0] : vector<64xi8>, vector<64xi8>
  return %3 : vector<64xi8>
}
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
// Words of 16 bits: two vectors are one; the clamp that saturation leaves is one for both. The third is by itself.
// CHECK-LABEL: func.func @words(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: vector<16xi32>, %[[B:[a-z0-9]+]]: vector<16xi32>, %[[C:[a-z0-9]+]]: vector<16xi32>, %[[T:.*]]: tensor<48xi16>
func.func @words(%a: vector<16xi32>, %b: vector<16xi32>, %c: vector<16xi32>, %t: tensor<48xi16>) -> tensor<48xi16> {
  // CHECK-DAG: %[[LEAST:.*]] = arith.constant dense<-32767> : vector<32xi16>
  // CHECK: %[[AB:.*]] = llvm.call_intrinsic "llvm.x86.avx512.packssdw.512"(%[[A]], %[[B]]) : (vector<16xi32>, vector<16xi32>) -> vector<32xi16>
  // CHECK: %[[CLAMPED:.*]] = arith.maxsi %[[AB]], %[[LEAST]] : vector<32xi16>
  // CHECK-NOT: arith.minsi
  // CHECK: %[[FOURS:.*]] = vector.bitcast %[[CLAMPED]] : vector<32xi16> to vector<8xi64>
  // CHECK: %[[SORTED:.*]] = vector.shuffle %[[FOURS]], %[[FOURS]] [0, 2, 4, 6, 1, 3, 5, 7] : vector<8xi64>, vector<8xi64>
  // CHECK: %[[WORDS:.*]] = vector.bitcast %[[SORTED]] : vector<8xi64> to vector<32xi16>
  // CHECK: %[[T0:.*]] = vector.transfer_write %[[WORDS]], %[[T]][%c0]
  // CHECK: arith.minsi
  // CHECK: arith.trunci {{.*}} to vector<16xi16>
  // CHECK: vector.transfer_write %{{.*}}, %[[T0]][%c32]
  %min = arith.constant dense<-32767> : vector<16xi32>
  %max = arith.constant dense<32767> : vector<16xi32>
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %a0 = arith.maxsi %a, %min : vector<16xi32>
  %a1 = arith.minsi %a0, %max : vector<16xi32>
  %a2 = arith.trunci %a1 : vector<16xi32> to vector<16xi16>
  %t0 = vector.transfer_write %a2, %t[%c0] {in_bounds = [true]} : vector<16xi16>, tensor<48xi16>
  %b0 = arith.maxsi %b, %min : vector<16xi32>
  %b1 = arith.minsi %b0, %max : vector<16xi32>
  %b2 = arith.trunci %b1 : vector<16xi32> to vector<16xi16>
  %t1 = vector.transfer_write %b2, %t0[%c16] {in_bounds = [true]} : vector<16xi16>, tensor<48xi16>
  %d0 = arith.maxsi %c, %min : vector<16xi32>
  %d1 = arith.minsi %d0, %max : vector<16xi32>
  %d2 = arith.trunci %d1 : vector<16xi32> to vector<16xi16>
  %t2 = vector.transfer_write %d2, %t1[%c32] {in_bounds = [true]} : vector<16xi16>, tensor<48xi16>
  return %t2 : tensor<48xi16>
}

// Two registers in one vector of words. What lies outside of words does not saturate.
// CHECK-LABEL: func.func @whole_words(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: vector<32xi32>
func.func @whole_words(%a: vector<32xi32>, %t: tensor<32xi16>, %u: tensor<32xi16>) -> (tensor<32xi16>, tensor<32xi16>) {
  // CHECK: %[[FIRST:.*]] = vector.extract_strided_slice %[[A]] {offsets = [0], sizes = [16], strides = [1]}
  // CHECK: %[[SECOND:.*]] = vector.extract_strided_slice %[[A]] {offsets = [16], sizes = [16], strides = [1]}
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.packssdw.512"(%[[FIRST]], %[[SECOND]])
  // CHECK: arith.minsi {{.*}} : vector<32xi16>
  // CHECK: vector.transfer_write {{.*}} : vector<32xi16>, tensor<32xi16>
  // CHECK-NOT: llvm.
  // CHECK: return
  %min = arith.constant dense<-32768> : vector<32xi32>
  %high = arith.constant dense<20000> : vector<32xi32>
  %max = arith.constant dense<65535> : vector<32xi32>
  %c0 = arith.constant 0 : index
  %0 = arith.maxsi %a, %min : vector<32xi32>
  %1 = arith.minsi %0, %high : vector<32xi32>
  %2 = arith.trunci %1 : vector<32xi32> to vector<32xi16>
  %3 = vector.transfer_write %2, %t[%c0] {in_bounds = [true]} : vector<32xi16>, tensor<32xi16>
  %4 = arith.minsi %0, %max : vector<32xi32>
  %5 = arith.trunci %4 : vector<32xi32> to vector<32xi16>
  %6 = vector.transfer_write %5, %u[%c0] {in_bounds = [true]} : vector<32xi16>, tensor<32xi16>
  return %3, %6 : tensor<32xi16>, tensor<32xi16>
}
}
