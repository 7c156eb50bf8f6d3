// RUN: %python -c "import numpy as np; np.savez('%t.npz', x=np.ones((1, 1, 1, 2), 'f'))"
// RUN: quant-runner calibrate %s --data %t.npz --moments %t.moments -o %t.calib
// RUN: sed 's/2.0e/3.0e/' %s > %t.other.mlir
// RUN: not quant-opt %t.other.mlir --pass-pipeline="builtin.module(lowbit-smooth-activations{moments=%t.moments})" 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not quant-opt %s --pass-pipeline="builtin.module(lowbit-smooth-activations)" 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not quant-opt %s --pass-pipeline="builtin.module(lowbit-smooth-activations{moments=%t.npz})" 2>&1 | FileCheck %s --check-prefix=FORMAT
// RUN: not quant-opt %s --pass-pipeline="builtin.module(lowbit-smooth-activations{moments=%t.moments alpha=1.5})" 2>&1 | FileCheck %s --check-prefix=ALPHA
// RUN: quant-opt %s --pass-pipeline="builtin.module(lowbit-smooth-activations{moments=%t.moments})" 2>&1 | FileCheck %s --check-prefix=DEPTHWISE

// OTHER: error: moments '{{.*}}.moments' are of program {{[0-9a-f]+}}, but this is program {{[0-9a-f]+}}
// ABSENT: error: '': No such file or directory
// FORMAT: error: {{.*}}.npz: expected a file of moments
// ALPHA: error: expected the option 'alpha' to be from 0 to 1, but got 1.5

// A depthwise convolution has no moments.
// DEPTHWISE: remark: keeps the scales of its channels: there are no moments of all that reads them
// DEPTHWISE: dense<2.000000e+00>
module attributes {lowbit.stage = "import"} {
  func.func @f(%x: tensor<1x1x1x2xf32> {lowbit.name = "x"}) -> tensor<1x1x1x2xf32> {
    %v = arith.constant dense<2.0e+00> : tensor<2x1x1x2xf32>
    %w = arith.constant dense<4.0> : tensor<1x1x2xf32>
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<1x1x1x2xf32>
    %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
    %0 = linalg.conv_2d_nhwc_fhwc ins(%x, %v : tensor<1x1x1x2xf32>, tensor<2x1x1x2xf32>) outs(%i : tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
    %1 = linalg.depthwise_conv_2d_nhwc_hwc ins(%0, %w : tensor<1x1x1x2xf32>, tensor<1x1x2xf32>) outs(%i : tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
    return %1 : tensor<1x1x1x2xf32>
  }
}
