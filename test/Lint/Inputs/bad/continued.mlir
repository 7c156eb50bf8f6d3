// RUN: quant-opt %s \
// RUN:   | FileCheck %s --check-prefix=OTHER

// CHECK: func.func
func.func private @f()
