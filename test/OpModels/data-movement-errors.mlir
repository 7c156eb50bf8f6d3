// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse))' -split-input-file -verify-diagnostics

func.func @padding(%x: tensor<2xf32>, %value: f32) -> tensor<3xf32> {
  // expected-remark@+1 {{'tensor.pad' stays float: its padding is no constant}}
  %0 = tensor.pad %x low[0] high[1] {
    ^bb0(%i: index):
      tensor.yield %value : f32
  } : tensor<2xf32> to tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @half(%x: tensor<2xf16>) -> tensor<1x2xf16> {
  // expected-remark@+1 {{'tensor.expand_shape' stays float: it computes with another float type than f32}}
  %0 = tensor.expand_shape %x [[0, 1]] output_shape [1, 2] : tensor<2xf16> into tensor<1x2xf16>
  return %0 : tensor<1x2xf16>
}
