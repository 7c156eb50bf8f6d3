// RUN: quant-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(lowbit-lower-lookups))' | FileCheck %s

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
// CHECK-LABEL: func.func @vpermi2b(
// CHECK-SAME: %[[BYTES:.*]]: vector<64xi8>)
func.func @vpermi2b(%bytes: vector<64xi8>) -> vector<64xi8> {
  // CHECK-DAG: %[[T0:.*]] = arith.constant dense<[3, 10, 17, 24, 31, 38, 45, 52, 59, 66, 73, 80, 87, 94, 101, 108, {{.*}}, -75, -68]> : vector<64xi8>
  // CHECK-DAG: %[[T3:.*]] = arith.constant dense<[67, 74, 81, 88, 95, 102, 109, 116, 123, -126, -119, -112, -105, -98, -91, -84, {{.*}}, -11, -4]> : vector<64xi8>
  // CHECK-NOT: vector.gather
  // CHECK: %[[LOW:.*]] = llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"(%[[T0]], %[[BYTES]], %{{.*}})
  // CHECK: %[[HIGH:.*]] = llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"(%{{.*}}, %[[BYTES]], %[[T3]])
  // CHECK: %[[UPPER:.*]] = arith.cmpi slt, %[[BYTES]]
  // CHECK: %[[RESULT:.*]] = arith.select %[[UPPER]], %[[HIGH]], %[[LOW]]
  // CHECK: return %[[RESULT]]
  %c0 = arith.constant 0 : index
  %all = arith.constant dense<true> : vector<64xi1>
  %none = arith.constant dense<0> : vector<64xi8>
  %table = arith.constant dense<"0x030A11181F262D343B424950575E656C737A81888F969DA4ABB2B9C0C7CED5DCE3EAF1F8FF060D141B222930373E454C535A61686F767D848B9299A0A7AEB5BCC3CAD1D8DFE6EDF4FB020910171E252C333A41484F565D646B727980878E959CA3AAB1B8BFC6CDD4DBE2E9F0F7FE050C131A21282F363D444B525960676E757C838A91989FA6ADB4BBC2C9D0D7DEE5ECF3FA01080F161D242B323940474E555C636A71787F868D949BA2A9B0B7BEC5CCD3DAE1E8EFF6FD040B121920272E353C434A51585F666D747B828990979EA5ACB3BAC1C8CFD6DDE4EBF2F900070E151C232A31383F464D545B626970777E858C939AA1A8AFB6BDC4CBD2D9E0E7EEF5FC"> : tensor<256xi8>
  %indices = arith.index_castui %bytes : vector<64xi8> to vector<64xindex>
  %0 = vector.gather %table[%c0] [%indices], %all, %none {lowbit.instruction = "avx512.vpermi2b"}
    : tensor<256xi8>, vector<64xindex>, vector<64xi1>, vector<64xi8> into vector<64xi8>
  return %0 : vector<64xi8>
}
// CHECK-LABEL: func.func @wide(
// CHECK-SAME: %[[BYTES:.*]]: vector<80xi8>)
func.func @wide(%bytes: vector<80xi8>) -> vector<80xi8> {
  // Two vectors of the instruction, the second one filled up.
  // CHECK: vector.extract_strided_slice %[[BYTES]] {offsets = [0], sizes = [64], strides = [1]}
  // CHECK: vector.extract_strided_slice %[[BYTES]] {offsets = [64], sizes = [16], strides = [1]}
  // CHECK: vector.shuffle {{.*}} : vector<16xi8>, vector<16xi8>
  // CHECK: vector.insert_strided_slice {{.*}} {offsets = [64], strides = [1]} : vector<16xi8> into vector<80xi8>
  %c0 = arith.constant 0 : index
  %all = arith.constant dense<true> : vector<80xi1>
  %none = arith.constant dense<0> : vector<80xi8>
  %table = arith.constant dense<"0x030A11181F262D343B424950575E656C737A81888F969DA4ABB2B9C0C7CED5DCE3EAF1F8FF060D141B222930373E454C535A61686F767D848B9299A0A7AEB5BCC3CAD1D8DFE6EDF4FB020910171E252C333A41484F565D646B727980878E959CA3AAB1B8BFC6CDD4DBE2E9F0F7FE050C131A21282F363D444B525960676E757C838A91989FA6ADB4BBC2C9D0D7DEE5ECF3FA01080F161D242B323940474E555C636A71787F868D949BA2A9B0B7BEC5CCD3DAE1E8EFF6FD040B121920272E353C434A51585F666D747B828990979EA5ACB3BAC1C8CFD6DDE4EBF2F900070E151C232A31383F464D545B626970777E858C939AA1A8AFB6BDC4CBD2D9E0E7EEF5FC"> : tensor<256xi8>
  %indices = arith.index_castui %bytes : vector<80xi8> to vector<80xindex>
  %0 = vector.gather %table[%c0] [%indices], %all, %none {lowbit.instruction = "avx512.vpermi2b"}
    : tensor<256xi8>, vector<80xindex>, vector<80xi1>, vector<80xi8> into vector<80xi8>
  return %0 : vector<80xi8>
}
// What names no instruction is not ours.
// CHECK-LABEL: func.func @unnamed(
// CHECK: vector.gather
func.func @unnamed(%indices: vector<4xindex>, %all: vector<4xi1>, %none: vector<4xi8>) -> vector<4xi8> {
  %c0 = arith.constant 0 : index
  %table = arith.constant dense<"0x030A11181F262D343B424950575E656C737A81888F969DA4ABB2B9C0C7CED5DCE3EAF1F8FF060D141B222930373E454C535A61686F767D848B9299A0A7AEB5BCC3CAD1D8DFE6EDF4FB020910171E252C333A41484F565D646B727980878E959CA3AAB1B8BFC6CDD4DBE2E9F0F7FE050C131A21282F363D444B525960676E757C838A91989FA6ADB4BBC2C9D0D7DEE5ECF3FA01080F161D242B323940474E555C636A71787F868D949BA2A9B0B7BEC5CCD3DAE1E8EFF6FD040B121920272E353C434A51585F666D747B828990979EA5ACB3BAC1C8CFD6DDE4EBF2F900070E151C232A31383F464D545B626970777E858C939AA1A8AFB6BDC4CBD2D9E0E7EEF5FC"> : tensor<256xi8>
  %0 = vector.gather %table[%c0] [%indices], %all, %none
    : tensor<256xi8>, vector<4xindex>, vector<4xi1>, vector<4xi8> into vector<4xi8>
  return %0 : vector<4xi8>
}
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {
// CHECK-LABEL: func.func @vpshufb(
// CHECK-SAME: %[[BYTES:.*]]: vector<32xi8>)
func.func @vpshufb(%bytes: vector<32xi8>) -> vector<32xi8> {
  // Rows of 16 as they are and as the difference to the row before; a lane of 128 bits holds a row each.
  // CHECK-DAG: %[[ROW0:.*]] = arith.constant dense<[3, 10, 17, 24, 31, 38, 45, 52, 59, 66, 73, 80, 87, 94, 101, 108, {{.*}}, 101, 108]> : vector<32xi8>
  // CHECK-DAG: %[[ROW1:.*]] = arith.constant dense<[112, 112, -112, -112, -112, -80, -80, -112, -112, -16, -16, -112, -112, -112, -80, -80, {{.*}}, -80, -80]> : vector<32xi8>
  // CHECK-DAG: %[[SIXTEEN:.*]] = arith.constant dense<16> : vector<32xi8>
  // CHECK-DAG: %[[HALF:.*]] = arith.constant dense<-128> : vector<32xi8>
  // CHECK-NOT: vector.gather
  // CHECK: %[[PART0:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"(%[[ROW0]], %[[BYTES]])
  // CHECK: %[[OFFSET:.*]] = llvm.call_intrinsic "llvm.ssub.sat.v32i8"(%[[BYTES]], %[[SIXTEEN]])
  // CHECK: %[[PART1:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"(%[[ROW1]], %[[OFFSET]])
  // CHECK: arith.xori %[[PART0]], %[[PART1]]
  // CHECK-COUNT-6: "llvm.x86.avx2.pshuf.b"
  // CHECK: %[[UPPER:.*]] = arith.xori %[[BYTES]], %[[HALF]]
  // CHECK: "llvm.x86.avx2.pshuf.b"(%{{.*}}, %[[UPPER]])
  // CHECK-COUNT-7: "llvm.x86.avx2.pshuf.b"
  // CHECK-NOT: "llvm.x86.avx2.pshuf.b"
  %c0 = arith.constant 0 : index
  %all = arith.constant dense<true> : vector<32xi1>
  %none = arith.constant dense<0> : vector<32xi8>
  %table = arith.constant dense<"0x030A11181F262D343B424950575E656C737A81888F969DA4ABB2B9C0C7CED5DCE3EAF1F8FF060D141B222930373E454C535A61686F767D848B9299A0A7AEB5BCC3CAD1D8DFE6EDF4FB020910171E252C333A41484F565D646B727980878E959CA3AAB1B8BFC6CDD4DBE2E9F0F7FE050C131A21282F363D444B525960676E757C838A91989FA6ADB4BBC2C9D0D7DEE5ECF3FA01080F161D242B323940474E555C636A71787F868D949BA2A9B0B7BEC5CCD3DAE1E8EFF6FD040B121920272E353C434A51585F666D747B828990979EA5ACB3BAC1C8CFD6DDE4EBF2F900070E151C232A31383F464D545B626970777E858C939AA1A8AFB6BDC4CBD2D9E0E7EEF5FC"> : tensor<256xi8>
  %indices = arith.index_castui %bytes : vector<32xi8> to vector<32xindex>
  %0 = vector.gather %table[%c0] [%indices], %all, %none {lowbit.instruction = "avx2.vpshufb"}
    : tensor<256xi8>, vector<32xindex>, vector<32xi1>, vector<32xi8> into vector<32xi8>
  return %0 : vector<32xi8>
}
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "x86-64-v2"} {
// CHECK-LABEL: func.func @pshufb(
// CHECK-SAME: %[[BYTES:.*]]: vector<16xi8>)
func.func @pshufb(%bytes: vector<16xi8>) -> vector<16xi8> {
  // CHECK-NOT: vector.gather
  // CHECK-COUNT-16: "llvm.x86.ssse3.pshuf.b.128"
  // CHECK-NOT: "llvm.x86.ssse3.pshuf.b.128"
  %c0 = arith.constant 0 : index
  %all = arith.constant dense<true> : vector<16xi1>
  %none = arith.constant dense<0> : vector<16xi8>
  %table = arith.constant dense<"0x030A11181F262D343B424950575E656C737A81888F969DA4ABB2B9C0C7CED5DCE3EAF1F8FF060D141B222930373E454C535A61686F767D848B9299A0A7AEB5BCC3CAD1D8DFE6EDF4FB020910171E252C333A41484F565D646B727980878E959CA3AAB1B8BFC6CDD4DBE2E9F0F7FE050C131A21282F363D444B525960676E757C838A91989FA6ADB4BBC2C9D0D7DEE5ECF3FA01080F161D242B323940474E555C636A71787F868D949BA2A9B0B7BEC5CCD3DAE1E8EFF6FD040B121920272E353C434A51585F666D747B828990979EA5ACB3BAC1C8CFD6DDE4EBF2F900070E151C232A31383F464D545B626970777E858C939AA1A8AFB6BDC4CBD2D9E0E7EEF5FC"> : tensor<256xi8>
  %indices = arith.index_castui %bytes : vector<16xi8> to vector<16xindex>
  %0 = vector.gather %table[%c0] [%indices], %all, %none {lowbit.instruction = "ssse3.pshufb"}
    : tensor<256xi8>, vector<16xindex>, vector<16xi1>, vector<16xi8> into vector<16xi8>
  return %0 : vector<16xi8>
}
}

// -----

module attributes {llvm.target_triple = "aarch64-unknown-linux-gnu", lowbit.cpu = "cortex-a72"} {
// CHECK-LABEL: func.func @tbl4(
// CHECK-SAME: %[[BYTES:.*]]: vector<16xi8>)
func.func @tbl4(%bytes: vector<16xi8>) -> vector<16xi8> {
  // CHECK-DAG: %[[S64:.*]] = arith.constant dense<64> : vector<16xi8>
  // CHECK-DAG: %[[S192:.*]] = arith.constant dense<-64> : vector<16xi8>
  // CHECK-NOT: vector.gather
  // CHECK: %[[R0:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.tbl4.v16i8"({{.*}}, %[[BYTES]])
  // CHECK: %[[O1:.*]] = arith.subi %[[BYTES]], %[[S64]]
  // CHECK: %[[R1:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.tbx4.v16i8"(%[[R0]], {{.*}}, %[[O1]])
  // CHECK: %[[R2:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.tbx4.v16i8"(%[[R1]]
  // CHECK: %[[O3:.*]] = arith.subi %[[BYTES]], %[[S192]]
  // CHECK: %[[R3:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.tbx4.v16i8"(%[[R2]], {{.*}}, %[[O3]])
  // CHECK: return %[[R3]]
  %c0 = arith.constant 0 : index
  %all = arith.constant dense<true> : vector<16xi1>
  %none = arith.constant dense<0> : vector<16xi8>
  %table = arith.constant dense<"0x030A11181F262D343B424950575E656C737A81888F969DA4ABB2B9C0C7CED5DCE3EAF1F8FF060D141B222930373E454C535A61686F767D848B9299A0A7AEB5BCC3CAD1D8DFE6EDF4FB020910171E252C333A41484F565D646B727980878E959CA3AAB1B8BFC6CDD4DBE2E9F0F7FE050C131A21282F363D444B525960676E757C838A91989FA6ADB4BBC2C9D0D7DEE5ECF3FA01080F161D242B323940474E555C636A71787F868D949BA2A9B0B7BEC5CCD3DAE1E8EFF6FD040B121920272E353C434A51585F666D747B828990979EA5ACB3BAC1C8CFD6DDE4EBF2F900070E151C232A31383F464D545B626970777E858C939AA1A8AFB6BDC4CBD2D9E0E7EEF5FC"> : tensor<256xi8>
  %indices = arith.index_castui %bytes : vector<16xi8> to vector<16xindex>
  %0 = vector.gather %table[%c0] [%indices], %all, %none {lowbit.instruction = "neon.tbl4"}
    : tensor<256xi8>, vector<16xindex>, vector<16xi1>, vector<16xi8> into vector<16xi8>
  return %0 : vector<16xi8>
}
}
