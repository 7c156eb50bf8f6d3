// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse))' | FileCheck %s

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!w = !quant.uniform<i8<-127:127>:f32:1, {1.0,2.0}>
!b = !quant.uniform<i32:f32:0, {0.5,1.0}>
!relu = !quant.uniform<i8:f32, 2.500000e-01:-128>
!relu6 = !quant.uniform<i8:f32, 2.500000e-01>
#id2 = affine_map<(d0, d1) -> (d0, d1)>

// Constants are integers behind a scast; the clamp is what the type holds already.
// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[X:.*]]: tensor<1x2xf32>
func.func @matmul(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // CHECK-DAG: %[[WC:.*]] = arith.constant dense<{{\[\[}}127, 1], [1, -127]]> : tensor<2x2xi8>
  // CHECK-DAG: %[[W:.*]] = quant.scast %[[WC]] : tensor<2x2xi8> to tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {1.000000e+00,2.000000e+00}>>
  // CHECK-DAG: %[[B:.*]] = arith.constant dense<[2, 3]> : tensor<2xi32>
  // CHECK-DAG: %[[XQ:.*]] = lowbit.quantize %[[X]]
  // CHECK: %[[Y:.*]] = lowbit.matmul %[[XQ]], %[[W]] bias %[[B]] {lowbit.name = "y"} : {{.*}} -> tensor<1x2x!quant.uniform<i8:f32, 2.500000e-01:-128>>
  // CHECK: %[[YD:.*]] = lowbit.dequantize %[[Y]]
  // CHECK-NEXT: return %[[YD]]
  %0 = lowbit.quantize %x : tensor<1x2xf32> -> tensor<1x2x!x>
  %1 = lowbit.dequantize %0 : tensor<1x2x!x> -> tensor<1x2xf32>
  %w = arith.constant dense<[[127.0, 2.0], [1.0, -254.0]]> : tensor<2x2xf32>
  %2 = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!w>
  %3 = lowbit.dequantize %2 : tensor<2x2x!w> -> tensor<2x2xf32>
  %b = arith.constant dense<[1.0, 3.0]> : tensor<2xf32>
  %4 = lowbit.quantize %b : tensor<2xf32> -> tensor<2x!b>
  %5 = lowbit.dequantize %4 : tensor<2x!b> -> tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.broadcast ins(%5 : tensor<2xf32>) outs(%e : tensor<1x2xf32>) dimensions = [0]
  %6 = linalg.matmul ins(%1, %3 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %7 = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"], lowbit.name = "y"}
      ins(%6 : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %m = arith.maximumf %in, %zero : f32
      linalg.yield %m : f32
  } -> tensor<1x2xf32>
  %8 = lowbit.quantize %7 : tensor<1x2xf32> -> tensor<1x2x!relu>
  %9 = lowbit.dequantize %8 : tensor<1x2x!relu> -> tensor<1x2xf32>
  return %9 : tensor<1x2xf32>
}

// Sums that only a float op and the end of the program read are not rounded before they are floats. A ReLU bounds them
// as it does in every scale; of 6 there is no integer, so that such a clamp stays a float op.
// CHECK-LABEL: func.func @accumulators(
func.func @accumulators(%x: tensor<1x2x!x>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  // CHECK: %[[Y:.*]] = lowbit.matmul %{{.*}}, %{{[^ ]*}} clamp [0, 2147483647] {lowbit.name = "y"} : {{.*}} -> tensor<1x2x!quant.uniform<i32:f32:1, {5.000000e-01,1.000000e+00}>>
  // CHECK-NEXT: %[[YD:.*]] = lowbit.dequantize %[[Y]]
  // CHECK-NEXT: %[[Z:.*]] = lowbit.matmul %{{.*}}, %{{[^ ]*}} : {{.*}} -> tensor<1x2x!quant.uniform<i32:f32:1, {5.000000e-01,1.000000e+00}>>
  // CHECK-NEXT: %[[ZD:.*]] = lowbit.dequantize %[[Z]]
  // CHECK-NEXT: %[[CLAMPED:.*]] = linalg.generic {{.*}} ins(%[[ZD]] :
  // CHECK: return %[[YD]], %[[CLAMPED]]
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %0 = lowbit.dequantize %x : tensor<1x2x!x> -> tensor<1x2xf32>
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %1 = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!w>
  %2 = lowbit.dequantize %1 : tensor<2x2x!w> -> tensor<2x2xf32>
  %3 = linalg.matmul ins(%0, %2 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %4 = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"], lowbit.name = "y"}
      ins(%3 : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %m = arith.maximumf %in, %zero : f32
      linalg.yield %m : f32
  } -> tensor<1x2xf32>
  %5 = linalg.matmul ins(%0, %2 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %6 = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%5 : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %low = arith.maximumf %in, %zero : f32
      %high = arith.minimumf %low, %six : f32
      linalg.yield %high : f32
  } -> tensor<1x2xf32>
  return %4, %6 : tensor<1x2xf32>, tensor<1x2xf32>
}

// 0 and 6 are 0 and 24 steps of 0.25.
// CHECK-LABEL: func.func @clamp(
func.func @clamp(%x: tensor<1x2x!x>) -> tensor<1x2x!relu6> {
  // CHECK-NEXT: %[[Y:.*]] = lowbit.add %{{.*}}, %{{.*}} clamp [0, 24]
  // CHECK-NEXT: return %[[Y]]
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %0 = lowbit.dequantize %x : tensor<1x2x!x> -> tensor<1x2xf32>
  %1 = linalg.add ins(%0, %0 : tensor<1x2xf32>, tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %2 = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%1 : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %low = arith.maximumf %in, %zero : f32
      %high = arith.minimumf %low, %six : f32
      linalg.yield %high : f32
  } -> tensor<1x2xf32>
  %3 = lowbit.quantize %2 : tensor<1x2xf32> -> tensor<1x2x!relu6>
  return %3 : tensor<1x2x!relu6>
}

// CHECK-LABEL: func.func @casts(
func.func @casts(%x: tensor<2x!x>) -> tensor<2x!relu> {
  // CHECK-NEXT: %[[Y:.*]] = lowbit.requantize %{{.*}} : tensor<2x!quant.uniform<i8:f32, 5.000000e-01:3>> -> tensor<2x!quant.uniform<i8:f32, 2.500000e-01:-128>>
  // CHECK-NEXT: return %[[Y]]
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  %1 = lowbit.quantize %0 : tensor<2xf32> -> tensor<2x!relu>
  return %1 : tensor<2x!relu>
}

// Weights in groups are constants of 4 bits; what is summed has the scale that divides those of a channel's groups.
!groups = !quant.uniform<i4:f32:{0:2,1:1}, {{0.75,0.5},{0.5,2.0}}>
// CHECK-LABEL: func.func @groups(
func.func @groups(%x: tensor<1x4x!x>) -> tensor<1x2xf32> {
  // CHECK: %[[Q:.*]] = arith.constant dense<{{\[\[}}4, -8], [-4, 2], [7, 1], [-8, 0]]> : tensor<4x2xi4>
  // CHECK: %[[W:.*]] = quant.scast %[[Q]] : tensor<4x2xi4> to tensor<4x2x!quant.uniform<i4:f32:{0:2, 1:1}, {{[{][{]}}7.500000e-01, 5.000000e-01}, {5.000000e-01, 2.000000e+00{{[}][}]}}>>
  // CHECK: lowbit.matmul %{{.*}}, %[[W]] : {{.*}} -> tensor<1x2x!quant.uniform<i32:f32:1, {1.250000e-01,2.500000e-01}>>
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[3.0, -4.0], [-3.0, 1.0], [3.5, 2.0], [-100.0, 0.25]]> : tensor<4x2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %0 = lowbit.dequantize %x : tensor<1x4x!x> -> tensor<1x4xf32>
  %1 = lowbit.quantize %w : tensor<4x2xf32> -> tensor<4x2x!groups>
  %2 = lowbit.dequantize %1 : tensor<4x2x!groups> -> tensor<4x2xf32>
  %3 = linalg.matmul ins(%0, %2 : tensor<1x4xf32>, tensor<4x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %3 : tensor<1x2xf32>
}
