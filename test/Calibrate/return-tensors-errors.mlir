// RUN: quant-opt %s -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-return-tensors))'

// expected-error@+1 {{'func.func' op expected a body of one block to return its tensors}}
func.func @two_blocks(%x: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^next
^next:
  return %x : tensor<4xf32>
}
