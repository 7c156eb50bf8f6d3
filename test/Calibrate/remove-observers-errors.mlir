// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-remove-observers)' -split-input-file -verify-diagnostics

// expected-error@+1 {{expected observers to be 'lowbit.observe', but they are calls already: remove them before code generation}}
module attributes {lowbit.observed = ["x"]} {
}
