// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse-requantization))' | FileCheck %s
// RUN: sed -e s/x86-64-v3/x86-64-v2/ %s | quant-opt --pass-pipeline='builtin.module(func.func(lowbit-fuse-requantization))' | FileCheck %s --check-prefix=V2

// No fused multiply-add without the instruction.
// V2-NOT: math.fma

#identity = affine_map<(d0, d1) -> (d0, d1)>
#channels = affine_map<(d0, d1) -> (d1)>
#pixels = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#ofPixel = affine_map<(d0, d1, d2, d3) -> (d3)>

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "x86-64-v3"} {

// 1262485504 are the bits of 12582912 = 1.5 * 2^23, and 98304 is 2^-7 of that. The first start does, the one that brings the
// sums to the middle between 2^23 and 2^24: products with a power of two are exact.
// CHECK-LABEL: func.func @power(
// CHECK-DAG: %[[M:.*]] = arith.constant dense<7.812500e-03> : tensor<2xf32>
// CHECK-DAG: %[[START:.*]] = arith.constant dense<[1262485512, 1262485494]> : tensor<2xi32>
// CHECK-DAG: %[[OFFSET:.*]] = arith.constant dense<[-98303.2812, -9.830470e+04]> : tensor<2xf32>
// CHECK: %[[INIT:.*]] = linalg.broadcast ins(%[[START]] : tensor<2xi32>) outs(%{{.*}} : tensor<3x2xi32>) dimensions = [0]
// CHECK: %[[SUMS:.*]] = linalg.matmul ins(%{{.*}}, %{{.*}}) outs(%[[INIT]]
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[SUMS]], %[[M]], %[[OFFSET]] : tensor<3x2xi32>, tensor<2xf32>, tensor<2xf32>)
// CHECK: ^bb0(%[[SUM:.*]]: i32, %[[FACTOR:.*]]: f32, %[[ADD:.*]]: f32, %{{.*}}: i8):
// CHECK: %[[FLOAT:.*]] = arith.bitcast %[[SUM]] : i32 to f32
// CHECK: %[[PRODUCT:.*]] = math.fma %[[FLOAT]], %[[FACTOR]], %[[ADD]] : f32
// CHECK: %[[ROUND:.*]] = math.roundeven %[[PRODUCT]] : f32
// CHECK: %[[INTEGER:.*]] = arith.fptosi %[[ROUND]] : f32 to i32
// CHECK: %[[MOVED:.*]] = arith.addi %[[INTEGER]], %c-5_i32{{.*}} overflow<nsw> : i32
// CHECK: %[[MAX:.*]] = arith.maxsi %[[MOVED]], %c-128_i32{{.*}} : i32
// CHECK: %[[MIN:.*]] = arith.minsi %[[MAX]], %c127_i32{{.*}} : i32
// CHECK: %[[BYTE:.*]] = arith.trunci %[[MIN]] : i32 to i8
// CHECK: linalg.yield %[[BYTE]] : i8
func.func @power(%x: tensor<3x4xi8>) -> tensor<3x2xi8> {
  %w = arith.constant dense<[[1, -2], [3, -4], [5, -6], [7, -8]]> : tensor<4x2xi8>
  %bias = arith.constant dense<[100, -100]> : tensor<2xi32>
  %m = arith.constant dense<0.0078125> : tensor<2xf32>
  %low = arith.constant -123.0 : f32
  %high = arith.constant 132.0 : f32
  %z = arith.constant -5 : i32
  %e = tensor.empty() : tensor<3x2xi32>
  %init = linalg.broadcast ins(%bias : tensor<2xi32>) outs(%e : tensor<3x2xi32>) dimensions = [0]
  %sums = linalg.matmul ins(%x, %w : tensor<3x4xi8>, tensor<4x2xi8>) outs(%init : tensor<3x2xi32>) -> tensor<3x2xi32>
  %ey = tensor.empty() : tensor<3x2xi8>
  %y = linalg.generic {indexing_maps = [#identity, #channels, #identity], iterator_types = ["parallel", "parallel"]}
      ins(%sums, %m : tensor<3x2xi32>, tensor<2xf32>) outs(%ey : tensor<3x2xi8>) {
  ^bb0(%sum: i32, %factor: f32, %out: i8):
    %f = arith.sitofp %sum : i32 to f32
    %p = arith.mulf %f, %factor : f32
    %l = arith.maximumf %p, %low : f32
    %h = arith.minimumf %l, %high : f32
    %r = math.roundeven %h : f32
    %i = arith.fptosi %r : f32 to i32
    %q = arith.addi %i, %z : i32
    %b = arith.trunci %q : i32 to i8
    linalg.yield %b : i8
  } -> tensor<3x2xi8>
  return %y : tensor<3x2xi8>
}

// One multiplier for all channels, no zero point, an offset of 128 after it; sums that start from 0.
// CHECK-LABEL: func.func @depthwise(
// CHECK-DAG: %[[M:.*]] = arith.constant 3.000000e-03 : f32
// CHECK-DAG: arith.constant dense<-39540.0273> : tensor<2xf32>
// CHECK: linalg.broadcast ins(%{{.*}} : tensor<2xi32>) outs(%{{.*}} : tensor<1x2x2x2xi32>) dimensions = [0, 1, 2]
// CHECK: linalg.depthwise_conv_2d_nhwc_hwc
// CHECK: %[[PRODUCT:.*]] = math.fma %{{.*}}, %[[M]], %{{.*}} : f32
// CHECK-NOT: arith.addi
// CHECK: %[[BYTE:.*]] = arith.trunci
// CHECK: %[[UNSIGNED:.*]] = arith.xori %[[BYTE]], %c-128_i8
// CHECK: linalg.yield %[[UNSIGNED]] : i8
func.func @depthwise(%x: tensor<1x3x3x2xi8>) -> tensor<1x2x2x2xi8> {
  %w = arith.constant dense<[[[1, -2], [3, -4]], [[5, -6], [7, -8]]]> : tensor<2x2x2xi8>
  %m = arith.constant 0.003 : f32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %offset = arith.constant -128 : i8
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x2x2x2xi32>
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<1x2x2x2xi32>) -> tensor<1x2x2x2xi32>
  %sums = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x3x3x2xi8>, tensor<2x2x2xi8>)
      outs(%init : tensor<1x2x2x2xi32>) -> tensor<1x2x2x2xi32>
  %ey = tensor.empty() : tensor<1x2x2x2xi8>
  %y = linalg.generic {indexing_maps = [#pixels, #pixels], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%sums : tensor<1x2x2x2xi32>) outs(%ey : tensor<1x2x2x2xi8>) {
  ^bb0(%sum: i32, %out: i8):
    %f = arith.sitofp %sum : i32 to f32
    %p = arith.mulf %f, %m : f32
    %l = arith.maximumf %p, %low : f32
    %h = arith.minimumf %l, %high : f32
    %r = math.roundeven %h : f32
    %i = arith.fptosi %r : f32 to i32
    %b = arith.trunci %i : i32 to i8
    %u = arith.xori %b, %offset : i8
    linalg.yield %u : i8
  } -> tensor<1x2x2x2xi8>
  return %y : tensor<1x2x2x2xi8>
}

// Between the clamps there are more sums than floats: 256 * 2^16.
// CHECK-LABEL: func.func @small_multiplier(
// CHECK-NOT: math.fma
// CHECK: arith.sitofp
// CHECK-NOT: math.fma

func.func @small_multiplier(%x: tensor<3x1024xi8>) -> tensor<3x1xi8> {
  %w = arith.constant dense<127> : tensor<1024x1xi8>
  %bias = arith.constant dense<0> : tensor<1xi32>
  %m = arith.constant dense<0x37800000> : tensor<1xf32>
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %e = tensor.empty() : tensor<3x1xi32>
  %init = linalg.broadcast ins(%bias : tensor<1xi32>) outs(%e : tensor<3x1xi32>) dimensions = [0]
  %sums = linalg.matmul ins(%x, %w : tensor<3x1024xi8>, tensor<1024x1xi8>) outs(%init : tensor<3x1xi32>) -> tensor<3x1xi32>
  %ey = tensor.empty() : tensor<3x1xi8>
  %y = linalg.generic {indexing_maps = [#identity, #channels, #identity], iterator_types = ["parallel", "parallel"]}
      ins(%sums, %m : tensor<3x1xi32>, tensor<1xf32>) outs(%ey : tensor<3x1xi8>) {
  ^bb0(%sum: i32, %factor: f32, %out: i8):
    %f = arith.sitofp %sum : i32 to f32
    %p = arith.mulf %f, %factor : f32
    %l = arith.maximumf %p, %low : f32
    %h = arith.minimumf %l, %high : f32
    %r = math.roundeven %h : f32
    %i = arith.fptosi %r : f32 to i32
    %b = arith.trunci %i : i32 to i8
    linalg.yield %b : i8
  } -> tensor<3x1xi8>
  return %y : tensor<3x1xi8>
}

// Sums that something else reads, too.
// CHECK-LABEL: func.func @read_twice(
// CHECK-NOT: math.fma

func.func @read_twice(%x: tensor<3x4xi8>) -> (tensor<3x2xi8>, tensor<3x2xi32>) {
  %w = arith.constant dense<[[1, -2], [3, -4], [5, -6], [7, -8]]> : tensor<4x2xi8>
  %bias = arith.constant dense<[100, -100]> : tensor<2xi32>
  %m = arith.constant dense<0.0078125> : tensor<2xf32>
  %low = arith.constant -123.0 : f32
  %high = arith.constant 132.0 : f32
  %e = tensor.empty() : tensor<3x2xi32>
  %init = linalg.broadcast ins(%bias : tensor<2xi32>) outs(%e : tensor<3x2xi32>) dimensions = [0]
  %sums = linalg.matmul ins(%x, %w : tensor<3x4xi8>, tensor<4x2xi8>) outs(%init : tensor<3x2xi32>) -> tensor<3x2xi32>
  %ey = tensor.empty() : tensor<3x2xi8>
  %y = linalg.generic {indexing_maps = [#identity, #channels, #identity], iterator_types = ["parallel", "parallel"]}
      ins(%sums, %m : tensor<3x2xi32>, tensor<2xf32>) outs(%ey : tensor<3x2xi8>) {
  ^bb0(%sum: i32, %factor: f32, %out: i8):
    %f = arith.sitofp %sum : i32 to f32
    %p = arith.mulf %f, %factor : f32
    %l = arith.maximumf %p, %low : f32
    %h = arith.minimumf %l, %high : f32
    %r = math.roundeven %h : f32
    %i = arith.fptosi %r : f32 to i32
    %b = arith.trunci %i : i32 to i8
    linalg.yield %b : i8
  } -> tensor<3x2xi8>
  return %y, %sums : tensor<3x2xi8>, tensor<3x2xi32>
}

// Weights of few bits are for small programs.
// CHECK-LABEL: func.func @narrow_weights(
// CHECK-NOT: math.fma

func.func @narrow_weights(%x: tensor<3x4xi8>) -> tensor<3x2xi8> {
  %w = arith.constant dense<[[1, -2], [3, -4], [5, -6], [7, -8]]> : tensor<4x2xi4>
  %bias = arith.constant dense<[100, -100]> : tensor<2xi32>
  %m = arith.constant dense<0.0078125> : tensor<2xf32>
  %low = arith.constant -123.0 : f32
  %high = arith.constant 132.0 : f32
  %e = tensor.empty() : tensor<3x2xi32>
  %init = linalg.broadcast ins(%bias : tensor<2xi32>) outs(%e : tensor<3x2xi32>) dimensions = [0]
  %sums = linalg.matmul ins(%x, %w : tensor<3x4xi8>, tensor<4x2xi4>) outs(%init : tensor<3x2xi32>) -> tensor<3x2xi32>
  %ey = tensor.empty() : tensor<3x2xi8>
  %y = linalg.generic {indexing_maps = [#identity, #channels, #identity], iterator_types = ["parallel", "parallel"]}
      ins(%sums, %m : tensor<3x2xi32>, tensor<2xf32>) outs(%ey : tensor<3x2xi8>) {
  ^bb0(%sum: i32, %factor: f32, %out: i8):
    %f = arith.sitofp %sum : i32 to f32
    %p = arith.mulf %f, %factor : f32
    %l = arith.maximumf %p, %low : f32
    %h = arith.minimumf %l, %high : f32
    %r = math.roundeven %h : f32
    %i = arith.fptosi %r : f32 to i32
    %b = arith.trunci %i : i32 to i8
    linalg.yield %b : i8
  } -> tensor<3x2xi8>
  return %y : tensor<3x2xi8>
}

// The sum of a whole tensor has no channels.
// CHECK-LABEL: func.func @whole(
// CHECK-NOT: math.fma
func.func @whole(%x: tensor<3x4xi8>) -> tensor<i8> {
  %m = arith.constant 0.0078125 : f32
  %low = arith.constant -123.0 : f32
  %high = arith.constant 132.0 : f32
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<i32>
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<i32>) -> tensor<i32>
  %sums = linalg.generic {indexing_maps = [#identity, affine_map<(d0, d1) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%x : tensor<3x4xi8>) outs(%init : tensor<i32>) {
  ^bb0(%byte: i8, %sum: i32):
    %wide = arith.extsi %byte : i8 to i32
    %next = arith.addi %sum, %wide : i32
    linalg.yield %next : i32
  } -> tensor<i32>
  %ey = tensor.empty() : tensor<i8>
  %y = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []}
      ins(%sums : tensor<i32>) outs(%ey : tensor<i8>) {
  ^bb0(%sum: i32, %out: i8):
    %f = arith.sitofp %sum : i32 to f32
    %p = arith.mulf %f, %m : f32
    %l = arith.maximumf %p, %low : f32
    %h = arith.minimumf %l, %high : f32
    %r = math.roundeven %h : f32
    %i = arith.fptosi %r : f32 to i32
    %b = arith.trunci %i : i32 to i8
    linalg.yield %b : i8
  } -> tensor<i8>
  return %y : tensor<i8>
}

// How many channels there are is not known.
// CHECK-LABEL: func.func @dynamic(
// CHECK-NOT: math.fma
func.func @dynamic(%x: tensor<3x4xi8>, %w: tensor<4x?xi8>, %init: tensor<3x?xi32>, %ey: tensor<3x?xi8>) -> tensor<3x?xi8> {
  %m = arith.constant 0.0078125 : f32
  %low = arith.constant -123.0 : f32
  %high = arith.constant 132.0 : f32
  %sums = linalg.matmul ins(%x, %w : tensor<3x4xi8>, tensor<4x?xi8>) outs(%init : tensor<3x?xi32>) -> tensor<3x?xi32>
  %y = linalg.generic {indexing_maps = [#identity, #identity], iterator_types = ["parallel", "parallel"]}
      ins(%sums : tensor<3x?xi32>) outs(%ey : tensor<3x?xi8>) {
  ^bb0(%sum: i32, %out: i8):
    %f = arith.sitofp %sum : i32 to f32
    %p = arith.mulf %f, %m : f32
    %l = arith.maximumf %p, %low : f32
    %h = arith.minimumf %l, %high : f32
    %r = math.roundeven %h : f32
    %i = arith.fptosi %r : f32 to i32
    %b = arith.trunci %i : i32 to i8
    linalg.yield %b : i8
  } -> tensor<3x?xi8>
  return %y : tensor<3x?xi8>
}

}
