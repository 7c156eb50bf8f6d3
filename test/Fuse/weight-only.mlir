// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse))' -verify-diagnostics | FileCheck %s
// Nothing folds the integers back to floats.
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse),canonicalize,cse)' 2>/dev/null | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse),lowbit-lower-to-linalg,lowbit-fold-constants,canonicalize,cse)' 2>/dev/null | FileCheck %s --check-prefix=LOWERED
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse),lowbit-explain)' -o /dev/null 2>/dev/null | FileCheck %s --check-prefix=EXPLAIN
// RUN: not quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse{require-integer=true}))' -o /dev/null 2>&1 | FileCheck %s --check-prefix=REQUIRED

!axis = !quant.uniform<i4:f32:1, {1.0,2.0}>

// EXPLAIN: matmul_0: float: weights are 4-bit integers of 2 scales, activations float: the recipe asks for that
// EXPLAIN-NEXT: matmul_1: float: weights are 4-bit integers of 2 scales, activations float: its operand 0 is not quantized
// EXPLAIN-NEXT: 2 ops: 0 integer, 2 float
// REQUIRED: error: 'linalg.matmul' stays float: weights are 4-bit integers of 2 scales, activations float: the recipe asks for that

// LOWERED: linalg.generic {{.*}} ins(%{{.*}} : tensor<2x2xi4>, tensor<2xf32>) outs(%{{.*}} : tensor<2x2xf32>)

// The integers are what lies in memory. Both products read the same.
// CHECK-LABEL: func.func @axis(
// CHECK-SAME: %[[X:.*]]: tensor<3x2xf32>
func.func @axis(%x: tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  // CHECK: %[[C:.*]] = arith.constant dense<{{\[\[}}1, 2], [-8, -1]]> : tensor<2x2xi4>
  // CHECK-NOT: lowbit.quantize
  // CHECK: %[[Q:.*]] = quant.scast %[[C]] : tensor<2x2xi4> to tensor<2x2x!quant.uniform<i4:f32:1, {1.000000e+00,2.000000e+00}>>
  // CHECK: %[[W:.*]] = lowbit.dequantize %[[Q]]
  // CHECK: linalg.matmul {{.*}} ins(%[[X]], %[[W]] : tensor<3x2xf32>, tensor<2x2xf32>)
  // CHECK: linalg.matmul {{.*}} ins(%[[X]], %[[W]] : tensor<3x2xf32>, tensor<2x2xf32>)
  %w = arith.constant dense<[[1.0, 4.0], [-8.0, -2.0]]> : tensor<2x2xf32>
  %q = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!axis>
  %d = lowbit.dequantize %q : tensor<2x2x!axis> -> tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  // expected-remark @below {{'linalg.matmul' stays float: weights are 4-bit integers of 2 scales, activations float: the recipe asks for that}}
  %y = linalg.matmul {lowbit.float = "the recipe asks for that"} ins(%x, %d : tensor<3x2xf32>, tensor<2x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  // expected-remark @below {{'linalg.matmul' stays float: weights are 4-bit integers of 2 scales, activations float: its operand 0 is not quantized}}
  %z = linalg.matmul ins(%x, %d : tensor<3x2xf32>, tensor<2x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y, %z : tensor<3x2xf32>, tensor<3x2xf32>
}
