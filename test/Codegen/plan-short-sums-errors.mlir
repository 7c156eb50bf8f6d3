// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver3 triple=x86_64-linux-gnu},func.func(lowbit-plan-short-sums))'

// 2 * 64 = 128 fits for a group alone; twice that does not.
func.func @false_proof(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<64> : tensor<8x8xi8>
  // expected-error@+1 {{'linalg.matmul' op has sum 0 of panel 0 by "avx2.vpmaddubsw.x2", which is not exact for these weights: it reaches from 0 to 65280}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw.x2"],
      counts = dense<[[1]]> : tensor<1x1xi32>, order = dense<[[0, 1]]> : tensor<1x2xi32>,
      bounds = dense<[[[0, 32640]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

// One more than magnitudes of 256.
func.func @false_proof_of_magnitudes(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<[[65, 0, 0, 0, 0, 0, 0, 0], [64, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0], [-64, 0, 0, 0, 0, 0, 0, 0], [-64, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0]]> : tensor<8x8xi8>
  // expected-error@+1 {{by "avx2.vpxor.x2", which is not exact for these weights: it reaches from -32896 to 32639}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpxor.x2"],
      counts = dense<[[1]]> : tensor<1x1xi32>, order = dense<[[0, 1]]> : tensor<1x2xi32>,
      bounds = dense<[[[-32768, 32512]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

// The weights fit, the bounds are those of others.
func.func @other_bounds(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<64> : tensor<8x8xi8>
  // expected-error@+1 {{expected the sums of panel 0 by "avx2.vpmaddubsw" to be bounded by [0, 32640], but got [-1, 32640]}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
      counts = dense<[[2]]> : tensor<1x1xi32>, order = dense<[[0, 1]]> : tensor<1x2xi32>,
      bounds = dense<[[[-1, 32640]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

// The instruction of the tile computes whole reductions.
func.func @whole_reductions(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<1> : tensor<8x8xi8>
  // expected-error@+1 {{names instruction "avx2.vpxor", which can't share a reduction on this target}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpsignb">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpxor"],
      counts = dense<[[2]]> : tensor<1x1xi32>, order = dense<[[0, 1]]> : tensor<1x2xi32>,
      bounds = dense<[[[0, 0]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

func.func @group_twice(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<64> : tensor<8x8xi8>
  // expected-error@+1 {{expected the order of panel 0 to be a permutation of its groups}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
      counts = dense<[[2]]> : tensor<1x1xi32>, order = dense<[[1, 1]]> : tensor<1x2xi32>,
      bounds = dense<[[[0, 32640]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

func.func @no_group(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<64> : tensor<8x8xi8>
  // expected-error@+1 {{expected the order of panel 0 to be a permutation of its groups}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
      counts = dense<[[2]]> : tensor<1x1xi32>, order = dense<[[0, 2]]> : tensor<1x2xi32>,
      bounds = dense<[[[0, 32640]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

func.func @too_few(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<64> : tensor<8x8xi8>
  // expected-error@+1 {{counts more or fewer groups than the 2 of panel 0}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
      counts = dense<[[1]]> : tensor<1x1xi32>, order = dense<[[0, 1]]> : tensor<1x2xi32>,
      bounds = dense<[[[0, 32640]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

func.func @too_many(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<64> : tensor<8x8xi8>
  // expected-error@+1 {{counts more or fewer groups than the 2 of panel 0}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
      counts = dense<[[3]]> : tensor<1x1xi32>, order = dense<[[0, 1]]> : tensor<1x2xi32>,
      bounds = dense<[[[0, 32640]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

func.func @negative(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<64> : tensor<8x8xi8>
  // expected-error@+1 {{counts more or fewer groups than the 2 of panel 0}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
      counts = dense<[[-1]]> : tensor<1x1xi32>, order = dense<[[0, 1]]> : tensor<1x2xi32>,
      bounds = dense<[[[0, 32640]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

func.func @other_panels(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<64> : tensor<8x8xi8>
  // expected-error@+1 {{expected an order of 2 groups for 1 panels of 8 channels}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
      counts = dense<[[2], [2]]> : tensor<2x1xi32>, order = dense<[[0, 1], [0, 1]]> : tensor<2x2xi32>,
      bounds = dense<[[[0, 32640]], [[0, 32640]]]> : tensor<2x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

func.func @other_instruction(%a: tensor<8x8xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<64> : tensor<8x8xi8>
  // expected-error@+1 {{names instruction "avx512.vpdpbusd", which can't share a reduction on this target}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx512.vpdpbusd"],
      counts = dense<[[2]]> : tensor<1x1xi32>, order = dense<[[0, 1]]> : tensor<1x2xi32>,
      bounds = dense<[[[0, 0]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

func.func @short_runs(%a: tensor<8x3xi8>, %init: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %w = arith.constant dense<64> : tensor<3x8xi8>
  // expected-error@+1 {{has short sums but runs of fewer than 4 activations, fewer channels than its tile, or weights that differ by batch}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
      counts = dense<[[1]]> : tensor<1x1xi32>, order = dense<[[0]]> : tensor<1x1xi32>,
      bounds = dense<[[[0, 0]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<8x3xi8>, tensor<3x8xi8>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

func.func @batch(%a: tensor<2x8x8xi8>, %init: tensor<2x8x8xi32>) -> tensor<2x8x8xi32> {
  %w = arith.constant dense<1> : tensor<2x8x8xi8>
  // expected-error@+1 {{or weights that differ by batch}}
  %0 = linalg.batch_matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpmaddwd">,
    lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
      counts = dense<[[2]]> : tensor<1x1xi32>, order = dense<[[0, 1]]> : tensor<1x2xi32>,
      bounds = dense<[[[0, 510]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<2x8x8xi8>, tensor<2x8x8xi8>) outs(%init : tensor<2x8x8xi32>) -> tensor<2x8x8xi32>
  return %0 : tensor<2x8x8xi32>
}

// -----

func.func @no_tile(%a: tensor<?x8xi8>, %init: tensor<?x8xi32>) -> tensor<?x8xi32> {
  %w = arith.constant dense<64> : tensor<8x8xi8>
  // expected-error@+1 {{has short sums but no constant weights of 8 bits, or no tile with an instruction}}
  %0 = linalg.matmul {lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
      counts = dense<[[2]]> : tensor<1x1xi32>, order = dense<[[0, 1]]> : tensor<1x2xi32>,
      bounds = dense<[[[0, 32640]]]> : tensor<1x1x2xi32>>}
    ins(%a, %w : tensor<?x8xi8>, tensor<8x8xi8>) outs(%init : tensor<?x8xi32>) -> tensor<?x8xi32>
  return %0 : tensor<?x8xi32>
}

// -----

// expected-error@+1 {{expected a width, instructions and an order of two dimensions}}
func.func private @order() attributes {sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
  counts = dense<1> : tensor<1x1xi32>, order = dense<0> : tensor<1xi32>, bounds = dense<0> : tensor<1x1x2xi32>>}

// -----

// expected-error@+1 {{expected counts and bounds of i32 for 1 panels and 1 instructions, but got 'tensor<1x1xi64>' and 'tensor<1x1x2xi32>'}}
func.func private @counts() attributes {sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw"],
  counts = dense<1> : tensor<1x1xi64>, order = dense<0> : tensor<1x1xi32>, bounds = dense<0> : tensor<1x1x2xi32>>}

// -----

// expected-error@+1 {{'func.func' op expected 'lowbit.short_sums' to be a #lowbit.short_sums, but got 3 : i64}}
func.func private @no_sums() attributes {lowbit.short_sums = 3}
