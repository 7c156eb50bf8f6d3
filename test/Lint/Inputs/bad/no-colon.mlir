// RUN: quant-opt %s | FileCheck %s

// CHECK: module
func.func private @f()
// CHECK-LABEL func.func @g
func.func private @g()
