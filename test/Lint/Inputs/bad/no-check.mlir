// RUN: quant-opt %s | FileCheck %s

func.func private @f()
