// RUN: quant-opt %s | FileCheck %s --check-prefix=ROUNDTRIP

// ROUNDTRIP: module
// ROUNDTRIP func.func
func.func private @f()
