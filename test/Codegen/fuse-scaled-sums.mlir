// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse-scaled-sums))' | FileCheck %s
// RUN: sed -e s/x86-64-v3/x86-64-v2/ %s | quant-opt --pass-pipeline='builtin.module(func.func(lowbit-fuse-scaled-sums))' | FileCheck %s --check-prefix=V2

// RUN: sed -e s/x86-64-v3/x86-64-v4/ %s | quant-opt --pass-pipeline='builtin.module(func.func(lowbit-fuse-scaled-sums))' | FileCheck %s --check-prefix=V4
// RUN: sed -e s/x86-64-v3/cascadelake/ %s | quant-opt --pass-pipeline='builtin.module(func.func(lowbit-fuse-scaled-sums))' | FileCheck %s --check-prefix=VNNI

// V4: llvm.call_intrinsic "llvm.x86.avx512.pmaddw.d.512"
// V4: llvm.call_intrinsic "llvm.x86.avx512.packsswb.512"
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpwssd.512"
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.packsswb.512"

// No fused multiply-add without the instruction.
// V2-NOT: math.fma

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "x86-64-v3"} {

// The offset is 7 - (3 * 0.815660715 - 5 * 0.605220199) and what keeps all pairs of bytes on their side of a half.
// CHECK-LABEL: func.func @add(
// CHECK-SAME: %[[A:.*]]: vector<64xi8>, %[[B:.*]]: vector<64xi8>)
// CHECK-DAG: %[[MA:.*]] = arith.constant dense<0.815660715> : vector<64xf32>
// CHECK-DAG: %[[MB:.*]] = arith.constant dense<0.605220199> : vector<64xf32>
// CHECK-DAG: %[[OFFSET:.*]] = arith.constant dense<7.57911{{[0-9]*}}> : vector<64xf32>
// CHECK-DAG: %[[LOW:.*]] = arith.constant dense<-128> : vector<64xi32>
// CHECK-DAG: %[[HIGH:.*]] = arith.constant dense<127> : vector<64xi32>
// CHECK: %[[WIDE_B:.*]] = arith.extsi %[[B]]
// CHECK: %[[FLOAT_B:.*]] = arith.sitofp %[[WIDE_B]]
// CHECK: %[[RIGHT:.*]] = math.fma %[[FLOAT_B]], %[[MB]], %[[OFFSET]]
// CHECK: %[[WIDE_A:.*]] = arith.extsi %[[A]]
// CHECK: %[[FLOAT_A:.*]] = arith.sitofp %[[WIDE_A]]
// CHECK: %[[SUM:.*]] = math.fma %[[FLOAT_A]], %[[MA]], %[[RIGHT]]
// CHECK: %[[ROUND:.*]] = math.roundeven %[[SUM]]
// CHECK: %[[INTEGER:.*]] = arith.fptosi %[[ROUND]]
// CHECK: %[[MAX:.*]] = arith.maxsi %[[INTEGER]], %[[LOW]]
// CHECK: %[[MIN:.*]] = arith.minsi %[[MAX]], %[[HIGH]]
// CHECK: %[[RESULT:.*]] = arith.trunci %[[MIN]]
// CHECK: return %[[RESULT]]
func.func @add(%a: vector<64xi8>, %b: vector<64xi8>) -> vector<64xi8> {
  %za = arith.constant dense<3> : vector<64xi32>
  %zb = arith.constant dense<-5> : vector<64xi32>
  %ma = arith.constant dense<0.815660715> : vector<64xf32>
  %mb = arith.constant dense<0.605220199> : vector<64xf32>
  %low = arith.constant dense<-135.0> : vector<64xf32>
  %high = arith.constant dense<120.0> : vector<64xf32>
  %z = arith.constant dense<7> : vector<64xi32>
  %0 = arith.extsi %a : vector<64xi8> to vector<64xi32>
  %1 = arith.subi %0, %za : vector<64xi32>
  %2 = arith.sitofp %1 : vector<64xi32> to vector<64xf32>
  %3 = arith.mulf %2, %ma : vector<64xf32>
  %4 = arith.extsi %b : vector<64xi8> to vector<64xi32>
  %5 = arith.subi %4, %zb : vector<64xi32>
  %6 = arith.sitofp %5 : vector<64xi32> to vector<64xf32>
  %7 = arith.mulf %6, %mb : vector<64xf32>
  %8 = arith.addf %3, %7 : vector<64xf32>
  %9 = arith.maximumf %8, %low : vector<64xf32>
  %10 = arith.minimumf %9, %high : vector<64xf32>
  %11 = math.roundeven %10 : vector<64xf32>
  %12 = arith.fptosi %11 : vector<64xf32> to vector<64xi32>
  %13 = arith.addi %12, %z : vector<64xi32>
  %14 = arith.trunci %13 : vector<64xi32> to vector<64xi8>
  return %14 : vector<64xi8>
}

// CHECK-LABEL: func.func @subtract(
// CHECK-DAG: %[[MB:.*]] = arith.constant dense<-0.605220199> : vector<64xf32>
// CHECK: math.fma %{{.*}}, %[[MB]], %{{.*}} : vector<64xf32>
// CHECK: math.fma
func.func @subtract(%a: vector<64xi8>, %b: vector<64xi8>) -> vector<64xi8> {
  %za = arith.constant dense<3> : vector<64xi32>
  %zb = arith.constant dense<-5> : vector<64xi32>
  %ma = arith.constant dense<0.815660715> : vector<64xf32>
  %mb = arith.constant dense<0.605220199> : vector<64xf32>
  %low = arith.constant dense<-135.0> : vector<64xf32>
  %high = arith.constant dense<120.0> : vector<64xf32>
  %z = arith.constant dense<7> : vector<64xi32>
  %0 = arith.extsi %a : vector<64xi8> to vector<64xi32>
  %1 = arith.subi %0, %za : vector<64xi32>
  %2 = arith.sitofp %1 : vector<64xi32> to vector<64xf32>
  %3 = arith.mulf %2, %ma : vector<64xf32>
  %4 = arith.extsi %b : vector<64xi8> to vector<64xi32>
  %5 = arith.subi %4, %zb : vector<64xi32>
  %6 = arith.sitofp %5 : vector<64xi32> to vector<64xf32>
  %7 = arith.mulf %6, %mb : vector<64xf32>
  %8 = arith.subf %3, %7 : vector<64xf32>
  %9 = arith.maximumf %8, %low : vector<64xf32>
  %10 = arith.minimumf %9, %high : vector<64xf32>
  %11 = math.roundeven %10 : vector<64xf32>
  %12 = arith.fptosi %11 : vector<64xf32> to vector<64xi32>
  %13 = arith.addi %12, %z : vector<64xi32>
  %14 = arith.trunci %13 : vector<64xi32> to vector<64xi8>
  return %14 : vector<64xi8>
}

// One byte, and a scalar.
// CHECK-LABEL: func.func @requantize(
// CHECK: %[[FMA:.*]] = math.fma %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: math.roundeven %[[FMA]]
func.func @requantize(%a: i8) -> i8 {
  %m = arith.constant 1.5 : f32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %0 = arith.extsi %a : i8 to i32
  %1 = arith.sitofp %0 : i32 to f32
  %2 = arith.mulf %1, %m : f32
  %3 = arith.maximumf %2, %low : f32
  %4 = arith.minimumf %3, %high : f32
  %5 = math.roundeven %4 : f32
  %6 = arith.fptosi %5 : f32 to i32
  %7 = arith.trunci %6 : i32 to i8
  return %7 : i8
}

// Every other product is a half: with an odd zero point in the sum, all of them would be rounded to the other side.
// CHECK-LABEL: func.func @halves(
// CHECK-NOT: math.fma
// CHECK: arith.addi
func.func @halves(%a: i8) -> i8 {
  %m = arith.constant 0.5 : f32
  %low = arith.constant -129.0 : f32
  %high = arith.constant 126.0 : f32
  %z = arith.constant 1 : i32
  %0 = arith.extsi %a : i8 to i32
  %1 = arith.sitofp %0 : i32 to f32
  %2 = arith.mulf %1, %m : f32
  %3 = arith.maximumf %2, %low : f32
  %4 = arith.minimumf %3, %high : f32
  %5 = math.roundeven %4 : f32
  %6 = arith.fptosi %5 : f32 to i32
  %7 = arith.addi %6, %z : i32
  %8 = arith.trunci %7 : i32 to i8
  return %8 : i8
}

// Bounds that no sum of bytes is clamped with.
// CHECK-LABEL: func.func @wide(
// CHECK-NOT: math.fma
// CHECK: return
func.func @wide(%a: i8) -> i8 {
  %m = arith.constant 1.5 : f32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 1027.0 : f32
  %0 = arith.extsi %a : i8 to i32
  %1 = arith.sitofp %0 : i32 to f32
  %2 = arith.mulf %1, %m : f32
  %3 = arith.maximumf %2, %low : f32
  %4 = arith.minimumf %3, %high : f32
  %5 = math.roundeven %4 : f32
  %6 = arith.fptosi %5 : f32 to i32
  %7 = arith.trunci %6 : i32 to i8
  return %7 : i8
}

// A register of bytes is added in words: 16 pairs of one word from each side become floats in one multiplication, and
// are rounded in the next.
// CHECK-LABEL: func.func @register(
// CHECK-SAME: %[[A:.*]]: vector<32xi8>, %[[B:.*]]: vector<32xi8>)
// CHECK-DAG: %[[FACTORS:.*]] = arith.constant dense<[18531, 13750, {{.*}}]> : vector<16xi16>
// CHECK-DAG: %[[START:.*]] = arith.constant dense<1258301952> : vector<8xi32>
// CHECK-DAG: %[[SCALE:.*]] = arith.constant dense<4.40160111E-5> : vector<8xf32>
// CHECK-DAG: %[[OFFSET:.*]] = arith.constant dense<0x4B3FFDE0> : vector<8xf32>
// CHECK-DAG: %[[SIXTEEN:.*]] = arith.constant dense<16> : vector<8xi32>
// CHECK: %[[LOW:.*]] = vector.shuffle %{{.*}}, %{{.*}} [0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 16, 48,
// CHECK: %[[EVEN:.*]] = vector.shuffle %[[LOW]], %{{.*}} [0, 32, 1, 32, 4, 32, 5, 32, 8,
// CHECK: %[[WORDS:.*]] = vector.bitcast %[[EVEN]] : vector<32xi8> to vector<16xi16>
// CHECK: %[[PRODUCTS:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%[[WORDS]], %[[FACTORS]])
// CHECK: %[[SUM:.*]] = arith.addi %[[PRODUCTS]], %[[START]]
// CHECK: %[[FLOAT:.*]] = vector.bitcast %[[SUM]] : vector<8xi32> to vector<8xf32>
// CHECK: %[[ROUNDED:.*]] = math.fma %[[FLOAT]], %[[SCALE]], %[[OFFSET]]
// CHECK: vector.shuffle %[[LOW]], %{{.*}} [2, 32, 3, 32, 6, 32, 7, 32, 10,
// CHECK: arith.shli %{{.*}}, %[[SIXTEEN]]
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47, 24, 56,
// CHECK: %[[BYTES:.*]] = llvm.call_intrinsic "llvm.x86.avx2.packsswb"
// CHECK: return %[[BYTES]]
func.func @register(%a: vector<32xi8>, %b: vector<32xi8>) -> vector<32xi8> {
  %za = arith.constant dense<3> : vector<32xi32>
  %zb = arith.constant dense<-5> : vector<32xi32>
  %ma = arith.constant dense<0.815660715> : vector<32xf32>
  %mb = arith.constant dense<0.605220199> : vector<32xf32>
  %low = arith.constant dense<-135.0> : vector<32xf32>
  %high = arith.constant dense<120.0> : vector<32xf32>
  %z = arith.constant dense<7> : vector<32xi32>
  %0 = arith.extsi %a : vector<32xi8> to vector<32xi32>
  %1 = arith.subi %0, %za : vector<32xi32>
  %2 = arith.sitofp %1 : vector<32xi32> to vector<32xf32>
  %3 = arith.mulf %2, %ma : vector<32xf32>
  %4 = arith.extsi %b : vector<32xi8> to vector<32xi32>
  %5 = arith.subi %4, %zb : vector<32xi32>
  %6 = arith.sitofp %5 : vector<32xi32> to vector<32xf32>
  %7 = arith.mulf %6, %mb : vector<32xf32>
  %8 = arith.addf %3, %7 : vector<32xf32>
  %9 = arith.maximumf %8, %low : vector<32xf32>
  %10 = arith.minimumf %9, %high : vector<32xf32>
  %11 = math.roundeven %10 : vector<32xf32>
  %12 = arith.fptosi %11 : vector<32xf32> to vector<32xi32>
  %13 = arith.addi %12, %z : vector<32xi32>
  %14 = arith.trunci %13 : vector<32xi32> to vector<32xi8>
  return %14 : vector<32xi8>
}

// After a ReLU.
// CHECK-LABEL: func.func @clamped(
// CHECK-DAG: %[[LEAST:.*]] = arith.constant dense<7> : vector<32xi8>
// CHECK: %[[BYTES:.*]] = llvm.call_intrinsic "llvm.x86.avx2.packsswb"
// CHECK: %[[RESULT:.*]] = arith.maxsi %[[BYTES]], %[[LEAST]]
// CHECK: return %[[RESULT]]
func.func @clamped(%a: vector<32xi8>, %b: vector<32xi8>) -> vector<32xi8> {
  %za = arith.constant dense<3> : vector<32xi32>
  %zb = arith.constant dense<-5> : vector<32xi32>
  %ma = arith.constant dense<0.815660715> : vector<32xf32>
  %mb = arith.constant dense<0.605220199> : vector<32xf32>
  %low = arith.constant dense<0.0> : vector<32xf32>
  %high = arith.constant dense<120.0> : vector<32xf32>
  %z = arith.constant dense<7> : vector<32xi32>
  %0 = arith.extsi %a : vector<32xi8> to vector<32xi32>
  %1 = arith.subi %0, %za : vector<32xi32>
  %2 = arith.sitofp %1 : vector<32xi32> to vector<32xf32>
  %3 = arith.mulf %2, %ma : vector<32xf32>
  %4 = arith.extsi %b : vector<32xi8> to vector<32xi32>
  %5 = arith.subi %4, %zb : vector<32xi32>
  %6 = arith.sitofp %5 : vector<32xi32> to vector<32xf32>
  %7 = arith.mulf %6, %mb : vector<32xf32>
  %8 = arith.addf %3, %7 : vector<32xf32>
  %9 = arith.maximumf %8, %low : vector<32xf32>
  %10 = arith.minimumf %9, %high : vector<32xf32>
  %11 = math.roundeven %10 : vector<32xf32>
  %12 = arith.fptosi %11 : vector<32xf32> to vector<32xi32>
  %13 = arith.addi %12, %z : vector<32xi32>
  %14 = arith.trunci %13 : vector<32xi32> to vector<32xi8>
  return %14 : vector<32xi8>
}

}
