// RUN: quant-opt %s --pass-pipeline='builtin.module(canonicalize)' \
// RUN:   | FileCheck %s --check-prefixes=CHECK,MORE
// RUN: quant-opt %s | FileCheck %S/other.txt
// A comment may say CHECK in a sentence, and a file may be checked against another.

// CHECK-LABEL: func.func @f
func.func @f() {
  // MORE-NEXT: return
  return
}
