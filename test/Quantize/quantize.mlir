// RUN: make-calibration-table %s matmul/x=-1.5:1.05 matmul/matmul_0=-9:9 matmul/clamp_0=0:2.55 matmul/add_0=0:5.1 \
// RUN:   movement/x=0:2.55 same_type/x=-1.28:1.27 constant/x=0:2.55 constant/add_0=-1:1.55 \
// RUN:   infinite_padding/x=0:2.55 infinite_padding/pad_0=-inf nan/x=nan shared_input/x=0:2.55 \
// RUN:   unrounded/x=0:2.55 unrounded/clamp_0=0:2.55 unrounded_clamp/x=0:2.55 \
// RUN:   function/x=0:2.55 function/matmul_0=-4:4 function/generic_0=0:1 lonely_function/x=0:2.55 mixed_sum/x=0:2.55 \
// RUN:   repeated/x=0:2.55 repeated/matmul_0=0:2.55 repeated/broadcast_0=0:2.55 repeated/mul_0=0:5.1 repeated/broadcast_1=0:2.55 repeated/mul_1=0:5.1 > %t
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe=w8a8 calibration=%t})' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe=%S/Inputs/nearest.yaml calibration=%t})' | FileCheck %s --check-prefix=NEAREST
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-quantize{recipe="[{op: matmul, weights: 4}, {}]" calibration=%t})' | FileCheck %s --check-prefix=FOUR

#id2 = affine_map<(d0, d1) -> (d0, d1)>

// A bias is left to the next stage, and nothing comes between an op and the clamp computed inside it.
// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[X:.*]]: tensor<1x2xf32>
func.func @matmul(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> tensor<1x2xf32> {
  // CHECK: %[[XQ:.*]] = lowbit.quantize %[[X]] : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<i8:f32, 0.0099999997764825821:22>>
  // CHECK: %[[XD:.*]] = lowbit.dequantize %[[XQ]]
  // CHECK: %[[W:.*]] = arith.constant dense<{{.*}}> : tensor<2x2xf32>
  // CHECK: %[[WQ:.*]] = lowbit.quantize %[[W]] : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {1.000000e+00,2.000000e+00}>>
  // CHECK: %[[WD:.*]] = lowbit.dequantize %[[WQ]]
  // CHECK: %[[B:.*]] = linalg.broadcast
  // CHECK: %[[Y:.*]] = linalg.matmul ins(%[[XD]], %[[WD]] : {{.*}}) outs(%[[B]] : {{.*}})
  // CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<1x2xf32>)
  // CHECK: %[[RQ:.*]] = lowbit.quantize %[[R]] : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<i8:f32, 0.0099999997764825821:-128>>
  // CHECK: %[[RD:.*]] = lowbit.dequantize %[[RQ]]
  // CHECK: linalg.add ins(%[[RD]], %[[RD]] :
  %w = arith.constant dense<[[127.0, 2.0], [1.0, -254.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<1x2xf32>) dimensions = [0]
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %r = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %m = arith.maximumf %in, %zero : f32
      linalg.yield %m : f32
  } -> tensor<1x2xf32>
  %s = linalg.add ins(%r, %r : tensor<1x2xf32>, tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %s : tensor<1x2xf32>
}

// Exact sums are rounded for an integer op that reads them, here a clamp to other bounds than 0, and not for float ops
// or the end of the program.
// CHECK-LABEL: func.func @unrounded(
func.func @unrounded(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  // CHECK: %[[Y:.*]] = linalg.matmul
  // CHECK: %[[E:.*]] = math.exp %[[Y]]
  // CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<1x2xf32>)
  // CHECK: %[[RQ:.*]] = lowbit.quantize %[[R]]
  // CHECK: %[[RD:.*]] = lowbit.dequantize %[[RQ]]
  // CHECK: return %[[E]], %[[RD]]
  %w = arith.constant dense<127.0> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %exp = math.exp %y : tensor<1x2xf32>
  %z = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %r = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%z : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %max = arith.maximumf %in, %zero : f32
      %min = arith.minimumf %max, %six : f32
      linalg.yield %min : f32
  } -> tensor<1x2xf32>
  return %exp, %r : tensor<1x2xf32>, tensor<1x2xf32>
}

// 0 is an integer in every scale, so that a ReLU is computed with the sums.
// CHECK-LABEL: func.func @unrounded_clamp(
func.func @unrounded_clamp(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> tensor<1x2xf32> {
  // CHECK: %[[Y:.*]] = linalg.matmul
  // CHECK-NEXT: %[[R:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<1x2xf32>)
  // CHECK: return %[[R]]
  %w = arith.constant dense<127.0> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %r = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %max = arith.maximumf %in, %zero : f32
      linalg.yield %max : f32
  } -> tensor<1x2xf32>
  return %r : tensor<1x2xf32>
}

// The errors of 0.4 in the first column sum to more than a step: one of them is rounded up. In the second they cancel.
// CHECK-LABEL: func.func @sums(
// NEAREST-LABEL: func.func @sums(
func.func @sums(%x: tensor<1x4xf32> {lowbit.name = "x"}) -> tensor<1x2xf32> {
  // CHECK{LITERAL}: arith.constant dense<[[1.270000e+02, 1.270000e+02], [1.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00]]>
  // NEAREST{LITERAL}: arith.constant dense<[[1.270000e+02, 1.270000e+02], [4.000000e-01, 4.000000e-01], [4.000000e-01, -4.000000e-01], [4.000000e-01, 0.000000e+00]]>
  %w = arith.constant dense<[[127.0, 127.0], [0.4, 0.4], [0.4, -0.4], [0.4, 0.0]]> : tensor<4x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x4xf32>, tensor<4x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// A function becomes a table where integer ops lie on both sides.
// CHECK-LABEL: func.func @function(
func.func @function(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> tensor<1x2xf32> {
  // CHECK: %[[Y:.*]] = linalg.matmul
  // CHECK: %[[YQ:.*]] = lowbit.quantize %[[Y]]
  // CHECK: %[[YD:.*]] = lowbit.dequantize %[[YQ]]
  // CHECK: %[[F:.*]] = linalg.generic {{.*}} ins(%[[YD]] :
  // CHECK: %[[FQ:.*]] = lowbit.quantize %[[F]]
  // CHECK: %[[FD:.*]] = lowbit.dequantize %[[FQ]]
  // CHECK: linalg.matmul ins(%[[FD]],
  %w = arith.constant dense<127.0> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %f = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %exp = math.exp %in : f32
      linalg.yield %exp : f32
  } -> tensor<1x2xf32>
  %z = linalg.matmul ins(%f, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}

// A sum of integers and a tensor that a float op computes is a float sum.
// CHECK-LABEL: func.func @mixed_sum(
func.func @mixed_sum(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> tensor<1x2xf32> {
  // CHECK: %[[M:.*]] = linalg.exp {{.*}} ins(%{{.*}} : tensor<1x2xf32>)
  // CHECK: %[[Y:.*]] = linalg.matmul
  // CHECK-NEXT: linalg.add {lowbit.float = "it is not between integer ops"} ins(%[[Y]], %[[M]] :
  %w = arith.constant dense<127.0> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %m = linalg.exp ins(%x : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %z = linalg.add ins(%y, %m : tensor<1x2xf32>, tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}

// CHECK-LABEL: func.func @lonely_function(
func.func @lonely_function(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> tensor<1x2xf32> {
  // CHECK: %[[Y:.*]] = linalg.matmul
  // CHECK-NEXT: linalg.exp {lowbit.float = "it is not between integer ops"} ins(%[[Y]] :
  %w = arith.constant dense<127.0> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %f = linalg.exp ins(%y : tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %f : tensor<1x2xf32>
}

// Moving values alone is no reason for integers.
// CHECK-LABEL: func.func @movement(
func.func @movement(%x: tensor<1x4xf32> {lowbit.name = "x"}) -> tensor<4xf32> {
  // CHECK-NOT: lowbit.quantize
  // CHECK: tensor.collapse_shape {{.*}} {lowbit.float = "it only moves values between float ops"}
  %0 = tensor.collapse_shape %x [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  // CHECK: math.exp
  %1 = math.exp %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// Next to an op that computes it is.
// CHECK-LABEL: func.func @same_type(
func.func @same_type(%x: tensor<1x4xf32> {lowbit.name = "x"}) -> tensor<4xf32> {
  // CHECK: lowbit.quantize {{.*}} -> tensor<1x4x!quant.uniform<i8:f32, 0.0099999997764825821>>
  // CHECK: tensor.collapse_shape
  // CHECK: lowbit.quantize
  // CHECK: linalg.add
  // CHECK: lowbit.quantize
  %0 = tensor.collapse_shape %x [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %1 = linalg.add ins(%0, %0 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// A constant that is added has the range of its values.
// CHECK-LABEL: func.func @constant(
func.func @constant(%x: tensor<4xf32> {lowbit.name = "x"}) -> tensor<4xf32> {
  // CHECK: %[[C:.*]] = arith.constant dense<[-1.000000e+00, 1.550000e+00, 0.000000e+00, 0.000000e+00]>
  // CHECK: lowbit.quantize %[[C]] : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 0.0099999997764825821:-28>>
  %c = arith.constant dense<[-1.0, 1.55, 0.0, 0.0]> : tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %1 = linalg.add ins(%x, %c : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// Padding with minus infinity has no range: its tensor takes the type of what it pads.
// CHECK-LABEL: func.func @infinite_padding(
func.func @infinite_padding(%x: tensor<1x2x2x1xf32> {lowbit.name = "x"}) -> tensor<1x1x1x1xf32> {
  // CHECK: lowbit.quantize {{.*}} -> tensor<1x2x2x1x!quant.uniform<i8:f32, 0.0099999997764825821:-128>>
  // CHECK: %[[P:.*]] = tensor.pad
  // CHECK: lowbit.quantize %[[P]] : tensor<1x3x3x1xf32> -> tensor<1x3x3x1x!quant.uniform<i8:f32, 0.0099999997764825821:-128>>
  %ninf = arith.constant 0xFF800000 : f32
  %p = tensor.pad %x low[0, 0, 0, 0] high[0, 1, 1, 0] {
    ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
      tensor.yield %ninf : f32
  } : tensor<1x2x2x1xf32> to tensor<1x3x3x1xf32>
  %window = tensor.empty() : tensor<3x3xf32>
  %e = tensor.empty() : tensor<1x1x1x1xf32>
  %f = linalg.fill ins(%ninf : f32) outs(%e : tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %m = linalg.pooling_nhwc_max ins(%p, %window : tensor<1x3x3x1xf32>, tensor<3x3xf32>)
      outs(%f : tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %s = linalg.add ins(%m, %m : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) outs(%e : tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  return %s : tensor<1x1x1x1xf32>
}

// CHECK-LABEL: func.func @nan(
func.func @nan(%x: tensor<4xf32> {lowbit.name = "x"}) -> tensor<4xf32> {
  // CHECK-NOT: lowbit.quantize
  // CHECK: linalg.add {lowbit.float = "tensor 'nan/x' has no finite sample in the calibration table"}
  %e = tensor.empty() : tensor<4xf32>
  %1 = linalg.add ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// A float op keeps reading the float tensor.
// CHECK-LABEL: func.func @shared_input(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>
func.func @shared_input(%x: tensor<4xf32> {lowbit.name = "x"}) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK: %[[XQ:.*]] = lowbit.quantize %[[X]]
  // CHECK: %[[XD:.*]] = lowbit.dequantize %[[XQ]]
  // CHECK: linalg.add ins(%[[XD]], %[[XD]] :
  // CHECK: math.exp %[[X]]
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.add ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %1 = math.exp %x : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// What weights computed is repeated as integers; what they did not may be a statistic or a mask.
// CHECK-LABEL: func.func @repeated(
// CHECK-SAME: %[[X:.*]]: tensor<1x2xf32>
func.func @repeated(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> (tensor<1x2x3xf32>, tensor<1x2x3xf32>, tensor<1x2xf32>) {
  // CHECK: %[[Y:.*]] = linalg.matmul
  // CHECK: %[[YQ:.*]] = lowbit.quantize %[[Y]]
  // CHECK: %[[YD:.*]] = lowbit.dequantize %[[YQ]]
  // CHECK: %[[R:.*]] = linalg.broadcast ins(%[[YD]] : tensor<1x2xf32>)
  // CHECK: lowbit.quantize %[[R]]
  // CHECK: linalg.broadcast ins(%[[X]] : tensor<1x2xf32>)
  // CHECK-SAME: lowbit.float = "it repeats what no op with weights computed
  // A repeated constant is neither: what adds it decides.
  // CHECK: linalg.broadcast ins(%{{.*}} : tensor<2xf32>)
  // CHECK-NOT: lowbit.float
  // CHECK: return
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
  %e3 = tensor.empty() : tensor<1x2x3xf32>
  %r = linalg.broadcast ins(%y : tensor<1x2xf32>) outs(%e3 : tensor<1x2x3xf32>) dimensions = [2]
  %p = linalg.mul ins(%r, %r : tensor<1x2x3xf32>, tensor<1x2x3xf32>) outs(%e3 : tensor<1x2x3xf32>) -> tensor<1x2x3xf32>
  %s = linalg.broadcast ins(%x : tensor<1x2xf32>) outs(%e3 : tensor<1x2x3xf32>) dimensions = [2]
  %q = linalg.mul ins(%s, %s : tensor<1x2x3xf32>, tensor<1x2x3xf32>) outs(%e3 : tensor<1x2x3xf32>) -> tensor<1x2x3xf32>
  %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %bias = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<1x2xf32>) dimensions = [0]
  %z = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%bias : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %p, %q, %z : tensor<1x2x3xf32>, tensor<1x2x3xf32>, tensor<1x2xf32>
}

// Widths are the recipe's: four bits for the weights of matrix products, with the rule given in place of a file.
// FOUR-LABEL: func.func @matmul(
// FOUR: lowbit.quantize %{{.*}} : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<i8:f32, 0.0099999997764825821:22>>
// FOUR: lowbit.quantize %{{.*}} : tensor<2x2xf32> -> tensor<2x2x!quant.uniform<i4:f32:1, {18.142856597900391,36.285713195800781}>>
