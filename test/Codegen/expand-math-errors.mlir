// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(lowbit-expand-math)'

func.func @no_expansion(%x: f32) -> f32 {
  // expected-error@+1 {{'math.atan' op has no expansion for 'f32': the C library would compute it with other bits on other machines}}
  %0 = math.atan %x : f32
  return %0 : f32
}

// -----

func.func @wide(%x: f64) -> f64 {
  // expected-error@+1 {{'math.exp' op has no expansion for 'f64'}}
  %0 = math.exp %x : f64
  return %0 : f64
}

// -----

// Only constant exponents are chains of products.
func.func @exponent(%x: f32, %n: i32) -> f32 {
  // expected-error@+1 {{'math.fpowi' op has no expansion for 'f32'}}
  %0 = math.fpowi %x, %n : f32, i32
  return %0 : f32
}
