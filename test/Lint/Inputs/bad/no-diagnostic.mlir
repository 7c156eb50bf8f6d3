// RUN: quant-opt %s -verify-diagnostics

func.func private @f()
