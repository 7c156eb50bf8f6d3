// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-propagate-transposes)' -split-input-file | FileCheck %s

// A layer: padding and the clamp move, the transpositions between two convolutions cancel.

// CHECK-LABEL: func.func @layers(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<1x4x8x8xf32>, %[[W:[a-z0-9]*]]: tensor<4x3x3x4xf32>
// CHECK: %[[XT:.*]] = linalg.transpose ins(%[[X]]
// CHECK: %[[P0:.*]] = tensor.pad %[[XT]] low[0, 1, 1, 0] high[0, 2, 3, 0]
// CHECK: tensor<1x8x8x4xf32> to tensor<1x11x12x4xf32>
// CHECK: %[[C0:.*]] = linalg.conv_2d_nhwc_fhwc ins(%[[P0]], %[[W]]
// CHECK: %[[EXP:.*]] = linalg.exp {lowbit.name = "e"} ins(%[[C0]] : tensor<1x9x10x4xf32>)
// CHECK: %[[C1:.*]] = linalg.conv_2d_nhwc_fhwc ins(%[[EXP]], %[[W]]
// CHECK: %[[Y:.*]] = linalg.transpose ins(%[[C1]] : tensor<1x7x8x4xf32>) {{.*}} permutation = [0, 3, 1, 2]
// CHECK-NOT: linalg.transpose
// CHECK: return %[[Y]]
func.func @layers(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x3x4xf32>, %i0: tensor<1x9x10x4xf32>, %i1: tensor<1x7x8x4xf32>) -> tensor<1x4x7x8xf32> {
  %c = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 2, 3] {
  ^bb0(%a: index, %b: index, %d: index, %f: index):
    tensor.yield %c : f32
  } : tensor<1x4x8x8xf32> to tensor<1x4x11x12xf32>
  %e0 = tensor.empty() : tensor<1x11x12x4xf32>
  %0 = linalg.transpose ins(%p : tensor<1x4x11x12xf32>) outs(%e0 : tensor<1x11x12x4xf32>) permutation = [0, 2, 3, 1]
  %1 = linalg.conv_2d_nhwc_fhwc ins(%0, %w : tensor<1x11x12x4xf32>, tensor<4x3x3x4xf32>) outs(%i0 : tensor<1x9x10x4xf32>) -> tensor<1x9x10x4xf32>
  %e1 = tensor.empty() : tensor<1x4x9x10xf32>
  %2 = linalg.transpose ins(%1 : tensor<1x9x10x4xf32>) outs(%e1 : tensor<1x4x9x10xf32>) permutation = [0, 3, 1, 2]
  %3 = linalg.exp {lowbit.name = "e"} ins(%2 : tensor<1x4x9x10xf32>) outs(%e1 : tensor<1x4x9x10xf32>) -> tensor<1x4x9x10xf32>
  %e2 = tensor.empty() : tensor<1x9x10x4xf32>
  %4 = linalg.transpose ins(%3 : tensor<1x4x9x10xf32>) outs(%e2 : tensor<1x9x10x4xf32>) permutation = [0, 2, 3, 1]
  %5 = linalg.conv_2d_nhwc_fhwc ins(%4, %w : tensor<1x9x10x4xf32>, tensor<4x3x3x4xf32>) outs(%i1 : tensor<1x7x8x4xf32>) -> tensor<1x7x8x4xf32>
  %e3 = tensor.empty() : tensor<1x4x7x8xf32>
  %6 = linalg.transpose ins(%5 : tensor<1x7x8x4xf32>) outs(%e3 : tensor<1x4x7x8xf32>) permutation = [0, 3, 1, 2]
  return %6 : tensor<1x4x7x8xf32>
}

// -----

// A residual: what isn't NHWC yet is transposed.

// CHECK-LABEL: func.func @residual(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<1x8x9x4xf32>, %[[Y:[a-z0-9]*]]: tensor<1x4x8x9xf32>
// CHECK: %[[YT:.*]] = linalg.transpose ins(%[[Y]] : tensor<1x4x8x9xf32>) {{.*}} permutation = [0, 2, 3, 1]
// CHECK: %[[SUM:.*]] = linalg.add ins(%[[X]], %[[YT]] : tensor<1x8x9x4xf32>, tensor<1x8x9x4xf32>)
// CHECK: linalg.transpose ins(%[[SUM]] : tensor<1x8x9x4xf32>) {{.*}} permutation = [0, 3, 1, 2]
func.func @residual(%x: tensor<1x8x9x4xf32>, %y: tensor<1x4x8x9xf32>) -> tensor<1x4x8x9xf32> {
  %e = tensor.empty() : tensor<1x4x8x9xf32>
  %0 = linalg.transpose ins(%x : tensor<1x8x9x4xf32>) outs(%e : tensor<1x4x8x9xf32>) permutation = [0, 3, 1, 2]
  %1 = linalg.add ins(%0, %y : tensor<1x4x8x9xf32>, tensor<1x4x8x9xf32>) outs(%e : tensor<1x4x8x9xf32>) -> tensor<1x4x8x9xf32>
  return %1 : tensor<1x4x8x9xf32>
}

// -----

// The maps of operands with fewer dimensions follow the new names of the iteration space.

// CHECK-DAG: #[[$ALL:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[$CHANNEL:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, 0)>
// CHECK-LABEL: func.func @channel(
// CHECK: linalg.generic {indexing_maps = [#[[$ALL]], #[[$CHANNEL]], #[[$ALL]]]
// CHECK-SAME: ins(%{{.*}}, %{{.*}} : tensor<1x8x9x4xf32>, tensor<4x1xf32>)
// CHECK: linalg.transpose
func.func @channel(%x: tensor<1x8x9x4xf32>, %b: tensor<4x1xf32>) -> tensor<1x4x8x9xf32> {
  %e = tensor.empty() : tensor<1x4x8x9xf32>
  %0 = linalg.transpose ins(%x : tensor<1x8x9x4xf32>) outs(%e : tensor<1x4x8x9xf32>) permutation = [0, 3, 1, 2]
  %1 = linalg.generic {
      indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (c, 0)>, affine_map<(n, c, h, w) -> (n, c, h, w)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0, %b : tensor<1x4x8x9xf32>, tensor<4x1xf32>) outs(%e : tensor<1x4x8x9xf32>) {
  ^bb0(%a: f32, %c: f32, %out: f32):
    %2 = math.powf %a, %c : f32
    linalg.yield %2 : f32
  } -> tensor<1x4x8x9xf32>
  return %1 : tensor<1x4x8x9xf32>
}

// -----

// CHECK-DAG: #[[$ALL:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[$KEPT:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d3)>
// CHECK-LABEL: func.func @reduction(
// CHECK-NOT: linalg.transpose
// CHECK: linalg.generic {indexing_maps = [#[[$ALL]], #[[$KEPT]]], iterator_types = ["parallel", "reduction", "reduction", "parallel"]}
// CHECK-SAME: ins(%{{.*}} : tensor<1x8x9x4xf32>) outs(%{{.*}} : tensor<1x4xf32>)
func.func @reduction(%x: tensor<1x8x9x4xf32>, %init: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %e = tensor.empty() : tensor<1x4x8x9xf32>
  %0 = linalg.transpose ins(%x : tensor<1x8x9x4xf32>) outs(%e : tensor<1x4x8x9xf32>) permutation = [0, 3, 1, 2]
  %1 = linalg.generic {
      indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%0 : tensor<1x4x8x9xf32>) outs(%init : tensor<1x4xf32>) {
  ^bb0(%a: f32, %out: f32):
    %2 = arith.addf %a, %out : f32
    linalg.yield %2 : f32
  } -> tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}

// -----

// CHECK-LABEL: func.func @concat_and_slice(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<1x8x9x4xf32>, %[[Y:[a-z0-9]*]]: tensor<1x8x9x6xf32>
// CHECK: %[[C:.*]] = tensor.concat dim(3) %[[X]], %[[Y]] : (tensor<1x8x9x4xf32>, tensor<1x8x9x6xf32>) -> tensor<1x8x9x10xf32>
// CHECK: %[[S:.*]] = tensor.extract_slice %[[C]][0, 2, 3, 1] [1, 4, 5, 7] [1, 1, 1, 1] : tensor<1x8x9x10xf32> to tensor<1x4x5x7xf32>
// CHECK: linalg.transpose ins(%[[S]] : tensor<1x4x5x7xf32>) {{.*}} permutation = [0, 3, 1, 2]
func.func @concat_and_slice(%x: tensor<1x8x9x4xf32>, %y: tensor<1x8x9x6xf32>) -> tensor<1x7x4x5xf32> {
  %e0 = tensor.empty() : tensor<1x4x8x9xf32>
  %0 = linalg.transpose ins(%x : tensor<1x8x9x4xf32>) outs(%e0 : tensor<1x4x8x9xf32>) permutation = [0, 3, 1, 2]
  %e1 = tensor.empty() : tensor<1x6x8x9xf32>
  %1 = linalg.transpose ins(%y : tensor<1x8x9x6xf32>) outs(%e1 : tensor<1x6x8x9xf32>) permutation = [0, 3, 1, 2]
  %2 = tensor.concat dim(1) %0, %1 : (tensor<1x4x8x9xf32>, tensor<1x6x8x9xf32>) -> tensor<1x10x8x9xf32>
  %3 = tensor.extract_slice %2[0, 1, 2, 3] [1, 7, 4, 5] [1, 1, 1, 1] : tensor<1x10x8x9xf32> to tensor<1x7x4x5xf32>
  return %3 : tensor<1x7x4x5xf32>
}

// -----

// A broadcast bias and what is filled take the new shape.

// CHECK-LABEL: func.func @inits(
// CHECK-SAME: %[[B:[a-z0-9]*]]: tensor<4xf32>
// CHECK-NOT: linalg.transpose
// CHECK-DAG: linalg.broadcast ins(%[[B]] : tensor<4xf32>) outs(%{{.*}} : tensor<1x8x9x4xf32>) dimensions = [0, 1, 2]
// CHECK-DAG: linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<1x8x9x4xf32>)
func.func @inits(%b: tensor<4xf32>, %c: f32) -> (tensor<1x8x9x4xf32>, tensor<1x8x9x4xf32>) {
  %e = tensor.empty() : tensor<1x4x8x9xf32>
  %et = tensor.empty() : tensor<1x8x9x4xf32>
  %0 = linalg.broadcast ins(%b : tensor<4xf32>) outs(%e : tensor<1x4x8x9xf32>) dimensions = [0, 2, 3]
  %1 = linalg.transpose ins(%0 : tensor<1x4x8x9xf32>) outs(%et : tensor<1x8x9x4xf32>) permutation = [0, 2, 3, 1]
  %2 = linalg.fill ins(%c : f32) outs(%e : tensor<1x4x8x9xf32>) -> tensor<1x4x8x9xf32>
  %3 = linalg.transpose ins(%2 : tensor<1x4x8x9xf32>) outs(%et : tensor<1x8x9x4xf32>) permutation = [0, 2, 3, 1]
  return %1, %3 : tensor<1x8x9x4xf32>, tensor<1x8x9x4xf32>
}

// -----

// Two readers of a pad, both in NHWC.

// CHECK-LABEL: func.func @two_readers(
// CHECK: %[[T:.*]] = linalg.transpose
// CHECK-NEXT: %[[P:.*]] = tensor.pad %[[T]]
// CHECK-NOT: linalg.transpose
// CHECK: return %[[P]], %[[P]]
func.func @two_readers(%x: tensor<1x4x7x8xf32>) -> (tensor<1x8x8x4xf32>, tensor<1x8x8x4xf32>) {
  %c = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 1, 0] high[0, 0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %c : f32
  } : tensor<1x4x7x8xf32> to tensor<1x4x8x8xf32>
  %e = tensor.empty() : tensor<1x8x8x4xf32>
  %0 = linalg.transpose ins(%p : tensor<1x4x8x8xf32>) outs(%e : tensor<1x8x8x4xf32>) permutation = [0, 2, 3, 1]
  %1 = linalg.transpose ins(%p : tensor<1x4x8x8xf32>) outs(%e : tensor<1x8x8x4xf32>) permutation = [0, 2, 3, 1]
  return %0, %1 : tensor<1x8x8x4xf32>, tensor<1x8x8x4xf32>
}
