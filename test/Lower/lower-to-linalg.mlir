// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-lower-to-linalg,canonicalize,cse)' | FileCheck %s

!x = !quant.uniform<i8:f32, 0.5:-3>
!u = !quant.uniform<u8:f32, 0.5:100>
!y = !quant.uniform<i8:f32, 0.25:5>
!bias = !quant.uniform<i32:f32:0, {0.5,0.25}>
!axis = !quant.uniform<i8:f32:1, {0.5:1, 0.25:2}>
!w = !quant.uniform<i8<-127:127>:f32:1, {0.125, 0.25}>
!sums = !quant.uniform<i32:f32:1, {0.0625,0.125}>
!total = !quant.uniform<i32:f32, 0.03125>
!filter = !quant.uniform<i8<-127:127>:f32:0, {0.125, 0.25}>
!depthwise = !quant.uniform<i8<-127:127>:f32:2, {0.125, 0.25}>

// CHECK-DAG: #[[$CHANNEL:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[$IDENTITY:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$GROUP:.*]] = affine_map<(d0, d1) -> (d0 floordiv 2, d1)>

// The quotient is rounded once; NaN becomes 0 before the bounds, which are those of the storage less the zero point.
// CHECK-LABEL: func.func @quantize(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32> {lowbit.name = "x"}) -> (tensor<4xi8> {lowbit.name = "y"})
func.func @quantize(%x: tensor<4xf32> {lowbit.name = "x"}) -> (tensor<4x!x> {lowbit.name = "y"}) {
  // CHECK-DAG: %[[SCALE:.*]] = arith.constant 5.000000e-01 : f32
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
  // CHECK-DAG: %[[MIN:.*]] = arith.constant -1.250000e+02 : f32
  // CHECK-DAG: %[[MAX:.*]] = arith.constant 1.300000e+02 : f32
  // CHECK-DAG: %[[Z:.*]] = arith.constant -3 : i32
  // CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<4xf32>) outs(%{{.*}} : tensor<4xi8>)
  // CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %{{.*}}: i8):
  // CHECK-NEXT: %[[V:.*]] = arith.divf %[[IN]], %[[SCALE]] : f32
  // CHECK-NEXT: %[[NAN:.*]] = arith.cmpf uno, %[[V]], %[[V]] : f32
  // CHECK-NEXT: %[[S:.*]] = arith.select %[[NAN]], %[[ZERO]], %[[V]] : f32
  // CHECK-NEXT: %[[L:.*]] = arith.maximumf %[[S]], %[[MIN]] : f32
  // CHECK-NEXT: %[[H:.*]] = arith.minimumf %[[L]], %[[MAX]] : f32
  // CHECK-NEXT: %[[R:.*]] = math.roundeven %[[H]] : f32
  // CHECK-NEXT: %[[I:.*]] = arith.fptosi %[[R]] : f32 to i32
  // CHECK-NEXT: %[[A:.*]] = arith.addi %[[I]], %[[Z]] : i32
  // CHECK-NEXT: %[[Q:.*]] = arith.trunci %[[A]] : i32 to i8
  // CHECK-NEXT: linalg.yield %[[Q]] : i8
  %q = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!x>
  return %q : tensor<4x!x>
}

// The bounds of 32 bits are no f32: they are applied to integers of 64 bits.
// CHECK-LABEL: func.func @quantize_bias(
func.func @quantize_bias(%x: tensor<2xf32>) -> tensor<2x!bias> {
  // CHECK-DAG: %[[SCALES:.*]] = arith.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
  // CHECK-DAG: %[[MIN:.*]] = arith.constant -2147483648 : i64
  // CHECK-DAG: %[[MAX:.*]] = arith.constant 2147483647 : i64
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[SCALES]] : tensor<2xf32>, tensor<2xf32>)
  // CHECK: %[[I:.*]] = arith.fptosi %{{.*}} : f32 to i64
  // CHECK-NEXT: %[[L:.*]] = arith.maxsi %[[I]], %[[MIN]] : i64
  // CHECK-NEXT: %[[H:.*]] = arith.minsi %[[L]], %[[MAX]] : i64
  // CHECK-NEXT: arith.trunci %[[H]] : i64 to i32
  %q = lowbit.quantize %x : tensor<2xf32> -> tensor<2x!bias>
  return %q : tensor<2x!bias>
}

// CHECK-LABEL: func.func @quantize_axis(
func.func @quantize_axis(%x: tensor<4x2xf32>) -> tensor<4x2x!axis> {
  // CHECK-DAG: %[[SCALES:.*]] = arith.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
  // CHECK-DAG: %[[ZEROS:.*]] = arith.constant dense<[1, 2]> : tensor<2xi32>
  // CHECK: linalg.generic {indexing_maps = [#[[$IDENTITY]], #[[$CHANNEL]], #[[$CHANNEL]], #[[$IDENTITY]]]
  // CHECK-SAME: ins(%{{.*}}, %[[SCALES]], %[[ZEROS]] : tensor<4x2xf32>, tensor<2xf32>, tensor<2xi32>)
  %q = lowbit.quantize %x : tensor<4x2xf32> -> tensor<4x2x!axis>
  return %q : tensor<4x2x!axis>
}

// CHECK-LABEL: func.func @dequantize(
func.func @dequantize(%q: tensor<4x!x>, %u: tensor<4x!u>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-DAG: %[[SCALE:.*]] = arith.constant 5.000000e-01 : f32
  // CHECK-DAG: %[[Z:.*]] = arith.constant -3 : i32
  // CHECK: ^bb0(%[[IN:.*]]: i8, %{{.*}}: f32):
  // CHECK-NEXT: %[[E:.*]] = arith.extsi %[[IN]] : i8 to i32
  // CHECK-NEXT: %[[D:.*]] = arith.subi %[[E]], %[[Z]] : i32
  // CHECK-NEXT: %[[F:.*]] = arith.sitofp %[[D]] : i32 to f32
  // CHECK-NEXT: %[[V:.*]] = arith.mulf %[[F]], %[[SCALE]] : f32
  // CHECK-NEXT: linalg.yield %[[V]] : f32
  %0 = lowbit.dequantize %q : tensor<4x!x> -> tensor<4xf32>
  // CHECK: arith.extui %{{.*}} : i8 to i32
  %1 = lowbit.dequantize %u : tensor<4x!u> -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @requantize(
func.func @requantize(%q: tensor<4x!x>) -> (tensor<4x!y>, tensor<4x!y>) {
  // CHECK-DAG: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
  // CHECK-DAG: %[[MANTISSA:.*]] = arith.constant 1073741824 : i64
  // CHECK-DAG: %[[SHIFT:.*]] = arith.constant 29 : i64
  // CHECK-DAG: %[[HALF:.*]] = arith.constant 268435456 : i64
  // CHECK: arith.mulf %{{.*}}, %[[TWO]] : f32
  %0 = lowbit.requantize %q : tensor<4x!x> -> tensor<4x!y>
  // CHECK: %[[P:.*]] = arith.muli %{{.*}}, %[[MANTISSA]] : i64
  // CHECK-NEXT: %[[R:.*]] = arith.addi %[[P]], %[[HALF]] : i64
  // CHECK-NEXT: arith.shrsi %[[R]], %[[SHIFT]] : i64
  %1 = lowbit.requantize %q mode fixed : tensor<4x!x> -> tensor<4x!y>
  return %0, %1 : tensor<4x!y>, tensor<4x!y>
}

// The input's zero point is in the bias: 10 + 3 * 16 and 20 + 3 * 4. The clamp [5, 100] is in the bounds.
// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[X:.*]]: tensor<1x4xi8>
func.func @matmul(%x: tensor<1x4x!x>) -> tensor<1x2x!y> {
  // CHECK-DAG: %[[WEIGHTS:.*]] = arith.constant dense<{{.*}}> : tensor<4x2xi8>
  // CHECK-DAG: %[[BIAS:.*]] = arith.constant dense<[58, 32]> : tensor<2xi32>
  // CHECK-DAG: %[[M:.*]] = arith.constant dense<[2.500000e-01, 5.000000e-01]> : tensor<2xf32>
  // CHECK-DAG: %[[MIN:.*]] = arith.constant 0.000000e+00 : f32
  // CHECK-DAG: %[[MAX:.*]] = arith.constant 9.500000e+01 : f32
  // CHECK-DAG: %[[Z:.*]] = arith.constant 5 : i32
  // CHECK: %[[INIT:.*]] = linalg.broadcast ins(%[[BIAS]] : tensor<2xi32>) outs(%{{.*}} : tensor<1x2xi32>) dimensions = [0]
  // CHECK-NEXT: %[[ACC:.*]] = linalg.matmul ins(%[[X]], %[[WEIGHTS]] : tensor<1x4xi8>, tensor<4x2xi8>) outs(%[[INIT]] : tensor<1x2xi32>)
  // CHECK: linalg.generic {indexing_maps = [#[[$IDENTITY]], #[[$CHANNEL]], #[[$IDENTITY]]]
  // CHECK-SAME: ins(%[[ACC]], %[[M]] : tensor<1x2xi32>, tensor<2xf32>) outs(%{{.*}} : tensor<1x2xi8>)
  // CHECK-NEXT: ^bb0(%[[A:.*]]: i32, %[[S:.*]]: f32, %{{.*}}: i8):
  // CHECK-NEXT: %[[F:.*]] = arith.sitofp %[[A]] : i32 to f32
  // CHECK-NEXT: %[[P:.*]] = arith.mulf %[[F]], %[[S]] : f32
  // CHECK-NEXT: %[[L:.*]] = arith.maximumf %[[P]], %[[MIN]] : f32
  // CHECK-NEXT: %[[H:.*]] = arith.minimumf %[[L]], %[[MAX]] : f32
  // CHECK-NEXT: %[[R:.*]] = math.roundeven %[[H]] : f32
  // CHECK-NEXT: %[[I:.*]] = arith.fptosi %[[R]] : f32 to i32
  // CHECK-NEXT: %[[V:.*]] = arith.addi %[[I]], %[[Z]] : i32
  // CHECK-NEXT: %[[Q:.*]] = arith.trunci %[[V]] : i32 to i8
  // CHECK-NEXT: linalg.yield %[[Q]] : i8
  %c = arith.constant dense<[[1, 2], [3, 4], [5, 6], [7, -8]]> : tensor<4x2xi8>
  %w = quant.scast %c : tensor<4x2xi8> to tensor<4x2x!w>
  %b = arith.constant dense<[10, 20]> : tensor<2xi32>
  %y = lowbit.matmul %x, %w bias %b clamp [5, 100]
      : tensor<1x4x!x>, tensor<4x2x!w>, tensor<2xi32> -> tensor<1x2x!y>
  return %y : tensor<1x2x!y>
}

// CHECK-LABEL: func.func @accumulator(
func.func @accumulator(%x: tensor<1x4x!x>) -> tensor<1x2xi32> {
  // CHECK: %[[ACC:.*]] = linalg.matmul
  // CHECK-NEXT: return %[[ACC]] : tensor<1x2xi32>
  %c = arith.constant dense<1> : tensor<4x2xi8>
  %w = quant.scast %c : tensor<4x2xi8> to tensor<4x2x!w>
  %y = lowbit.matmul %x, %w : tensor<1x4x!x>, tensor<4x2x!w> -> tensor<1x2xi32>
  return %y : tensor<1x2xi32>
}

// The type of accumulators is their scale and no more work; a clamp bounds them.
// CHECK-LABEL: func.func @accumulator_of_scales(
func.func @accumulator_of_scales(%x: tensor<1x4x!x>) -> tensor<1x2x!sums> {
  // CHECK: %[[ACC:.*]] = linalg.matmul
  // CHECK-NEXT: %[[RELU:.*]] = linalg.generic {{.*}} ins(%[[ACC]] : tensor<1x2xi32>)
  // CHECK: arith.maxsi %{{.*}}, %{{.*}} : i32
  // CHECK: return %[[RELU]] : tensor<1x2xi32>
  %c = arith.constant dense<1> : tensor<4x2xi8>
  %w = quant.scast %c : tensor<4x2xi8> to tensor<4x2x!w>
  %y = lowbit.matmul %x, %w clamp [0, 2147483647] : tensor<1x4x!x>, tensor<4x2x!w> -> tensor<1x2x!sums>
  return %y : tensor<1x2x!sums>
}

// CHECK-LABEL: func.func @accumulated_mean(
func.func @accumulated_mean(%a: tensor<1x4x4x3x!x>) -> tensor<1x3x!total> {
  // CHECK: %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "reduction", "parallel"]}
  // CHECK: return %[[SUM]] : tensor<1x3xi32>
  %0 = lowbit.reduce_mean %a dims [1, 2] : tensor<1x4x4x3x!x> -> tensor<1x3x!total>
  return %0 : tensor<1x3x!total>
}

// The sum of weights that are not constant is not known: the zero points are subtracted in the loop.
// Integers of less than 8 bits are computed with as bytes; the weights of a contraction stay what they are.
!x4 = !quant.uniform<i4:f32, 0.5:-3>
!w4 = !quant.uniform<i4<-7:7>:f32:1, {0.5,0.25}>
// CHECK-LABEL: func.func @four_bits(
// CHECK-SAME: %[[X:.*]]: tensor<1x2xi8>, %{{.*}}: tensor<1x2xi4>) -> tensor<1x2xi8>
func.func @four_bits(%x: tensor<1x2x!x4>, %y: tensor<1x2xi4>) -> tensor<1x2x!x4> {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[\[}}1, -7], [3, 4]]> : tensor<2x2xi4>
  // CHECK-DAG: arith.constant dense<{{\[\[}}-8, 7]]> : tensor<1x2xi8>
  // CHECK: arith.extsi %{{.*}} : i4 to i8
  // CHECK: linalg.matmul ins(%[[X]], %[[W]] : tensor<1x2xi8>, tensor<2x2xi4>)
  // CHECK: arith.trunci %{{.*}} : i32 to i8
  %storage = arith.constant dense<[[1, -7], [3, 4]]> : tensor<2x2xi4>
  %w = quant.scast %storage : tensor<2x2xi4> to tensor<2x2x!w4>
  %0 = lowbit.matmul %x, %w : tensor<1x2x!x4>, tensor<2x2x!w4> -> tensor<1x2x!x4>
  %q = quant.scast %y : tensor<1x2xi4> to tensor<1x2x!x4>
  %c = arith.constant dense<[[-8, 7]]> : tensor<1x2xi4>
  %z = quant.scast %c : tensor<1x2xi4> to tensor<1x2x!x4>
  %1 = lowbit.add %0, %q : tensor<1x2x!x4>, tensor<1x2x!x4> -> tensor<1x2x!x4>
  %2 = lowbit.add %1, %z : tensor<1x2x!x4>, tensor<1x2x!x4> -> tensor<1x2x!x4>
  return %2 : tensor<1x2x!x4>
}

// Constant weights with zero points are 8-bit weights without, computed from what stays narrow where it is: the bias
// 3 * (-2 + 1) = -3 and 3 * (5 - 5) = 0 is that of an operand with zero point -3.
!asymmetric = !quant.uniform<i4:f32:1, {0.5:3,0.25:-2}>
// CHECK-LABEL: func.func @weight_zero_points(
// CHECK-SAME: %[[X:.*]]: tensor<1x2xi8>) -> (tensor<1x2xi32>, tensor<1x2xi32>)
func.func @weight_zero_points(%x: tensor<1x2x!x4>) -> (tensor<1x2xi32>, tensor<1x2xi32>) {
  // CHECK-DAG: %[[Q:.*]] = arith.constant dense<{{\[\[}}1, 3], [4, -7]]> : tensor<2x2xi4>
  // CHECK-DAG: %[[ZEROS:.*]] = arith.constant dense<[3, -2]> : tensor<2xi8>
  // CHECK-DAG: arith.constant dense<[-3, 0]> : tensor<2xi32>
  // CHECK-DAG: %[[BYTES:.*]] = arith.constant dense<{{\[\[}}-1, 127], [-128, 2]]> : tensor<2x2xi8>
  // CHECK-DAG: arith.constant dense<[-387, 387]> : tensor<2xi32>
  // CHECK: %[[W:.*]] = linalg.generic {indexing_maps = [#[[$IDENTITY:.*]], #[[$CHANNEL:.*]], #[[$IDENTITY]]], iterator_types = ["parallel", "parallel"]}
  // CHECK-SAME: ins(%[[Q]], %[[ZEROS]] : tensor<2x2xi4>, tensor<2xi8>)
  // CHECK: %[[WIDE:.*]] = arith.extsi %{{.*}} : i4 to i8
  // CHECK-NEXT: %[[CENTERED:.*]] = arith.subi %[[WIDE]], %{{.*}} : i8
  // CHECK-NEXT: linalg.yield %[[CENTERED]] : i8
  // CHECK: linalg.matmul ins(%[[X]], %[[W]] : tensor<1x2xi8>, tensor<2x2xi8>)
  %storage = arith.constant dense<[[1, 3], [4, -7]]> : tensor<2x2xi4>
  %w = quant.scast %storage : tensor<2x2xi4> to tensor<2x2x!asymmetric>
  %0 = lowbit.matmul %x, %w : tensor<1x2x!x4>, tensor<2x2x!asymmetric> -> tensor<1x2xi32>
  // Of unsigned bytes, 127 and 255, 0 and 130.
  // CHECK: linalg.matmul ins(%[[X]], %[[BYTES]] : tensor<1x2xi8>, tensor<2x2xi8>)
  %bytes = arith.constant dense<[[127, -1], [0, -126]]> : tensor<2x2xi8>
  %u = quant.scast %bytes : tensor<2x2xi8> to tensor<2x2x!quant.uniform<u8:f32, 0.5:128>>
  %1 = lowbit.matmul %x, %u : tensor<1x2x!x4>, tensor<2x2x!quant.uniform<u8:f32, 0.5:128>> -> tensor<1x2xi32>
  return %0, %1 : tensor<1x2xi32>, tensor<1x2xi32>
}

// Weights of 4 bits that are -3, -1, 1 and 3 alone rest in 2 bits.
// CHECK-LABEL: func.func @half_steps(
func.func @half_steps(%x: tensor<1x2x!x4>) -> tensor<1x2xi32> {
  // CHECK-DAG: %[[Q:.*]] = arith.constant dense<{{\[\[}}-2, 1], [-1, 0]]> : tensor<2x2xi2>
  // CHECK-DAG: arith.constant dense<[-12, 12]> : tensor<2xi32>
  // CHECK-DAG: %[[TWO:.*]] = arith.constant 2 : i8
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant -1 : i8
  // CHECK: linalg.generic
  // CHECK-SAME: ins(%[[Q]] : tensor<2x2xi2>)
  // CHECK: %[[WIDE:.*]] = arith.extsi %{{.*}} : i2 to i8
  // CHECK-NEXT: %[[TWICE:.*]] = arith.muli %[[WIDE]], %[[TWO]] : i8
  // CHECK-NEXT: arith.subi %[[TWICE]], %[[ZERO]] : i8
  // CHECK: linalg.matmul
  %storage = arith.constant dense<[[-3, 3], [-1, 1]]> : tensor<2x2xi4>
  %w = quant.scast %storage : tensor<2x2xi4> to tensor<2x2x!quant.uniform<i4<-3:3>:f32:1, {0.5,0.25}>>
  %0 = lowbit.matmul %x, %w : tensor<1x2x!x4>, tensor<2x2x!quant.uniform<i4<-3:3>:f32:1, {0.5,0.25}>> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// Where a difference is no byte, the zero point is subtracted in the loop.
// CHECK-LABEL: func.func @far_zero_point(
func.func @far_zero_point(%x: tensor<1x1x!x4>) -> tensor<1x1xi32> {
  // CHECK: linalg.generic
  // CHECK: arith.muli
  // CHECK-NOT: linalg.matmul
  // CHECK: return
  %storage = arith.constant dense<127> : tensor<1x1xi8>
  %w = quant.scast %storage : tensor<1x1xi8> to tensor<1x1x!quant.uniform<i8:f32, 0.5:-1>>
  %0 = lowbit.matmul %x, %w : tensor<1x1x!x4>, tensor<1x1x!quant.uniform<i8:f32, 0.5:-1>> -> tensor<1x1xi32>
  return %0 : tensor<1x1xi32>
}

// Weights in groups are 8-bit weights with one scale for each output channel, computed from constants that stay narrow.
// The left zero point times a channel's weights, -3 * (3*1 + 3*-7 + 2*3 + 2*4) = 12, is taken from its bias.
!groups = !quant.uniform<i4:f32:{0:2,1:1}, {{0.75,0.5},{0.5,1.5:-3}}>
// CHECK-LABEL: func.func @groups(
// CHECK-SAME: %[[X:.*]]: tensor<1x4xi8>) -> (tensor<1x2xi8>, tensor<1x2xi32>)
func.func @groups(%x: tensor<1x4x!x4>) -> (tensor<1x2x!x4>, tensor<1x2xi32>) {
  // CHECK-DAG: %[[Q:.*]] = arith.constant dense<{{\[\[}}1, 2], [-7, 0], [3, -8], [4, 7]]> : tensor<4x2xi4>
  // CHECK-DAG: %[[MULTIPLIERS:.*]] = arith.constant dense<{{\[\[}}3, 1], [2, 3]]> : tensor<2x2xi8>
  // CHECK-DAG: %[[ZEROS:.*]] = arith.constant dense<{{\[\[}}0, 0], [0, -3]]> : tensor<2x2xi8>
  // CHECK-DAG: %[[BIAS:.*]] = arith.constant dense<[-12, 51]> : tensor<2xi32>
  // CHECK-DAG: %[[RATIOS:.*]] = arith.constant dense<[2.500000e-01, 5.000000e-01]> : tensor<2xf32>
  // CHECK: %[[W:.*]] = linalg.generic {indexing_maps = [#[[$IDENTITY]], #[[$GROUP]], #[[$GROUP]], #[[$IDENTITY]]], iterator_types = ["parallel", "parallel"]}
  // CHECK-SAME: ins(%[[Q]], %[[MULTIPLIERS]], %[[ZEROS]] : tensor<4x2xi4>, tensor<2x2xi8>, tensor<2x2xi8>)
  // CHECK-NEXT: ^bb0(%[[Q0:.*]]: i4, %[[C0:.*]]: i8, %[[Z0:.*]]: i8, %{{.*}}: i8):
  // CHECK-NEXT: %[[WIDE:.*]] = arith.extsi %[[Q0]] : i4 to i8
  // CHECK-NEXT: %[[CENTERED:.*]] = arith.subi %[[WIDE]], %[[Z0]] : i8
  // CHECK-NEXT: %[[PRODUCT:.*]] = arith.muli %[[CENTERED]], %[[C0]] : i8
  // CHECK-NEXT: linalg.yield %[[PRODUCT]] : i8
  // CHECK: %[[INIT:.*]] = linalg.broadcast ins(%[[BIAS]] : tensor<2xi32>)
  // CHECK: linalg.matmul ins(%[[X]], %[[W]] : tensor<1x4xi8>, tensor<4x2xi8>) outs(%[[INIT]] : tensor<1x2xi32>)
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[RATIOS]] : tensor<1x2xi32>, tensor<2xf32>)
  %storage = arith.constant dense<[[1, 2], [-7, 0], [3, -8], [4, 7]]> : tensor<4x2xi4>
  %w = quant.scast %storage : tensor<4x2xi4> to tensor<4x2x!groups>
  %0 = lowbit.matmul %x, %w : tensor<1x4x!x4>, tensor<4x2x!groups> -> tensor<1x2x!x4>
  %1 = lowbit.matmul %x, %w : tensor<1x4x!x4>, tensor<4x2x!groups> -> tensor<1x2xi32>
  return %0, %1 : tensor<1x2x!x4>, tensor<1x2xi32>
}

// Weights of floats stay what they are as well. What else reads a constant computes with bytes.
// CHECK-LABEL: func.func @weights_of_floats(
// CHECK-SAME: %[[X:.*]]: tensor<1x2xf32>
func.func @weights_of_floats(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<2x2xf32>) {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[\[}}1, -7], [3, 4]]> : tensor<2x2xi4>
  // CHECK-DAG: %[[S:.*]] = arith.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
  // CHECK-DAG: %[[BYTES:.*]] = arith.constant dense<{{\[\[}}1, -7], [3, 5]]> : tensor<2x2xi8>
  // CHECK: %[[D:.*]] = linalg.generic {{.*}} ins(%[[W]], %[[S]] : tensor<2x2xi4>, tensor<2xf32>)
  // CHECK: arith.extsi %{{.*}} : i4 to i32
  // CHECK: arith.sitofp %{{.*}} : i32 to f32
  // CHECK: arith.mulf
  // CHECK: linalg.matmul ins(%[[X]], %[[D]] : tensor<1x2xf32>, tensor<2x2xf32>)
  // CHECK: linalg.generic {{.*}} ins(%[[BYTES]],
  %storage = arith.constant dense<[[1, -7], [3, 4]]> : tensor<2x2xi4>
  %w = quant.scast %storage : tensor<2x2xi4> to tensor<2x2x!w4>
  %d = lowbit.dequantize %w : tensor<2x2x!w4> -> tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %d : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %other = arith.constant dense<[[1, -7], [3, 5]]> : tensor<2x2xi4>
  %q = quant.scast %other : tensor<2x2xi4> to tensor<2x2x!w4>
  %z = lowbit.dequantize %q : tensor<2x2x!w4> -> tensor<2x2xf32>
  return %y, %z : tensor<1x2xf32>, tensor<2x2xf32>
}

// CHECK-LABEL: func.func @batch_matmul(
func.func @batch_matmul(%a: tensor<2x3x4x!x>, %b: tensor<2x4x5x!y>) -> tensor<2x3x5x!y> {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
  // CHECK: %[[L:.*]] = arith.subi %{{.*}}, %{{.*}} : i32
  // CHECK: %[[R:.*]] = arith.subi %{{.*}}, %{{.*}} : i32
  // CHECK: %[[P:.*]] = arith.muli %[[L]], %[[R]] : i32
  // CHECK: arith.addi %{{.*}}, %[[P]] : i32
  %y = lowbit.batch_matmul %a, %b : tensor<2x3x4x!x>, tensor<2x4x5x!y> -> tensor<2x3x5x!y>
  return %y : tensor<2x3x5x!y>
}

// Weights that differ by batch have other sums in each: the zero point is subtracted where they are multiplied.
// CHECK-LABEL: func.func @batch_matmul_of_weights(
func.func @batch_matmul_of_weights(%a: tensor<2x3x1x!x>) -> tensor<2x3x1x!y> {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
  // CHECK: arith.subi %{{.*}}, %{{.*}} : i32
  %c = arith.constant dense<[[[17]], [[0]]]> : tensor<2x1x1xi8>
  %w = quant.scast %c : tensor<2x1x1xi8> to tensor<2x1x1x!quant.uniform<i8:f32, 0.01>>
  %y = lowbit.batch_matmul %a, %w : tensor<2x3x1x!x>, tensor<2x1x1x!quant.uniform<i8:f32, 0.01>> -> tensor<2x3x1x!y>
  return %y : tensor<2x3x1x!y>
}

// CHECK-LABEL: func.func @conv_2d(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x4x3xi8>
func.func @conv_2d(%x: tensor<1x4x4x3x!x>) -> tensor<1x4x4x2x!y> {
  // CHECK-DAG: %[[Z:.*]] = arith.constant -3 : i8
  // CHECK-DAG: %[[BIAS:.*]] = arith.constant dense<81> : tensor<2xi32>
  // CHECK: %[[PADDED:.*]] = tensor.pad %[[X]] low[0, 1, 1, 0] high[0, 1, 1, 0]
  // CHECK: tensor.yield %[[Z]] : i8
  // CHECK: %[[INIT:.*]] = linalg.broadcast ins(%[[BIAS]] : tensor<2xi32>) outs(%{{.*}} : tensor<1x4x4x2xi32>) dimensions = [0, 1, 2]
  // CHECK: linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
  // CHECK-SAME: ins(%[[PADDED]], %{{.*}} : tensor<1x6x6x3xi8>, tensor<2x3x3x3xi8>) outs(%[[INIT]] : tensor<1x4x4x2xi32>)
  %c = arith.constant dense<1> : tensor<2x3x3x3xi8>
  %w = quant.scast %c : tensor<2x3x3x3xi8> to tensor<2x3x3x3x!filter>
  %y = lowbit.conv_2d %x, %w strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1]
      : tensor<1x4x4x3x!x>, tensor<2x3x3x3x!filter> -> tensor<1x4x4x2x!y>
  return %y : tensor<1x4x4x2x!y>
}

// Unsigned storage with its highest bit flipped is signed storage, 128 lower: 0 - (100 - 128) * 27.
// CHECK-LABEL: func.func @conv_2d_of_unsigned(
func.func @conv_2d_of_unsigned(%x: tensor<1x3x3x3x!u>) -> tensor<1x1x1x2x!y> {
  // CHECK-DAG: %[[TOP:.*]] = arith.constant -128 : i8
  // CHECK-DAG: arith.constant dense<756> : tensor<2xi32>
  // CHECK: arith.xori %{{.*}}, %[[TOP]] : i8
  // CHECK: linalg.conv_2d_nhwc_fhwc
  %c = arith.constant dense<1> : tensor<2x3x3x3xi8>
  %w = quant.scast %c : tensor<2x3x3x3xi8> to tensor<2x3x3x3x!filter>
  %y = lowbit.conv_2d %x, %w strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0]
      : tensor<1x3x3x3x!u>, tensor<2x3x3x3x!filter> -> tensor<1x1x1x2x!y>
  return %y : tensor<1x1x1x2x!y>
}

// CHECK-LABEL: func.func @depthwise_conv_2d(
func.func @depthwise_conv_2d(%x: tensor<1x4x4x2x!x>) -> tensor<1x2x2x2x!y> {
  // CHECK-DAG: arith.constant dense<27> : tensor<2xi32>
  // CHECK: linalg.depthwise_conv_2d_nhwc_hwc
  // CHECK-SAME: -> tensor<1x2x2x2xi32>
  %c = arith.constant dense<1> : tensor<3x3x2xi8>
  %w = quant.scast %c : tensor<3x3x2xi8> to tensor<3x3x2x!depthwise>
  %y = lowbit.depthwise_conv_2d %x, %w strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0]
      : tensor<1x4x4x2x!x>, tensor<3x3x2x!depthwise> -> tensor<1x2x2x2x!y>
  return %y : tensor<1x2x2x2x!y>
}

// CHECK-LABEL: func.func @add(
func.func @add(%a: tensor<4x!x>, %b: tensor<4x!u>) -> tensor<4x!y> {
  // CHECK-DAG: %[[MIN:.*]] = arith.constant -5.000000e+00 : f32
  // CHECK-DAG: %[[MAX:.*]] = arith.constant 9.500000e+01 : f32
  // CHECK: %[[L:.*]] = arith.mulf
  // CHECK: arith.extui
  // CHECK: %[[R:.*]] = arith.mulf
  // CHECK-NEXT: %[[S:.*]] = arith.addf %[[L]], %[[R]] : f32
  // CHECK-NEXT: %[[LOW:.*]] = arith.maximumf %[[S]], %[[MIN]] : f32
  // CHECK-NEXT: arith.minimumf %[[LOW]], %[[MAX]] : f32
  %y = lowbit.add %a, %b clamp [0, 100] : tensor<4x!x>, tensor<4x!u> -> tensor<4x!y>
  return %y : tensor<4x!y>
}

// CHECK-LABEL: func.func @sub(
func.func @sub(%a: tensor<4x!x>, %b: tensor<4x!x>) -> tensor<4x!y> {
  // CHECK: arith.subf
  %y = lowbit.sub %a, %b : tensor<4x!x>, tensor<4x!x> -> tensor<4x!y>
  return %y : tensor<4x!y>
}

// CHECK-LABEL: func.func @mul(
func.func @mul(%a: tensor<4x!x>, %b: tensor<4x!x>) -> tensor<4x!y> {
  // CHECK: %[[P:.*]] = arith.muli
  // CHECK-NEXT: arith.sitofp %[[P]] : i32 to f32
  %y = lowbit.mul %a, %b : tensor<4x!x>, tensor<4x!x> -> tensor<4x!y>
  return %y : tensor<4x!y>
}

// CHECK-LABEL: func.func @clamp(
func.func @clamp(%a: tensor<4x!x>, %b: tensor<4x!u>) -> (tensor<4x!x>, tensor<4x!u>) {
  // CHECK: arith.maxsi
  // CHECK-NEXT: arith.minsi
  %0 = lowbit.clamp %a min -5 max 7 : tensor<4x!x>
  // CHECK: arith.maxui
  // CHECK-NEXT: arith.minui
  %1 = lowbit.clamp %b min 5 max 200 : tensor<4x!u>
  return %0, %1 : tensor<4x!x>, tensor<4x!u>
}

// CHECK-LABEL: func.func @lookup(
func.func @lookup(%a: tensor<4x!x>) -> tensor<4x!y> {
  // The table of a signed input begins with the entry of 0.
  // CHECK: %[[TABLE:.*]] = arith.constant dense<"0x838A9198{{.*}}F5FC030A1118{{.*}}6E757C"> : tensor<256xi8>
  // CHECK: linalg.generic
  // CHECK-NEXT: ^bb0(%[[Q:.*]]: i8, %{{.*}}: i8):
  // CHECK-NEXT: %[[I:.*]] = arith.index_castui %[[Q]] : i8 to index
  // CHECK-NEXT: tensor.extract %[[TABLE]][%[[I]]] : tensor<256xi8>
  %y = lowbit.lookup %a, dense<"0x030A11181F262D343B424950575E656C737A81888F969DA4ABB2B9C0C7CED5DCE3EAF1F8FF060D141B222930373E454C535A61686F767D848B9299A0A7AEB5BCC3CAD1D8DFE6EDF4FB020910171E252C333A41484F565D646B727980878E959CA3AAB1B8BFC6CDD4DBE2E9F0F7FE050C131A21282F363D444B525960676E757C838A91989FA6ADB4BBC2C9D0D7DEE5ECF3FA01080F161D242B323940474E555C636A71787F868D949BA2A9B0B7BEC5CCD3DAE1E8EFF6FD040B121920272E353C434A51585F666D747B828990979EA5ACB3BAC1C8CFD6DDE4EBF2F900070E151C232A31383F464D545B626970777E858C939AA1A8AFB6BDC4CBD2D9E0E7EEF5FC"> : tensor<256xi8>
      : tensor<4x!x> -> tensor<4x!y>
  return %y : tensor<4x!y>
}

// CHECK-LABEL: func.func @pools(
func.func @pools(%a: tensor<1x4x4x3x!x>, %u: tensor<1x4x4x3x!u>)
    -> (tensor<1x2x2x3x!x>, tensor<1x3x3x3x!u>, tensor<1x2x2x3x!y>, tensor<1x3x!y>) {
  // CHECK-DAG: %[[QMIN:.*]] = arith.constant -128 : i8
  // CHECK-DAG: %[[SUM:.*]] = arith.constant 12 : i32
  // CHECK-DAG: %[[MEAN:.*]] = arith.constant 48 : i32
  // CHECK: tensor.yield %[[QMIN]] : i8
  // CHECK: %[[LEAST:.*]] = linalg.fill ins(%[[QMIN]] : i8)
  // CHECK: linalg.pooling_nhwc_max {{.*}} outs(%[[LEAST]] : tensor<1x2x2x3xi8>)
  %0 = lowbit.max_pool_2d %a kernel [3, 3] strides [2, 2] dilations [1, 1] pad [1, 0, 1, 0]
      : tensor<1x4x4x3x!x> -> tensor<1x2x2x3x!x>
  // CHECK: linalg.pooling_nhwc_max_unsigned
  %1 = lowbit.max_pool_2d %u kernel [2, 2] strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0]
      : tensor<1x4x4x3x!u> -> tensor<1x3x3x3x!u>
  // CHECK: %[[START:.*]] = linalg.fill ins(%[[SUM]] : i32)
  // CHECK: linalg.pooling_nhwc_sum {{.*}} outs(%[[START]] : tensor<1x2x2x3xi32>)
  %2 = lowbit.avg_pool_2d %a kernel [2, 2] strides [2, 2] pad [0, 0, 0, 0] : tensor<1x4x4x3x!x> -> tensor<1x2x2x3x!y>
  // CHECK: %[[ALL:.*]] = linalg.fill ins(%[[MEAN]] : i32)
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "reduction", "parallel"]} {{.*}} outs(%[[ALL]] : tensor<1x3xi32>)
  %3 = lowbit.reduce_mean %a dims [1, 2] : tensor<1x4x4x3x!x> -> tensor<1x3x!y>
  return %0, %1, %2, %3 : tensor<1x2x2x3x!x>, tensor<1x3x3x3x!u>, tensor<1x2x2x3x!y>, tensor<1x3x!y>
}

// CHECK-LABEL: func.func @movement(
// CHECK-SAME: %[[A:.*]]: tensor<4x2xi8>
func.func @movement(%a: tensor<4x2x!x>) -> (tensor<2x4x!x>, tensor<8x!x>, tensor<6x2x!x>, tensor<8x2x!x>) {
  // CHECK: linalg.transpose ins(%[[A]] : tensor<4x2xi8>)
  %e = tensor.empty() : tensor<2x4x!x>
  %t = linalg.transpose ins(%a : tensor<4x2x!x>) outs(%e : tensor<2x4x!x>) permutation = [1, 0]
  // CHECK: tensor.collapse_shape %[[A]] {{\[}}[0, 1]] : tensor<4x2xi8> into tensor<8xi8>
  %c = tensor.collapse_shape %a [[0, 1]] : tensor<4x2x!x> into tensor<8x!x>
  // CHECK: tensor.pad %[[A]] low[1, 0] high[1, 0]
  %k = arith.constant -3 : i8
  %z = quant.scast %k : i8 to !x
  %p = tensor.pad %a low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %z : !x
  } : tensor<4x2x!x> to tensor<6x2x!x>
  // CHECK: tensor.concat dim(0) %[[A]], %[[A]] : (tensor<4x2xi8>, tensor<4x2xi8>) -> tensor<8x2xi8>
  %d = tensor.concat dim(0) %a, %a : (tensor<4x2x!x>, tensor<4x2x!x>) -> tensor<8x2x!x>
  return %t, %c, %p, %d : tensor<2x4x!x>, tensor<8x!x>, tensor<6x2x!x>, tensor<8x2x!x>
}

// CHECK-LABEL: func.func @call(
func.func @call(%a: tensor<4x!x>) -> tensor<4x!x> {
  // CHECK: call @callee(%{{.*}}) : (tensor<4xi8>) -> tensor<4xi8>
  %r = func.call @callee(%a) : (tensor<4x!x>) -> tensor<4x!x>
  return %r : tensor<4x!x>
}
// CHECK: func.func private @callee(tensor<4xi8>) -> tensor<4xi8>
func.func private @callee(tensor<4x!x>) -> tensor<4x!x>

// Float ops and observers stay what they are.
// CHECK-LABEL: func.func @float(
func.func @float(%a: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: lowbit.observe
  lowbit.observe %a as "a" : tensor<4xf32>
  // CHECK: linalg.add
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.add ins(%a, %a : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// The largest magnitude of finite elements, as bits, of each row; the scale and its reciprocal are tensors of one
// number for each row.
// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME: %[[X:[^:]*]]: tensor<3x2x4xf32>
func.func @dynamic(%x: tensor<3x2x4xf32>, %b: tensor<4xf32>) -> tensor<3x2x4xf32> {
  // CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2]] : tensor<3x2x4xf32> into tensor<3x8xf32>
  // CHECK: %[[MAX:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[ROWS]] : {{.*}}) outs(%{{.*}} : tensor<3xi32>)
  // CHECK: arith.bitcast %{{.*}} : f32 to i32
  // CHECK: arith.maxsi
  // CHECK: %[[S:.*]] = linalg.generic {{.*}} ins(%[[MAX]] : tensor<3xi32>) outs(%{{.*}} : tensor<3xf32>)
  // CHECK: arith.divf %{{.*}}, %{{.*}} : f32
  // CHECK: arith.maximumf
  // CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[S]] : tensor<3xf32>) outs(%{{.*}} : tensor<3xf32>)
  // CHECK: %[[Q:.*]] = linalg.generic {{.*}} ins(%[[ROWS]], %[[R]] : tensor<3x8xf32>, tensor<3xf32>) outs(%{{.*}} : tensor<3x8xi8>)
  // CHECK-NOT: arith.divf
  // CHECK: %[[E:.*]] = tensor.expand_shape %[[Q]] {{\[\[}}0], [1, 2]]
  %q, %s = lowbit.dynamic_quantize %x
      : tensor<3x2x4xf32> -> tensor<3x2x4x!quant.uniform<i8<-127:127>:f32, 1.0>>, tensor<3xf32>
  // CHECK: linalg.generic {{.*}} ins(%[[E]], %[[S]], %{{.*}} : tensor<3x2x4xi8>, tensor<3xf32>, tensor<4xf32>)
  // CHECK: arith.mulf
  // CHECK: arith.addf
  %y = lowbit.dynamic_dequantize %q, %s bias %b
      : tensor<3x2x4x!quant.uniform<i8<-127:127>:f32, 1.0>>, tensor<3xf32>, tensor<4xf32> -> tensor<3x2x4xf32>
  return %y : tensor<3x2x4xf32>
}
