// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-set-float-flags{fast-float})' -split-input-file -verify-diagnostics

// expected-error@below {{expected a program that is not lowered yet, but got one of stage 'lower', where rounding to integers is float arithmetic too}}
module attributes {lowbit.stage = "lower"} {
}

// -----

// expected-error@below {{but got one of stage 'codegen'}}
module attributes {lowbit.stage = "codegen"} {
}

// -----

// expected-error@below {{expected 'lowbit.fast_float' to be a unit attribute of a module}}
module attributes {lowbit.fast_float = true} {
}

// -----

// expected-error@below {{expected 'lowbit.fast_float' to be a unit attribute of a module}}
func.func private @function() attributes {lowbit.fast_float}
