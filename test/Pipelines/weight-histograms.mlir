// How weights are distributed, and what quantization leaves of that.
// RUN: quant-translate --lowbit-to-weight-histograms %s | %python -c "import json, sys; [print(x['name'], x['largest'], {i: n for i, n in enumerate(x['counts']) if n}) for x in json.load(sys.stdin)]" | FileCheck %s

// 65 parts of [-8, 8]: 0 is in the middle one, 8 in the last.
// CHECK: floats 8 {0: 1, 20: 1, 32: 3, 64: 1}
// At scale 4: 8, -8, -4 (from -3), and zeros.
// CHECK: narrow 8 {0: 1, 16: 1, 32: 3, 64: 1}
// Weights that are not finite are left out.
// CHECK-NOT: infinite
func.func @f(%x: tensor<1x2xf32>) -> (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1x3xf32>) {
  %w = arith.constant dense<[[8.0, -8.0, -3.0], [0.0, 0.0, 0.0]]> : tensor<2x3xf32>
  %n = arith.constant dense<0x7F800000> : tensor<2x3xf32>
  %i = arith.constant dense<0.0> : tensor<1x3xf32>
  %0 = linalg.matmul {lowbit.name = "floats"} ins(%x, %w : tensor<1x2xf32>, tensor<2x3xf32>) outs(%i : tensor<1x3xf32>) -> tensor<1x3xf32>
  %q = lowbit.quantize %w : tensor<2x3xf32> -> tensor<2x3x!quant.uniform<i4:f32, 4.0>>
  %d = lowbit.dequantize %q : tensor<2x3x!quant.uniform<i4:f32, 4.0>> -> tensor<2x3xf32>
  %1 = linalg.matmul {lowbit.name = "narrow"} ins(%x, %d : tensor<1x2xf32>, tensor<2x3xf32>) outs(%i : tensor<1x3xf32>) -> tensor<1x3xf32>
  %2 = linalg.matmul {lowbit.name = "infinite"} ins(%x, %n : tensor<1x2xf32>, tensor<2x3xf32>) outs(%i : tensor<1x3xf32>) -> tensor<1x3xf32>
  return %0, %1, %2 : tensor<1x3xf32>, tensor<1x3xf32>, tensor<1x3xf32>
}
