// RUN: split-file %s %t
// RUN: quant-opt %t/import.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=import})' -split-input-file -verify-diagnostics
// RUN: quant-opt %t/quantize.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=quantize})' -split-input-file -verify-diagnostics
// RUN: quant-opt %t/lower.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=lower})' -split-input-file -verify-diagnostics
// RUN: quant-opt %t/codegen.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=codegen})' -split-input-file -verify-diagnostics
// RUN: not quant-opt %t/import.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=melt})' 2>&1 | FileCheck %s
// CHECK: error: unknown stage 'melt': expected one of import, calibrate, quantize

//--- import.mlir
func.func @channels_first(%x: tensor<1x1x3x3xf32>, %w: tensor<1x1x3x3xf32>, %i: tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32> {
  // expected-error@below {{does not belong to float form, which stage 'import' leaves}}
  %y = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x1x3x3xf32>, tensor<1x1x3x3xf32>)
                                outs(%i : tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}

// -----

// expected-error@below {{expected static shapes, but got 'tensor<?xf32>'}}
func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

// -----

func.func @observer(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@below {{does not belong to float form, which stage 'import' leaves}}
  lowbit.observe %x as "x" : tensor<4xf32>
  return %x : tensor<4xf32>
}

// -----

func.func private @outside(tensor<4xf32>) -> tensor<4xf32>
func.func @calls_outside(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@below {{calls '@outside', which has no body}}
  %y = call @outside(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @ping(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = call @pong(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func @pong(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@below {{calls '@ping', which leads back here}}
  %y = call @ping(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// expected-error@below {{expected a program that has been through stage 'import', but 'lowbit.stage' is "fuse"}}
module attributes {lowbit.stage = "fuse"} {
}

//--- quantize.mlir
!q = !quant.uniform<i8:f32, 0.5>
func.func @quantized_op(%x: tensor<4xf32>) -> tensor<8xf32> {
  %q = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!q>
  // expected-error@below {{has a quantized type, which only casts have in Q/DQ form}}
  %c = tensor.concat dim(0) %q, %q : (tensor<4x!q>, tensor<4x!q>) -> tensor<8x!q>
  %y = lowbit.dequantize %c : tensor<8x!q> -> tensor<8xf32>
  return %y : tensor<8xf32>
}

//--- lower.mlir
!q = !quant.uniform<i8:f32, 0.5>
func.func @quantized(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@below {{does not belong to integer form, which stage 'lower' leaves}}
  %q = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!q>
  %y = lowbit.dequantize %q : tensor<4x!q> -> tensor<4xf32>
  return %y : tensor<4xf32>
}

//--- codegen.mlir
// expected-error@below {{expected the attribute 'llvm.target_triple' of a compiled program}}
module {
}

// -----

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu"} {
  func.func @f() {
    // expected-error@below {{does not belong to the LLVM dialect, which stage 'codegen' leaves}}
    return
  }
}
