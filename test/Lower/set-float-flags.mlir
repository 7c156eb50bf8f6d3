// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-set-float-flags)' | FileCheck %s --check-prefixes=CHECK,EXACT --implicit-check-not=fastmath --implicit-check-not=lowbit.fast_float
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-set-float-flags{fast-float})' | FileCheck %s --check-prefixes=CHECK,FAST
// What is recorded needs no option.
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-set-float-flags{fast-float})' | quant-opt --pass-pipeline='builtin.module(lowbit-set-float-flags)' | FileCheck %s --check-prefixes=CHECK,FAST
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-set-float-flags{fast-float},lowbit-lower-to-linalg)' | FileCheck %s --check-prefix=LOWERED

// FAST: module attributes {lowbit.fast_float}

#id = affine_map<(i) -> (i)>

// CHECK-LABEL: func.func @products_and_sums(
// LOWERED-LABEL: func.func @products_and_sums(
func.func @products_and_sums(%a: tensor<8xf32>, %b: tensor<8xf32>, %i: tensor<8xi32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  // CHECK: linalg.generic
  // LOWERED: linalg.generic
  %0 = linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel"]}
      ins(%a, %b, %i : tensor<8xf32>, tensor<8xf32>, tensor<8xi32>) outs(%e : tensor<8xf32>) {
  ^bb0(%x: f32, %y: f32, %n: i32, %o: f32):
    // EXACT: arith.mulf %{{.*}}, %{{.*}} : f32
    // FAST: arith.mulf %{{.*}}, %{{.*}} fastmath<contract> : f32
    // LOWERED: arith.mulf %{{.*}}, %{{.*}} fastmath<contract> : f32
    %p = arith.mulf %x, %y : f32
    // EXACT: arith.addf %{{.*}}, %{{.*}} : f32
    // FAST: arith.addf %{{.*}}, %{{.*}} fastmath<contract> : f32
    %s = arith.addf %p, %y : f32
    // What a program asks for beyond that is not granted.
    // EXACT: arith.subf %{{.*}}, %{{.*}} : f32
    // FAST: arith.subf %{{.*}}, %{{.*}} fastmath<contract> : f32
    %d = arith.subf %s, %x fastmath<fast> : f32
    // CHECK: arith.divf %{{.*}}, %{{.*}} : f32
    %q = arith.divf %d, %y fastmath<arcp> : f32
    // CHECK: math.exp %{{.*}} : f32
    %f = math.exp %q fastmath<afn> : f32
    // CHECK: arith.muli %{{.*}}, %{{.*}} : i32
    %m = arith.muli %n, %n : i32
    %r = arith.sitofp %m : i32 to f32
    %z = arith.mulf %r, %f : f32
    linalg.yield %z : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

!x = !quant.uniform<i8:f32, 0.5:-3>
!y = !quant.uniform<i8:f32, 0.3:5>

// The arithmetic of casts and of quantized ops appears later, without flags.
// CHECK-LABEL: func.func @quantized(
// LOWERED-LABEL: func.func @quantized(
// LOWERED-NOT: fastmath
func.func @quantized(%a: tensor<8xf32>, %b: tensor<8x!x>) -> (tensor<8x!y>, tensor<8xf32>) {
  // LOWERED: arith.mulf
  // LOWERED: arith.addf
  // LOWERED-NOT: fastmath
  %0 = lowbit.quantize %a : tensor<8xf32> -> tensor<8x!x>
  %1 = lowbit.add %0, %b : tensor<8x!x>, tensor<8x!x> -> tensor<8x!y>
  %2 = lowbit.dequantize %1 : tensor<8x!y> -> tensor<8xf32>
  return %1, %2 : tensor<8x!y>, tensor<8xf32>
}
