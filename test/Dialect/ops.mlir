// RUN: quant-opt %s | quant-opt | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s
// RUN: quant-opt %s --emit-bytecode | quant-opt | FileCheck %s

!x = !quant.uniform<i8:f32, 0.5:-3>
!y = !quant.uniform<i8:f32, 0.25:5>
!u = !quant.uniform<u8:f32, 0.5:128>
!axis = !quant.uniform<i8<-127:127>:f32:1, {0.5,0.25}>
!accumulators = !quant.uniform<i32:f32:1, {0.25,0.125}>
!steps = !quant.uniform<i8<-127:127>:f32, 1.0>
!sums = !quant.uniform<i32:f32:1, {0.5,0.25}>
!blocks = !quant.uniform<i4:f32:{0:2, 1:1}, {{1.0, 2.0}, {3.0, 4.0}}>
!filter = !quant.uniform<i8<-127:127>:f32:0, {0.5,0.25}>
!depthwise = !quant.uniform<i8<-127:127>:f32:2, {0.5,0.25,0.125}>

// CHECK-LABEL: func.func @casts(
// CHECK-SAME: %[[X:[^:]*]]: tensor<4x2xf32>
func.func @casts(%x: tensor<4x2xf32>, %d: tensor<?x2xf32>, %s: tensor<f32>) -> tensor<4x2xf32> {
  // CHECK: %[[Q:.*]] = lowbit.quantize %[[X]] : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i8:f32, 5.000000e-01:-3>>
  %q = lowbit.quantize %x : tensor<4x2xf32> -> tensor<4x2x!x>
  // CHECK: lowbit.quantize %{{.*}} : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i8<-127:127>:f32:1, {5.000000e-01,2.500000e-01}>>
  %axis = lowbit.quantize %x : tensor<4x2xf32> -> tensor<4x2x!axis>
  // CHECK: lowbit.quantize %{{.*}} : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i4:f32:{0:2, 1:1}
  %blocks = lowbit.quantize %x : tensor<4x2xf32> -> tensor<4x2x!blocks>
  // CHECK: lowbit.quantize %{{.*}} : tensor<?x2xf32> -> tensor<?x2x!quant.uniform<i8<-127:127>:f32:1
  %dynamic = lowbit.quantize %d : tensor<?x2xf32> -> tensor<?x2x!axis>
  // CHECK: lowbit.quantize %{{.*}} : tensor<f32> -> tensor<!quant.uniform<i8:f32, 5.000000e-01:-3>>
  %scalar = lowbit.quantize %s : tensor<f32> -> tensor<!x>
  // CHECK: %[[R:.*]] = lowbit.requantize %[[Q]] : tensor<4x2x!quant.uniform<i8:f32, 5.000000e-01:-3>> -> tensor<4x2x!quant.uniform<i8:f32, 2.500000e-01:5>>
  %r = lowbit.requantize %q : tensor<4x2x!x> -> tensor<4x2x!y>
  // CHECK: lowbit.requantize %[[Q]] mode fixed : tensor
  %f = lowbit.requantize %q mode fixed : tensor<4x2x!x> -> tensor<4x2x!y>
  // CHECK: lowbit.dynamic_quantize %[[X]] : tensor<4x2xf32> -> tensor<4x2xi8>, tensor<f32>, tensor<i8>
  %dq, %ds, %dz = lowbit.dynamic_quantize %x : tensor<4x2xf32> -> tensor<4x2xi8>, tensor<f32>, tensor<i8>
  // CHECK: lowbit.observe %[[X]] as "x" : tensor<4x2xf32>
  lowbit.observe %x as "x" : tensor<4x2xf32>
  // CHECK: %[[D:.*]] = lowbit.dequantize %[[R]] : tensor<4x2x!quant.uniform<i8:f32, 2.500000e-01:5>> -> tensor<4x2xf32>
  %dequantized = lowbit.dequantize %r : tensor<4x2x!y> -> tensor<4x2xf32>
  // CHECK: return %[[D]]
  return %dequantized : tensor<4x2xf32>
}

// CHECK-LABEL: func.func @dynamic_casts(
// CHECK-SAME: %[[X:.*]]: tensor<4x2xf32>, %[[D:.*]]: tensor<?x2x3xf32>, %[[ACC:.*]]: tensor<4x2x!{{.*}}>, %[[B:.*]]: tensor<2xf32>
func.func @dynamic_casts(%x: tensor<4x2xf32>, %d: tensor<?x2x3xf32>, %acc: tensor<4x2x!sums>, %b: tensor<2xf32>) {
  // CHECK: %[[Q:.*]], %[[S:.*]] = lowbit.dynamic_quantize %[[X]] : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i8<-127:127>:f32, 1.000000e+00>>, tensor<4xf32>
  %q, %s = lowbit.dynamic_quantize %x : tensor<4x2xf32> -> tensor<4x2x!steps>, tensor<4xf32>
  // CHECK: lowbit.dynamic_quantize %[[X]] : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i8<-127:127>:f32, 1.000000e+00>>, tensor<f32>
  %q1, %s1 = lowbit.dynamic_quantize %x : tensor<4x2xf32> -> tensor<4x2x!steps>, tensor<f32>
  // CHECK: lowbit.dynamic_quantize %[[D]] : tensor<?x2x3xf32> -> tensor<?x2x3x!quant.uniform<i4:f32, 1.000000e+00>>, tensor<?x2xf32>
  %q2, %s2 = lowbit.dynamic_quantize %d : tensor<?x2x3xf32> -> tensor<?x2x3x!quant.uniform<i4:f32, 1.0>>, tensor<?x2xf32>
  // CHECK: lowbit.dynamic_dequantize %[[Q]], %[[S]] : tensor<4x2x!quant.uniform<i8<-127:127>:f32, 1.000000e+00>>, tensor<4xf32> -> tensor<4x2xf32>
  %f = lowbit.dynamic_dequantize %q, %s : tensor<4x2x!steps>, tensor<4xf32> -> tensor<4x2xf32>
  // CHECK: lowbit.dynamic_dequantize %[[ACC]], %[[S]] bias %[[B]] : tensor<4x2x!quant.uniform<i32:f32:1, {5.000000e-01,2.500000e-01}>>, tensor<4xf32>, tensor<2xf32> -> tensor<4x2xf32>
  %y = lowbit.dynamic_dequantize %acc, %s bias %b : tensor<4x2x!sums>, tensor<4xf32>, tensor<2xf32> -> tensor<4x2xf32>
  return
}

// CHECK-LABEL: func.func @contractions(
func.func @contractions(%a: tensor<3x4x!x>, %w: tensor<4x2x!axis>, %b: tensor<2xi32>, %l: tensor<2x3x4x!x>,
                        %r: tensor<2x4x5x!y>, %i: tensor<1x8x8x3x!x>, %f: tensor<2x3x3x3x!filter>,
                        %d: tensor<3x3x3x!depthwise>, %c: tensor<3xi32>) {
  // CHECK: lowbit.matmul %{{[^,]*}}, %{{[^ ]*}} : tensor<3x4x!quant.uniform<{{.*}}>>, tensor<4x2x!quant.uniform<{{.*}}>> -> tensor<3x2x!quant.uniform
  %0 = lowbit.matmul %a, %w : tensor<3x4x!x>, tensor<4x2x!axis> -> tensor<3x2x!y>
  // CHECK: lowbit.matmul %{{[^,]*}}, %{{[^ ]*}} bias %{{[^ ]*}} clamp [5, 127] mode fixed : tensor<3x4x!quant.uniform<{{.*}}>>, tensor<4x2x!quant.uniform<{{.*}}>>, tensor<2xi32> -> tensor<3x2x!quant.uniform
  %1 = lowbit.matmul %a, %w bias %b clamp [5, 127] mode fixed : tensor<3x4x!x>, tensor<4x2x!axis>, tensor<2xi32> -> tensor<3x2x!y>
  // CHECK: lowbit.matmul {{.*}} -> tensor<3x2xi32>
  %2 = lowbit.matmul %a, %w : tensor<3x4x!x>, tensor<4x2x!axis> -> tensor<3x2xi32>
  // CHECK: lowbit.matmul {{.*}} clamp [0, 7] : {{.*}} -> tensor<3x2x!quant.uniform<i32:f32:1, {
  %acc = lowbit.matmul %a, %w clamp [0, 7] : tensor<3x4x!x>, tensor<4x2x!axis> -> tensor<3x2x!accumulators>
  // CHECK: lowbit.batch_matmul %{{[^,]*}}, %{{[^ ]*}} clamp [0, 9] : tensor<2x3x4x!quant.uniform<{{.*}}>>, tensor<2x4x5x!quant.uniform<{{.*}}>> -> tensor<2x3x5x!quant.uniform
  %3 = lowbit.batch_matmul %l, %r clamp [0, 9] : tensor<2x3x4x!x>, tensor<2x4x5x!y> -> tensor<2x3x5x!y>
  // CHECK: lowbit.conv_2d %{{[^,]*}}, %{{[^ ]*}} bias %{{[^ ]*}} strides [2, 2] dilations [1, 1] pad [1, 1, 1, 1] clamp [5, 127] : tensor<1x8x8x3x!quant.uniform<{{.*}}>>, tensor<2x3x3x3x!quant.uniform<{{.*}}>>, tensor<2xi32> -> tensor<1x4x4x2x!quant.uniform
  %4 = lowbit.conv_2d %i, %f bias %b strides [2, 2] dilations [1, 1] pad [1, 1, 1, 1] clamp [5, 127]
      : tensor<1x8x8x3x!x>, tensor<2x3x3x3x!filter>, tensor<2xi32> -> tensor<1x4x4x2x!y>
  // CHECK: lowbit.conv_2d %{{[^,]*}}, %{{[^ ]*}} strides [1, 1] dilations [2, 2] pad [0, 0, 0, 0] : {{.*}} -> tensor<1x4x4x2xi32>
  %5 = lowbit.conv_2d %i, %f strides [1, 1] dilations [2, 2] pad [0, 0, 0, 0]
      : tensor<1x8x8x3x!x>, tensor<2x3x3x3x!filter> -> tensor<1x4x4x2xi32>
  // CHECK: lowbit.depthwise_conv_2d %{{[^,]*}}, %{{[^ ]*}} bias %{{[^ ]*}} strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1] mode fixed : tensor<1x8x8x3x!quant.uniform<{{.*}}>>, tensor<3x3x3x!quant.uniform<{{.*}}>>, tensor<3xi32> -> tensor<1x8x8x3x!quant.uniform
  %6 = lowbit.depthwise_conv_2d %i, %d bias %c strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1] mode fixed
      : tensor<1x8x8x3x!x>, tensor<3x3x3x!depthwise>, tensor<3xi32> -> tensor<1x8x8x3x!y>
  return
}

// CHECK-LABEL: func.func @elementwise(
func.func @elementwise(%a: tensor<4x!x>, %b: tensor<4x!u>) {
  // CHECK: lowbit.add %{{[^,]*}}, %{{[^ ]*}} clamp [0, 10] : tensor<4x!quant.uniform<{{.*}}>>, tensor<4x!quant.uniform<{{.*}}>> -> tensor<4x!quant.uniform
  %0 = lowbit.add %a, %b clamp [0, 10] : tensor<4x!x>, tensor<4x!u> -> tensor<4x!y>
  // CHECK: lowbit.sub %{{[^,]*}}, %{{[^ ]*}} : tensor<4x
  %1 = lowbit.sub %a, %b : tensor<4x!x>, tensor<4x!u> -> tensor<4x!y>
  // CHECK: lowbit.mul %{{[^,]*}}, %{{[^ ]*}} : tensor<4x
  %2 = lowbit.mul %a, %b : tensor<4x!x>, tensor<4x!u> -> tensor<4x!y>
  // CHECK: lowbit.clamp %{{[^ ]*}} min -5 max 7 : tensor<4x!quant.uniform<i8:f32, 5.000000e-01:-3>>
  %3 = lowbit.clamp %a min -5 max 7 : tensor<4x!x>
  // CHECK: lowbit.lookup %{{[^,]*}}, dense<7> : tensor<256xi8> : tensor<4x!quant.uniform<{{.*}}>> -> tensor<4x!quant.uniform
  %4 = lowbit.lookup %a, dense<7> : tensor<256xi8> : tensor<4x!x> -> tensor<4x!y>
  return
}

// CHECK-LABEL: func.func @pools(
func.func @pools(%a: tensor<1x4x4x3x!x>) {
  // CHECK: lowbit.max_pool_2d %{{[^ ]*}} kernel [3, 3] strides [2, 2] dilations [1, 1] pad [1, 0, 1, 0] : tensor<1x4x4x3x!quant.uniform<{{.*}}>> -> tensor<1x2x2x3x!quant.uniform
  %0 = lowbit.max_pool_2d %a kernel [3, 3] strides [2, 2] dilations [1, 1] pad [1, 0, 1, 0]
      : tensor<1x4x4x3x!x> -> tensor<1x2x2x3x!x>
  // CHECK: lowbit.avg_pool_2d %{{[^ ]*}} kernel [2, 2] strides [2, 2] pad [0, 0, 0, 0] : tensor<1x4x4x3x!quant.uniform<{{.*}}>> -> tensor<1x2x2x3x!quant.uniform
  %1 = lowbit.avg_pool_2d %a kernel [2, 2] strides [2, 2] pad [0, 0, 0, 0] : tensor<1x4x4x3x!x> -> tensor<1x2x2x3x!y>
  // CHECK: lowbit.reduce_mean %{{[^ ]*}} dims [1, 2] : tensor<1x4x4x3x!quant.uniform<{{.*}}>> -> tensor<1x3x!quant.uniform
  %2 = lowbit.reduce_mean %a dims [1, 2] : tensor<1x4x4x3x!x> -> tensor<1x3x!y>
  return
}

// CHECK-LABEL: func.func @attributes(
func.func @attributes(%a: tensor<8x4xi8>, %b: tensor<4x8xi8>, %c: tensor<8x8xi32>) -> tensor<8x8xi32> {
  // CHECK: lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "avx512.vpdpbusd">
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "avx512.vpdpbusd">}
      ins(%a, %b : tensor<8x4xi8>, tensor<4x8xi8>) outs(%c : tensor<8x8xi32>) -> tensor<8x8xi32>
  // CHECK: lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, lines = 2>
  %1 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, lines = 2>}
      ins(%a, %b : tensor<8x4xi8>, tensor<4x8xi8>) outs(%0 : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %1 : tensor<8x8xi32>
}

// CHECK-LABEL: func.func @multiply_tiles(
func.func @multiply_tiles(%a: tensor<64x96xi8>, %w: tensor<2x2x12x2x64xi8>, %b: tensor<2x32xi32>, %i: index, %m: memref<1x6x64xi8>, %n: memref<1x3x1x8x1x64xi8>, %c: tensor<2x2x2x12x64xi8>) {
  %c0 = arith.constant 0 : index
  // CHECK: lowbit.multiply_tiles "amx.tdpbssd" %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}}[%{{.*}}] start %{{.*}} map #{{.*}} run 96 : tensor<64x96xi8>, tensor<2x2x12x2x64xi8>, tensor<2x32xi32> -> vector<2x16x2x16xi32>
  %0 = lowbit.multiply_tiles "amx.tdpbssd" %a[%i, %c0], %w[%i] start %b map affine_map<(t, r, k) -> (t * 16 + r, k)> run 96
    : tensor<64x96xi8>, tensor<2x2x12x2x64xi8>, tensor<2x32xi32> -> vector<2x16x2x16xi32>
  // CHECK: lowbit.multiply_tiles "amx.tdpbssd" {{.*}} run 32 : memref<1x6x64xi8>, memref<1x3x1x8x1x64xi8> -> vector<1x4x1x16xi32>
  %1 = lowbit.multiply_tiles "amx.tdpbssd" %m[%c0, %i, %c0], %n[%c0] map affine_map<(t, r, h, k) -> (0, h, r * 16 + k)> run 32
    : memref<1x6x64xi8>, memref<1x3x1x8x1x64xi8> -> vector<1x4x1x16xi32>
  // CHECK: lowbit.multiply_tiles "amx.tdpbssd.w" {{.*}} low %{{.*}}, {{.*}} start {{.*}} run 96 : tensor<64x96xi8> low tensor<64x96xi8>, tensor<2x2x12x2x64xi8>, tensor<2x32xi32> -> vector<1x16x2x16xi32>
  %2 = lowbit.multiply_tiles "amx.tdpbssd.w" %a[%i, %c0] low %a, %w[%i] start %b map affine_map<(t, r, k) -> (t * 16 + r, k)> run 96
    : tensor<64x96xi8> low tensor<64x96xi8>, tensor<2x2x12x2x64xi8>, tensor<2x32xi32> -> vector<1x16x2x16xi32>
  // CHECK: lowbit.multiply_tiles "amx.tdpbssd" {{.*}}, contiguous %{{.*}}[%{{.*}}] map #{{.*}} run 96 : tensor<64x96xi8>, tensor<2x2x2x12x64xi8> -> vector<2x16x2x16xi32>
  %3 = lowbit.multiply_tiles "amx.tdpbssd" %a[%i, %c0], contiguous %c[%i] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 96
    : tensor<64x96xi8>, tensor<2x2x2x12x64xi8> -> vector<2x16x2x16xi32>
  return
}

// CHECK-LABEL: func.func @check_index(
func.func @check_index(%index: index, %size: index, %indices: vector<4xindex>, %sizes: vector<4xindex>) -> (index, vector<4xindex>) {
  // CHECK: lowbit.check_index %{{.*}}, %{{.*}} : index
  %0 = lowbit.check_index %index, %size : index
  // CHECK: lowbit.check_index %{{.*}}, %{{.*}} : vector<4xindex>
  %1 = lowbit.check_index %indices, %sizes : vector<4xindex>
  return %0, %1 : index, vector<4xindex>
}

// CHECK-LABEL: func.func @resources(
func.func @resources() -> tensor<4x!x> {
  // CHECK: arith.constant dense_resource<weights> : tensor<4xi8>
  %c = arith.constant dense_resource<weights> : tensor<4xi8>
  %q = quant.scast %c : tensor<4xi8> to tensor<4x!x>
  return %q : tensor<4x!x>
}

{-#
  dialect_resources: {
    builtin: {
      // CHECK: weights: "0x0100000001020304"
      weights: "0x0100000001020304"
    }
  }
#-}
