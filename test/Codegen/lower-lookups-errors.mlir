// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-lower-lookups))'

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {
  func.func @not_on_this_target(%bytes: vector<64xi8>, %some: vector<64xi1>) -> vector<64xi8> {
    %c0 = arith.constant 0 : index
    %all = arith.constant dense<true> : vector<64xi1>
    %none = arith.constant dense<0> : vector<64xi8>
    %table = arith.constant dense<1> : tensor<256xi8>
    %indices = arith.index_castui %bytes : vector<64xi8> to vector<64xindex>
    // expected-error@+1 {{'vector.gather' op can't be computed by the instruction "avx512.vpermi2b" it names}}
    %0 = vector.gather %table[%c0] [%indices], %all, %none {lowbit.instruction = "avx512.vpermi2b"}
      : tensor<256xi8>, vector<64xindex>, vector<64xi1>, vector<64xi8> into vector<64xi8>
    return %0 : vector<64xi8>
  }
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
  func.func @table_unknown(%bytes: vector<64xi8>, %some: vector<64xi1>, %table: tensor<256xi8>) -> vector<64xi8> {
    %c0 = arith.constant 0 : index
    %all = arith.constant dense<true> : vector<64xi1>
    %none = arith.constant dense<0> : vector<64xi8>
    %indices = arith.index_castui %bytes : vector<64xi8> to vector<64xindex>
    // expected-error@+1 {{'vector.gather' op can't be computed by the instruction "avx512.vpermi2b" it names}}
    %0 = vector.gather %table[%c0] [%indices], %all, %none {lowbit.instruction = "avx512.vpermi2b"}
      : tensor<256xi8>, vector<64xindex>, vector<64xi1>, vector<64xi8> into vector<64xi8>
    return %0 : vector<64xi8>
  }
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
  func.func @signed_bytes(%bytes: vector<64xi8>, %some: vector<64xi1>) -> vector<64xi8> {
    %c0 = arith.constant 0 : index
    %all = arith.constant dense<true> : vector<64xi1>
    %none = arith.constant dense<0> : vector<64xi8>
    %table = arith.constant dense<1> : tensor<256xi8>
    %indices = arith.index_cast %bytes : vector<64xi8> to vector<64xindex>
    // expected-error@+1 {{'vector.gather' op can't be computed by the instruction "avx512.vpermi2b" it names}}
    %0 = vector.gather %table[%c0] [%indices], %all, %none {lowbit.instruction = "avx512.vpermi2b"}
      : tensor<256xi8>, vector<64xindex>, vector<64xi1>, vector<64xi8> into vector<64xi8>
    return %0 : vector<64xi8>
  }
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver4"} {
  func.func @masked(%bytes: vector<64xi8>, %some: vector<64xi1>) -> vector<64xi8> {
    %c0 = arith.constant 0 : index
    %all = arith.constant dense<true> : vector<64xi1>
    %none = arith.constant dense<0> : vector<64xi8>
    %table = arith.constant dense<1> : tensor<256xi8>
    %indices = arith.index_castui %bytes : vector<64xi8> to vector<64xindex>
    // expected-error@+1 {{'vector.gather' op can't be computed by the instruction "avx512.vpermi2b" it names}}
    %0 = vector.gather %table[%c0] [%indices], %some, %none {lowbit.instruction = "avx512.vpermi2b"}
      : tensor<256xi8>, vector<64xindex>, vector<64xi1>, vector<64xi8> into vector<64xi8>
    return %0 : vector<64xi8>
  }
}

// -----

// expected-error@+1 {{no target to generate code for: unknown cpu 'pdp11' for x86_64}}
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "pdp11"} {
  func.func @f() {
    return
  }
}
