// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-simplify-rounding))'

// expected-error@+1 {{no target to generate code for: unknown cpu 'coffee' for x86_64}}
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "coffee"} {
  func.func @no_target() {
    return
  }
}
