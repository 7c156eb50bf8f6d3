// RUN: quant-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(lowbit-export-signatures)'

// expected-error@+1 {{'func.func' op expected tensors of static shape in the signature of a program, but got 'tensor<?xf32>'}}
func.func @dynamic(%x: tensor<?xf32>) {
  return
}

// -----

// expected-error@+1 {{'func.func' op expected tensors of static shape in the signature of a program, but got 'f32'}}
func.func @scalar() -> f32 {
  %0 = arith.constant 0.0 : f32
  return %0 : f32
}

// -----

// expected-error@+1 {{'func.func' op expected tensors of static shape in the signature of a program, but got 'tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>'}}
func.func @quantized(%x: tensor<4x!quant.uniform<i8:f32, 0.5>>) {
  return
}

// -----

// expected-error@+1 {{'func.func' op expected one block in the body of a program, but got 2}}
func.func @two_blocks(%x: tensor<4xf32>) {
  cf.br ^next
^next:
  return
}
