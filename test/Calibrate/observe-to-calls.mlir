// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-insert-observers,lowbit-codegen-pipeline)' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-insert-observers,lowbit-export-signatures,lowbit-bufferize)' \
// RUN:   | FileCheck %s --check-prefix=BUFFERS

// Code generation turns observers into calls of the recorder; the module says which index is which tensor.

// CHECK: module attributes
// CHECK-SAME: lowbit.observed = ["x", "add_0", "mul_0", "concat_0"]
// CHECK-SAME: lowbit.program_hash = "{{[0-9a-f]+}}"
// CHECK: llvm.func @lowbit_observe(i64, !llvm.ptr, i64)
// CHECK-LABEL: llvm.func @f(
// CHECK-COUNT-4: llvm.call @lowbit_observe(%{{.*}}, %{{.*}}, %{{.*}}) : (i64, !llvm.ptr, i64) -> ()
// CHECK-NOT: lowbit.observe

// A part of the concatenation that is written in place isn't contiguous: the observer gets a copy. Other buffers are
// observed where they are.

// BUFFERS-LABEL: func.func @f(
// BUFFERS-SAME: %[[X:.*]]: memref<2x8xf32>
// BUFFERS: lowbit.observe %[[X]] as "x" : memref<2x8xf32>
// BUFFERS: linalg.add {{.*}} outs(%[[ADD:.*]] : memref<2x8xf32, strided<[16, 1]>>)
// BUFFERS: %[[COPY:.*]] = memref.alloc() {alignment = 64 : i64} : memref<2x8xf32>
// BUFFERS: linalg.copy ins(%[[ADD]] : {{.*}}) outs(%[[COPY]] : memref<2x8xf32>)
// BUFFERS: lowbit.observe %[[COPY]] as "add_0" : memref<2x8xf32>
func.func @f(%x: tensor<2x8xf32> {lowbit.name = "x"}) -> tensor<2x16xf32> {
  %e0 = tensor.empty() : tensor<2x8xf32>
  %add = linalg.add ins(%x, %x : tensor<2x8xf32>, tensor<2x8xf32>) outs(%e0 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %e1 = tensor.empty() : tensor<2x8xf32>
  %mul = linalg.mul ins(%x, %x : tensor<2x8xf32>, tensor<2x8xf32>) outs(%e1 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %concat = tensor.concat dim(1) %add, %mul : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x16xf32>
  return %concat : tensor<2x16xf32>
}
