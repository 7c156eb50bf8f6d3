// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-convert-quant-casts)' -split-input-file | FileCheck %s

// A pair stays a pair: upstream's canonicalizer would make x of it.

// CHECK-LABEL: func.func @pair(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>
// CHECK-NEXT: %[[Q:.*]] = lowbit.quantize %[[X]] : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 5.000000e-01:3>>
// CHECK-NEXT: %[[D:.*]] = lowbit.dequantize %[[Q]]
// CHECK-NEXT: return %[[D]]
func.func @pair(%x: tensor<4xf32>) -> tensor<4xf32> {
  %q = quant.qcast %x : tensor<4xf32> to tensor<4x!quant.uniform<i8:f32, 0.5:3>>
  %d = quant.dcast %q : tensor<4x!quant.uniform<i8:f32, 0.5:3>> to tensor<4xf32>
  return %d : tensor<4xf32>
}

// -----

// Weights per channel; storage casts change no bits and stay; names go along.

// CHECK-LABEL: func.func @weights(
// CHECK: quant.scast
// CHECK-NEXT: lowbit.dequantize {{.*}} {lowbit.name = "w"} : tensor<2x3x!quant.uniform<i8<-127:127>:f32:0, {{.*}}>> -> tensor<2x3xf32>
func.func @weights(%w: tensor<2x3xi8>) -> tensor<2x3xf32> {
  %q = quant.scast %w : tensor<2x3xi8> to tensor<2x3x!quant.uniform<i8<-127:127>:f32:0, {0.5, 0.25}>>
  %d = quant.dcast %q {lowbit.name = "w"} : tensor<2x3x!quant.uniform<i8<-127:127>:f32:0, {0.5, 0.25}>> to tensor<2x3xf32>
  return %d : tensor<2x3xf32>
}
