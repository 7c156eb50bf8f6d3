// RUN: split-file %s %t
// RUN: quant-opt %t/float.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=import})' | FileCheck %t/float.mlir
// RUN: quant-opt %t/float.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=lower})' | FileCheck %t/float.mlir
// RUN: quant-opt %t/integers.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=import})' | FileCheck %t/integers.mlir
// RUN: quant-opt %t/integers.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=calibrate})' | FileCheck %t/integers.mlir
// RUN: quant-opt %t/observed.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=calibrate})' | FileCheck %t/observed.mlir
// RUN: quant-opt %t/qdq.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=quantize})' | FileCheck %t/qdq.mlir
// RUN: quant-opt %t/qdq.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=propagate})' | FileCheck %t/qdq.mlir
// RUN: quant-opt %t/quantized.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=fuse})' | FileCheck %t/quantized.mlir
// RUN: quant-opt %t/compiled.mlir --pass-pipeline='builtin.module(lowbit-verify-stage{stage=codegen})' | FileCheck %t/compiled.mlir

// The programs are not changed.

//--- float.mlir
// CHECK: func.func @f
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // CHECK: linalg.add
  %y = linalg.add ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

//--- integers.mlir
// Weights that were quantized where the program comes from.
!w = !quant.uniform<i4:f32, 0.5>
func.func @f() -> tensor<4xf32> {
  %c = arith.constant dense<[1, -8, 7, 0]> : tensor<4xi4>
  %q = quant.scast %c : tensor<4xi4> to tensor<4x!w>
  // CHECK: lowbit.dequantize
  %y = lowbit.dequantize %q : tensor<4x!w> -> tensor<4xf32>
  return %y : tensor<4xf32>
}

//--- observed.mlir
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: lowbit.observe
  lowbit.observe %x as "x" : tensor<4xf32>
  return %x : tensor<4xf32>
}

//--- qdq.mlir
!q = !quant.uniform<i8:f32, 0.5>
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: lowbit.quantize
  %q = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!q>
  // CHECK: lowbit.dequantize
  %y = lowbit.dequantize %q : tensor<4x!q> -> tensor<4xf32>
  return %y : tensor<4xf32>
}

//--- quantized.mlir
!q = !quant.uniform<i8:f32, 0.5>
// CHECK: module attributes {lowbit.stage = "fuse"}
module attributes {lowbit.stage = "fuse"} {
  func.func @f(%a: tensor<4x!q>) -> tensor<8x!q> {
    // CHECK: lowbit.add
    %b = lowbit.add %a, %a : tensor<4x!q>, tensor<4x!q> -> tensor<4x!q>
    // CHECK: tensor.concat
    %c = tensor.concat dim(0) %a, %b : (tensor<4x!q>, tensor<4x!q>) -> tensor<8x!q>
    return %c : tensor<8x!q>
  }
}

//--- compiled.mlir
module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu"} {
  // CHECK: llvm.func @f
  llvm.func @f() {
    llvm.return
  }
}
