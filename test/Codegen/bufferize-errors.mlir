// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(lowbit-bufferize)'

// A buffer that may be another one's alias can't be analyzed.
func.func @aliased(%m: memref<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{to_tensor ops without `restrict` are not supported by One-Shot Analysis}}
  %0 = bufferization.to_tensor %m : memref<4xf32> to tensor<4xf32>
  return %0 : tensor<4xf32>
}
