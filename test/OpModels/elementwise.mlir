// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse))' | FileCheck %s

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!y = !quant.uniform<i8:f32, 2.500000e-01>

// CHECK-LABEL: func.func @binary(
// CHECK-SAME: %[[X:.*]]: tensor<2x{{.*}}>, %[[Y:.*]]: tensor<2x{{.*}}>)
func.func @binary(%x: tensor<2x!x>, %y: tensor<2x!y>) -> tensor<2x!y> {
  // CHECK-NEXT: %[[A:.*]] = lowbit.add %[[X]], %[[Y]] : {{.*}} -> tensor<2x!quant.uniform<i8:f32, 5.000000e-01:3>>
  // CHECK-NEXT: %[[S:.*]] = lowbit.sub %[[A]], %[[Y]] : {{.*}} -> tensor<2x!quant.uniform<i8:f32, 5.000000e-01:3>>
  // CHECK-NEXT: %[[M:.*]] = lowbit.mul %[[S]], %[[Y]] : {{.*}} -> tensor<2x!quant.uniform<i8:f32, 2.500000e-01>>
  // CHECK-NEXT: return %[[M]]
  %e = tensor.empty() : tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  %1 = lowbit.dequantize %y : tensor<2x!y> -> tensor<2xf32>
  %2 = linalg.add ins(%0, %1 : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %3 = lowbit.quantize %2 : tensor<2xf32> -> tensor<2x!x>
  %4 = lowbit.dequantize %3 : tensor<2x!x> -> tensor<2xf32>
  %5 = linalg.sub ins(%4, %1 : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %6 = lowbit.quantize %5 : tensor<2xf32> -> tensor<2x!x>
  %7 = lowbit.dequantize %6 : tensor<2x!x> -> tensor<2xf32>
  %8 = linalg.mul ins(%7, %1 : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %9 = lowbit.quantize %8 : tensor<2xf32> -> tensor<2x!y>
  return %9 : tensor<2x!y>
}

// CHECK-LABEL: func.func @constant(
func.func @constant(%x: tensor<2x!x>) -> tensor<2x!x> {
  // CHECK: %[[C:.*]] = arith.constant dense<[4, 8]> : tensor<2xi8>
  // CHECK: %[[S:.*]] = quant.scast %[[C]] : tensor<2xi8> to tensor<2x!quant.uniform<i8:f32, 2.500000e-01>>
  // CHECK: lowbit.add %{{.*}}, %[[S]]
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<2xf32>
  %0 = lowbit.dequantize %x : tensor<2x!x> -> tensor<2xf32>
  %1 = lowbit.quantize %c : tensor<2xf32> -> tensor<2x!y>
  %2 = lowbit.dequantize %1 : tensor<2x!y> -> tensor<2xf32>
  %3 = linalg.add ins(%0, %2 : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %4 = lowbit.quantize %3 : tensor<2xf32> -> tensor<2x!x>
  return %4 : tensor<2x!x>
}
