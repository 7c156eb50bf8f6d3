// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse))' | FileCheck %s

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!y = !quant.uniform<i8:f32, 2.500000e-01>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#pooled = affine_map<(n, h, w, c, kh, kw) -> (n, h * 2 + kh, w * 2 + kw, c)>
#window = affine_map<(n, h, w, c, kh, kw) -> (kh, kw)>
#result = affine_map<(n, h, w, c, kh, kw) -> (n, h, w, c)>

// A clamp of an argument is an op of its own: -1 and 1 are two steps of 0.5 from 3.
// CHECK-LABEL: func.func @clamp(
func.func @clamp(%x: tensor<1x4x!x>) -> tensor<1x4x!x> {
  // CHECK-NEXT: lowbit.clamp %{{.*}} min 1 max 5 :
  %low = arith.constant -1.0 : f32
  %high = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<1x4xf32>
  %0 = lowbit.dequantize %x : tensor<1x4x!x> -> tensor<1x4xf32>
  %1 = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %max = arith.maximumf %in, %low : f32
      %min = arith.minimumf %max, %high : f32
      linalg.yield %min : f32
  } -> tensor<1x4xf32>
  %2 = lowbit.quantize %1 : tensor<1x4xf32> -> tensor<1x4x!x>
  return %2 : tensor<1x4x!x>
}

// A function is a table of its values at the codes from -128 up, the first of which lie below 0.
// CHECK-LABEL: func.func @function(
func.func @function(%x: tensor<1x4x!x>) -> tensor<1x4x!y> {
  // CHECK-NEXT: lowbit.lookup %{{.*}}, dense<"0x{{(FC)+(04)+}}"> : tensor<256xi8> : tensor<1x4x!quant.uniform<i8:f32, 5.000000e-01:3>> -> tensor<1x4x!quant.uniform<i8:f32, 2.500000e-01>>
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %minus = arith.constant -1.0 : f32
  %e = tensor.empty() : tensor<1x4xf32>
  %0 = lowbit.dequantize %x : tensor<1x4x!x> -> tensor<1x4xf32>
  %1 = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %isNegative = arith.cmpf olt, %in, %zero : f32
      %sign = arith.select %isNegative, %minus, %one : f32
      linalg.yield %sign : f32
  } -> tensor<1x4xf32>
  %2 = lowbit.quantize %1 : tensor<1x4xf32> -> tensor<1x4x!y>
  return %2 : tensor<1x4x!y>
}

// Bounds that the type holds already need no op.
// CHECK-LABEL: func.func @no_clamp(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x{{.*}}>)
func.func @no_clamp(%x: tensor<1x4x!x>) -> tensor<1x4x!x> {
  // CHECK-NEXT: return %[[X]]
  %low = arith.constant -100.0 : f32
  %e = tensor.empty() : tensor<1x4xf32>
  %0 = lowbit.dequantize %x : tensor<1x4x!x> -> tensor<1x4xf32>
  %1 = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %max = arith.maximumf %in, %low : f32
      linalg.yield %max : f32
  } -> tensor<1x4xf32>
  %2 = lowbit.quantize %1 : tensor<1x4xf32> -> tensor<1x4x!x>
  return %2 : tensor<1x4x!x>
}

// CHECK-LABEL: func.func @mean(
func.func @mean(%x: tensor<2x4x!x>) -> tensor<2x!y> {
  // CHECK-NEXT: lowbit.reduce_mean %{{.*}} dims [1] : tensor<2x4x!quant.uniform<i8:f32, 5.000000e-01:3>> -> tensor<2x!quant.uniform<i8:f32, 2.500000e-01>>
  %zero = arith.constant 0.0 : f32
  %quarter = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x4x!x> -> tensor<2x4xf32>
  %1 = linalg.generic {indexing_maps = [#id2, #row], iterator_types = ["parallel", "reduction"]}
      ins(%0 : tensor<2x4xf32>) outs(%i : tensor<2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %product = arith.mulf %in, %quarter : f32
      %sum = arith.addf %out, %product : f32
      linalg.yield %sum : f32
  } -> tensor<2xf32>
  %2 = lowbit.quantize %1 : tensor<2xf32> -> tensor<2x!y>
  return %2 : tensor<2x!y>
}

// The zeros around the tensor count in the mean.
// CHECK-LABEL: func.func @windowed_mean(
func.func @windowed_mean(%x: tensor<1x3x3x1x!x>) -> tensor<1x2x2x1x!y> {
  // CHECK-NEXT: lowbit.avg_pool_2d %{{.*}} kernel [2, 2] strides [2, 2] pad [0, 1, 0, 1] :
  %zero = arith.constant 0.0 : f32
  %quarter = arith.constant 0.25 : f32
  %0 = lowbit.dequantize %x : tensor<1x3x3x1x!x> -> tensor<1x3x3x1xf32>
  %1 = tensor.pad %0 low[0, 0, 0, 0] high[0, 1, 1, 0] {
    ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
      tensor.yield %zero : f32
  } : tensor<1x3x3x1xf32> to tensor<1x4x4x1xf32>
  %2 = lowbit.quantize %1 : tensor<1x4x4x1xf32> -> tensor<1x4x4x1x!x>
  %3 = lowbit.dequantize %2 : tensor<1x4x4x1x!x> -> tensor<1x4x4x1xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %e = tensor.empty() : tensor<1x2x2x1xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  %4 = linalg.generic {indexing_maps = [#pooled, #window, #result],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%3, %window : tensor<1x4x4x1xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2x2x1xf32>) {
    ^bb0(%in: f32, %unused: f32, %out: f32):
      %product = arith.mulf %in, %quarter : f32
      %sum = arith.addf %out, %product : f32
      linalg.yield %sum : f32
  } -> tensor<1x2x2x1xf32>
  %5 = lowbit.quantize %4 : tensor<1x2x2x1xf32> -> tensor<1x2x2x1x!y>
  return %5 : tensor<1x2x2x1x!y>
}
