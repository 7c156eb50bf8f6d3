// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-lower-to-linalg)' -split-input-file -verify-diagnostics

!x = !quant.uniform<i8:f32, 0.5:-3>
func.func @dynamic_shape(%a: tensor<?xf32>) -> tensor<?x!x> {
  // expected-error@below {{expected static shapes, but got 'tensor<?xf32>'}}
  %0 = lowbit.quantize %a : tensor<?xf32> -> tensor<?x!x>
  return %0 : tensor<?x!x>
}

// -----

!x = !quant.uniform<i16:f32, 0.5:-3>
func.func @wide_matmul(%a: tensor<3x4x!x>, %b: tensor<4x2x!x>) -> tensor<3x2x!x> {
  // expected-error@below {{expected operand 1 to have at most 8 bits, but got 16}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!x>, tensor<4x2x!x> -> tensor<3x2x!x>
  return %0 : tensor<3x2x!x>
}

// -----

// 1024 products of up to 32768 * 128.
!x = !quant.uniform<i16:f32, 0.5>
!y = !quant.uniform<i8:f32, 0.5>
func.func @long_matmul(%a: tensor<3x1024x!x>, %b: tensor<1024x2x!y>) -> tensor<3x2x!x> {
  // expected-error@below {{has operands of more than 8 bits, but the accumulator may reach 4294967296, more than 2147483647}}
  %0 = lowbit.matmul %a, %b : tensor<3x1024x!x>, tensor<1024x2x!y> -> tensor<3x2x!x>
  return %0 : tensor<3x2x!x>
}

// -----

!x = !quant.uniform<i32:f32, 0.5:-3>
!y = !quant.uniform<i8:f32, 0.5>
func.func @wide_requantize(%a: tensor<3x4x!x>) -> tensor<3x4x!y> {
  // expected-error@below {{expected operand 0 to have at most 16 bits, but got 32}}
  %0 = lowbit.requantize %a : tensor<3x4x!x> -> tensor<3x4x!y>
  return %0 : tensor<3x4x!y>
}

// -----

!x = !quant.uniform<u4:f32, 0.5:3>
func.func @unsigned_four_bits(%a: tensor<4xf32>) -> tensor<4x!x> {
  // expected-error@below {{expected storage of less than 8 bits to be signed, but got '!quant.uniform<u4:f32, 5.000000e-01:3>'}}
  %0 = lowbit.quantize %a : tensor<4xf32> -> tensor<4x!x>
  return %0 : tensor<4x!x>
}

// -----

!x = !quant.uniform<i4:f32, 0.5:3>
func.func @narrow_result(%a: tensor<4x!x>) -> tensor<4xi4> {
  // expected-error@below {{failed to legalize operation 'quant.scast'}}
  %0 = quant.scast %a : tensor<4x!x> to tensor<4xi4>
  return %0 : tensor<4xi4>
}

// -----

// The casts of the quant dialect neither round nor saturate; import replaces them.
!x = !quant.uniform<i8:f32, 0.5:-3>
func.func @cast_of_another_dialect(%a: tensor<4x!x>) -> tensor<4xf32> {
  // expected-error@below {{failed to legalize operation 'quant.dcast'}}
  %0 = quant.dcast %a : tensor<4x!x> to tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

!x = !quant.uniform<i8:f32, 0.5:-3>
func.func @control_flow(%a: tensor<4x!x>, %b: tensor<4x!x>, %c: i1) -> tensor<4x!x> {
  // expected-error@below {{is control flow on quantized tensors, which is not supported}}
  %0 = scf.if %c -> tensor<4x!x> {
    scf.yield %a : tensor<4x!x>
  } else {
    scf.yield %b : tensor<4x!x>
  }
  return %0 : tensor<4x!x>
}
