// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver3 triple=x86_64-linux-gnu},func.func(lowbit-plan-short-sums))' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver4 triple=x86_64-linux-gnu},func.func(lowbit-plan-short-sums))' | FileCheck %s --check-prefix=VNNI

// VNNI-NOT: short_sums

// Four groups of weights of 16: each pair sums to 32, so that all four fit, 128 in all.
// CHECK-LABEL: func.func @four(
func.func @four(%a: tensor<8x16xi8>, %init: tensor<8x16xi32>) -> tensor<8x16xi32> {
  %w = arith.constant dense<16> : tensor<16x16xi8>
  // CHECK: linalg.matmul {lowbit.short_sums = #lowbit.short_sums<width = 16, instructions = ["avx2.vpmaddubsw.x4"],
  // CHECK-SAME: counts = dense<1> : tensor<1x1xi32>, order = dense<{{\[\[}}0, 1, 2, 3]]> : tensor<1x4xi32>,
  // CHECK-SAME: bounds = dense<{{\[\[\[}}0, 32640]]]> : tensor<1x1x2xi32>>
  %0 = linalg.matmul ins(%a, %w : tensor<8x16xi8>, tensor<16x16xi8>) outs(%init : tensor<8x16xi32>) -> tensor<8x16xi32>
  return %0 : tensor<8x16xi32>
}

// One more in one pair is too much for four groups: 129. Twos still fit.
// CHECK-LABEL: func.func @one_too_much(
func.func @one_too_much(%a: tensor<8x16xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  // CHECK: instructions = ["avx2.vpmaddubsw.x2"]
  // CHECK-SAME: counts = dense<2>
  // CHECK-SAME: bounds = dense<{{\[\[\[}}0, 16575]]]> : tensor<1x1x2xi32>
  %w = arith.constant dense<[[17, 16, 16, 16, 16, 16, 16, 16], [16, 16, 16, 16, 16, 16, 16, 16],
    [16, 16, 16, 16, 16, 16, 16, 16], [16, 16, 16, 16, 16, 16, 16, 16], [16, 16, 16, 16, 16, 16, 16, 16],
    [16, 16, 16, 16, 16, 16, 16, 16], [16, 16, 16, 16, 16, 16, 16, 16], [16, 16, 16, 16, 16, 16, 16, 16],
    [16, 16, 16, 16, 16, 16, 16, 16], [16, 16, 16, 16, 16, 16, 16, 16], [16, 16, 16, 16, 16, 16, 16, 16],
    [16, 16, 16, 16, 16, 16, 16, 16], [16, 16, 16, 16, 16, 16, 16, 16], [16, 16, 16, 16, 16, 16, 16, 16],
    [16, 16, 16, 16, 16, 16, 16, 16], [16, 16, 16, 16, 16, 16, 16, 16]]> : tensor<16x8xi8>
  %0 = linalg.matmul ins(%a, %w : tensor<8x16xi8>, tensor<16x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// The group with the large weights is joined with the one of zeros.
// CHECK-LABEL: func.func @large_with_small(
func.func @large_with_small(%a: tensor<8x16xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  // CHECK: instructions = ["avx2.vpmaddubsw.x2", "avx2.vpxor"]
  // CHECK-SAME: counts = dense<1> : tensor<1x2xi32>
  // CHECK-SAME: order = dense<{{\[\[}}0, 2, 1]]>
  // CHECK-SAME: bounds = dense<{{\[\[\[}}-32640, 16320], [0, 0]]]>
  %w = arith.constant dense<[[-128, 1, 1, 1, 1, 1, 1, 1], [64, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1, 1, 1, 1], [-128, -1, -1, -1, -1, -1, -1, -1], [-1, -1, -1, -1, -1, -1, -1, -1],
    [1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]]> : tensor<12x8xi8>
  %b = tensor.extract_slice %a[0, 0] [8, 12] [1, 1] : tensor<8x16xi8> to tensor<8x12xi8>
  %0 = linalg.matmul ins(%b, %w : tensor<8x12xi8>, tensor<12x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// All weights as large as they get: nothing but vpxor, which computes the whole reduction without a plan. So it does
// where a plan would save too little to pay for itself: one group of eight by an instruction that takes four fifths of
// the time.
// CHECK-LABEL: func.func @large(
func.func @large(%a: tensor<8x16xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  // CHECK: linalg.matmul {lowbit.tile = #lowbit.tile<rows = {{[0-9]+}}, vectors = {{[0-9]+}}, instruction = "avx2.vpxor">}
  %w = arith.constant dense<127> : tensor<16x8xi8>
  %0 = linalg.matmul ins(%a, %w : tensor<8x16xi8>, tensor<16x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
// CHECK-LABEL: func.func @large_but_one(
func.func @large_but_one(%a: tensor<8x32xi8>, %init: tensor<8x1xi32>) -> tensor<8x1xi32> {
  // CHECK-NOT: short_sums
  // CHECK: return
  %w = arith.constant dense<[[1], [1], [1], [1], [127], [127], [127], [127], [127], [127], [127], [127], [127], [127],
    [127], [127], [127], [127], [127], [127], [127], [127], [127], [127], [127], [127], [127], [127], [127], [127],
    [127], [127]]> : tensor<32x1xi8>
  %0 = linalg.matmul ins(%a, %w : tensor<8x32xi8>, tensor<32x1xi8>) outs(%init : tensor<8x1xi32>) -> tensor<8x1xi32>
  return %0 : tensor<8x1xi32>
}

// 65 is too much for vpmaddubsw, twice; with the group of 63 there are magnitudes of 256 in each lane, as much as fits.
// What vpmaddubsw is exact for alone looks for no partner.
// CHECK-LABEL: func.func @magnitudes(
func.func @magnitudes(%a: tensor<8x12xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  // CHECK: instructions = ["avx2.vpmaddubsw", "avx2.vpxor.x2"]
  // CHECK-SAME: counts = dense<1>
  // CHECK-SAME: order = dense<{{\[\[}}2, 0, 1]]>
  // CHECK-SAME: bounds = dense<{{\[\[\[}}0, 32130], [-32768, 32512]]]>
  %w = arith.constant dense<[[65, 65, 65, 65, 65, 65, 65, 65], [65, 65, 65, 65, 65, 65, 65, 65],
    [65, 65, 65, 65, 65, 65, 65, 65], [65, 65, 65, 65, 65, 65, 65, 65], [63, 63, 63, 63, 63, 63, 63, 63],
    [63, 63, 63, 63, 63, 63, 63, 63], [63, 63, 63, 63, 63, 63, 63, 63], [63, 63, 63, 63, 63, 63, 63, 63],
    [63, 63, 63, 63, 63, 63, 63, 63], [63, 63, 63, 63, 63, 63, 63, 63], [63, 63, 63, 63, 63, 63, 63, 63],
    [63, 63, 63, 63, 63, 63, 63, 63]]> : tensor<12x8xi8>
  %0 = linalg.matmul ins(%a, %w : tensor<8x12xi8>, tensor<12x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// The window's three rows of two columns of three channels are runs of six: the second group of each overlaps the
// first, with weights of 0.
// CHECK-LABEL: func.func @convolution(
func.func @convolution(%a: tensor<1x5x5x3xi8>, %init: tensor<1x3x4x20xi32>) -> tensor<1x3x4x20xi32> {
  // CHECK: lowbit.short_sums = #lowbit.short_sums<width = 16, instructions = ["avx2.vpmaddubsw.x4", "avx2.vpmaddubsw.x2"],
  // CHECK-SAME: counts = dense<1> : tensor<2x2xi32>
  %w = arith.constant dense<-9> : tensor<20x3x2x3xi8>
  %0 = linalg.conv_2d_nhwc_fhwc ins(%a, %w : tensor<1x5x5x3xi8>, tensor<20x3x2x3xi8>) outs(%init : tensor<1x3x4x20xi32>) -> tensor<1x3x4x20xi32>
  return %0 : tensor<1x3x4x20xi32>
}

// One row is a matter of memory, a run of three has no group of four, and weights that differ by batch are packed at run
// time.
// CHECK-LABEL: func.func @not_planned(
func.func @not_planned(%a: tensor<1x16xi8>, %b: tensor<8x3xi8>, %c: tensor<2x8x16xi8>, %i0: tensor<1x8xi32>,
                       %i1: tensor<8x8xi32>, %i2: tensor<2x8x8xi32>)
    -> (tensor<1x8xi32>, tensor<8x8xi32>, tensor<2x8x8xi32>) {
  // CHECK-NOT: short_sums
  // CHECK: return
  %w0 = arith.constant dense<1> : tensor<16x8xi8>
  %w1 = arith.constant dense<1> : tensor<3x8xi8>
  %0 = linalg.matmul ins(%a, %w0 : tensor<1x16xi8>, tensor<16x8xi8>) outs(%i0 : tensor<1x8xi32>) -> tensor<1x8xi32>
  %1 = linalg.matmul ins(%b, %w1 : tensor<8x3xi8>, tensor<3x8xi8>) outs(%i1 : tensor<8x8xi32>) -> tensor<8x8xi32>
  %w2 = arith.constant dense<1> : tensor<2x16x8xi8>
  %2 = linalg.batch_matmul ins(%c, %w2 : tensor<2x8x16xi8>, tensor<2x16x8xi8>) outs(%i2 : tensor<2x8x8xi32>) -> tensor<2x8x8xi32>
  return %0, %1, %2 : tensor<1x8xi32>, tensor<8x8xi32>, tensor<2x8x8xi32>
}
