// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-space-to-depth{cpu=sapphirerapids triple=x86_64-linux-gnu})' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-space-to-depth{cpu=znver4 triple=x86_64-linux-gnu})' | FileCheck %s --check-prefix=VECTORS

// Without tile registers nothing changes.
// VECTORS-NOT: linalg.transpose

// The line before the picture becomes two, of which the first has no weights. The tenth line, which the picture lacks,
// is the last one's neighbor.
// CHECK-LABEL: func.func @padded(
// CHECK-SAME: %[[X:.*]]: tensor<1x9x8x1xi8>
// CHECK: %[[FILL:.*]] = arith.constant -5 : i8
// CHECK: %[[EVEN:.*]] = tensor.pad %[[X]] low[0, 0, 0, 0] high[0, 1, 0, 0]
// CHECK: tensor.yield %[[FILL]]
// CHECK: %[[PAIRS:.*]] = tensor.expand_shape %[[EVEN]] {{\[\[}}0], [1, 2], [3], [4]] output_shape [1, 5, 2, 8, 1]
// CHECK: %[[PIXELS:.*]] = linalg.transpose ins(%[[PAIRS]] : tensor<1x5x2x8x1xi8>) {{.*}} permutation = [0, 1, 3, 2, 4]
// CHECK: %[[PADDED:.*]] = tensor.pad %[[PIXELS]] low[0, 1, 1, 0, 0] high[0, 0, 0, 0, 0]
// CHECK: tensor.yield %[[FILL]]
// CHECK: %[[DEEP:.*]] = tensor.collapse_shape %[[PADDED]] {{\[\[}}0], [1], [2], [3, 4]]
// CHECK: %[[WEIGHTS:.*]] = arith.constant dense<"0x0001000200030407050806090001
// CHECK: linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<[1, 2]> : tensor<2xi64>}
// CHECK-SAME: ins(%[[DEEP]], %[[WEIGHTS]] : tensor<1x6x9x2xi8>, tensor<16x2x3x2xi8>)
// CHECK-SAME: -> tensor<1x5x4x16xi32>
func.func @padded(%x: tensor<1x9x8x1xi8>, %init: tensor<1x5x4x16xi32>) -> tensor<1x5x4x16xi32> {
  %fill = arith.constant -5 : i8
  %w = arith.constant dense<[
    [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]], [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]],
    [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]], [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]],
    [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]], [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]],
    [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]], [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]],
    [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]], [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]],
    [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]], [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]],
    [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]], [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]],
    [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]], [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]]
  ]> : tensor<16x3x3x1xi8>
  %padded = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 0, 0] {
  ^bb0(%n: index, %line: index, %column: index, %channel: index):
    tensor.yield %fill : i8
  } : tensor<1x9x8x1xi8> to tensor<1x11x9x1xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}
    ins(%padded, %w : tensor<1x11x9x1xi8>, tensor<16x3x3x1xi8>)
    outs(%init : tensor<1x5x4x16xi32>) -> tensor<1x5x4x16xi32>
  return %0 : tensor<1x5x4x16xi32>
}

// Lines that no window reads are left out. Two lines of 24 bytes fit a row of a register, four don't.
// CHECK-LABEL: func.func @two_pictures(
// CHECK-SAME: %[[X:.*]]: tensor<2x18x20x3xi8>
// CHECK: %[[SLICE:.*]] = tensor.extract_slice %[[X]][0, 0, 0, 0] [2, 16, 20, 3] [1, 1, 1, 1]
// CHECK: tensor.expand_shape %[[SLICE]] {{.*}} output_shape [2, 8, 2, 20, 3]
// CHECK-NOT: tensor.pad
// CHECK: linalg.conv_2d_nhwc_fhwc {{.*}} strides = dense<[2, 4]>
// CHECK-SAME: tensor<2x8x20x6xi8>, tensor<64x4x8x6xi8>
func.func @two_pictures(%x: tensor<2x18x20x3xi8>, %init: tensor<2x3x4x64xi32>) -> tensor<2x3x4x64xi32> {
  %w = arith.constant dense<1> : tensor<64x7x8x3xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<4> : tensor<2xi64>}
    ins(%x, %w : tensor<2x18x20x3xi8>, tensor<64x7x8x3xi8>)
    outs(%init : tensor<2x3x4x64xi32>) -> tensor<2x3x4x64xi32>
  return %0 : tensor<2x3x4x64xi32>
}

// Windows that lie in the padding read no line that could be folded.
// CHECK-LABEL: func.func @padding_alone(
// CHECK-NOT: linalg.transpose
func.func @padding_alone(%x: tensor<1x1x8x1xi8>, %init: tensor<1x2x4x16xi32>) -> tensor<1x2x4x16xi32> {
  %fill = arith.constant 3 : i8
  %w = arith.constant dense<1> : tensor<16x3x3x1xi8>
  %padded = tensor.pad %x low[0, 6, 1, 0] high[0, 0, 0, 0] {
  ^bb0(%n: index, %line: index, %column: index, %channel: index):
    tensor.yield %fill : i8
  } : tensor<1x1x8x1xi8> to tensor<1x7x9x1xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}
    ins(%padded, %w : tensor<1x7x9x1xi8>, tensor<16x3x3x1xi8>)
    outs(%init : tensor<1x2x4x16xi32>) -> tensor<1x2x4x16xi32>
  return %0 : tensor<1x2x4x16xi32>
}
