// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-mark-stage)' 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not quant-opt %s --pass-pipeline='builtin.module(lowbit-mark-stage{stage=melt})' 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// NONE: error: unknown stage '': expected one of import, calibrate, quantize
// UNKNOWN: error: unknown stage 'melt': expected one of import, calibrate, quantize
func.func private @f()
