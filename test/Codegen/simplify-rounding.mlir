// RUN: quant-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(lowbit-simplify-rounding))' | FileCheck %s --check-prefixes=CHECK,X86
// RUN: sed -e s/x86_64-unknown/aarch64-unknown/ -e s/x86-64-v4/neoverse-n1/ %s | quant-opt -split-input-file --pass-pipeline='builtin.module(func.func(lowbit-simplify-rounding))' | FileCheck %s --check-prefixes=CHECK,ARM

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu"} {
// A product with a constant below 1 fits 32 bits. The bounds are those of the type: they cost nothing with the truncation.
// CHECK-LABEL: func.func @requantize(
// CHECK-SAME: %[[ACC:.*]]: vector<16xi32>)
func.func @requantize(%acc: vector<16xi32>) -> vector<16xi8> {
  %m = arith.constant dense<0.25> : vector<16xf32>
  %low = arith.constant dense<-123.0> : vector<16xf32>
  %high = arith.constant dense<132.0> : vector<16xf32>
  %z = arith.constant dense<-5> : vector<16xi32>
  // CHECK-DAG: %[[MIN:.*]] = arith.constant dense<-128> : vector<16xi32>
  // CHECK-DAG: %[[MAX:.*]] = arith.constant dense<127> : vector<16xi32>
  // CHECK-DAG: %[[Z:.*]] = arith.constant dense<-5> : vector<16xi32>
  // CHECK: %[[F:.*]] = arith.sitofp %[[ACC]]
  // CHECK: %[[X:.*]] = arith.mulf %[[F]]
  // X86: %[[I:.*]] = llvm.call_intrinsic "llvm.lrint.v16i32.v16f32"(%[[X]]) : (vector<16xf32>) -> vector<16xi32>
  // ARM: %[[R:.*]] = math.roundeven %[[X]]
  // ARM: %[[I:.*]] = arith.fptosi %[[R]]
  // CHECK: %[[Q:.*]] = arith.addi %[[I]], %[[Z]]
  // CHECK: %[[L:.*]] = arith.maxsi %[[Q]], %[[MIN]]
  // CHECK: %[[H:.*]] = arith.minsi %[[L]], %[[MAX]]
  // CHECK: %[[Y:.*]] = arith.trunci %[[H]]
  // CHECK: return %[[Y]]
  %f = arith.sitofp %acc : vector<16xi32> to vector<16xf32>
  %x = arith.mulf %f, %m : vector<16xf32>
  %l = arith.maximumf %x, %low : vector<16xf32>
  %h = arith.minimumf %l, %high : vector<16xf32>
  %r = math.roundeven %h : vector<16xf32>
  %i = arith.fptosi %r : vector<16xf32> to vector<16xi32>
  %q = arith.addi %i, %z : vector<16xi32>
  %y = arith.trunci %q : vector<16xi32> to vector<16xi8>
  return %y : vector<16xi8>
}

// Of bytes less a zero point no multiplier is too large.
// CHECK-LABEL: func.func @bytes(
// CHECK-NOT: arith.maximumf
// CHECK: arith.maxsi
func.func @bytes(%a: vector<16xi8>) -> vector<16xi8> {
  %m = arith.constant dense<1.5> : vector<16xf32>
  %low = arith.constant dense<-128.0> : vector<16xf32>
  %high = arith.constant dense<127.0> : vector<16xf32>
  %z = arith.constant dense<3> : vector<16xi32>
  %e = arith.extsi %a : vector<16xi8> to vector<16xi32>
  %d = arith.subi %e, %z : vector<16xi32>
  %f = arith.sitofp %d : vector<16xi32> to vector<16xf32>
  %x = arith.mulf %f, %m : vector<16xf32>
  %l = arith.maximumf %x, %low : vector<16xf32>
  %h = arith.minimumf %l, %high : vector<16xf32>
  %r = math.roundeven %h : vector<16xf32>
  %i = arith.fptosi %r : vector<16xf32> to vector<16xi32>
  %y = arith.trunci %i : vector<16xi32> to vector<16xi8>
  return %y : vector<16xi8>
}

// One multiplier of 1 and the largest accumulator is 2^31: the conversion would overflow.
// CHECK-LABEL: func.func @may_overflow(
func.func @may_overflow(%acc: vector<4xi32>, %column: index) -> vector<4xi8> {
  // CHECK: arith.maximumf
  // CHECK: arith.minimumf
  // X86: llvm.lrint.v4i32.v4f32
  // ARM: math.roundeven
  // CHECK-NOT: arith.maxsi
  %m = arith.constant dense<[0.5, 0.5, 1.0, 0.5]> : tensor<4xf32>
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %v = vector.transfer_read %m[%c0], %zero {in_bounds = [true]} : tensor<4xf32>, vector<4xf32>
  %low = arith.constant dense<-128.0> : vector<4xf32>
  %high = arith.constant dense<127.0> : vector<4xf32>
  %f = arith.sitofp %acc : vector<4xi32> to vector<4xf32>
  %x = arith.mulf %f, %v : vector<4xf32>
  %l = arith.maximumf %x, %low : vector<4xf32>
  %h = arith.minimumf %l, %high : vector<4xf32>
  %r = math.roundeven %h : vector<4xf32>
  %i = arith.fptosi %r : vector<4xf32> to vector<4xi32>
  %y = arith.trunci %i : vector<4xi32> to vector<4xi8>
  return %y : vector<4xi8>
}

// The sum of two bytes with a scale each, the scales read from a constant.
// CHECK-LABEL: func.func @residual(
func.func @residual(%a: vector<4xi8>, %b: vector<4xi8>) -> vector<4xi8> {
  // CHECK-NOT: arith.maximumf
  // CHECK: arith.addf
  // CHECK: arith.maxsi
  // CHECK: arith.minsi
  %s = arith.constant dense<[0.5, 8.5, 1.0, 0.5]> : tensor<4xf32>
  %t = arith.constant 3.0 : f32
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %v = vector.transfer_read %s[%c0], %zero {in_bounds = [true]} : tensor<4xf32>, vector<4xf32>
  %w = vector.broadcast %t : f32 to vector<4xf32>
  %low = arith.constant dense<0.0> : vector<4xf32>
  %high = arith.constant dense<127.0> : vector<4xf32>
  %ea = arith.extsi %a : vector<4xi8> to vector<4xi32>
  %eb = arith.extsi %b : vector<4xi8> to vector<4xi32>
  %fa = arith.sitofp %ea : vector<4xi32> to vector<4xf32>
  %fb = arith.sitofp %eb : vector<4xi32> to vector<4xf32>
  %xa = arith.mulf %fa, %v : vector<4xf32>
  %xb = arith.mulf %fb, %w : vector<4xf32>
  %x = arith.addf %xa, %xb : vector<4xf32>
  %l = arith.maximumf %x, %low : vector<4xf32>
  %h = arith.minimumf %l, %high : vector<4xf32>
  %r = math.roundeven %h : vector<4xf32>
  %i = arith.fptosi %r : vector<4xf32> to vector<4xi32>
  %y = arith.trunci %i : vector<4xi32> to vector<4xi8>
  return %y : vector<4xi8>
}

// Of a float that comes from outside nothing is known: the clamp stays; so does one to bounds that are no integers, and
// with a NaN among the constants nothing is bounded.
// CHECK-LABEL: func.func @unknown(
func.func @unknown(%x: vector<4xf32>, %acc: vector<4xi32>) -> (vector<4xi8>, vector<4xi8>, vector<4xi8>) {
  // CHECK-COUNT-3: arith.maximumf
  // CHECK-NOT: arith.maxsi
  // CHECK: return
  %low = arith.constant dense<-128.0> : vector<4xf32>
  %high = arith.constant dense<127.0> : vector<4xf32>
  %broken = arith.constant dense<127.5> : vector<4xf32>
  %m = arith.constant dense<0.25> : vector<4xf32>
  %nan = arith.constant dense<0x7FC00000> : vector<4xf32>
  %f = arith.sitofp %acc : vector<4xi32> to vector<4xf32>
  %0 = arith.maximumf %x, %low : vector<4xf32>
  %1 = arith.minimumf %0, %high : vector<4xf32>
  %2 = math.roundeven %1 : vector<4xf32>
  %3 = arith.fptosi %2 : vector<4xf32> to vector<4xi32>
  %4 = arith.trunci %3 : vector<4xi32> to vector<4xi8>
  %5 = arith.mulf %f, %m : vector<4xf32>
  %6 = arith.maximumf %5, %low : vector<4xf32>
  %7 = arith.minimumf %6, %broken : vector<4xf32>
  %8 = math.roundeven %7 : vector<4xf32>
  %9 = arith.fptosi %8 : vector<4xf32> to vector<4xi32>
  %10 = arith.trunci %9 : vector<4xi32> to vector<4xi8>
  %11 = arith.mulf %f, %nan : vector<4xf32>
  %12 = arith.maximumf %11, %low : vector<4xf32>
  %13 = arith.minimumf %12, %high : vector<4xf32>
  %14 = math.roundeven %13 : vector<4xf32>
  %15 = arith.fptosi %14 : vector<4xf32> to vector<4xi32>
  %16 = arith.trunci %15 : vector<4xi32> to vector<4xi8>
  return %4, %10, %16 : vector<4xi8>, vector<4xi8>, vector<4xi8>
}
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "x86-64-v4"} {
// A quotient by one constant, before a clamp and a rounding: products with the reciprocal in two parts, which round to
// the same integers. What is clamped before overflows nothing, and leaves a bound.
// CHECK-LABEL: func.func @quantize(
// CHECK-SAME: %[[X:.*]]: vector<16xf32>)
func.func @quantize(%x: vector<16xf32>) -> vector<16xi8> {
  // CHECK-DAG: %[[BELOW:.*]] = arith.constant dense<26.9541779> : vector<16xf32>
  // CHECK-DAG: %[[REST:.*]] = arith.constant dense<1.17137438E-6> : vector<16xf32>
  // CHECK-DAG: %[[LOW:.*]] = arith.constant dense<-4862.{{.*}}> : vector<16xf32>
  // CHECK-DAG: %[[HIGH:.*]] = arith.constant dense<4862.{{.*}}> : vector<16xf32>
  // CHECK-NOT: arith.divf
  // CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[X]], %[[X]]
  // CHECK: %[[NUMBER:.*]] = arith.select %[[NAN]], %{{.*}}, %[[X]]
  // CHECK: %[[ABOVE:.*]] = arith.maximumf %[[NUMBER]], %[[LOW]] fastmath<nnan,nsz>
  // CHECK: %[[INSIDE:.*]] = arith.minimumf %[[ABOVE]], %[[HIGH]] fastmath<nnan,nsz>
  // CHECK: %[[PRODUCT:.*]] = arith.mulf %[[INSIDE]], %[[REST]]
  // CHECK: %[[Q:.*]] = math.fma %[[INSIDE]], %[[BELOW]], %[[PRODUCT]]
  // X86: llvm.lrint.v16i32.v16f32"(%[[Q]])
  // ARM: math.roundeven %[[Q]]
  // CHECK: arith.maxsi
  // CHECK: arith.minsi
  %s = arith.constant dense<0.0371> : vector<16xf32>
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %low = arith.constant dense<-123.0> : vector<16xf32>
  %high = arith.constant dense<132.0> : vector<16xf32>
  %z = arith.constant dense<-5> : vector<16xi32>
  %q = arith.divf %x, %s : vector<16xf32>
  %nan = arith.cmpf uno, %q, %q : vector<16xf32>
  %n = arith.select %nan, %zero, %q : vector<16xi1>, vector<16xf32>
  %l = arith.maximumf %n, %low : vector<16xf32>
  %h = arith.minimumf %l, %high : vector<16xf32>
  %r = math.roundeven %h : vector<16xf32>
  %i = arith.fptosi %r : vector<16xf32> to vector<16xi32>
  %a = arith.addi %i, %z : vector<16xi32>
  %y = arith.trunci %a : vector<16xi32> to vector<16xi8>
  return %y : vector<16xi8>
}

// The reciprocal of a power of two is a float.
// CHECK-LABEL: func.func @power_of_two(
// CHECK-SAME: %[[X:.*]]: vector<16xf32>)
func.func @power_of_two(%x: vector<16xf32>) -> vector<16xi8> {
  // CHECK-DAG: %[[R:.*]] = arith.constant dense<4.000000e+00> : vector<16xf32>
  // CHECK: %[[INSIDE:.*]] = arith.minimumf
  // CHECK: %[[Q:.*]] = arith.mulf %[[INSIDE]], %[[R]]
  // X86: llvm.lrint.v16i32.v16f32"(%[[Q]])
  // ARM: math.roundeven %[[Q]]
  %s = arith.constant dense<0.25> : vector<16xf32>
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %low = arith.constant dense<-123.0> : vector<16xf32>
  %high = arith.constant dense<132.0> : vector<16xf32>
  %z = arith.constant dense<-5> : vector<16xi32>
  %q = arith.divf %x, %s : vector<16xf32>
  %nan = arith.cmpf uno, %q, %q : vector<16xf32>
  %n = arith.select %nan, %zero, %q : vector<16xi1>, vector<16xf32>
  %l = arith.maximumf %n, %low : vector<16xf32>
  %h = arith.minimumf %l, %high : vector<16xf32>
  %r = math.roundeven %h : vector<16xf32>
  %i = arith.fptosi %r : vector<16xf32> to vector<16xi32>
  %a = arith.addi %i, %z : vector<16xi32>
  %y = arith.trunci %a : vector<16xi32> to vector<16xi8>
  return %y : vector<16xi8>
}

// Products with the smaller part of this reciprocal may underflow.
// CHECK-LABEL: func.func @small(
// CHECK: arith.divf
func.func @small(%x: vector<16xf32>) -> vector<16xf32> {
  %s = arith.constant dense<1.0e-20> : vector<16xf32>
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %low = arith.constant dense<-123.0> : vector<16xf32>
  %high = arith.constant dense<132.0> : vector<16xf32>
  %q = arith.divf %x, %s : vector<16xf32>
  %nan = arith.cmpf uno, %q, %q : vector<16xf32>
  %n = arith.select %nan, %zero, %q : vector<16xi1>, vector<16xf32>
  %l = arith.maximumf %n, %low : vector<16xf32>
  %h = arith.minimumf %l, %high : vector<16xf32>
  %r = math.roundeven %h : vector<16xf32>
  return %r : vector<16xf32>
}
// Nothing is found for what is no number.
// CHECK-LABEL: func.func @not_a_number(
// CHECK: arith.divf
func.func @not_a_number(%x: vector<16xf32>) -> vector<16xf32> {
  %s = arith.constant dense<0x7FC00000> : vector<16xf32>
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %low = arith.constant dense<-123.0> : vector<16xf32>
  %high = arith.constant dense<132.0> : vector<16xf32>
  %q = arith.divf %x, %s : vector<16xf32>
  %nan = arith.cmpf uno, %q, %q : vector<16xf32>
  %n = arith.select %nan, %zero, %q : vector<16xi1>, vector<16xf32>
  %l = arith.maximumf %n, %low : vector<16xf32>
  %h = arith.minimumf %l, %high : vector<16xf32>
  %r = math.roundeven %h : vector<16xf32>
  return %r : vector<16xf32>
}
}
