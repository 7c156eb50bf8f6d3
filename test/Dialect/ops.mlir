// RUN: quant-opt %s | quant-opt | FileCheck %s

// CHECK-LABEL: func.func @quantize(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>)
func.func @quantize(%x: tensor<4xf32>) -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>> {
  // CHECK: %[[Q:.*]] = lowbit.quantize %[[X]] : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 5.000000e-01:-3>>
  %q = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
  // CHECK: return %[[Q]]
  return %q : tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
}
