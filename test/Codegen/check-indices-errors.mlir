// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-check-indices))'

// The pass itself has no errors; what it writes is verified.

// expected-note@+1 {{prior use here}}
func.func @mixed(%index: index, %sizes: vector<4xindex>) -> index {
  // expected-error@+1 {{use of value '%sizes' expects different type than prior uses: 'index' vs 'vector<4xindex>'}}
  %0 = lowbit.check_index %index, %sizes : index
  return %0 : index
}

// -----

func.func @integer(%index: i64, %size: i64) -> i64 {
  // expected-error@+1 {{'lowbit.check_index' op operand #0 must be an index or a vector of indices, but got 'i64'}}
  %0 = lowbit.check_index %index, %size : i64
  return %0 : i64
}

// -----

func.func @matrix(%index: vector<2x2xindex>, %size: vector<2x2xindex>) -> vector<2x2xindex> {
  // expected-error@+1 {{'lowbit.check_index' op operand #0 must be an index or a vector of indices, but got 'vector<2x2xindex>'}}
  %0 = lowbit.check_index %index, %size : vector<2x2xindex>
  return %0 : vector<2x2xindex>
}
