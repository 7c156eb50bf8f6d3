// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-space-to-depth{cpu=sapphirerapids triple=x86_64-linux-gnu})' | FileCheck %s
// RUN: echo 'module {}' | not quant-opt --pass-pipeline='builtin.module(lowbit-space-to-depth{cpu=pdp11 triple=x86_64-linux-gnu})' 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: echo 'module {}' | not quant-opt --pass-pipeline='builtin.module(lowbit-space-to-depth{triple=toaster})' 2>&1 | FileCheck %s --check-prefix=TRIPLE

// CPU: error: unknown cpu 'pdp11' for x86_64
// TRIPLE: error: cpu 'native' is not a toaster machine

// What can't be folded, or is faster as it is, stays.
// CHECK-NOT: linalg.transpose

#strides = dense<2> : tensor<2xi64>
#one = dense<1> : tensor<2xi64>

func.func @long_lines(%x: tensor<1x17x17x16xi8>, %init: tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32> {
  %w = arith.constant dense<1> : tensor<64x3x3x16xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = #one, strides = #strides}
    ins(%x, %w : tensor<1x17x17x16xi8>, tensor<64x3x3x16xi8>) outs(%init : tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32>
  return %0 : tensor<1x8x8x64xi32>
}

func.func @moves_by_one_line(%x: tensor<1x10x17x3xi8>, %init: tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32> {
  %w = arith.constant dense<1> : tensor<64x3x3x3xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = #one, strides = dense<[1, 2]> : tensor<2xi64>}
    ins(%x, %w : tensor<1x10x17x3xi8>, tensor<64x3x3x3xi8>) outs(%init : tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32>
  return %0 : tensor<1x8x8x64xi32>
}

// One line is one line.
func.func @pointwise(%x: tensor<1x17x17x3xi8>, %init: tensor<1x9x9x64xi32>) -> tensor<1x9x9x64xi32> {
  %w = arith.constant dense<1> : tensor<64x1x1x3xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = #one, strides = #strides}
    ins(%x, %w : tensor<1x17x17x3xi8>, tensor<64x1x1x3xi8>) outs(%init : tensor<1x9x9x64xi32>) -> tensor<1x9x9x64xi32>
  return %0 : tensor<1x9x9x64xi32>
}

// A third of the products of few outputs is less than the picture.
func.func @few_outputs(%x: tensor<1x17x17x10xi8>, %init: tensor<1x8x8x16xi32>) -> tensor<1x8x8x16xi32> {
  %w = arith.constant dense<1> : tensor<16x3x3x10xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = #one, strides = #strides}
    ins(%x, %w : tensor<1x17x17x10xi8>, tensor<16x3x3x10xi8>) outs(%init : tensor<1x8x8x16xi32>) -> tensor<1x8x8x16xi32>
  return %0 : tensor<1x8x8x16xi32>
}

// A register has 16 channels.
func.func @few_channels(%x: tensor<1x17x17x3xi8>, %init: tensor<1x8x8x15xi32>) -> tensor<1x8x8x15xi32> {
  %w = arith.constant dense<1> : tensor<15x3x3x3xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = #one, strides = #strides}
    ins(%x, %w : tensor<1x17x17x3xi8>, tensor<15x3x3x3xi8>) outs(%init : tensor<1x8x8x15xi32>) -> tensor<1x8x8x15xi32>
  return %0 : tensor<1x8x8x15xi32>
}

func.func @dilated(%x: tensor<1x19x19x3xi8>, %init: tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32> {
  %w = arith.constant dense<1> : tensor<64x3x3x3xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = #strides, strides = #strides}
    ins(%x, %w : tensor<1x19x19x3xi8>, tensor<64x3x3x3xi8>) outs(%init : tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32>
  return %0 : tensor<1x8x8x64xi32>
}

func.func @weights_of_run_time(%x: tensor<1x17x17x3xi8>, %w: tensor<64x3x3x3xi8>, %init: tensor<1x8x8x64xi32>)
    -> tensor<1x8x8x64xi32> {
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = #one, strides = #strides}
    ins(%x, %w : tensor<1x17x17x3xi8>, tensor<64x3x3x3xi8>) outs(%init : tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32>
  return %0 : tensor<1x8x8x64xi32>
}

func.func @wide_activations(%x: tensor<1x17x17x3xi16>, %init: tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32> {
  %w = arith.constant dense<1> : tensor<64x3x3x3xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = #one, strides = #strides}
    ins(%x, %w : tensor<1x17x17x3xi16>, tensor<64x3x3x3xi8>) outs(%init : tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32>
  return %0 : tensor<1x8x8x64xi32>
}

func.func @has_a_tile(%x: tensor<1x17x17x3xi8>, %init: tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32> {
  %w = arith.constant dense<1> : tensor<64x3x3x3xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = #one, strides = #strides,
      lowbit.tile = #lowbit.tile<rows = 8, vectors = 2, instruction = "amx.tdpbssd">}
    ins(%x, %w : tensor<1x17x17x3xi8>, tensor<64x3x3x3xi8>) outs(%init : tensor<1x8x8x64xi32>) -> tensor<1x8x8x64xi32>
  return %0 : tensor<1x8x8x64xi32>
}

func.func @dynamic(%x: tensor<1x?x17x3xi8>, %init: tensor<1x?x8x64xi32>) -> tensor<1x?x8x64xi32> {
  %w = arith.constant dense<1> : tensor<64x3x3x3xi8>
  %0 = linalg.conv_2d_nhwc_fhwc {dilations = #one, strides = #strides}
    ins(%x, %w : tensor<1x?x17x3xi8>, tensor<64x3x3x3xi8>) outs(%init : tensor<1x?x8x64xi32>) -> tensor<1x?x8x64xi32>
  return %0 : tensor<1x?x8x64xi32>
}

func.func @buffers(%x: memref<1x17x17x3xi8>, %w: memref<64x3x3x3xi8>, %init: memref<1x8x8x64xi32>) {
  linalg.conv_2d_nhwc_fhwc {dilations = #one, strides = #strides}
    ins(%x, %w : memref<1x17x17x3xi8>, memref<64x3x3x3xi8>) outs(%init : memref<1x8x8x64xi32>)
  return
}
