// The table of the samples is the same bytes however they are split and merged.

// RUN: %python -c "import numpy as np; x = np.random.default_rng(1).standard_normal((10, 4)).astype('f'); x[4, 2] = np.nan; np.savez('%t.all.npz', x=x); np.savez('%t.a.npz', x=x[:3]); np.savez('%t.b.npz', x=x[3:7]); np.savez('%t.c.npz', x=x[7:])"
// RUN: quant-runner calibrate %s --data %t.all.npz -o %t.all.calib
// RUN: quant-runner calibrate %s --data %t.b.npz -o %t.b.calib
// RUN: quant-runner calibrate %s --data %t.c.npz -o %t.c.calib
// RUN: quant-runner calibrate %s --data %t.a.npz --merge %t.c.calib --merge %t.b.calib -o %t.merged.calib
// RUN: cmp %t.all.calib %t.merged.calib
// RUN: quant-runner calibrate %s --data %t.a.npz -o %t.a.calib
// RUN: quant-runner merge %t.b.calib %t.c.calib %t.a.calib -o %t.merged.calib | FileCheck %s --check-prefix=MERGED
// RUN: cmp %t.all.calib %t.merged.calib
// RUN: FileCheck %s --input-file %t.all.calib
// MERGED: merged: 3

// So are moments, measured with the ranges of all samples.

// RUN: quant-runner calibrate %s --data %t.all.npz --moments %t.all.moments -o %t.all.calib
// RUN: quant-runner calibrate %s --data %t.a.npz --ranges %t.all.calib --moments %t.a.moments
// RUN: quant-runner calibrate %s --data %t.b.npz --ranges %t.all.calib --moments %t.b.moments
// RUN: quant-runner calibrate %s --data %t.c.npz --ranges %t.all.calib --moments %t.c.moments
// RUN: quant-runner merge %t.c.moments %t.a.moments %t.b.moments -o %t.merged.moments
// RUN: cmp %t.all.moments %t.merged.moments

// Moments may be of what contractions read in a quantized program: first of those that read no other contraction, then of
// those behind them, given the first. However the samples are split, they are the same bytes.

// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-pipeline{to=propagate recipe=w4a4 calibration=%t.all.calib})' -o %t.first.mlir
// RUN: quant-runner calibrate %s --data %t.all.npz --ranges %t.all.calib --through %t.first.mlir --moments %t.first.moments | FileCheck %s --check-prefix=FIRST
// FIRST: contractions: 1 of 2
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-pipeline{to=propagate recipe=w4a4 calibration=%t.all.calib moments=%t.first.moments})' -o %t.second.mlir
// RUN: quant-runner calibrate %s --data %t.all.npz --ranges %t.all.calib --through %t.second.mlir --known %t.first.moments --moments %t.second.moments | FileCheck %s --check-prefix=SECOND
// SECOND: contractions: 2 of 2
// RUN: quant-runner calibrate %s --data %t.a.npz --ranges %t.all.calib --through %t.first.mlir --moments %t.a.first.moments
// RUN: quant-runner calibrate %s --data %t.b.npz --ranges %t.all.calib --through %t.first.mlir --moments %t.b.first.moments
// RUN: quant-runner calibrate %s --data %t.c.npz --ranges %t.all.calib --through %t.first.mlir --moments %t.c.first.moments
// RUN: quant-runner merge %t.c.first.moments %t.a.first.moments %t.b.first.moments -o %t.merged.moments
// RUN: cmp %t.first.moments %t.merged.moments
// RUN: quant-runner calibrate %s --data %t.all.npz --ranges %t.all.calib --through %t.second.mlir --known %t.second.moments --moments %t.third.moments
// RUN: cmp %t.second.moments %t.third.moments

// RUN: not quant-runner calibrate %s --data %t.all.npz --ranges %t.all.calib --through %s --moments %t.x 2>&1 | FileCheck %s --check-prefix=FORM
// FORM: calibrate-command.mlir: expected a program in Q/DQ form, as `quantize --to propagate` writes it
// RUN: sed s/second/other/ %t.first.mlir > %t.other.mlir
// RUN: not quant-runner calibrate %s --data %t.all.npz --ranges %t.all.calib --through %t.other.mlir --known %t.first.moments --moments %t.x 2>&1 | FileCheck %s --check-prefix=CONTRACTION
// CONTRACTION: other.mlir: expected a contraction 'second', as the program that is calibrated has it
// RUN: not quant-runner calibrate %s --data %t.all.npz --through %t.first.mlir --moments %t.x -o %t.y 2>&1 | FileCheck %s --check-prefix=RANGES
// RANGES: calibrate: --through and --known need --ranges
// RUN: not quant-runner calibrate %s --data %t.all.npz --ranges %t.all.calib --known %t.first.moments --moments %t.x 2>&1 | FileCheck %s --check-prefix=KNOWN
// KNOWN: calibrate: --known is for --through

// RUN: not quant-runner merge %t.a.moments %t.a.calib -o %t.x 2>&1 | FileCheck %s --check-prefix=KINDS
// KINDS: a.calib: expected a file of moments
// RUN: not quant-runner merge -o %t.x 2>&1 | FileCheck %s --check-prefix=NOTHING
// NOTHING: merge: expected files to merge
// RUN: not quant-runner calibrate %s --data %t.a.npz --ranges %t.all.calib --moments %t.x -o %t.y 2>&1 | FileCheck %s --check-prefix=ALONE
// ALONE: calibrate: --ranges is for --moments alone, without -o and --merge
// RUN: not quant-runner calibrate %s --data %t.a.npz 2>&1 | FileCheck %s --check-prefix=NO-OUTPUT
// NO-OUTPUT: calibrate: expected -o

// CHECK: "format": "lowbit-calibration",
// CHECK-NEXT: "version": 1,
// CHECK-NEXT: "program": "{{[0-9a-f]+}}",
// CHECK-NEXT: "samples": 10,
// CHECK-NEXT: "checksum": "{{[0-9a-f]+}}",
// CHECK-NEXT: "tensors": [
// CHECK: "name": "mul",
// CHECK-NEXT: "min": {{[0-9.e-]+}},
// CHECK-NEXT: "max": {{[0-9.e-]+}},
// CHECK-NEXT: "nans": 1,
// CHECK: "name": "x",
// CHECK: "nans": 1,

// The table of another program is refused.

// RUN: sed s/linalg.mul/linalg.add/ %s > %t.other.mlir
// RUN: not quant-runner calibrate %t.other.mlir --data %t.a.npz --merge %t.b.calib -o %t.other.calib 2>&1 \
// RUN:   | FileCheck %s --check-prefix=OTHER
// OTHER: b.calib: the tables belong to different programs

// A table that was cut off is no table.

// RUN: head -c 300 %t.b.calib > %t.cut.calib
// RUN: not quant-runner calibrate %s --data %t.a.npz --merge %t.cut.calib -o %t.merged.calib 2>&1 \
// RUN:   | FileCheck %s --check-prefix=CUT
// RUN: cmp %t.all.calib %t.merged.calib
// CUT: cut.calib:{{[0-9]+}}:{{[0-9]+}}: unterminated

func.func @f(%x: tensor<1x4xf32> {lowbit.name = "x"}) -> (tensor<1x4xf32> {lowbit.name = "y"}) {
  %e = tensor.empty() : tensor<1x4xf32>
  %0 = linalg.mul {lowbit.name = "mul"} ins(%x, %x : tensor<1x4xf32>, tensor<1x4xf32>)
      outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>
  %w = arith.constant dense<0.5> : tensor<4x4xf32>
  %i = arith.constant dense<0.0> : tensor<1x4xf32>
  %1 = linalg.matmul {lowbit.name = "first"} ins(%0, %w : tensor<1x4xf32>, tensor<4x4xf32>) outs(%i : tensor<1x4xf32>) -> tensor<1x4xf32>
  %2 = linalg.matmul {lowbit.name = "second"} ins(%1, %w : tensor<1x4xf32>, tensor<4x4xf32>) outs(%i : tensor<1x4xf32>) -> tensor<1x4xf32>
  return %2 : tensor<1x4xf32>
}
