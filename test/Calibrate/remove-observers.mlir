// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-remove-observers)' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-insert-observers,lowbit-remove-observers)' | FileCheck %s

// CHECK-NOT: lowbit.program_hash
// CHECK-NOT: lowbit.observe
// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>)
// CHECK-NEXT: %[[TANH:.*]] = math.tanh %[[X]]
// CHECK-NEXT: return %[[TANH]]
module attributes {lowbit.program_hash = "0123"} {
  func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
    lowbit.observe %x as "arg_0" : tensor<4xf32>
    %0 = math.tanh %x : tensor<4xf32>
    lowbit.observe %0 as "tanh_0" : tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}
