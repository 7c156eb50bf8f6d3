// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(func.func(lowbit-separate-layers{only=absent}))'

// expected-error@+1 {{'func.func' op expected a body of one block to separate its layers}}
func.func @two_blocks(%x: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^next
^next:
  return %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{'func.func' op has no layer 'absent'}}
func.func @other(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.add ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
