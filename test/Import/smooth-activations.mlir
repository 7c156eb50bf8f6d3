// Activations up to 16 and 1 in two channels, measured on one sample of 1 and 1.
// RUN: %python -c "import numpy as np; np.savez('%t.npz', x=np.ones((1, 2), 'f'))"
// RUN: quant-runner calibrate %s --data %t.npz --moments %t.moments -o %t.calib
// RUN: quant-opt %s --pass-pipeline="builtin.module(lowbit-smooth-activations{moments=%t.moments})" 2>&1 | FileCheck %s
// RUN: quant-opt %s --pass-pipeline="builtin.module(lowbit-smooth-activations{moments=%t.moments alpha=1})" 2>&1 | FileCheck %s --check-prefix=ALL
// RUN: quant-opt %s --pass-pipeline="builtin.module(lowbit-smooth-activations{moments=%t.moments alpha=0})" 2>&1 | FileCheck %s --check-prefix=NONE

// CHECK: remark: keeps the scales of its channels: 'func.return' gives them to the outside
// CHECK: remark: smooths 3 channels for 1 reader

// sqrt(16 / 0.25) = 8 and sqrt(1 / 4) = 1/2: the largest activations and weights are 2 and 2, and 2 and 2. The third
// channel is 0.
// CHECK-LABEL: func.func @f(
// CHECK-DAG: dense<{{\[\[}}1.000000e+00, 2.000000e+00, 0.000000e+00], [1.000000e+00, -4.000000e+00, 0.000000e+00]]>
// CHECK-DAG: dense<{{\[\[}}2.000000e+00], [2.000000e+00], [7.000000e+00]]>

// All of it: activations up to 1, weights 4 and 4.
// ALL-LABEL: func.func @f(
// ALL-DAG: dense<{{\[\[}}5.000000e-01, 1.000000e+00, 0.000000e+00], [5.000000e-01, -2.000000e+00, 0.000000e+00]]>
// ALL-DAG: dense<{{\[\[}}4.000000e+00], [4.000000e+00], [7.000000e+00]]>

// None of it: weights up to 1, activations 4 and 4.
// NONE-LABEL: func.func @f(
// NONE-DAG: dense<{{\[\[}}2.000000e+00, 4.000000e+00, 0.000000e+00], [2.000000e+00, -8.000000e+00, 0.000000e+00]]>
// NONE-DAG: dense<{{\[\[}}1.000000e+00], [1.000000e+00], [7.000000e+00]]>
module attributes {lowbit.stage = "import"} {
  func.func @f(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> tensor<1x1xf32> {
    %v = arith.constant dense<[[8.0, 1.0, 0.0], [8.0, -2.0, 0.0]]> : tensor<2x3xf32>
    %w = arith.constant dense<[[0.25], [4.0], [7.0]]> : tensor<3x1xf32>
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<1x3xf32>
    %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x3xf32>) -> tensor<1x3xf32>
    %0 = linalg.matmul ins(%x, %v : tensor<1x2xf32>, tensor<2x3xf32>) outs(%i : tensor<1x3xf32>) -> tensor<1x3xf32>
    %g = tensor.empty() : tensor<1x1xf32>
    %j = linalg.fill ins(%zero : f32) outs(%g : tensor<1x1xf32>) -> tensor<1x1xf32>
    %1 = linalg.matmul ins(%0, %w : tensor<1x3xf32>, tensor<3x1xf32>) outs(%j : tensor<1x1xf32>) -> tensor<1x1xf32>
    return %1 : tensor<1x1xf32>
  }
}
