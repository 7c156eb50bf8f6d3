// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-lower-tiles))'

#rows = affine_map<(t, r, k) -> (t * 16 + r, k)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
  func.func @not_on_this_target(%a: memref<8x64xi8>, %w: memref<1x1x16x1x64xi8>) {
    %c0 = arith.constant 0 : index
    // expected-error@+1 {{'lowbit.multiply_tiles' op names instruction "amx.tdpbssd", which this target has not on tile registers}}
    %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map #rows run 64
      : memref<8x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
    return
  }
}

// -----

#rows = affine_map<(t, r, k) -> (t * 16 + r, k)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "sapphirerapids"} {
  func.func @not_of_tile_registers(%a: memref<8x64xi8>, %w: memref<1x1x16x1x64xi8>) {
    %c0 = arith.constant 0 : index
    // expected-error@+1 {{'lowbit.multiply_tiles' op names instruction "avx512.vpdpbusd", which this target has not on tile registers}}
    %sums = lowbit.multiply_tiles "avx512.vpdpbusd" %a[%c0, %c0], %w[%c0] map #rows run 64
      : memref<8x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
    return
  }
}

// -----

#rows = affine_map<(t, r, k) -> (t * 16 + r, k)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "sapphirerapids"} {
  func.func @on_tensors(%a: tensor<8x64xi8>, %w: tensor<1x1x16x1x64xi8>) {
    %c0 = arith.constant 0 : index
    // expected-error@+1 {{'lowbit.multiply_tiles' op expected a buffer of known strides, its last dimension contiguous, but got 'tensor<8x64xi8>'}}
    %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map #rows run 64
      : tensor<8x64xi8>, tensor<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
    return
  }
}

// -----

#rows = affine_map<(t, r, k) -> (t * 16 + r, k)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "sapphirerapids"} {
  func.func @apart(%a: memref<8x64xi8, strided<[128, 2]>>, %w: memref<1x1x16x1x64xi8>) {
    %c0 = arith.constant 0 : index
    // expected-error@+1 {{expected a buffer of known strides, its last dimension contiguous, but got 'memref<8x64xi8, strided<[128, 2]>>'}}
    %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map #rows run 64
      : memref<8x64xi8, strided<[128, 2]>>, memref<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
    return
  }
}

// -----

#rows = affine_map<(t, r, k) -> (t * 16 + r, k)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "sapphirerapids"} {
  func.func @low_bytes_apart(%a: memref<8x64xi8>, %low: memref<8x64xi8, strided<[128, 2]>>, %w: memref<1x1x16x1x64xi8>) {
    %c0 = arith.constant 0 : index
    // expected-error@+1 {{expected a buffer of known strides, its last dimension contiguous, but got 'memref<8x64xi8, strided<[128, 2]>>'}}
    %sums = lowbit.multiply_tiles "amx.tdpbssd.w" %a[%c0, %c0] low %low, %w[%c0] map #rows run 64
      : memref<8x64xi8> low memref<8x64xi8, strided<[128, 2]>>, memref<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
    return
  }
}

// -----

#rows = affine_map<(t, r, k) -> (t * 16 + r, k)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "sapphirerapids"} {
  func.func @all_sums(%a: memref<8x64xi8>, %w: memref<1x1x16x1x64xi8>) -> vector<1x2x1x16xi32> {
    %c0 = arith.constant 0 : index
    %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map #rows run 64
      : memref<8x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
    // expected-error@+1 {{'func.return' op expected an extraction of one vector of sums}}
    return %sums : vector<1x2x1x16xi32>
  }
}

// -----

// expected-error@+1 {{no target to generate code for: unknown cpu 'pdp11' for x86_64}}
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "pdp11"} {
  func.func @f(%a: memref<8x64xi8>, %w: memref<1x1x16x1x64xi8>) {
    %c0 = arith.constant 0 : index
    %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64
      : memref<8x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
    return
  }
}
