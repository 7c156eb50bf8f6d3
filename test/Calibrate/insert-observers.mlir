// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-insert-observers)' -split-input-file | FileCheck %s
// What is observed already is not observed again.
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-insert-observers,lowbit-insert-observers)' -split-input-file | FileCheck %s

// The patches of the convolution: one for each of the 8 x 8 positions, of 3 x 3 x 4 elements of the padded tensor.
// CHECK: module attributes {lowbit.patches = [{
// CHECK-SAME: channel_count = 8 : i64, element_sizes = array<i64: 3, 3, 4>, element_strides = array<i64: 40, 4, 1>, input = "pad_0", name = "conv",
// CHECK-SAME: position_sizes = array<i64: 1, 8, 8>, position_strides = array<i64: 400, 40, 4>, sources = []}],
// CHECK-SAME: lowbit.program_hash = "{{[0-9a-f]+}}"}

// Arguments and what depends on them; not the constants, the broadcast bias, or the tensor of integers.

// CHECK-LABEL: func.func @conv(
// CHECK-SAME: %[[X:.*]]: tensor<1x8x8x4xf32> {lowbit.name = "x"}, %[[Y:[a-z0-9]*]]: tensor<1x8x8x8xf32>, %{{.*}}: tensor<4xi8>)
// CHECK-NEXT: lowbit.observe %[[X]] as "x" : tensor<1x8x8x4xf32>
// CHECK-NEXT: lowbit.observe %[[Y]] as "arg_1" : tensor<1x8x8x8xf32>
// CHECK-NOT: lowbit.observe
// CHECK: %[[PAD:.*]] = tensor.pad
// CHECK: lowbit.observe %[[PAD]] as "pad_0"
// CHECK-NEXT: %[[CONV:.*]] = linalg.conv_2d_nhwc_fhwc
// CHECK-NEXT: lowbit.observe %[[CONV]] as "conv"
// CHECK: %[[ADD:.*]] = linalg.add
// CHECK-NEXT: lowbit.observe %[[ADD]] as "add_0"
// CHECK-NEXT: return %[[ADD]]
func.func @conv(%x: tensor<1x8x8x4xf32> {lowbit.name = "x"}, %y: tensor<1x8x8x8xf32>,
                %ints: tensor<4xi8>) -> tensor<1x8x8x8xf32> {
  %w = arith.constant dense<0.5> : tensor<8x3x3x4xf32>
  %b = arith.constant dense<1.0> : tensor<8xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x8x8x8xf32>
  %init = linalg.broadcast ins(%b : tensor<8xf32>) outs(%e : tensor<1x8x8x8xf32>) dimensions = [0, 1, 2]
  %pad = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x8x8x4xf32> to tensor<1x10x10x4xf32>
  %conv = linalg.conv_2d_nhwc_fhwc {lowbit.name = "conv"}
      ins(%pad, %w : tensor<1x10x10x4xf32>, tensor<8x3x3x4xf32>) outs(%init : tensor<1x8x8x8xf32>)
      -> tensor<1x8x8x8xf32>
  %add = linalg.add ins(%conv, %y : tensor<1x8x8x8xf32>, tensor<1x8x8x8xf32>) outs(%e : tensor<1x8x8x8xf32>)
      -> tensor<1x8x8x8xf32>
  return %add : tensor<1x8x8x8xf32>
}

// -----

// A region may use a varying tensor from outside; each function has its own names.

// CHECK-LABEL: func.func @region(
// CHECK-SAME: %[[C:.*]]: i1, %[[X:.*]]: tensor<4xf32>)
// CHECK-NEXT: lowbit.observe %[[X]] as "region/arg_1"
// CHECK: %[[IF:.*]] = scf.if
// CHECK: } else {
// CHECK: %[[TANH:.*]] = math.tanh
// CHECK-NEXT: lowbit.observe %[[TANH]] as "region/tanh_0"
// CHECK: }
// CHECK-NEXT: lowbit.observe %[[IF]] as "region/if_0"
func.func @region(%c: i1, %x: tensor<4xf32>) -> tensor<4xf32> {
  %k = arith.constant dense<1.0> : tensor<4xf32>
  %0 = scf.if %c -> tensor<4xf32> {
    scf.yield %k : tensor<4xf32>
  } else {
    %1 = math.tanh %x : tensor<4xf32>
    scf.yield %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @constants(
// CHECK-NOT: lowbit.observe
// CHECK: return
func.func @constants() -> tensor<4xf32> {
  %k = arith.constant dense<1.0> : tensor<4xf32>
  %0 = math.tanh %k : tensor<4xf32>
  return %0 : tensor<4xf32>
}

func.func private @declared(tensor<4xf32>) -> tensor<4xf32>
