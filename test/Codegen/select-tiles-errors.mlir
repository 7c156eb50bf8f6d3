// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver3 triple=x86_64-linux-gnu})'
// RUN: not quant-opt %s --split-input-file --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=neoverse-v1 triple=aarch64-linux-gnu})' 2>&1 | FileCheck %s --check-prefix=PAIRS
// RUN: not quant-opt %s --split-input-file --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=sapphirerapids triple=x86_64-linux-gnu})' 2>&1 | FileCheck %s --check-prefix=REGISTERS
// RUN: echo 'module {}' | not quant-opt --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=pdp11 triple=x86_64-linux-gnu})' 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: echo 'module {}' | not quant-opt --pass-pipeline='builtin.module(lowbit-select-tiles{triple=toaster})' 2>&1 | FileCheck %s --check-prefix=TRIPLE

// CPU: error: unknown cpu 'pdp11' for x86_64
// TRIPLE: error: cpu 'native' is not a toaster machine

func.func @dynamic(%a: tensor<?xf32>) -> tensor<?xf32> {
  // expected-error@+1 {{'linalg.exp' op has a tile but can't be computed in register tiles}}
  %0 = linalg.exp {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>} ins(%a : tensor<?xf32>) outs(%a : tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

func.func @other_target(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{'linalg.matmul' op names instruction "avx512.vpdpbusd", which this target has not or which can't compute it}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 3, vectors = 1, instruction = "avx512.vpdpbusd">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

func.func @not_exact(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<-128> : tensor<64x32xi8>
  // expected-error@+1 {{'linalg.matmul' op names instruction "avx2.vpsignb", which is exact only for weights from -127 up}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "avx2.vpsignb">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

func.func @nothing_to_expand(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{'linalg.matmul' op has a tile with expanded panels but no constant weights of 4 or 2 bits}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "avx2.vpsignb", expand_panels = true>}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

// Magnitudes of weights and the bits that they flip lie in memory.
func.func @unknown_weights_complement(%a: tensor<8x64xi8>, %w: tensor<64x32xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  // expected-error@+1 {{'linalg.matmul' op names instruction "avx2.vpxor", which this target has not or which can't compute it}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "avx2.vpxor">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

func.func @packed_weights_complement(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi4>
  // expected-error@+1 {{'linalg.matmul' op names instruction "avx2.vpxor", which this target has not or which can't compute it}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "avx2.vpxor">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi4>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

func.func @no_codes(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{'linalg.matmul' op has a tile that multiplies sums but no constant weights of 4 or 2 bits, or an instruction that doesn't multiply their codes}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 2, instruction = "avx2.vpsignb", multiply_sums = true>}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

func.func @codes_in_short_sums(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi4>
  // expected-error@+1 {{'linalg.matmul' op has a tile that multiplies sums but no constant weights of 4 or 2 bits, or an instruction that doesn't multiply their codes}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx2.vpmaddubsw.narrow", multiply_sums = true>}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi4>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

// An instruction that adds in 16 bits what can't overflow for weights of a few bits takes no others.
func.func @wide_weights(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{'linalg.matmul' op names instruction "avx2.vpmaddubsw.narrow", which this target has not or which can't compute it}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "avx2.vpmaddubsw.narrow">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

// Exact only for groups of weights that are proven to be small: never a whole reduction.
func.func @needs_proof(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{'linalg.matmul' op names instruction "avx2.vpmaddubsw", which this target has not or which can't compute it}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "avx2.vpmaddubsw">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

func.func @float_op(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'linalg.exp' op names instruction "avx2.vpsignb", which this target has not or which can't compute it}}
  %0 = linalg.exp {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx2.vpsignb">}
    ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error@+1 {{expected a tile of 1 to 64 accumulators, but got 65 rows of 1 vectors}}
func.func private @tile_too_large() attributes {tile = #lowbit.tile<rows = 65, vectors = 1>}

// -----

// expected-error@+1 {{expected a tile of 1 to 64 accumulators, but got 3 lines of 16 rows of 2 vectors}}
func.func private @tile_of_many_lines() attributes {tile = #lowbit.tile<rows = 16, vectors = 2, lines = 3>}

// -----

// expected-error@+1 {{expected a tile of 1 to 64 accumulators, but got 0 lines of 16 rows of 2 vectors}}
func.func private @tile_of_no_lines() attributes {tile = #lowbit.tile<rows = 16, vectors = 2, lines = 0>}

// -----

// expected-error@+1 {{'func.func' op expected 'lowbit.tile' to be a #lowbit.tile, but got 3 : i64}}
func.func private @no_tile() attributes {lowbit.tile = 3}

// -----

// PAIRS-COUNT-2: 'linalg.matmul' op names instruction "neon.smmla", which multiplies pairs of rows
func.func @one_row(%a: tensor<1x64xi8>, %init: tensor<1x32xi32>) -> tensor<1x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{names instruction "neon.smmla", which this target has not}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "neon.smmla">}
    ins(%a, %w : tensor<1x64xi8>, tensor<64x32xi8>) outs(%init : tensor<1x32xi32>) -> tensor<1x32xi32>
  return %0 : tensor<1x32xi32>
}

// -----

func.func @odd_rows(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{names instruction "neon.smmla", which this target has not}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 3, vectors = 1, instruction = "neon.smmla">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

func.func @pairs_only(%a: tensor<1x10x10x48xi8>, %init: tensor<1x8x8x48xi32>) -> tensor<1x8x8x48xi32> {
  %w = arith.constant dense<1> : tensor<3x3x48xi8>
  // expected-error@+1 {{names instruction "avx2.vpmaddwd", which this target has not or which can't compute it}}
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.tile = #lowbit.tile<rows = 2, vectors = 1, instruction = "avx2.vpmaddwd">,
      strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %w : tensor<1x10x10x48xi8>, tensor<3x3x48xi8>) outs(%init : tensor<1x8x8x48xi32>) -> tensor<1x8x8x48xi32>
  return %0 : tensor<1x8x8x48xi32>
}

// -----

// Nineteen rows are no two registers of the same size.
// REGISTERS: error: 'linalg.matmul' op names instruction "amx.tdpbssd", whose tiles are up to 4 registers of as many rows, at most 16, no larger than the output
func.func @uneven_registers(%a: tensor<32x64xi8>, %init: tensor<32x32xi32>) -> tensor<32x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{'linalg.matmul' op names instruction "amx.tdpbssd", which this target has not or which can't compute it}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 19, vectors = 1, instruction = "amx.tdpbssd">}
    ins(%a, %w : tensor<32x64xi8>, tensor<64x32xi8>) outs(%init : tensor<32x32xi32>) -> tensor<32x32xi32>
  return %0 : tensor<32x32xi32>
}

// -----

// REGISTERS: error: 'linalg.matmul' op names instruction "amx.tdpbssd", whose tiles are up to 4 registers
func.func @larger_than_the_output(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{'linalg.matmul' op names instruction "amx.tdpbssd", which this target has not or which can't compute it}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 8, vectors = 3, instruction = "amx.tdpbssd">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

// Lines of three outputs are six apart, after padding: three of them are no more than 16 rows, but not four.
// REGISTERS: error: 'linalg.conv_2d_nhwc_fhwc' op names instruction "amx.tdpbssd", whose tiles are up to 4 registers of as many rows, at most 16, no larger than the output
func.func @lines_in_many_registers(%a: tensor<1x12x6x16xi8>, %init: tensor<1x9x3x64xi32>) -> tensor<1x9x3x64xi32> {
  %w = arith.constant dense<1> : tensor<64x4x4x16xi8>
  // expected-error@+1 {{'linalg.conv_2d_nhwc_fhwc' op has a tile of 3 lines but no instruction on tile registers}}
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 3, vectors = 4, instruction = "amx.tdpbssd", lines = 3>}
    ins(%a, %w : tensor<1x12x6x16xi8>, tensor<64x4x4x16xi8>) outs(%init : tensor<1x9x3x64xi32>) -> tensor<1x9x3x64xi32>
  %1 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 3, vectors = 4, instruction = "amx.tdpbssd", lines = 4>}
    ins(%a, %w : tensor<1x12x6x16xi8>, tensor<64x4x4x16xi8>) outs(%init : tensor<1x9x3x64xi32>) -> tensor<1x9x3x64xi32>
  return %1 : tensor<1x9x3x64xi32>
}

// -----

// REGISTERS: error: 'linalg.matmul' op names instruction "amx.tdpbssd", whose tiles are up to 4 registers
func.func @lines_of_a_matrix(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{'linalg.matmul' op has a tile of 2 lines but no instruction on tile registers}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "amx.tdpbssd", lines = 2>}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

// REGISTERS: error: 'linalg.batch_matmul' op names instruction "amx.tdpbssd", whose tiles are up to 4 registers
func.func @lines_of_a_batch(%a: tensor<3x8x64xi8>, %w: tensor<3x64x32xi8>, %init: tensor<3x8x32xi32>) -> tensor<3x8x32xi32> {
  // expected-error@+1 {{'linalg.batch_matmul' op has a tile of 2 lines but no instruction on tile registers}}
  %0 = linalg.batch_matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "amx.tdpbssd", lines = 2>}
    ins(%a, %w : tensor<3x8x64xi8>, tensor<3x64x32xi8>) outs(%init : tensor<3x8x32xi32>) -> tensor<3x8x32xi32>
  return %0 : tensor<3x8x32xi32>
}

// -----

// Of 16 bits, each byte has accumulators.
// REGISTERS: error: 'linalg.matmul' op names instruction "amx.tdpbssd.w", whose tiles are up to 2 registers of as many rows, at most 16, no larger than the output
func.func @many_wide_registers(%a: tensor<32x64xi16>, %init: tensor<32x32xi32>) -> tensor<32x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{'linalg.matmul' op names instruction "amx.tdpbssd.w", which this target has not or which can't compute it}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 32, vectors = 2, instruction = "amx.tdpbssd.w">}
    ins(%a, %w : tensor<32x64xi16>, tensor<64x32xi8>) outs(%init : tensor<32x32xi32>) -> tensor<32x32xi32>
  return %0 : tensor<32x32xi32>
}

// -----

// REGISTERS: error: 'linalg.matmul' op names instruction "amx.tdpbssd", which this target has not or which can't compute it
func.func @wide_activations(%a: tensor<32x64xi16>, %init: tensor<32x32xi32>) -> tensor<32x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // expected-error@+1 {{'linalg.matmul' op names instruction "amx.tdpbssd", which this target has not or which can't compute it}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 32, vectors = 2, instruction = "amx.tdpbssd">}
    ins(%a, %w : tensor<32x64xi16>, tensor<64x32xi8>) outs(%init : tensor<32x32xi32>) -> tensor<32x32xi32>
  return %0 : tensor<32x32xi32>
}

// -----

func.func @no_rests(%a: tensor<8x65xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<-128> : tensor<65x32xi8>
  // expected-error@+1 {{'linalg.matmul' op has a tile with packed rests but no convolution whose lines leave some of a group, or an instruction that adds groups in another order}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "avx2.vpmaddwd", pack_rests = true>}
    ins(%a, %w : tensor<8x65xi8>, tensor<65x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

// Lines that are three apart begin with none of each other's next groups of four.
func.func @rests_of_each_line(%x: tensor<1x19x10x5xi8>, %init: tensor<1x5x10x16xi32>) -> tensor<1x5x10x16xi32> {
  %w = arith.constant dense<3> : tensor<16x7x1x5xi8>
  // expected-error@+1 {{'linalg.conv_2d_nhwc_fhwc' op has a tile with packed rests but no convolution whose lines leave some of a group, or an instruction that adds groups in another order}}
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<[3, 1]> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpsignb", pack_rests = true>}
    ins(%x, %w : tensor<1x19x10x5xi8>, tensor<16x7x1x5xi8>) outs(%init : tensor<1x5x10x16xi32>) -> tensor<1x5x10x16xi32>
  return %0 : tensor<1x5x10x16xi32>
}

// -----

func.func @rests_in_short_sums(%x: tensor<1x9x4x5xi8>, %init: tensor<1x3x4x16xi32>) -> tensor<1x3x4x16xi32> {
  %w = arith.constant dense<3> : tensor<16x5x1x5xi8>
  // expected-error@+1 {{'linalg.conv_2d_nhwc_fhwc' op has a tile with packed rests but no convolution whose lines leave some of a group, or an instruction that adds groups in another order}}
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<[2, 1]> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
                                 lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor", pack_rests = true>}
    ins(%x, %w : tensor<1x9x4x5xi8>, tensor<16x5x1x5xi8>) outs(%init : tensor<1x3x4x16xi32>) -> tensor<1x3x4x16xi32>
  return %0 : tensor<1x3x4x16xi32>
}

// -----

// REGISTERS: error: 'linalg.matmul' op names instruction "amx.tdpbssd", which this target has not or which can't compute it
func.func @less_than_a_group(%a: tensor<8x3xi8>, %w: tensor<3x32xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  // expected-error@+1 {{'linalg.matmul' op names instruction "amx.tdpbssd", which this target has not or which can't compute it}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 8, vectors = 2, instruction = "amx.tdpbssd">}
    ins(%a, %w : tensor<8x3xi8>, tensor<3x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// -----

// REGISTERS: error: 'linalg.exp' op has a tile of 2 lines but no instruction on tile registers
func.func @lines_of_floats(%a: tensor<8x8x64xf32>) -> tensor<8x8x64xf32> {
  // expected-error@+1 {{'linalg.exp' op has a tile of 2 lines but no instruction on tile registers}}
  %0 = linalg.exp {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, lines = 2>} ins(%a : tensor<8x8x64xf32>) outs(%a : tensor<8x8x64xf32>) -> tensor<8x8x64xf32>
  return %0 : tensor<8x8x64xf32>
}

// -----

// Weights come from memory, where narrow ones must be unpacked.
// REGISTERS: error: 'linalg.matmul' op names instruction "amx.tdpbssd", for which panels of narrow weights are expanded
func.func @narrow_weights_in_tiles(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi4>
  // expected-error@+1 {{'linalg.matmul' op names instruction "amx.tdpbssd", which this target has not or which can't compute it}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 8, vectors = 2, instruction = "amx.tdpbssd">}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi4>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}
