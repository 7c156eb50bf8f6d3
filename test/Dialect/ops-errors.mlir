// RUN: quant-opt %s -split-input-file -verify-diagnostics

func.func @expressed_type(%x: tensor<4xf32>) {
  // expected-error@below {{expected the result to stand for f32, but got 'f16'}}
  %0 = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f16, 0.5>>
  return
}

// -----

func.func @calibrated_type(%x: tensor<4xf32>) {
  // expected-error@below {{expected the result to be uniformly quantized, but got '!quant.calibrated<f32<-1.000000e+00:1.000000e+00>>'}}
  %0 = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!quant.calibrated<f32<-1.0:1.0>>>
  return
}

// -----

func.func @any_type(%x: tensor<4xf32>) {
  // expected-error@below {{expected the result to be uniformly quantized, but got '!quant.any<i8:f32>'}}
  %0 = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!quant.any<i8:f32>>
  return
}

// -----

func.func @axis_beyond_rank(%x: tensor<4xf32>) {
  // expected-error@below {{expected the quantized axis of the result to be one of its 1 dimensions, but got 1}}
  %0 = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32:1, {0.5,0.5}>>
  return
}

// -----

func.func @axis_of_scalar(%x: tensor<f32>) {
  // expected-error@below {{expected the quantized axis of the result to be one of its 0 dimensions, but got 0}}
  %0 = lowbit.quantize %x : tensor<f32> -> tensor<!quant.uniform<i8:f32:0, {0.5,0.5}>>
  return
}

// -----

func.func @number_of_scales(%x: tensor<4xf32>) {
  // expected-error@below {{expected 4 scales along axis 0 of the result, but got 2}}
  %0 = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32:0, {0.5,0.5}>>
  return
}

// -----

func.func @rank_of_blocks(%x: tensor<4xf32>) {
  // expected-error@below {{expected scales of rank 1 for the result, but got rank 2}}
  %0 = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32:{0:2}, {{1.0, 2.0}, {3.0, 4.0}}>>
  return
}

// -----

func.func @block_beyond_rank(%x: tensor<4x2xf32>) {
  // expected-error@below {{expected blocks of positive size along dimensions of the result, but got size 1 along dimension 5}}
  %0 = lowbit.quantize %x : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i8:f32:{0:2, 5:1}, {{1.0, 2.0}, {3.0, 4.0}}>>
  return
}

// -----

func.func @blocks_do_not_cover(%x: tensor<5x2xf32>) {
  // expected-error@below {{expected the 2 blocks of 2 along dimension 0 of the result to cover its 5 elements}}
  %0 = lowbit.quantize %x : tensor<5x2xf32> -> tensor<5x2x!quant.uniform<i8:f32:{0:2, 1:1}, {{1.0, 2.0}, {3.0, 4.0}}>>
  return
}

// -----

func.func @blocks_overflow(%x: tensor<4x2xf32>) {
  // expected-error@below {{expected the 2 blocks of 9223372036854775807 along dimension 0 of the result to cover its 4 elements}}
  %0 = lowbit.quantize %x : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i8:f32:{0:9223372036854775807, 1:1}, {{1.0, 2.0}, {3.0, 4.0}}>>
  return
}

// -----

func.func @dequantized_type(%x: tensor<4x!quant.uniform<i8:f64, 0.5>>) {
  // expected-error@below {{expected the input to stand for f32, but got 'f64'}}
  %0 = lowbit.dequantize %x : tensor<4x!quant.uniform<i8:f64, 0.5>> -> tensor<4xf32>
  return
}

// -----

func.func @shapes_differ(%x: tensor<4xf32>) {
  // expected-error@below {{requires the same shape for all operands and results}}
  %0 = lowbit.quantize %x : tensor<4xf32> -> tensor<5x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @layouts_differ(%x: tensor<2x2x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5}>>) {
  // expected-error@below {{expected one scale in the input or in the result, or scales along the same dimensions, but got}}
  %0 = lowbit.requantize %x : tensor<2x2x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5}>> -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {0.5,0.5}>>
  return
}

// -----

func.func @requantize_input(%x: tensor<3x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5}>>) {
  // expected-error@below {{expected 3 scales along axis 0 of the input, but got 2}}
  %0 = lowbit.requantize %x : tensor<3x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5}>> -> tensor<3x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @requantize_result(%x: tensor<3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected 3 scales along axis 0 of the result, but got 2}}
  %0 = lowbit.requantize %x : tensor<3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5}>>
  return
}

// -----

func.func @dynamic_quantize_forms(%x: tensor<4xf32>) {
  // expected-error@below {{expected either a quantized result or a zero point}}
  %0, %1 = lowbit.dynamic_quantize %x : tensor<4xf32> -> tensor<4xi8>, tensor<f32>
  return
}

// -----

func.func @dynamic_quantize_both(%x: tensor<4xf32>) {
  // expected-error@below {{expected either a quantized result or a zero point}}
  %0, %1, %2 = lowbit.dynamic_quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 1.0>>, tensor<f32>, tensor<i8>
  return
}

// -----

func.func @dynamic_quantize_steps(%x: tensor<4xf32>) {
  // expected-error@below {{expected a result of signed storage of at most 16 bits, scale 1 and zero point 0, but got '!quant.uniform<i8:f32, 5.000000e-01>'}}
  %0, %1 = lowbit.dynamic_quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 0.5>>, tensor<f32>
  return
}

// -----

func.func @dynamic_quantize_one_side(%x: tensor<4xf32>) {
  // expected-error@below {{expected a result of signed storage of at most 16 bits, scale 1 and zero point 0, but got '!quant.uniform<i8<0:127>:f32, 1.000000e+00>'}}
  %0, %1 = lowbit.dynamic_quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8<0:127>:f32, 1.0>>, tensor<f32>
  return
}

// -----

func.func @dynamic_quantize_axis(%x: tensor<4x2xf32>) {
  // expected-error@below {{expected the result to have one scale, but got '!quant.uniform<i8:f32:1, {1.000000e+00,1.000000e+00}>'}}
  %0, %1 = lowbit.dynamic_quantize %x : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i8:f32:1, {1.0,1.0}>>, tensor<4xf32>
  return
}

// -----

func.func @dynamic_quantize_rows(%x: tensor<4x2xf32>) {
  // expected-error@below {{expected scales of the leading sizes of 'tensor<4x2xf32>', but got 'tensor<2xf32>'}}
  %0, %1 = lowbit.dynamic_quantize %x : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i8:f32, 1.0>>, tensor<2xf32>
  return
}

// -----

func.func @dynamic_dequantize_rank(%x: tensor<4x!quant.uniform<i8:f32, 1.0>>, %s: tensor<4x1xf32>) {
  // expected-error@below {{expected scales of the leading sizes of 'tensor<4x!quant.uniform<i8:f32, 1.000000e+00>>', but got 'tensor<4x1xf32>'}}
  %0 = lowbit.dynamic_dequantize %x, %s : tensor<4x!quant.uniform<i8:f32, 1.0>>, tensor<4x1xf32> -> tensor<4xf32>
  return
}

// -----

func.func @dynamic_dequantize_axis(%x: tensor<4x!quant.uniform<i8:f32:0, {1.0,2.0}>>, %s: tensor<4xf32>) {
  // expected-error@below {{expected 4 scales along axis 0 of the input, but got 2}}
  %0 = lowbit.dynamic_dequantize %x, %s : tensor<4x!quant.uniform<i8:f32:0, {1.0,2.0}>>, tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @dynamic_dequantize_shape(%x: tensor<4x!quant.uniform<i8:f32, 1.0>>, %s: tensor<4xf32>) {
  // expected-error@below {{failed to verify that all of {input, result} have same shape}}
  %0 = lowbit.dynamic_dequantize %x, %s : tensor<4x!quant.uniform<i8:f32, 1.0>>, tensor<4xf32> -> tensor<5xf32>
  return
}

// -----

func.func @dynamic_dequantize_bias(%x: tensor<4x2x!quant.uniform<i8:f32, 1.0>>, %s: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error@below {{expected the bias to be 2, but got 4}}
  %0 = lowbit.dynamic_dequantize %x, %s bias %b : tensor<4x2x!quant.uniform<i8:f32, 1.0>>, tensor<4xf32>, tensor<4xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @dynamic_dequantize_scalar(%x: tensor<!quant.uniform<i8:f32, 1.0>>, %s: tensor<f32>, %b: tensor<1xf32>) {
  // expected-error@below {{expected an input of at least one dimension, which the bias is along}}
  %0 = lowbit.dynamic_dequantize %x, %s bias %b : tensor<!quant.uniform<i8:f32, 1.0>>, tensor<f32>, tensor<1xf32> -> tensor<f32>
  return
}

// -----

func.func @dynamic_quantize_shape(%x: tensor<4xf32>) {
  // expected-error@below {{expected a result of the input's shape, but got 'tensor<5xi8>' for 'tensor<4xf32>'}}
  %0, %1, %2 = lowbit.dynamic_quantize %x : tensor<4xf32> -> tensor<5xi8>, tensor<f32>, tensor<i8>
  return
}

// -----

func.func @dynamic_quantize_scale(%x: tensor<4xf32>) {
  // expected-error@below {{expected the scale of rank 0, but got rank 1}}
  %0, %1, %2 = lowbit.dynamic_quantize %x : tensor<4xf32> -> tensor<4xi8>, tensor<1xf32>, tensor<i8>
  return
}

// -----

func.func @dynamic_quantize_zero_point(%x: tensor<4xf32>) {
  // expected-error@below {{expected the zero point of rank 0, but got rank 1}}
  %0, %1, %2 = lowbit.dynamic_quantize %x : tensor<4xf32> -> tensor<4xi8>, tensor<f32>, tensor<1xi8>
  return
}

// -----

func.func @observe_name(%x: tensor<4xf32>) {
  // expected-error@below {{expected a name that is not empty}}
  lowbit.observe %x as "" : tensor<4xf32>
  return
}

// -----

func.func @matmul_lhs_rank(%a: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the left operand of rank 2, but got rank 1}}
  %0 = lowbit.matmul %a, %b : tensor<4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @matmul_rhs_rank(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the right operand of rank 2, but got rank 1}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @matmul_result_rank(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the result of rank 2, but got rank 3}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x2x1x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @matmul_lhs_scales(%a: tensor<3x4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5,0.5}>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the left operand to have one scale, but got}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5,0.5}>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @matmul_rhs_scales(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5,0.5,0.5}>>) {
  // expected-error@below {{expected the right operand to have one scale, or one for each index of dimension 1, but got}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5,0.5,0.5}>> -> tensor<3x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @matmul_result_scales(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the result to have one scale, but got}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x2x!quant.uniform<i8<-127:127>:f32:1, {0.5,0.5}>>
  return
}

// -----

func.func @matmul_terms(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<5x2x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the rows of the right operand to be 4, but got 5}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<5x2x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @matmul_rows(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the rows of the result to be 3, but got 4}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @matmul_columns(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the columns of the result to be 2, but got 3}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x3x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @matmul_bias_rank(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>, %c: tensor<1x2xi32>) {
  // expected-error@below {{expected the bias of rank 1, but got rank 2}}
  %0 = lowbit.matmul %a, %b bias %c : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>, tensor<1x2xi32> -> tensor<3x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @matmul_bias_size(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>, %c: tensor<3xi32>) {
  // expected-error@below {{expected the size of the bias to be 2, but got 3}}
  %0 = lowbit.matmul %a, %b bias %c : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>, tensor<3xi32> -> tensor<3x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @clamp_of_accumulator(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a quantized result to clamp, but got 'tensor<3x2xi32>'}}
  %0 = lowbit.matmul %a, %b clamp [0, 1] : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x2xi32>
  return
}

// -----

func.func @clamp_length(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected 'clamp' to be a minimum and a maximum, but got 3 numbers}}
  %0 = lowbit.matmul %a, %b clamp [0, 1, 2] : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @clamp_order(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected clamp bounds in ascending order within [-128, 127], but got [3, 2]}}
  %0 = lowbit.matmul %a, %b clamp [3, 2] : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @clamp_range(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected clamp bounds in ascending order within [-128, 127], but got [0, 128]}}
  %0 = lowbit.matmul %a, %b clamp [0, 128] : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @matmul_groups_along_channels(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5>>, %b: tensor<4x2x!quant.uniform<i4:f32:{0:1,1:2}, {{1.0},{1.0},{1.0},{1.0}}>>) {
  // expected-error@below {{expected the right operand to have one scale for each output channel and group, but groups of weights extend along another dimension than 0}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5>>, tensor<4x2x!quant.uniform<i4:f32:{0:1,1:2}, {{1.0},{1.0},{1.0},{1.0}}>> -> tensor<3x2xi32>
  return
}

// -----

func.func @matmul_groups_of_no_divisor(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5>>, %b: tensor<4x2x!quant.uniform<i4:f32:{0:2,1:1}, {{1.0,1.0},{2.0,1.1}}>>) {
  // expected-error@below {{expected the right operand to have one scale for each output channel and group, but the groups of weights of output channel 1 have scales that are too large multiples of their common divisor: an effective weight may reach 67108864, more than 127}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5>>, tensor<4x2x!quant.uniform<i4:f32:{0:2,1:1}, {{1.0,1.0},{2.0,1.1}}>> -> tensor<3x2xi32>
  return
}

// -----

func.func @matmul_groups_do_not_cover(%a: tensor<3x6x!quant.uniform<i8:f32, 0.5>>, %b: tensor<6x1x!quant.uniform<i4:f32:{0:4,1:1}, {{1.0}}>>) {
  // expected-error@below {{expected the 1 blocks of 4 along dimension 0 of the right operand to cover its 6 elements}}
  %0 = lowbit.matmul %a, %b : tensor<3x6x!quant.uniform<i8:f32, 0.5>>, tensor<6x1x!quant.uniform<i4:f32:{0:4,1:1}, {{1.0}}>> -> tensor<3x1xi32>
  return
}

// -----

func.func @matmul_groups_accumulators(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5>>, %b: tensor<4x2x!quant.uniform<i4:f32:{0:2,1:1}, {{1.0,1.0},{1.5,1.0}}>>) {
  // expected-error@below {{expected a result of 32 bits to have the type of the accumulators, '!quant.uniform<i32:f32:1, {2.500000e-01,5.000000e-01}>', but got '!quant.uniform<i32:f32:1, {5.000000e-01,5.000000e-01}>'}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5>>, tensor<4x2x!quant.uniform<i4:f32:{0:2,1:1}, {{1.0,1.0},{1.5,1.0}}>> -> tensor<3x2x!quant.uniform<i32:f32:1, {0.5,0.5}>>
  return
}

// -----

func.func @batch_matmul_groups(%a: tensor<1x3x2x!quant.uniform<i8:f32, 0.5>>, %b: tensor<1x2x1x!quant.uniform<i4:f32:{0:1,1:2,2:1}, {{{1.0}}}>>) {
  // expected-error@below {{expected the right operand to have one scale, but got '!quant.uniform<i4:f32:{0:1, 1:2, 2:1}, {{{1.000000e+00}}}>'}}
  %0 = lowbit.batch_matmul %a, %b : tensor<1x3x2x!quant.uniform<i8:f32, 0.5>>, tensor<1x2x1x!quant.uniform<i4:f32:{0:1,1:2,2:1}, {{{1.0}}}>> -> tensor<1x3x1xi32>
  return
}

// -----

func.func @conv_groups_of_windows(%i: tensor<1x2x2x2x!quant.uniform<i8:f32, 0.5>>, %f: tensor<1x2x2x2x!quant.uniform<i4:f32:{0:1,1:1,2:2,3:2}, {{{{1.0}},{{1.0}}}}>>) {
  // expected-error@below {{expected the filter to have one scale for each output channel and group, but groups of weights extend along another dimension than 3}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x2x2x2x!quant.uniform<i8:f32, 0.5>>, tensor<1x2x2x2x!quant.uniform<i4:f32:{0:1,1:1,2:2,3:2}, {{{{1.0}},{{1.0}}}}>> -> tensor<1x1x1x1xi32>
  return
}

// -----

func.func @depthwise_groups(%i: tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5>>, %f: tensor<2x2x1x!quant.uniform<i4:f32:{0:1,1:2,2:1}, {{{1.0}},{{1.0}}}>>) {
  // expected-error@below {{expected the filter to have one scale, or one for each index of dimension 2, but got}}
  %0 = lowbit.depthwise_conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5>>, tensor<2x2x1x!quant.uniform<i4:f32:{0:1,1:2,2:1}, {{{1.0}},{{1.0}}}>> -> tensor<1x1x1x1xi32>
  return
}

// -----

func.func @batch_matmul_lhs_rank(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the left operand of rank 3, but got rank 2}}
  %0 = lowbit.batch_matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x3x5x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @batch_matmul_rhs_rank(%a: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x5x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the right operand of rank 3, but got rank 2}}
  %0 = lowbit.batch_matmul %a, %b : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x5x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x3x5x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @batch_matmul_result_rank(%a: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the result of rank 3, but got rank 2}}
  %0 = lowbit.batch_matmul %a, %b : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x5x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @batch_matmul_lhs_scales(%a: tensor<2x3x4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5}>>, %b: tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the left operand to have one scale, but got}}
  %0 = lowbit.batch_matmul %a, %b : tensor<2x3x4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5}>>, tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x3x5x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @batch_matmul_rhs_scales(%a: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<2x4x5x!quant.uniform<i8<-127:127>:f32:2, {0.5,0.5,0.5,0.5,0.5}>>) {
  // expected-error@below {{expected the right operand to have one scale, but got}}
  %0 = lowbit.batch_matmul %a, %b : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x4x5x!quant.uniform<i8<-127:127>:f32:2, {0.5,0.5,0.5,0.5,0.5}>> -> tensor<2x3x5x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @batch_matmul_batch(%a: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<3x4x5x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the batch of the right operand to be 2, but got 3}}
  %0 = lowbit.batch_matmul %a, %b : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<3x4x5x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x3x5x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @batch_matmul_result_batch(%a: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the batch of the result to be 2, but got 3}}
  %0 = lowbit.batch_matmul %a, %b : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<3x3x5x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @batch_matmul_terms(%a: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<2x3x5x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the rows of the right operand to be 4, but got 3}}
  %0 = lowbit.batch_matmul %a, %b : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x5x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x3x5x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @batch_matmul_rows(%a: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the rows of the result to be 3, but got 4}}
  %0 = lowbit.batch_matmul %a, %b : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @batch_matmul_columns(%a: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the columns of the result to be 5, but got 4}}
  %0 = lowbit.batch_matmul %a, %b : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x4x5x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_filter_rank(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the filter of rank 4, but got rank 3}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_input_rank(%i: tensor<8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the input of rank 4, but got rank 3}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_result_rank(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the result of rank 4, but got rank 3}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_strides_length(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected 'strides' to have 2 numbers, but got 1}}
  %0 = lowbit.conv_2d %i, %f strides [1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_strides_zero(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the numbers of 'strides' to be at least 1, but got 0}}
  %0 = lowbit.conv_2d %i, %f strides [0, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_dilations_length(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected 'dilations' to have 2 numbers, but got 3}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_dilations_negative(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the numbers of 'dilations' to be at least 1, but got -1}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, -1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_pad_length(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected 'pad' to have 4 numbers, but got 2}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [1, 1] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_pad_negative(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the numbers of 'pad' to be at least 0, but got -1}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, -1, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_empty_window(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x0x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the numbers of 'kernel' to be at least 1, but got 0}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x0x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_batch(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the batch of the result to be 1, but got 2}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_height(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the height of the result to be 6, but got 5}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x5x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_width(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the width of the result to be 4, but got 6}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 2] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_window_too_large(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a window of 3 with dilation 4 to fit into 8 elements padded by 0 and 0}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [4, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_dilation_overflows(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a window of 3 with dilation 9223372036854775807 to fit into 8 elements padded by 0 and 0}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [9223372036854775807, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_pad_overflows(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a window of 3 with dilation 1 to fit into 8 elements padded by 9223372036854775807 and 1}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [9223372036854775807, 1, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_huge_stride(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the height of the result to be 1, but got 6}}
  %0 = lowbit.conv_2d %i, %f strides [9223372036854775807, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_input_scales(%i: tensor<1x8x8x3x!quant.uniform<i8<-127:127>:f32:3, {0.5,0.5,0.5}>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the input to have one scale, but got}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8<-127:127>:f32:3, {0.5,0.5,0.5}>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_filter_scales(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8<-127:127>:f32:3, {0.5,0.5,0.5}>>) {
  // expected-error@below {{expected the filter to have one scale, or one for each index of dimension 0, but got}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8<-127:127>:f32:3, {0.5,0.5,0.5}>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_result_scales(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the result to have one scale, but got}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8<-127:127>:f32:3, {0.5,0.5}>>
  return
}

// -----

func.func @conv_input_channels(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the input channels of the filter to be 3, but got 4}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @conv_channels(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the channels of the result to be 2, but got 3}}
  %0 = lowbit.conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x3x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @depthwise_filter_rank(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the filter of rank 3, but got rank 4}}
  %0 = lowbit.depthwise_conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<2x3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @depthwise_window(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<9x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a window of 9 with dilation 1 to fit into 8 elements padded by 0 and 0}}
  %0 = lowbit.depthwise_conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<9x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @depthwise_filter_scales(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<3x3x3x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5,0.5}>>) {
  // expected-error@below {{expected the filter to have one scale, or one for each index of dimension 2, but got}}
  %0 = lowbit.depthwise_conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<3x3x3x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5,0.5}>> -> tensor<1x6x6x3x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @depthwise_filter_channels(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<3x3x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the channels of the filter to be 3, but got 4}}
  %0 = lowbit.depthwise_conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<3x3x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @depthwise_channels(%i: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, %f: tensor<3x3x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the channels of the result to be 3, but got 2}}
  %0 = lowbit.depthwise_conv_2d %i, %f strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<3x3x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x6x6x2x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @add_lhs_scales(%a: tensor<4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5,0.5,0.5}>>, %b: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the left operand to have one scale, but got}}
  %0 = lowbit.add %a, %b : tensor<4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5,0.5,0.5}>>, tensor<4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @sub_rhs_scales(%a: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5,0.5,0.5}>>) {
  // expected-error@below {{expected the right operand to have one scale, but got}}
  %0 = lowbit.sub %a, %b : tensor<4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5,0.5,0.5}>> -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @mul_result_scales(%a: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the result to have one scale, but got}}
  %0 = lowbit.mul %a, %b : tensor<4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5,0.5,0.5}>>
  return
}

// -----

func.func @add_clamp(%a: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected clamp bounds in ascending order within [-128, 127], but got [-129, 0]}}
  %0 = lowbit.add %a, %b clamp [-129, 0] : tensor<4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @matmul_accumulators(%a: tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32:1, {1.0,2.0}>>) {
  // expected-error@below {{expected a result of 32 bits to have the type of the accumulators, '!quant.uniform<i32:f32:1, {5.000000e-01,1.000000e+00}>', but got '!quant.uniform<i32:f32:1, {5.000000e-01,2.000000e+00}>'}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32:1, {1.0,2.0}>> -> tensor<3x2x!quant.uniform<i32:f32:1, {0.5,2.0}>>
  return
}

// -----

func.func @matmul_accumulator_axis(%a: tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32:1, {1.0,2.0}>>) {
  // expected-error@below {{expected a result of 32 bits to have the type of the accumulators}}
  %0 = lowbit.matmul %a, %b : tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x2x!quant.uniform<i8:f32:1, {1.0,2.0}>> -> tensor<2x2x!quant.uniform<i32:f32:0, {0.5,1.0}>>
  return
}

// -----

func.func @matmul_no_accumulators(%a: tensor<3x4x!quant.uniform<i8:f32, 1.0e-30:-3>>, %b: tensor<4x2x!quant.uniform<i8:f32, 1.0e-15>>) {
  // expected-error@below {{has no scales of accumulators, which the result's type '!quant.uniform<i32:f32, 5.000000e-01>' would have}}
  %0 = lowbit.matmul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 1.0e-30:-3>>, tensor<4x2x!quant.uniform<i8:f32, 1.0e-15>> -> tensor<3x2x!quant.uniform<i32:f32, 0.5>>
  return
}

// -----

func.func @reduce_mean_accumulators(%a: tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a result of 32 bits to have the type of the accumulators, '!quant.uniform<i32:f32, 1.250000e-01>', but got '!quant.uniform<i32:f32, 1.250000e-01:1>'}}
  %0 = lowbit.reduce_mean %a dims [1] : tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x!quant.uniform<i32:f32, 0.125:1>>
  return
}

// -----

func.func @mul_overflows(%a: tensor<4x!quant.uniform<i32:f32, 0.5>>, %b: tensor<4x!quant.uniform<i32:f32, 0.5>>) {
  // expected-error@below {{expected an accumulator that fits i32, but 1 terms of up to 4611686018427387904 do not}}
  %0 = lowbit.mul %a, %b : tensor<4x!quant.uniform<i32:f32, 0.5>>, tensor<4x!quant.uniform<i32:f32, 0.5>> -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @clamp_bounds(%a: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected clamp bounds in ascending order within [-128, 127], but got [5, 4]}}
  %0 = lowbit.clamp %a min 5 max 4 : tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @clamp_type(%a: tensor<4x!quant.any<i8:f32>>) {
  // expected-error@below {{expected the input to be uniformly quantized, but got '!quant.any<i8:f32>'}}
  %0 = lowbit.clamp %a min 5 max 6 : tensor<4x!quant.any<i8:f32>>
  return
}

// -----

func.func @lookup_shape(%a: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a result of the input's shape, but got 'tensor<5x}}
  %0 = lowbit.lookup %a, dense<7> : tensor<256xi8> : tensor<4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<5x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @lookup_input_width(%a: tensor<4x!quant.uniform<i4:f32, 0.5>>) {
  // expected-error@below {{expected 8-bit storage, but got 4 bits}}
  %0 = lowbit.lookup %a, dense<7> : tensor<256xi8> : tensor<4x!quant.uniform<i4:f32, 0.5>> -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @lookup_result_width(%a: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected 8-bit storage, but got 16 bits}}
  %0 = lowbit.lookup %a, dense<7> : tensor<256xi8> : tensor<4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<4x!quant.uniform<i16:f32, 0.5>>
  return
}

// -----

func.func @lookup_entries(%a: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a dense table of 256 entries, but got 'tensor<16xi8>'}}
  %0 = lowbit.lookup %a, dense<7> : tensor<16xi8> : tensor<4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @lookup_rank(%a: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a dense table of 256 entries, but got 'tensor<16x16xi8>'}}
  %0 = lowbit.lookup %a, dense<7> : tensor<16x16xi8> : tensor<4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @lookup_resource(%a: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{custom op 'lowbit.lookup' invalid kind of attribute specified}}
  %0 = lowbit.lookup %a, dense_resource<missing> : tensor<256xi8> : tensor<4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @lookup_range(%a: tensor<4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected entries within [-127, 127], but entry 0 is -128}}
  %0 = lowbit.lookup %a, dense<-128> : tensor<256xi8> : tensor<4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<4x!quant.uniform<i8<-127:127>:f32, 0.5>>
  return
}

// -----

func.func @max_pool_kernel_length(%i: tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected 'kernel' to have 2 numbers, but got 1}}
  %0 = lowbit.max_pool_2d %i kernel [2] strides [2, 2] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x2x2x3x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @max_pool_kernel(%i: tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the numbers of 'kernel' to be at least 1, but got 0}}
  %0 = lowbit.max_pool_2d %i kernel [0, 1] strides [2, 2] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x2x2x3x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @max_pool_channels(%i: tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the channels of the result to be 3, but got 4}}
  %0 = lowbit.max_pool_2d %i kernel [2, 2] strides [2, 2] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x2x2x4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @max_pool_scales(%i: tensor<1x4x4x3x!quant.uniform<i8<-127:127>:f32:3, {0.5,0.5,0.5}>>) {
  // expected-error@below {{expected the input to have one scale, but got}}
  %0 = lowbit.max_pool_2d %i kernel [2, 2] strides [2, 2] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x4x4x3x!quant.uniform<i8<-127:127>:f32:3, {0.5,0.5,0.5}>> -> tensor<1x2x2x3x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @max_pool_types(%i: tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected input and result of one element type, but got}}
  %0 = lowbit.max_pool_2d %i kernel [2, 2] strides [2, 2] dilations [1, 1] pad [0, 0, 0, 0] : tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x2x2x3x!quant.uniform<i8:f32, 0.25>>
  return
}

// -----

func.func @avg_pool_height(%i: tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the height of the result to be 2, but got 3}}
  %0 = lowbit.avg_pool_2d %i kernel [2, 2] strides [2, 2] pad [0, 0, 0, 0] : tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x3x2x3x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @avg_pool_channels(%i: tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the channels of the result to be 3, but got 1}}
  %0 = lowbit.avg_pool_2d %i kernel [2, 2] strides [2, 2] pad [0, 0, 0, 0] : tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x2x2x1x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @avg_pool_scales(%i: tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the result to have one scale, but got}}
  %0 = lowbit.avg_pool_2d %i kernel [2, 2] strides [2, 2] pad [0, 0, 0, 0] : tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x2x2x3x!quant.uniform<i8<-127:127>:f32:3, {0.5,0.5,0.5}>>
  return
}

// -----

func.func @avg_pool_overflows(%i: tensor<1x1024x1024x1x!quant.uniform<u16:f32, 0.5>>) {
  // expected-error@below {{expected an accumulator that fits i32, but 1048576 terms of up to 65535 do not}}
  %0 = lowbit.avg_pool_2d %i kernel [1024, 1024] strides [1, 1] pad [0, 0, 0, 0] : tensor<1x1024x1024x1x!quant.uniform<u16:f32, 0.5>> -> tensor<1x1x1x1x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @avg_pool_window_overflows(%i: tensor<1x?x?x1x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected an accumulator that fits i32, but 9223372036854775807 terms of up to 130 do not}}
  %0 = lowbit.avg_pool_2d %i kernel [4611686018427387904, 4611686018427387904] strides [1, 1] pad [0, 0, 0, 0] : tensor<1x?x?x1x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<1x?x?x1x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @mean_input_scales(%i: tensor<2x3x4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5}>>) {
  // expected-error@below {{expected the input to have one scale, but got}}
  %0 = lowbit.reduce_mean %i dims [1] : tensor<2x3x4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5}>> -> tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @mean_result_scales(%i: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected the result to have one scale, but got}}
  %0 = lowbit.reduce_mean %i dims [1] : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x4x!quant.uniform<i8<-127:127>:f32:0, {0.5,0.5}>>
  return
}

// -----

func.func @mean_dims_beyond(%i: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected 'dims' to be ascending dimensions of an input of rank 3, but got [3]}}
  %0 = lowbit.reduce_mean %i dims [3] : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @mean_dims_negative(%i: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected 'dims' to be ascending dimensions of an input of rank 3, but got [-1]}}
  %0 = lowbit.reduce_mean %i dims [-1] : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @mean_dims_order(%i: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected 'dims' to be ascending dimensions of an input of rank 3, but got [2, 1]}}
  %0 = lowbit.reduce_mean %i dims [2, 1] : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @mean_dims_twice(%i: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected 'dims' to be ascending dimensions of an input of rank 3, but got [1, 1]}}
  %0 = lowbit.reduce_mean %i dims [1, 1] : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @mean_of_nothing(%i: tensor<2x0x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a known, positive number of elements to average along dimension 1, but got 'tensor<2x0x4x}}
  %0 = lowbit.reduce_mean %i dims [1] : tensor<2x0x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @mean_of_dynamic(%i: tensor<2x?x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a known, positive number of elements to average along dimension 1, but got 'tensor<2x?x4x}}
  %0 = lowbit.reduce_mean %i dims [1] : tensor<2x?x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @mean_shape(%i: tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected a result of shape}}
  %0 = lowbit.reduce_mean %i dims [1] : tensor<2x3x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x3x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @mean_overflows(%i: tensor<2x100000000x4x!quant.uniform<i8:f32, 0.5:-3>>) {
  // expected-error@below {{expected an accumulator that fits i32, but 100000000 terms of up to 130 do not}}
  %0 = lowbit.reduce_mean %i dims [1] : tensor<2x100000000x4x!quant.uniform<i8:f32, 0.5:-3>> -> tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>
  return
}

// -----

func.func @tile(%a: tensor<8x4xf32>, %b: tensor<4x8xf32>, %c: tensor<8x8xf32>) -> tensor<8x8xf32> {
  // expected-error@below {{expected a tile of 1 to 64 accumulators, but got 0 rows of 1 vectors}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 0, vectors = 1>}
      ins(%a, %b : tensor<8x4xf32>, tensor<4x8xf32>) outs(%c : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

// -----

func.func @tile_of_both(%a: tensor<8x4xi8>, %b: tensor<4x8xi8>, %c: tensor<8x8xi32>) -> tensor<8x8xi32> {
  // expected-error@below {{expected a tile that multiplies sums to have an instruction and no expanded panels}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, expand_panels = true, multiply_sums = true>}
      ins(%a, %b : tensor<8x4xi8>, tensor<4x8xi8>) outs(%c : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

func.func @tile_of_rests_alone(%a: tensor<8x4xi8>, %b: tensor<4x8xi8>, %c: tensor<8x8xi32>) -> tensor<8x8xi32> {
  // expected-error@below {{expected a tile with packed rests to have an instruction, one line and weights of bytes}}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, pack_rests = true>}
      ins(%a, %b : tensor<8x4xi8>, tensor<4x8xi8>) outs(%c : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}

// -----

func.func @tile_attribute(%a: tensor<8x4xf32>, %b: tensor<4x8xf32>, %c: tensor<8x8xf32>) -> tensor<8x8xf32> {
  // expected-error@below {{expected 'lowbit.tile' to be a #lowbit.tile, but got 3 : i64}}
  %0 = linalg.matmul {lowbit.tile = 3}
      ins(%a, %b : tensor<8x4xf32>, tensor<4x8xf32>) outs(%c : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

// -----

func.func @tiles_without_index(%a: tensor<8x64xi8>, %w: tensor<1x1x16x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected an index, and a result of a map of register, row, steps and element, for each of the 2 dimensions of the activations}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0], %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<8x64xi8>, tensor<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
  return
}

// -----

func.func @tiles_of_columns(%a: tensor<8x64xi8>, %w: tensor<1x1x16x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected a map that counts the element in its last result alone, but got affine_map<(d0, d1, d2) -> (d2, d1)>}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (k, r)> run 64 : tensor<8x64xi8>, tensor<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
  return
}

// -----

func.func @tiles_with_gaps(%a: tensor<8x64xi8>, %w: tensor<1x1x16x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected a map that counts the element in its last result alone, but got affine_map<(d0, d1, d2) -> (d1, d2 * 2)>}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (r, k * 2)> run 64 : tensor<8x64xi8>, tensor<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
  return
}

// -----

func.func @tiles_without_steps(%a: tensor<8x64xi8>, %w: tensor<1x1x16x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected weights of static shape with 1 panels, 0 steps, blocks, groups, vectors and bytes, but got 'tensor<1x1x16x64xi8>'}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<8x64xi8>, tensor<1x1x16x64xi8> -> vector<1x2x1x16xi32>
  return
}

// -----

func.func @tiles_of_long_blocks(%a: tensor<8x96xi8>, %w: tensor<1x1x24x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected the weights of 1 vectors in blocks of at most 64 elements, as many as make a run of 96, but got 'tensor<1x1x24x1x64xi8>'}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 96 : tensor<8x96xi8>, tensor<1x1x24x1x64xi8> -> vector<1x2x1x16xi32>
  return
}

// -----

func.func @tiles_of_other_vectors(%a: tensor<8x64xi8>, %w: tensor<1x1x16x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected the weights of 2 vectors in blocks of at most 64 elements, as many as make a run of 64, but got 'tensor<1x1x16x1x64xi8>'}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<8x64xi8>, tensor<1x1x16x1x64xi8> -> vector<1x2x2x16xi32>
  return
}

// -----

func.func @tiles_of_contiguous_groups(%a: tensor<8x64xi8>, %w: tensor<1x1x16x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected the weights of 1 vectors in blocks of at most 64 elements, as many as make a run of 64, but got 'tensor<1x1x16x1x64xi8>'}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], contiguous %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<8x64xi8>, tensor<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
  return
}

// -----

func.func @tiles_of_many_rows(%a: tensor<32x64xi8>, %w: tensor<1x1x16x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected sums in at most 4 registers of at most 16 rows, but got 'vector<1x17x1x16xi32>'}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<32x64xi8>, tensor<1x1x16x1x64xi8> -> vector<1x17x1x16xi32>
  return
}

// -----

func.func @tiles_of_many_registers(%a: tensor<96x64xi8>, %w: tensor<1x1x16x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected sums in at most 4 registers of at most 16 rows, but got 'vector<5x16x1x16xi32>'}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<96x64xi8>, tensor<1x1x16x1x64xi8> -> vector<5x16x1x16xi32>
  return
}

// -----

// Two accumulators for each register.
func.func @tiles_of_many_wide_registers(%a: tensor<96x64xi8>, %w: tensor<1x1x16x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected sums in at most 2 registers of at most 16 rows, but got 'vector<3x16x1x16xi32>'}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd.w" %a[%c0, %c0] low %a, %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<96x64xi8> low tensor<96x64xi8>, tensor<1x1x16x1x64xi8> -> vector<3x16x1x16xi32>
  return
}

// -----

func.func @tiles_with_few_low_bytes(%a: tensor<8x64xi8>, %b: tensor<7x64xi8>, %w: tensor<1x1x16x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected as many low bytes as there are high ones, but got 'tensor<7x64xi8>'}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd.w" %a[%c0, %c0] low %b, %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<8x64xi8> low tensor<7x64xi8>, tensor<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
  return
}

// -----

func.func @tiles_with_short_start(%a: tensor<8x64xi8>, %w: tensor<1x1x16x1x64xi8>, %b: tensor<1x8xi32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected a start for each channel of each panel, but got 'tensor<1x8xi32>'}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] start %b map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<8x64xi8>, tensor<1x1x16x1x64xi8>, tensor<1x8xi32> -> vector<1x2x1x16xi32>
  return
}

// -----

func.func @tiles_of_no_groups(%a: tensor<8x64xi8>, %w: tensor<1x1x0x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected the weights of 1 vectors in blocks of at most 64 elements, as many as make a run of 64, but got 'tensor<1x1x0x1x64xi8>'}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<8x64xi8>, tensor<1x1x0x1x64xi8> -> vector<1x2x1x16xi32>
  return
}

// -----

// Four times as many are none, in 64 bits.
func.func @tiles_of_endless_groups(%a: tensor<8x64xi8>, %w: memref<1x1x4611686018427387904x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{in blocks of at most 64 elements, as many as make a run of 64}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<8x64xi8>, memref<1x1x4611686018427387904x1x64xi8> -> vector<1x2x1x16xi32>
  return
}

// -----

func.func @tiles_of_a_scalar(%a: tensor<i8>, %w: tensor<1x1x16x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected an index, and a result of a map of register, row, steps and element, for each of the 0 dimensions of the activations}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[], %w[%c0] map affine_map<(t, r, k) -> ()> run 64 : tensor<i8>, tensor<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
  return
}

// -----

func.func @tiles_of_scalable_rows(%a: tensor<8x64xi8>, %w: tensor<1x1x16x1x64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected sums in at most 4 registers of at most 16 rows, but got 'vector<1x[2]x1x16xi32>'}}
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64 : tensor<8x64xi8>, tensor<1x1x16x1x64xi8> -> vector<1x[2]x1x16xi32>
  return
}
