// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-vectorize-register-tiles))'

// expected-error@+1 {{no target to generate code for: unknown cpu 'pdp11' for x86_64}}
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "pdp11"} {
  func.func @f() {
    return
  }
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
  func.func @narrow_weights_of_no_contraction(%a: tensor<8xi8>) -> tensor<8xi8> {
    %w = arith.constant dense<1> : tensor<8xi4>
    %e = tensor.empty() : tensor<8xi8>
    // expected-error@+1 {{'linalg.generic' op reads integers of 4 bits, for which there is no kernel}}
    %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
        iterator_types = ["parallel"]} ins(%a, %w : tensor<8xi8>, tensor<8xi4>) outs(%e : tensor<8xi8>) {
    ^bb0(%x: i8, %y: i4, %out: i8):
      %wide = arith.extsi %y : i4 to i8
      %s = arith.addi %x, %wide : i8
      linalg.yield %s : i8
    } -> tensor<8xi8>
    return %0 : tensor<8xi8>
  }
}

// -----

// Where the body could be computed on vectors, too: those of 4 bits lie otherwise in memory.
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
  func.func @vectors_of_narrow_integers(%a: tensor<16xi8>) -> tensor<16xi8> {
    %w = arith.constant dense<1> : tensor<16xi4>
    %e = tensor.empty() : tensor<16xi8>
    // expected-error@+1 {{'linalg.generic' op reads integers of 4 bits, for which there is no kernel}}
    %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
        iterator_types = ["parallel"]} ins(%a, %w : tensor<16xi8>, tensor<16xi4>) outs(%e : tensor<16xi8>)
        attrs = {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>} {
    ^bb0(%x: i8, %y: i4, %out: i8):
      %wide = arith.extsi %y : i4 to i8
      %s = arith.addi %x, %wide : i8
      linalg.yield %s : i8
    } -> tensor<16xi8>
    return %0 : tensor<16xi8>
  }
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {
// The proof is checked where it is relied on.
func.func @false_proof(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<65> : tensor<8x8xi8>
  // expected-error@+1 {{has sum 0 of panel 0 by "avx2.vpmaddubsw", which is not exact for these weights: it reaches from 0 to 33150}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"], counts = dense<2> : tensor<1x1xi32>,
      order = dense<[[0, 1]]> : tensor<1x2xi32>, bounds = dense<[[[0, 32640]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}
