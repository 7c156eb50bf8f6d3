// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-import-pipeline)' | FileCheck %s
// Float form is a fixed point.
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-import-pipeline)' -o %t.once
// RUN: quant-opt %t.once --pass-pipeline='builtin.module(lowbit-import-pipeline)' -o %t.twice
// RUN: cmp %t.once %t.twice

// CHECK-LABEL: func.func @net(
// CHECK-SAME: %[[X:.*]]: tensor<1x8x8x4xf32> {lowbit.name = "x"}) -> (tensor<1x8xf32> {lowbit.name = "y"}, tensor<1x3x3x8xf32>
// CHECK-DAG: %[[INF:.*]] = arith.constant 0xFF800000 : f32
// CHECK: %[[P:.*]] = tensor.pad %[[X]] low[0, 1, 1, 0] high[0, 1, 1, 0]
// CHECK: %[[B:.*]] = linalg.broadcast
// CHECK: %[[C:.*]] = linalg.conv_2d_nhwc_fhwc {{.*}} ins(%[[P]], %{{.*}} : tensor<1x10x10x4xf32>, tensor<8x3x3x4xf32>) outs(%[[B]]
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[C]]
// CHECK: arith.minimumf
// CHECK-NEXT: arith.maximumf
// CHECK: %[[DB:.*]] = linalg.broadcast
// CHECK: %[[D:.*]] = linalg.depthwise_conv_2d_nhwc_hwc {{.*}} ins(%[[R]], %{{.*}} : tensor<1x8x8x8xf32>, tensor<3x3x8xf32>) outs(%[[DB]]
// CHECK: %[[INIT:.*]] = linalg.fill ins(%[[INF]] : f32)
// CHECK: %[[M:.*]] = linalg.pooling_nhwc_max {{.*}} ins(%[[D]], %{{.*}} outs(%[[INIT]]
// CHECK: %[[MEAN:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "reduction", "parallel"]} ins(%[[M]]
// CHECK: %[[FB:.*]] = linalg.broadcast
// CHECK: %[[Y:.*]] = linalg.matmul ins(%[[MEAN]], %{{.*}} : tensor<1x8xf32>, tensor<8x8xf32>) outs(%[[FB]]
// CHECK: %[[S:.*]] = linalg.generic {{.*}} ins(%[[M]] : tensor<1x3x3x8xf32>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[A:.*]] = arith.addf %[[IN]], %[[IN]] : f32
// CHECK-NEXT: arith.mulf %[[A]]
// CHECK: %[[Z:.*]] = linalg.sub ins(%[[S]], %[[M]]
// CHECK: tensor.concat dim(3) %[[Z]], %[[M]]
// CHECK-NOT: tosa
// CHECK: return %[[Y]]
func.func @net(%x: tensor<1x8x8x4xf32> {lowbit.name = "x"})
    -> (tensor<1x8xf32> {lowbit.name = "y"}, tensor<1x3x3x8xf32>, tensor<1x3x3x16xf32>, tensor<1x8x3x3xf32>) {
  %w = "tosa.const"() {values = dense<0.5> : tensor<8x3x3x4xf32>} : () -> tensor<8x3x3x4xf32>
  %b = "tosa.const"() {values = dense<0.25> : tensor<8xf32>} : () -> tensor<8xf32>
  %zp = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = tosa.conv2d %x, %w, %b, %zp, %zp {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>} : (tensor<1x8x8x4xf32>, tensor<8x3x3x4xf32>, tensor<8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x8x8x8xf32>
  %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
  %dw = "tosa.const"() {values = dense<0.5> : tensor<3x3x8x1xf32>} : () -> tensor<3x3x8x1xf32>
  %2 = tosa.depthwise_conv2d %1, %dw, %b, %zp, %zp {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x8x8x8xf32>, tensor<3x3x8x1xf32>, tensor<8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x6x6x8xf32>
  %3 = tosa.max_pool2d %2 {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x6x6x8xf32>) -> tensor<1x3x3x8xf32>
  %4 = tosa.avg_pool2d %3, %zp, %zp {acc_type = f32, kernel = array<i64: 3, 3>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x3x3x8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x8xf32>
  %sh = tosa.const_shape {values = dense<[1, 1, 8]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %5 = tosa.reshape %4, %sh : (tensor<1x1x1x8xf32>, !tosa.shape<3>) -> tensor<1x1x8xf32>
  %fw = "tosa.const"() {values = dense<0.5> : tensor<1x8x8xf32>} : () -> tensor<1x8x8xf32>
  %6 = tosa.matmul %5, %fw, %zp, %zp : (tensor<1x1x8xf32>, tensor<1x8x8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x8xf32>
  %sh2 = tosa.const_shape {values = dense<[1, 8]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %7 = tosa.reshape %6, %sh2 : (tensor<1x1x8xf32>, !tosa.shape<2>) -> tensor<1x8xf32>
  %b2 = "tosa.const"() {values = dense<0.25> : tensor<1x8xf32>} : () -> tensor<1x8xf32>
  %8 = tosa.add %7, %b2 : (tensor<1x8xf32>, tensor<1x8xf32>) -> tensor<1x8xf32>
  %9 = tosa.add %3, %3 : (tensor<1x3x3x8xf32>, tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32>
  %sc = "tosa.const"() {values = dense<2.0> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %10 = tosa.mul %9, %sc, %shift : (tensor<1x3x3x8xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x3x3x8xf32>
  %11 = tosa.sub %10, %3 : (tensor<1x3x3x8xf32>, tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32>
  %12 = tosa.concat %11, %3 {axis = 3 : i32} : (tensor<1x3x3x8xf32>, tensor<1x3x3x8xf32>) -> tensor<1x3x3x16xf32>
  %13 = tosa.transpose %3 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x3x3x8xf32>) -> tensor<1x8x3x3xf32>
  return %8, %10, %12, %13 : tensor<1x8xf32>, tensor<1x3x3x8xf32>, tensor<1x3x3x16xf32>, tensor<1x8x3x3xf32>
}
