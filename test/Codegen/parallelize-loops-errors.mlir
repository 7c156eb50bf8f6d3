// RUN: quant-opt %s -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-parallelize-loops{threads=0}))'

// expected-error@+1 {{expected from 1 to 1024 threads, but got 0}}
func.func @no_threads() {
  return
}
