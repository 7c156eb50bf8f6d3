// RUN: quant-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(lowbit-lower-contractions))' | FileCheck %s

#a = affine_map<(d0, d1) -> (d1)>
#w = affine_map<(d0, d1) -> (d0, d1)>
#c = affine_map<(d0, d1) -> (d0)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
// CHECK-LABEL: func.func @vpdpbusd(
// CHECK-SAME: %[[A:.*]]: vector<4xi8>, %[[W:.*]]: vector<16x4xi8>, %[[ACC:.*]]: vector<16xi32>)
func.func @vpdpbusd(%a: vector<4xi8>, %w: vector<16x4xi8>, %acc: vector<16xi32>) -> vector<16xi32> {
  // CHECK-NOT: vector.contract
  // CHECK: %[[R:.*]] = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%[[ACC]], {{.*}}) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
  %0 = arith.extui %a : vector<4xi8> to vector<4xi32>
  %1 = arith.extsi %w : vector<16x4xi8> to vector<16x4xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx512.vpdpbusd"} : vector<4xi32>, vector<16x4xi32> into vector<16xi32>
  // CHECK: return %[[R]]
  return %2 : vector<16xi32>
}
// An offset of the activations follows their repetition.
// CHECK-LABEL: func.func @offset(
func.func @offset(%a: vector<4xi8>, %w: vector<16x4xi8>, %acc: vector<16xi32>) -> vector<16xi32> {
  // CHECK: %[[REPEATED:.*]] = vector.bitcast %{{.*}} : vector<16xi32> to vector<64xi8>
  // CHECK: %[[BYTES:.*]] = arith.xori %[[REPEATED]], %{{.*}} : vector<64xi8>
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%{{.*}}, %[[BYTES]], %{{.*}})
  %half = arith.constant dense<-128> : vector<4xi8>
  %shifted = arith.xori %a, %half : vector<4xi8>
  %0 = arith.extui %shifted : vector<4xi8> to vector<4xi32>
  %1 = arith.extsi %w : vector<16x4xi8> to vector<16x4xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx512.vpdpbusd"} : vector<4xi32>, vector<16x4xi32> into vector<16xi32>
  return %2 : vector<16xi32>
}
// Of weights that are never negative the activations are the signed operand.
// CHECK-LABEL: func.func @unsigned_weights(
func.func @unsigned_weights(%a: vector<4xi8>, %w: vector<16x4xi8>, %acc: vector<16xi32>) -> vector<16xi32> {
  // CHECK: %[[REPEATED:.*]] = vector.bitcast %{{.*}} : vector<16xi32> to vector<64xi8>
  // CHECK: %[[W:.*]] = vector.shape_cast %{{.*}} : vector<16x4xi8> to vector<64xi8>
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%{{.*}}, %[[W]], %[[REPEATED]])
  %0 = arith.extsi %a : vector<4xi8> to vector<4xi32>
  %1 = arith.extui %w : vector<16x4xi8> to vector<16x4xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx512.vpdpbusd"} : vector<4xi32>, vector<16x4xi32> into vector<16xi32>
  return %2 : vector<16xi32>
}
// What names no instruction is not ours.
// CHECK-LABEL: func.func @unnamed(
// CHECK: vector.contract
func.func @unnamed(%a: vector<4xi32>, %w: vector<16x4xi32>, %acc: vector<16xi32>) -> vector<16xi32> {
  %0 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %a, %w, %acc : vector<4xi32>, vector<16x4xi32> into vector<16xi32>
  return %0 : vector<16xi32>
}
}

// -----

#a = affine_map<(d0, d1) -> (d1)>
#w = affine_map<(d0, d1) -> (d0, d1)>
#c = affine_map<(d0, d1) -> (d0)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {
// Activations with bits flipped, lane by lane, times magnitudes: the group is repeated first.
// CHECK-LABEL: func.func @vpxor(
// CHECK-SAME: %[[A:.*]]: vector<4xi8>, %[[FLIPS:.*]]: vector<8x4xi8>, %[[W:.*]]: vector<8x4xi8>,
func.func @vpxor(%a: vector<4xi8>, %flips: vector<8x4xi8>, %w: vector<8x4xi8>, %acc: vector<8xi32>) -> vector<8xi32> {
  // CHECK: vector.broadcast %{{.*}} : i32 to vector<8xi32>
  // CHECK: %[[ALL:.*]] = vector.bitcast %{{.*}} : vector<8xi32> to vector<32xi8>
  // CHECK: %[[BITS:.*]] = vector.shape_cast %[[FLIPS]] : vector<8x4xi8> to vector<32xi8>
  // CHECK: %[[FLIPPED:.*]] = arith.xori %[[ALL]], %[[BITS]] : vector<32xi8>
  // CHECK: %[[MAGNITUDES:.*]] = vector.shape_cast %[[W]] : vector<8x4xi8> to vector<32xi8>
  // CHECK: %[[PAIRS:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%[[MAGNITUDES]], %[[FLIPPED]])
  // CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%[[PAIRS]]
  %all = vector.broadcast %a : vector<4xi8> to vector<8x4xi8>
  %flipped = arith.xori %all, %flips : vector<8x4xi8>
  %0 = arith.extsi %flipped : vector<8x4xi8> to vector<8x4xi32>
  %1 = arith.extui %w : vector<8x4xi8> to vector<8x4xi32>
  %2 = vector.contract {indexing_maps = [#w, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx2.vpxor"} : vector<8x4xi32>, vector<8x4xi32> into vector<8xi32>
  return %2 : vector<8xi32>
}
// |a| times w with the sign of a: pairs in 16 bits, then sums of pairs.
// CHECK-LABEL: func.func @vpsignb(
func.func @vpsignb(%a: vector<4xi8>, %w: vector<8x4xi8>, %acc: vector<8xi32>) -> vector<8xi32> {
  // CHECK: %[[MAGNITUDE:.*]] = llvm.call_intrinsic "llvm.abs.v32i8"
  // CHECK: %[[SIGNED:.*]] = llvm.call_intrinsic "llvm.x86.avx2.psign.b"
  // CHECK: %[[PAIRS:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%[[MAGNITUDE]], %[[SIGNED]])
  // CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%[[PAIRS]]
  // CHECK: arith.addi
  %0 = arith.extsi %a : vector<4xi8> to vector<4xi32>
  %1 = arith.extsi %w : vector<8x4xi8> to vector<8x4xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx2.vpsignb"} : vector<4xi32>, vector<8x4xi32> into vector<8xi32>
  return %2 : vector<8xi32>
}
// Two groups of unsigned bytes: their pairs are added in 16 bits.
// CHECK-LABEL: func.func @vpmaddubsw_x2(
func.func @vpmaddubsw_x2(%a: vector<4xi8>, %b: vector<4xi8>, %w: vector<8x4xi8>, %v: vector<8x4xi8>, %acc: vector<8xi32>) -> vector<8xi32> {
  // CHECK: %[[FIRST:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
  // CHECK: %[[SECOND:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
  // CHECK: %[[PAIRS:.*]] = arith.addi %[[FIRST]], %[[SECOND]] : vector<16xi16>
  // CHECK: %[[SUM:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%[[PAIRS]]
  // CHECK: arith.addi %{{.*}}, %[[SUM]] : vector<8xi32>
  // CHECK-NOT: pmadd
  %0 = arith.extui %a : vector<4xi8> to vector<4xi32>
  %1 = arith.extsi %w : vector<8x4xi8> to vector<8x4xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx2.vpmaddubsw.x2"} : vector<4xi32>, vector<8x4xi32> into vector<8xi32>
  %3 = arith.extui %b : vector<4xi8> to vector<4xi32>
  %4 = arith.extsi %v : vector<8x4xi8> to vector<8x4xi32>
  %5 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %3, %4, %2 {lowbit.instruction = "avx2.vpmaddubsw.x2"} : vector<4xi32>, vector<8x4xi32> into vector<8xi32>
  return %5 : vector<8xi32>
}
// CHECK-LABEL: func.func @vpmaddwd(
func.func @vpmaddwd(%a: vector<2xi8>, %w: vector<8x2xi8>, %acc: vector<8xi32>) -> vector<8xi32> {
  // CHECK: arith.extsi {{.*}} : vector<16xi8> to vector<16xi16>
  // CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
  %0 = arith.extsi %a : vector<2xi8> to vector<2xi32>
  %1 = arith.extsi %w : vector<8x2xi8> to vector<8x2xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx2.vpmaddwd"} : vector<2xi32>, vector<8x2xi32> into vector<8xi32>
  return %2 : vector<8xi32>
}
}

// -----

#a = affine_map<(d0, d1) -> (d1)>
#w = affine_map<(d0, d1) -> (d0, d1)>
#c = affine_map<(d0, d1) -> (d0)>
module attributes {llvm.target_triple = "aarch64-unknown-linux-gnu", lowbit.cpu = "cortex-a76"} {
// CHECK-LABEL: func.func @sdot(
func.func @sdot(%a: vector<4xi8>, %w: vector<4x4xi8>, %acc: vector<4xi32>) -> vector<4xi32> {
  // CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sdot.v4i32.v16i8"
  %0 = arith.extsi %a : vector<4xi8> to vector<4xi32>
  %1 = arith.extsi %w : vector<4x4xi8> to vector<4x4xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "neon.sdot"} : vector<4xi32>, vector<4x4xi32> into vector<4xi32>
  return %2 : vector<4xi32>
}
// CHECK-LABEL: func.func @smull(
func.func @smull(%a: vector<2xi8>, %w: vector<4x2xi8>, %acc: vector<4xi32>) -> vector<4xi32> {
  // CHECK: llvm.call_intrinsic "llvm.aarch64.neon.smull.v8i16"
  // CHECK: llvm.call_intrinsic "llvm.aarch64.neon.saddlp.v4i32.v8i16"
  %0 = arith.extsi %a : vector<2xi8> to vector<2xi32>
  %1 = arith.extsi %w : vector<4x2xi8> to vector<4x2xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "neon.smull"} : vector<2xi32>, vector<4x2xi32> into vector<4xi32>
  return %2 : vector<4xi32>
}
}

// -----

#a = affine_map<(d0, d1, d2) -> (d0, d2)>
#w = affine_map<(d0, d1, d2) -> (d1, d2)>
#c = affine_map<(d0, d1, d2) -> (d0, d1)>
module attributes {llvm.target_triple = "aarch64-unknown-linux-gnu", lowbit.cpu = "neoverse-v1"} {
// CHECK-LABEL: func.func @smmla(
// CHECK-SAME: %[[A:.*]]: vector<2x8xi8>, %[[W:.*]]: vector<2x8xi8>, %[[ACC:.*]]: vector<2x2xi32>)
func.func @smmla(%a: vector<2x8xi8>, %w: vector<2x8xi8>, %acc: vector<2x2xi32>) -> vector<2x2xi32> {
  // CHECK-NOT: vector.contract
  // CHECK-DAG: %[[C:.*]] = vector.shape_cast %[[ACC]] : vector<2x2xi32> to vector<4xi32>
  // CHECK-DAG: %[[L:.*]] = vector.shape_cast %[[A]] : vector<2x8xi8> to vector<16xi8>
  // CHECK-DAG: %[[R:.*]] = vector.shape_cast %[[W]] : vector<2x8xi8> to vector<16xi8>
  // CHECK: %[[S:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.smmla.v4i32.v16i8"(%[[C]], %[[L]], %[[R]])
  // CHECK: vector.shape_cast %[[S]] : vector<4xi32> to vector<2x2xi32>
  %0 = arith.extsi %a : vector<2x8xi8> to vector<2x8xi32>
  %1 = arith.extsi %w : vector<2x8xi8> to vector<2x8xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "neon.smmla"} : vector<2x8xi32>, vector<2x8xi32> into vector<2x2xi32>
  return %2 : vector<2x2xi32>
}
}

// -----

#e = affine_map<(d0, d1) -> (d0, d1)>
#c = affine_map<(d0, d1) -> (d0)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
// Each lane has activations of its own: nothing is repeated.
// CHECK-LABEL: func.func @elementwise(
// CHECK-SAME: %[[A:.*]]: vector<16x4xi8>, %[[W:.*]]: vector<16x4xi8>, %[[ACC:.*]]: vector<16xi32>)
func.func @elementwise(%a: vector<16x4xi8>, %w: vector<16x4xi8>, %acc: vector<16xi32>) -> vector<16xi32> {
  // CHECK-DAG: %[[L:.*]] = vector.shape_cast %[[A]] : vector<16x4xi8> to vector<64xi8>
  // CHECK-DAG: %[[R:.*]] = vector.shape_cast %[[W]] : vector<16x4xi8> to vector<64xi8>
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%[[ACC]], %[[L]], %[[R]])
  %0 = arith.extui %a : vector<16x4xi8> to vector<16x4xi32>
  %1 = arith.extsi %w : vector<16x4xi8> to vector<16x4xi32>
  %2 = vector.contract {indexing_maps = [#e, #e, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx512.vpdpbusd"} : vector<16x4xi32>, vector<16x4xi32> into vector<16xi32>
  return %2 : vector<16xi32>
}
}

// -----

#a = affine_map<(d0, d1) -> (d1)>
#w = affine_map<(d0, d1) -> (d0, d1)>
#c = affine_map<(d0, d1) -> (d0)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "alderlake"} {
// CHECK-LABEL: func.func @vpdpbusd_256(
func.func @vpdpbusd_256(%a: vector<4xi8>, %w: vector<8x4xi8>, %acc: vector<8xi32>) -> vector<8xi32> {
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
  %0 = arith.extui %a : vector<4xi8> to vector<4xi32>
  %1 = arith.extsi %w : vector<8x4xi8> to vector<8x4xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avxvnni.vpdpbusd"} : vector<4xi32>, vector<8x4xi32> into vector<8xi32>
  return %2 : vector<8xi32>
}
}

// -----

#a = affine_map<(d0, d1) -> (d1)>
#w = affine_map<(d0, d1) -> (d0, d1)>
#c = affine_map<(d0, d1) -> (d0)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {
// All products that follow each other are added in 16 bits; what their sum is multiplied by takes the place of the ones
// that neighbours are multiplied by before they are added.
// CHECK-LABEL: func.func @multiplied_short_sum(
// CHECK-SAME: %[[MULTIPLIERS:[a-z0-9]+]]: vector<8xi8>, %[[ACC:[a-z0-9]+]]: vector<8xi32>)
func.func @multiplied_short_sum(%a: vector<4xi8>, %v: vector<8x4xi8>, %w: vector<8x4xi8>, %multipliers: vector<8xi8>,
                                %acc: vector<8xi32>) -> vector<8xi32> {
  // CHECK-NOT: vector.contract
  // CHECK-DAG: %[[TWICE:.*]] = arith.constant dense<65537> : vector<8xi32>
  // CHECK: %[[FIRST:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
  // CHECK: %[[SECOND:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
  // CHECK: %[[SHORT:.*]] = arith.addi %[[FIRST]], %[[SECOND]] : vector<16xi16>
  // CHECK: %[[WIDE:.*]] = arith.extui %[[MULTIPLIERS]]
  // CHECK: %[[WORDS:.*]] = arith.muli %[[WIDE]], %[[TWICE]] : vector<8xi32>
  // CHECK: %[[PAIRS:.*]] = vector.bitcast %[[WORDS]] : vector<8xi32> to vector<16xi16>
  // CHECK: %[[SUM:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%[[SHORT]], %[[PAIRS]])
  // CHECK: %[[R:.*]] = arith.addi %[[ACC]], %[[SUM]]
  // CHECK: return %[[R]]
  %zero = arith.constant dense<0> : vector<8xi32>
  %0 = arith.extui %a : vector<4xi8> to vector<4xi32>
  %1 = arith.extsi %v : vector<8x4xi8> to vector<8x4xi32>
  %2 = arith.extsi %w : vector<8x4xi8> to vector<8x4xi32>
  %3 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %zero {lowbit.instruction = "avx2.vpmaddubsw.narrow"} : vector<4xi32>, vector<8x4xi32> into vector<8xi32>
  %4 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %2, %3 {lowbit.instruction = "avx2.vpmaddubsw.narrow"} : vector<4xi32>, vector<8x4xi32> into vector<8xi32>
  %5 = arith.extui %multipliers : vector<8xi8> to vector<8xi32>
  %6 = arith.muli %4, %5 : vector<8xi32>
  %7 = arith.addi %acc, %6 : vector<8xi32>
  return %7 : vector<8xi32>
}
}

// -----

#a = affine_map<(d0, d1) -> (d1)>
#w = affine_map<(d0, d1) -> (d0, d1)>
#c = affine_map<(d0, d1) -> (d0)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
// CHECK-LABEL: func.func @vpdpwssd(
func.func @vpdpwssd(%a: vector<2xi16>, %w: vector<16x2xi8>, %acc: vector<16xi32>) -> vector<16xi32> {
  // CHECK-NOT: vector.contract
  // CHECK: arith.extsi %{{.*}} : vector<32xi8> to vector<32xi16>
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpwssd.512"
  %0 = arith.extsi %a : vector<2xi16> to vector<2xi32>
  %1 = arith.extsi %w : vector<16x2xi8> to vector<16x2xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx512.vpdpwssd"} : vector<2xi32>, vector<16x2xi32> into vector<16xi32>
  return %2 : vector<16xi32>
}
}

// -----

#a = affine_map<(d0, d1) -> (d1)>
#w = affine_map<(d0, d1) -> (d0, d1)>
#c = affine_map<(d0, d1) -> (d0)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {
// CHECK-LABEL: func.func @vpmaddwd_of_words(
func.func @vpmaddwd_of_words(%a: vector<2xi16>, %w: vector<8x2xi8>, %acc: vector<8xi32>) -> vector<8xi32> {
  // CHECK-NOT: vector.contract
  // CHECK: arith.extsi %{{.*}} : vector<16xi8> to vector<16xi16>
  // CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
  // CHECK: arith.addi
  %0 = arith.extsi %a : vector<2xi16> to vector<2xi32>
  %1 = arith.extsi %w : vector<8x2xi8> to vector<8x2xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx2.vpmaddwd.w"} : vector<2xi32>, vector<8x2xi32> into vector<8xi32>
  return %2 : vector<8xi32>
}
}

// -----

#a = affine_map<(d0, d1) -> (d1)>
#w = affine_map<(d0, d1) -> (d0, d1)>
#c = affine_map<(d0, d1) -> (d0)>
module attributes {llvm.target_triple = "aarch64-unknown-linux-gnu", lowbit.cpu = "cortex-a53"} {
// CHECK-LABEL: func.func @smull_of_words(
func.func @smull_of_words(%a: vector<2xi16>, %w: vector<4x2xi8>, %acc: vector<4xi32>) -> vector<4xi32> {
  // CHECK-NOT: vector.contract
  // CHECK: arith.extsi %{{.*}} : vector<8xi8> to vector<8xi16>
  // CHECK-COUNT-2: llvm.call_intrinsic "llvm.aarch64.neon.smull.v4i32"
  // CHECK: llvm.call_intrinsic "llvm.aarch64.neon.addp.v4i32"
  // CHECK: arith.addi
  %0 = arith.extsi %a : vector<2xi16> to vector<2xi32>
  %1 = arith.extsi %w : vector<4x2xi8> to vector<4x2xi32>
  %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
    kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "neon.smull.w"} : vector<2xi32>, vector<4x2xi32> into vector<4xi32>
  return %2 : vector<4xi32>
}
}
