// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver4 triple=x86_64-linux-gnu},func.func(lowbit-offset-activations,cse,canonicalize))' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver3 triple=x86_64-linux-gnu},func.func(lowbit-offset-activations,cse,canonicalize))' | FileCheck %s --check-prefix=AVX2

// The instruction of this CPU for weights of 8 bits takes signed activations.
// AVX2-NOT: arith.xori

#id = affine_map<(d0, d1) -> (d0, d1)>

// Bytes from outside are offset in one pass; the pad moves offset bytes, and its own: -100 + 128.
// CHECK-LABEL: func.func @argument(
// CHECK-SAME:    %[[X:.*]]: tensor<1x4x4x8xi8>
func.func @argument(%x: tensor<1x4x4x8xi8>, %init: tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32> {
  // CHECK-DAG: %[[C28:.*]] = arith.constant 28 : i8
  // CHECK-DAG: %[[ALL:.*]] = arith.constant dense<-128> : tensor<1x6x6x8xi8>
  // CHECK-DAG: %[[ONE:.*]] = arith.constant -128 : i8
  // CHECK: %[[OFFSET:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<1x4x4x8xi8>) outs(%{{.*}} : tensor<1x4x4x8xi8>) {
  // CHECK-NEXT: ^bb0(%[[IN:.*]]: i8, %{{.*}}: i8):
  // CHECK-NEXT:   %[[SUM:.*]] = arith.xori %[[IN]], %[[ONE]] : i8
  // CHECK-NEXT:   linalg.yield %[[SUM]]
  // CHECK: %[[PAD:.*]] = tensor.pad %[[OFFSET]] low[0, 1, 1, 0] high[0, 1, 1, 0]
  // CHECK:   tensor.yield %[[C28]]
  // CHECK: %[[SIGNED:.*]] = arith.xori %[[PAD]], %[[ALL]] : tensor<1x6x6x8xi8>
  // CHECK: linalg.conv_2d_nhwc_fhwc {{.*}} ins(%[[SIGNED]], %{{.*}} : {{.*}})
  %w = arith.constant dense<3> : tensor<16x3x3x8xi8>
  %c = arith.constant -100 : i8
  %pad = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %c : i8
  } : tensor<1x4x4x8xi8> to tensor<1x6x6x8xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%pad, %w : tensor<1x6x6x8xi8>, tensor<16x3x3x8xi8>) outs(%init : tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32>
  return %0 : tensor<1x4x4x16xi32>
}

// What an elementwise op gives is offset by that op. Two products read it; another elementwise op takes the offset back.
// CHECK-LABEL: func.func @shared(
// CHECK-SAME:    %[[S:.*]]: tensor<4x8xi32>
func.func @shared(%s: tensor<4x8xi32>, %init: tensor<4x16xi32>) -> (tensor<4x16xi32>, tensor<4x16xi32>, tensor<4x8xi8>) {
  // CHECK: %[[OFFSET:.*]] = linalg.generic {{.*}} ins(%[[S]] : tensor<4x8xi32>)
  // CHECK:   %[[BYTE:.*]] = arith.trunci
  // CHECK:   %[[SUM:.*]] = arith.xori %[[BYTE]], %c-128_i8
  // CHECK:   linalg.yield %[[SUM]]
  // CHECK: %[[SIGNED:.*]] = arith.xori %[[OFFSET]], %{{.*}} : tensor<4x8xi8>
  // CHECK: linalg.matmul {{.*}} ins(%[[SIGNED]], %{{.*}})
  // CHECK: linalg.matmul {{.*}} ins(%[[SIGNED]], %{{.*}})
  // CHECK: linalg.generic {{.*}} ins(%[[OFFSET]] : tensor<4x8xi8>)
  // CHECK-NEXT: ^bb0(%[[IN:.*]]: i8, %{{.*}}: i8):
  // CHECK-NEXT:   %[[BACK:.*]] = arith.xori %[[IN]], %c-128_i8
  // CHECK-NEXT:   arith.maxsi %[[BACK]], %{{.*}} : i8
  %w = arith.constant dense<3> : tensor<8x16xi8>
  %v = arith.constant dense<5> : tensor<8x16xi8>
  %zero = arith.constant 0 : i8
  %empty = tensor.empty() : tensor<4x8xi8>
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%s : tensor<4x8xi32>) outs(%empty : tensor<4x8xi8>) {
  ^bb0(%in: i32, %out: i8):
    %byte = arith.trunci %in : i32 to i8
    linalg.yield %byte : i8
  } -> tensor<4x8xi8>
  %0 = linalg.matmul ins(%a, %w : tensor<4x8xi8>, tensor<8x16xi8>) outs(%init : tensor<4x16xi32>) -> tensor<4x16xi32>
  %1 = linalg.matmul ins(%a, %v : tensor<4x8xi8>, tensor<8x16xi8>) outs(%init : tensor<4x16xi32>) -> tensor<4x16xi32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%a : tensor<4x8xi8>) outs(%empty : tensor<4x8xi8>) {
  ^bb0(%in: i8, %out: i8):
    %max = arith.maxsi %in, %zero : i8
    linalg.yield %max : i8
  } -> tensor<4x8xi8>
  return %0, %1, %2 : tensor<4x16xi32>, tensor<4x16xi32>, tensor<4x8xi8>
}

// Who else reads it is no elementwise op: both forms are made.
// CHECK-LABEL: func.func @returned(
func.func @returned(%s: tensor<4x8xi32>, %init: tensor<4x16xi32>) -> (tensor<4x16xi32>, tensor<4x8xi8>) {
  // CHECK: %[[BYTES:.*]] = linalg.generic
  // CHECK-NOT: arith.xori
  // CHECK: %[[OFFSET:.*]] = linalg.generic {{.*}} ins(%[[BYTES]] : tensor<4x8xi8>)
  // CHECK:   arith.xori
  // CHECK: arith.xori %[[OFFSET]], %{{.*}} : tensor<4x8xi8>
  // CHECK: return %{{.*}}, %[[BYTES]]
  %w = arith.constant dense<3> : tensor<8x16xi8>
  %empty = tensor.empty() : tensor<4x8xi8>
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%s : tensor<4x8xi32>) outs(%empty : tensor<4x8xi8>) {
  ^bb0(%in: i32, %out: i8):
    %byte = arith.trunci %in : i32 to i8
    linalg.yield %byte : i8
  } -> tensor<4x8xi8>
  %0 = linalg.matmul ins(%a, %w : tensor<4x8xi8>, tensor<8x16xi8>) outs(%init : tensor<4x16xi32>) -> tensor<4x16xi32>
  return %0, %a : tensor<4x16xi32>, tensor<4x8xi8>
}

// The parts of a concatenation are offset, and the depthwise convolution reads it as the other one does.

// CHECK-LABEL: func.func @concat(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<1x4x4x16xi8>, %[[Y:[a-z0-9]+]]: tensor<1x4x4x16xi8>
func.func @concat(%x: tensor<1x4x4x16xi8>, %y: tensor<1x4x4x16xi8>, %init: tensor<1x4x4x32xi32>)
    -> (tensor<1x4x4x32xi32>, tensor<1x4x4x32xi32>, tensor<1x4x4x16xi8>) {
  // CHECK-DAG: %[[OFFSET_X:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<1x4x4x16xi8>)
  // CHECK-DAG: %[[OFFSET_Y:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<1x4x4x16xi8>)
  // CHECK: %[[BOTH:.*]] = tensor.concat dim(3) %[[OFFSET_X]], %[[OFFSET_Y]]
  // CHECK: %[[SIGNED:.*]] = arith.xori %[[BOTH]], %{{.*}} : tensor<1x4x4x32xi8>
  // CHECK: linalg.conv_2d_nhwc_fhwc {{.*}} ins(%[[SIGNED]], %{{.*}})
  // CHECK: linalg.depthwise_conv_2d_nhwc_hwc {{.*}} ins(%[[SIGNED]], %{{.*}})
  // CHECK: return %{{.*}}, %{{.*}}, %[[X]]
  %w = arith.constant dense<3> : tensor<32x1x1x32xi8>
  %v = arith.constant dense<5> : tensor<1x1x32xi8>
  %a = tensor.concat dim(3) %x, %y : (tensor<1x4x4x16xi8>, tensor<1x4x4x16xi8>) -> tensor<1x4x4x32xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %w : tensor<1x4x4x32xi8>, tensor<32x1x1x32xi8>) outs(%init : tensor<1x4x4x32xi32>) -> tensor<1x4x4x32xi32>
  %1 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %v : tensor<1x4x4x32xi8>, tensor<1x1x32xi8>) outs(%init : tensor<1x4x4x32xi32>) -> tensor<1x4x4x32xi32>
  return %0, %1, %x : tensor<1x4x4x32xi32>, tensor<1x4x4x32xi32>, tensor<1x4x4x16xi8>
}

// Constant activations stay.
// CHECK-LABEL: func.func @constant(
// CHECK-NOT: arith.xori
// CHECK: return
func.func @constant(%init: tensor<4x16xi32>) -> tensor<4x16xi32> {
  %a = arith.constant dense<7> : tensor<4x8xi8>
  %w = arith.constant dense<3> : tensor<8x16xi8>
  %0 = linalg.matmul ins(%a, %w : tensor<4x8xi8>, tensor<8x16xi8>) outs(%init : tensor<4x16xi32>) -> tensor<4x16xi32>
  return %0 : tensor<4x16xi32>
}

// Where codes are multiplied, these are the unsigned operand; where codes are expanded to signed weights, it is the
// activations.
// CHECK-LABEL: func.func @codes(
// CHECK-NOT:     arith.xori
// CHECK:         linalg.matmul {{.*}}multiply_sums = true{{.*}} ins(%arg0,
// AVX2-LABEL:  func.func @codes(
// AVX2:          arith.xori
func.func @codes(%x: tensor<1x64xi8>, %init: tensor<1x64xi32>) -> tensor<1x64xi32> {
  %w = arith.constant dense<3> : tensor<64x64xi4>
  %0 = linalg.matmul ins(%x, %w : tensor<1x64xi8>, tensor<64x64xi4>) outs(%init : tensor<1x64xi32>) -> tensor<1x64xi32>
  return %0 : tensor<1x64xi32>
}
