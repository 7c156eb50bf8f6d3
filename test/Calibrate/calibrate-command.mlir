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
  %1 = linalg.matmul ins(%0, %w : tensor<1x4xf32>, tensor<4x4xf32>) outs(%i : tensor<1x4xf32>) -> tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}
