// RUN: quant-opt %s --pass-pipeline='builtin.module(resolve-ranked-shaped-type-result-dims,func.func(canonicalize,cse))' | FileCheck %s

// The sizes of results as computations on the sizes of operands: no op is left for its shape alone.

// The window of the first convolution: (H + 1 + 2 - 2 * (3 - 1) - 1) / 2 + 1 = H / 2, which is that of the pools too; that of
// the second one, whose filter has sizes that aren't known.
// CHECK-DAG: #[[$STATIC:.*]] = affine_map<()[s0] -> (s0 floordiv 2)>
// CHECK-DAG: #[[$DYNAMIC:.*]] = affine_map<()[s0, s1] -> (s0 - s1 + 1)>

!x = !quant.uniform<i8:f32, 0.5:-3>
!w = !quant.uniform<i8:f32, 0.5>

// CHECK-LABEL: func.func @elementwise(
// CHECK-SAME: %[[A:[^:]*]]: tensor<?x4xf32>
func.func @elementwise(%a: tensor<?x4xf32>) -> (index, index) {
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
  // CHECK-DAG: %[[ROWS:.*]] = tensor.dim %[[A]], %[[C0]]
  // CHECK-NOT: lowbit.
  // CHECK: return %[[ROWS]], %[[C4]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q = lowbit.quantize %a : tensor<?x4xf32> -> tensor<?x4x!x>
  %r = lowbit.requantize %q : tensor<?x4x!x> -> tensor<?x?x!w>
  %s = lowbit.add %r, %r : tensor<?x?x!w>, tensor<?x?x!w> -> tensor<?x?x!x>
  %t = lowbit.mul %s, %s : tensor<?x?x!x>, tensor<?x?x!x> -> tensor<?x?x!x>
  %u = lowbit.sub %t, %t : tensor<?x?x!x>, tensor<?x?x!x> -> tensor<?x?x!x>
  %v = lowbit.clamp %u min -5 max 5 : tensor<?x?x!x>
  %k = lowbit.lookup %v, dense<1> : tensor<256xi8> : tensor<?x?x!x> -> tensor<?x?x!x>
  %d = lowbit.dequantize %k : tensor<?x?x!x> -> tensor<?x?xf32>
  %rows = tensor.dim %d, %c0 : tensor<?x?xf32>
  %columns = tensor.dim %d, %c1 : tensor<?x?xf32>
  return %rows, %columns : index, index
}

// CHECK-LABEL: func.func @products(
// CHECK-SAME: %[[A:[^:]*]]: tensor<?x?x!{{.*}}>, %[[B:[^:]*]]: tensor<?x?x!{{.*}}>, %[[C:[^:]*]]: tensor<?x?x?x!{{.*}}>)
func.func @products(%a: tensor<?x?x!x>, %b: tensor<?x?x!w>, %c: tensor<?x?x?x!x>) -> (index, index, index, index, index) {
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
  // CHECK-DAG: %[[C2:.*]] = arith.constant 2 : index
  // CHECK-DAG: %[[M:.*]] = tensor.dim %[[A]], %[[C0]]
  // CHECK-DAG: %[[N:.*]] = tensor.dim %[[B]], %[[C1]]
  // CHECK-DAG: %[[BATCH:.*]] = tensor.dim %[[C]], %[[C0]]
  // CHECK-DAG: %[[ROWS:.*]] = tensor.dim %[[C]], %[[C1]]
  // CHECK-DAG: %[[COLUMNS:.*]] = tensor.dim %[[C]], %[[C2]]
  // CHECK: return %[[M]], %[[N]], %[[BATCH]], %[[ROWS]], %[[COLUMNS]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %0 = lowbit.matmul %a, %b : tensor<?x?x!x>, tensor<?x?x!w> -> tensor<?x?xi32>
  %m = tensor.dim %0, %c0 : tensor<?x?xi32>
  %n = tensor.dim %0, %c1 : tensor<?x?xi32>
  %1 = lowbit.batch_matmul %c, %c : tensor<?x?x?x!x>, tensor<?x?x?x!x> -> tensor<?x?x?x!x>
  %batch = tensor.dim %1, %c0 : tensor<?x?x?x!x>
  %rows = tensor.dim %1, %c1 : tensor<?x?x?x!x>
  %columns = tensor.dim %1, %c2 : tensor<?x?x?x!x>
  return %m, %n, %batch, %rows, %columns : index, index, index, index, index
}

// CHECK-LABEL: func.func @convolutions(
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x?x?x8x!{{.*}}>, %[[W:[^:]*]]: tensor<16x3x3x8x!{{.*}}>, %[[D:[^:]*]]: tensor<?x?x8x!{{.*}}>)
func.func @convolutions(%x: tensor<1x?x?x8x!x>, %w: tensor<16x3x3x8x!w>, %d: tensor<?x?x8x!w>) -> (index, index, index) {
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
  // CHECK-DAG: %[[C16:.*]] = arith.constant 16 : index
  // CHECK-DAG: %[[H:.*]] = tensor.dim %[[X]], %[[C1]]
  // CHECK-DAG: %[[KH:.*]] = tensor.dim %[[D]], %[[C0]]
  // CHECK-DAG: %[[OH:.*]] = affine.apply #[[$STATIC]]()[%[[H]]]
  // CHECK-DAG: %[[OD:.*]] = affine.apply #[[$DYNAMIC]]()[%[[H]], %[[KH]]]
  // CHECK: return %[[OH]], %[[C16]], %[[OD]]
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %0 = lowbit.conv_2d %x, %w strides [2, 1] dilations [2, 1] pad [1, 2, 0, 0]
    : tensor<1x?x?x8x!x>, tensor<16x3x3x8x!w> -> tensor<1x?x?x?xi32>
  %oh = tensor.dim %0, %c1 : tensor<1x?x?x?xi32>
  %f = tensor.dim %0, %c3 : tensor<1x?x?x?xi32>
  %1 = lowbit.depthwise_conv_2d %x, %d strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0]
    : tensor<1x?x?x8x!x>, tensor<?x?x8x!w> -> tensor<1x?x?x8xi32>
  %od = tensor.dim %1, %c1 : tensor<1x?x?x8xi32>
  return %oh, %f, %od : index, index, index
}

// CHECK-LABEL: func.func @pools(
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x?x6x?x!{{.*}}>)
func.func @pools(%x: tensor<1x?x6x?x!x>) -> (index, index, index) {
  // CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
  // CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
  // CHECK-DAG: %[[H:.*]] = tensor.dim %[[X]], %[[C1]]
  // CHECK-DAG: %[[C:.*]] = tensor.dim %[[X]], %[[C3]]
  // CHECK-DAG: %[[OH:.*]] = affine.apply #[[$STATIC]]()[%[[H]]]
  // CHECK: return %[[OH]], %[[OH]], %[[C]]
  %c1 = arith.constant 1 : index
  %0 = lowbit.max_pool_2d %x kernel [2, 2] strides [2, 2] dilations [1, 1] pad [0, 0, 0, 0]
    : tensor<1x?x6x?x!x> -> tensor<1x?x3x?x!x>
  %a = tensor.dim %0, %c1 : tensor<1x?x3x?x!x>
  %1 = lowbit.avg_pool_2d %x kernel [2, 2] strides [2, 2] pad [0, 0, 0, 0] : tensor<1x?x6x?x!x> -> tensor<1x?x3x?x!x>
  %b = tensor.dim %1, %c1 : tensor<1x?x3x?x!x>
  %2 = lowbit.reduce_mean %x dims [2] : tensor<1x?x6x?x!x> -> tensor<1x?x?x!x>
  %c2 = arith.constant 2 : index
  %c = tensor.dim %2, %c2 : tensor<1x?x?x!x>
  return %a, %b, %c : index, index, index
}

// CHECK-LABEL: func.func @dynamic_dequantize(
// CHECK-SAME: %[[A:[^:]*]]: tensor<?x4x!{{.*}}>
func.func @dynamic_dequantize(%a: tensor<?x4x!w>, %s: tensor<?xf32>) -> index {
  // CHECK: %[[ROWS:.*]] = tensor.dim %[[A]]
  // CHECK-NOT: lowbit.
  // CHECK: return %[[ROWS]]
  %c0 = arith.constant 0 : index
  %d = lowbit.dynamic_dequantize %a, %s : tensor<?x4x!w>, tensor<?xf32> -> tensor<?x4xf32>
  %rows = tensor.dim %d, %c0 : tensor<?x4xf32>
  return %rows : index
}
