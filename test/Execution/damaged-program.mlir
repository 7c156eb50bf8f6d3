// MLIR's parser crashes on this: it uses the dimensions that it failed to parse. The tools say so instead.
// RUN: not quant-opt %s 2>&1 | FileCheck %s
// RUN: not quant-translate --mlir-to-llvmir %s 2>&1 | FileCheck %s
// RUN: not quant-runner compile %s -o %t.o 2>&1 | FileCheck %s
// REQUIRES: own-driver

// CHECK: error: damaged program: reading it ends with signal
func.func @f(%x: tensor<4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = linalg.broadcast ins(%x : tensor<4xf32>) outs(%y : tensor<4x4xf32>) dimensions = [
}
