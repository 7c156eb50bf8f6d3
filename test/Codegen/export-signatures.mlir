// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-export-signatures)' | FileCheck %s

// CHECK: module attributes {lowbit.signature = [
// CHECK-SAME: {function = "named", inputs = [{name = "image", shape = [1, 4], type = f32}], outputs = [{name = "logits", shape = [1, 4], type = f32}]}
// CHECK-SAME: {function = "unnamed", inputs = [{name = "input0", shape = [2], type = i8}], outputs = [{name = "output0", shape = [2], type = i8}, {name = "output1", shape = [2], type = i8}]}

// CHECK-LABEL: func.func @named(
// CHECK-SAME: %[[IN:.*]]: memref<1x4xf32>, %[[OUT:.*]]: memref<1x4xf32>) -> i32 {
func.func @named(%x: tensor<1x4xf32> {lowbit.name = "image"}) -> (tensor<1x4xf32> {lowbit.name = "logits"}) {
  // CHECK: %[[X:.*]] = bufferization.to_tensor %[[IN]] restrict
  // CHECK: %[[Y:.*]] = math.absf %[[X]]
  %y = math.absf %x : tensor<1x4xf32>
  // CHECK: bufferization.materialize_in_destination %[[Y]] in restrict writable %[[OUT]]
  // CHECK: %[[STATUS:.*]] = arith.constant 0 : i32
  // CHECK: return %[[STATUS]] : i32
  return %y : tensor<1x4xf32>
}

// CHECK-LABEL: func.func @unnamed(
// CHECK-SAME: %{{.*}}: memref<2xi8>, %{{.*}}: memref<2xi8>, %{{.*}}: memref<2xi8>)
func.func @unnamed(%x: tensor<2xi8>) -> (tensor<2xi8>, tensor<2xi8>) {
  return %x, %x : tensor<2xi8>, tensor<2xi8>
}

// CHECK: func.func private @helper(tensor<2xi8>) -> tensor<2xi8>
func.func private @helper(tensor<2xi8>) -> tensor<2xi8>
