// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-lower-contractions))'

#a = affine_map<(d0, d1) -> (d1)>
#w = affine_map<(d0, d1) -> (d0, d1)>
#c = affine_map<(d0, d1) -> (d0)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {
  func.func @not_on_this_target(%a: vector<4xi8>, %w: vector<16x4xi8>, %acc: vector<16xi32>) -> vector<16xi32> {
    %0 = arith.extui %a : vector<4xi8> to vector<4xi32>
    %1 = arith.extsi %w : vector<16x4xi8> to vector<16x4xi32>
    // expected-error@+1 {{'vector.contract' op can't be computed by the instruction "avx512.vpdpbusd" it names}}
    %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
      kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx512.vpdpbusd"} : vector<4xi32>, vector<16x4xi32> into vector<16xi32>
    return %2 : vector<16xi32>
  }
}

// -----

#a = affine_map<(d0, d1) -> (d1)>
#w = affine_map<(d0, d1) -> (d0, d1)>
#c = affine_map<(d0, d1) -> (d0)>
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
  func.func @signed_activations(%a: vector<4xi8>, %w: vector<16x4xi8>, %acc: vector<16xi32>) -> vector<16xi32> {
    %0 = arith.extsi %a : vector<4xi8> to vector<4xi32>
    %1 = arith.extsi %w : vector<16x4xi8> to vector<16x4xi32>
    // expected-error@+1 {{'vector.contract' op can't be computed by the instruction "avx512.vpdpbusd" it names}}
    %2 = vector.contract {indexing_maps = [#a, #w, #c], iterator_types = ["parallel", "reduction"],
      kind = #vector.kind<add>} %0, %1, %acc {lowbit.instruction = "avx512.vpdpbusd"} : vector<4xi32>, vector<16x4xi32> into vector<16xi32>
    return %2 : vector<16xi32>
  }
}

// -----

// expected-error@+1 {{no target to generate code for: unknown cpu 'pdp11' for x86_64}}
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "pdp11"} {
  func.func @f() {
    return
  }
}
