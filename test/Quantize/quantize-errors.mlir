// RUN: make-calibration-table %s > %t.calib
// RUN: make-calibration-table %s pad_0=none > %t.missing
// RUN: make-calibration-table %s x=-1:1:nan:inf > %t.nan
// RUN: echo 'module {}' > %t.mlir
// RUN: make-calibration-table %t.mlir > %t.other
// RUN: split-file %S/Inputs/recipes.yaml %t.recipes

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize)' 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: quantize-errors.mlir:{{.*}}: error: expected the path of a calibration table in the option 'calibration'

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.absent})' 2>&1 | FileCheck %s --check-prefix=ABSENT
// ABSENT: error: '{{.*}}.absent': No such file or directory

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%s})' 2>&1 | FileCheck %s --check-prefix=GARBAGE
// GARBAGE: error: {{.*}}quantize-errors.mlir:

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.other})' 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: quantize-errors.mlir:{{.*}}: error: calibration table '{{.*}}.other' is of program {{[0-9a-f]+}}, but this is program {{[0-9a-f]+}}

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.missing})' 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: quantize-errors.mlir:[[@LINE+47]]:8: error: the calibration table has no tensor 'pad_0'

// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.nan})' 2>&1 | FileCheck %s --check-prefix=NAN
// NAN: warning: tensor 'x' was NaN or infinite in 2 of 4 samples, which its range leaves out

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.calib recipe=w9a9})' 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: recipe 'w9a9' is neither a preset nor a file that can be read: No such file or directory

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.calib recipe="[{weights: 2, granularity: group, group: 32, zero_points: half}]"})' 2>&1 | FileCheck %s --check-prefix=MISSING-KERNEL
// MISSING-KERNEL: rules:1:3: error: recipe: rule 1 (op '*', name '*'): not supported yet: half steps of weights in groups

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.calib recipe=%t.recipes/key.yaml})' 2>&1 | FileCheck %s --check-prefix=KEY
// KEY: key.yaml:3:5: error: recipe: unknown key 'weight'

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.calib recipe=%t.recipes/bits.yaml})' 2>&1 | FileCheck %s --check-prefix=BITS
// BITS: bits.yaml:3:{{[0-9]+}}: error: recipe: expected 16, 8, 4, 2 or float

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.calib recipe=%t.recipes/float.yaml})' 2>&1 | FileCheck %s --check-prefix=FLOAT
// FLOAT: float.yaml:2:{{[0-9]+}}: error: recipe: rule 1 (op '*', name '*'): a rule with 'float: true' takes no other setting

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.calib recipe=%t.recipes/method.yaml})' 2>&1 | FileCheck %s --check-prefix=METHOD
// METHOD: error: recipe: unknown method 'average', expected one of{{.*}} 'minmax'

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.calib recipe=%t.recipes/unmatched.yaml})' 2>&1 | FileCheck %s --check-prefix=UNMATCHED
// UNMATCHED: unmatched.yaml:3:5: error: recipe: rule 2 (op 'matmul', name '*'): no op matches that an earlier rule does not decide

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.calib recipe=%t.recipes/gptq.yaml})' 2>&1 | FileCheck %s --check-prefix=MOMENTS
// MOMENTS: gptq.yaml:2:5: error: recipe: rule 1 (op '*', name '*'): expected the path of moments in the option 'moments'

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.calib moments=%s})' 2>&1 | FileCheck %s --check-prefix=NO-MOMENTS
// NO-MOMENTS: quantize-errors.mlir: expected a file of moments

// RUN: echo 'func.func @g(%%x: tensor<1x2xf32>, %%e: tensor<1x2xf32>) -> tensor<1x2xf32> {' > %t.g.mlir
// RUN: echo '%%w = arith.constant dense<1.0> : tensor<2x2xf32>' >> %t.g.mlir
// RUN: echo '%%y = linalg.matmul ins(%%x, %%w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%%e : tensor<1x2xf32>) -> tensor<1x2xf32>' >> %t.g.mlir
// RUN: echo 'return %%y : tensor<1x2xf32> }' >> %t.g.mlir
// RUN: %python -c "import numpy as np; np.savez('%t.npz', input0=np.ones((1, 2), 'f'), input1=np.ones((1, 2), 'f'))"
// RUN: quant-runner calibrate %t.g.mlir --data %t.npz --moments %t.moments -o %t.g.calib
// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.calib moments=%t.moments})' 2>&1 | FileCheck %s --check-prefix=OTHER-MOMENTS
// OTHER-MOMENTS: error: moments '{{.*}}.moments' are of program {{[0-9a-f]+}}, but this is program {{[0-9a-f]+}}

// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{calibration=%t.calib recipe="[{op: pad}, {op: softmax}]"})' 2>&1 | FileCheck %s --check-prefix=INLINE
// INLINE: rules:1:14: error: recipe: rule 2 (op 'softmax', name '*'): no op matches that an earlier rule does not decide

func.func @f(%x: tensor<2xf32> {lowbit.name = "x"}) -> tensor<4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %0 = tensor.pad %x low[1] high[1] {
    ^bb0(%i: index):
      tensor.yield %zero : f32
  } : tensor<2xf32> to tensor<4xf32>
  %1 = linalg.add ins(%0, %0 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
