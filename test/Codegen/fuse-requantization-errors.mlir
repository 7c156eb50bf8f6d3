// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-fuse-requantization))'

// expected-error@+1 {{no target to generate code for: unknown cpu 'pdp11' for x86_64}}
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "pdp11"} {
  func.func @f() {
    return
  }
}
