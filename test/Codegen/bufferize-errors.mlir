// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(lowbit-bufferize)'

// A padding that is computed from the position has no place to be filled from.
func.func @pad_of_dynamic_shape(%x: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  %c = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[%n] high[0] {
  ^bb0(%i: index):
    tensor.yield %c : f32
  } : tensor<?xf32> to tensor<?xf32>
  return %0 : tensor<?xf32>
}
