// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-separate-layers))' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-separate-layers{only=last}))' | FileCheck %s --check-prefix=ONLY
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-separate-layers{only=last at=none}))' | FileCheck %s --check-prefix=AT

// Each layer reads arguments and returns what its readers would find: the quantized value where all of them quantize.
// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32> {lowbit.name = "x"}, %[[A:.*]]: tensor<4xf32> {lowbit.name = "first"})
// CHECK-SAME: -> (tensor<4xf32> {lowbit.name = "first"}, tensor<4xf32> {lowbit.name = "last"}) {
// CHECK: %[[ADD:.*]] = linalg.add {{.*}}ins(%[[X]], %[[X]]
// CHECK-DAG: %[[OWN:.*]] = lowbit.quantize %[[ADD]]
// CHECK-DAG: %[[FIRST:.*]] = lowbit.dequantize %[[OWN]]
// CHECK-DAG: %[[QUANTIZED:.*]] = lowbit.quantize %[[A]]
// CHECK-DAG: %[[READ:.*]] = lowbit.dequantize %[[QUANTIZED]]
// CHECK: %[[MUL:.*]] = linalg.mul {{.*}}ins(%[[READ]], %[[X]]
// CHECK: return %[[FIRST]], %[[MUL]] : tensor<4xf32>, tensor<4xf32>

// One layer is all that is left, and what nothing reads is no argument any more; its op keeps its name.
// ONLY-LABEL: func.func @f(
// ONLY-SAME: %[[X:.*]]: tensor<4xf32> {lowbit.name = "x"}, %[[A:.*]]: tensor<4xf32> {lowbit.name = "first"})
// ONLY-SAME: -> (tensor<4xf32> {lowbit.name = "last"}) {
// ONLY-NOT: linalg.add
// ONLY: linalg.mul {lowbit.name = "last"}

// Nothing is cut but at the tensors of those names.
// AT-LABEL: func.func @f(
// AT-SAME: %{{.*}}: tensor<4xf32> {lowbit.name = "x"}) -> (tensor<4xf32> {lowbit.name = "last"}) {
// AT: linalg.add
// AT: linalg.mul
func.func @f(%x: tensor<4xf32> {lowbit.name = "x"}) -> (tensor<4xf32> {lowbit.name = "y"}) {
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.add {lowbit.name = "first"} ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %q = lowbit.quantize %0 : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 0.5>>
  %d = lowbit.dequantize %q : tensor<4x!quant.uniform<i8:f32, 0.5>> -> tensor<4xf32>
  %1 = linalg.mul {lowbit.name = "last"} ins(%d, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK: func.func private @declaration(tensor<4xf32>) -> tensor<4xf32>
func.func private @declaration(tensor<4xf32>) -> tensor<4xf32>
