// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-equalize-channels))' -split-input-file -verify-diagnostics

#map = affine_map<(d0, d1) -> (d0, d1)>
func.func @clip(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %w = arith.constant dense<2.0> : tensor<2x2xf32>
  %i = arith.constant dense<0.0> : tensor<1x2xf32>
  // expected-remark@+1 {{keeps the scales of its channels: 'linalg.generic' does not let scales of channels through}}
  %0 = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<1x2xf32>) outs(%i : tensor<1x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.maximumf %in, %zero : f32
    %n = arith.minimumf %m, %six : f32
    linalg.yield %n : f32
  } -> tensor<1x2xf32>
  // expected-remark@+1 {{keeps the scales of its channels: 'func.return' gives them to the outside}}
  %2 = linalg.matmul ins(%1, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}

// -----

func.func @sum(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<2.0> : tensor<2x2xf32>
  %i = arith.constant dense<0.0> : tensor<1x2xf32>
  // expected-remark@+1 {{keeps the scales of its channels: 'linalg.add' combines them with other values}}
  %0 = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  %1 = linalg.add ins(%x, %0 : tensor<1x2xf32>, tensor<1x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// -----

func.func @no_constants(%x: tensor<1x2xf32>, %v: tensor<2x2xf32>, %b: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<2.0> : tensor<2x2xf32>
  %i = arith.constant dense<0.0> : tensor<1x2xf32>
  // expected-remark@+1 {{keeps the scales of its channels: 'linalg.matmul' reads them with weights that are no constants}}
  %0 = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-remark@+1 {{keeps the scales of its channels: its weights or its bias are no constants of f32}}
  %1 = linalg.matmul ins(%0, %v : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-remark@+1 {{keeps the scales of its channels: its weights or its bias are no constants of f32}}
  %2 = linalg.matmul ins(%1, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%b : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}

// -----

// Padding with another number, and padding of channels.
func.func @padding(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<2.0> : tensor<2x2xf32>
  %v = arith.constant dense<2.0> : tensor<3x2xf32>
  %i = arith.constant dense<0.0> : tensor<1x2xf32>
  %j = arith.constant dense<0.0> : tensor<2x2xf32>
  // expected-remark@+1 {{'tensor.pad' does not let scales of channels through}}
  %0 = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  %1 = tensor.pad %0 low[0, 0] high[1, 0] {
  ^bb0(%a: index, %b: index):
    tensor.yield %one : f32
  } : tensor<1x2xf32> to tensor<2x2xf32>
  // expected-remark@+1 {{'tensor.extract_slice' does not let scales of channels through}}
  %2 = linalg.matmul ins(%1, %w : tensor<2x2xf32>, tensor<2x2xf32>) outs(%j : tensor<2x2xf32>) -> tensor<2x2xf32>
  %3 = tensor.extract_slice %2[0, 0] [1, 2] [1, 1] : tensor<2x2xf32> to tensor<1x2xf32>
  // expected-remark@+1 {{'tensor.pad' does not let scales of channels through}}
  %4 = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  %5 = tensor.pad %4 low[0, 0] high[0, 1] {
  ^bb0(%a: index, %b: index):
    tensor.yield %zero : f32
  } : tensor<1x2xf32> to tensor<1x3xf32>
  // expected-remark@+1 {{'func.return' gives them to the outside}}
  %6 = linalg.matmul ins(%5, %v : tensor<1x3xf32>, tensor<3x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %3, %6 : tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

// The two that share a channel are told of.
func.func @equalized(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<2.0> : tensor<2x2xf32>
  %i = arith.constant dense<0.0> : tensor<1x2xf32>
  // expected-remark@+1 {{equalizes 2 channels with 1 reader}}
  %0 = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-remark@+1 {{'func.return' gives them to the outside}}
  %1 = linalg.matmul ins(%0, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
