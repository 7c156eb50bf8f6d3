// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-mark-stage{stage=fuse})' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-mark-stage{stage=import},lowbit-mark-stage{stage=fuse})' | FileCheck %s

// CHECK: module attributes {lowbit.stage = "fuse"} {
func.func private @f()
