// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-bufferize,canonicalize)' | FileCheck %s

// Each part of a concatenation is computed where it ends up: one buffer in all.
// CHECK-LABEL: func.func @concat(
// CHECK-SAME: %[[A:.*]]: memref<2x3xf32>, %[[B:.*]]: memref<2x5xf32>, %[[OUT:.*]]: memref<2x8xf32>)
func.func @concat(%ma: memref<2x3xf32>, %mb: memref<2x5xf32>, %out: memref<2x8xf32>) {
  %a = bufferization.to_tensor %ma restrict : memref<2x3xf32> to tensor<2x3xf32>
  %b = bufferization.to_tensor %mb restrict : memref<2x5xf32> to tensor<2x5xf32>
  %ea = tensor.empty() : tensor<2x3xf32>
  %eb = tensor.empty() : tensor<2x5xf32>
  %e = tensor.empty() : tensor<2x8xf32>
  // CHECK-COUNT-1: memref.alloc
  // CHECK-NOT: memref.alloc
  // CHECK: %[[LEFT:.*]] = memref.subview %[[ALL:.*]][0, 0] [2, 3]
  // CHECK: linalg.exp ins(%[[A]] : {{.*}}) outs(%[[LEFT]] :
  %0 = linalg.exp ins(%a : tensor<2x3xf32>) outs(%ea : tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: %[[RIGHT:.*]] = memref.subview %[[ALL]][0, 3] [2, 5]
  // CHECK: linalg.exp ins(%[[B]] : {{.*}}) outs(%[[RIGHT]] :
  %1 = linalg.exp ins(%b : tensor<2x5xf32>) outs(%eb : tensor<2x5xf32>) -> tensor<2x5xf32>
  %2 = tensor.concat dim(1) %0, %1 : (tensor<2x3xf32>, tensor<2x5xf32>) -> tensor<2x8xf32>
  // CHECK: linalg.sqrt ins(%[[ALL]] : {{.*}}) outs(%[[OUT]]
  %3 = linalg.sqrt ins(%2 : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  bufferization.materialize_in_destination %3 in restrict writable %out : (tensor<2x8xf32>, memref<2x8xf32>) -> ()
  return
}

// CHECK-LABEL: func.func @pad(
// CHECK-SAME: %[[X:.*]]: memref<2x3xi8>, %[[OUT:.*]]: memref<4x5xi8>)
func.func @pad(%mx: memref<2x3xi8>, %out: memref<4x5xi8>) {
  %x = bufferization.to_tensor %mx restrict : memref<2x3xi8> to tensor<2x3xi8>
  // CHECK: %[[ZERO_POINT:.*]] = arith.constant -7 : i8
  %z = arith.constant -7 : i8
  // CHECK: linalg.fill ins(%[[ZERO_POINT]] : i8) outs(%[[OUT]]
  // CHECK: %[[INNER:.*]] = memref.subview %[[OUT]][1, 1] [2, 3]
  // CHECK: linalg.copy ins(%[[X]] : {{.*}}) outs(%[[INNER]]
  %0 = tensor.pad %x low[1, 1] high[1, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %z : i8
  } : tensor<2x3xi8> to tensor<4x5xi8>
  bufferization.materialize_in_destination %0 in restrict writable %out : (tensor<4x5xi8>, memref<4x5xi8>) -> ()
  return
}

// An output is computed in place in the shape it has before it is reshaped.
// CHECK-LABEL: func.func @reshaped(
// CHECK-SAME: %[[X:.*]]: memref<6xf32>, %[[OUT:.*]]: memref<1x2x3xf32>)
func.func @reshaped(%mx: memref<6xf32>, %out: memref<1x2x3xf32>) {
  // CHECK-NOT: memref.alloc
  // CHECK: %[[FLAT:.*]] = memref.collapse_shape %[[OUT]] {{.*}} into memref<6xf32>
  // CHECK: linalg.exp ins(%[[X]] : {{.*}}) outs(%[[FLAT]] :
  // CHECK-NOT: linalg.copy
  %x = bufferization.to_tensor %mx restrict : memref<6xf32> to tensor<6xf32>
  %e = tensor.empty() : tensor<6xf32>
  %0 = linalg.exp ins(%x : tensor<6xf32>) outs(%e : tensor<6xf32>) -> tensor<6xf32>
  %1 = tensor.expand_shape %0 [[0, 1]] output_shape [2, 3] : tensor<6xf32> into tensor<2x3xf32>
  %2 = tensor.expand_shape %1 [[0, 1], [2]] output_shape [1, 2, 3] : tensor<2x3xf32> into tensor<1x2x3xf32>
  bufferization.materialize_in_destination %2 in restrict writable %out : (tensor<1x2x3xf32>, memref<1x2x3xf32>) -> ()
  return
}

// The second part is computed first, and what concatenates them is padded: both are computed in the padded tensor.
// CHECK-LABEL: func.func @padded_concat(
// CHECK-SAME: %[[A:.*]]: memref<2x3xf32>, %[[B:.*]]: memref<2x5xf32>, %[[OUT:.*]]: memref<4x8xf32>)
func.func @padded_concat(%ma: memref<2x3xf32>, %mb: memref<2x5xf32>, %out: memref<4x8xf32>) {
  %a = bufferization.to_tensor %ma restrict : memref<2x3xf32> to tensor<2x3xf32>
  %b = bufferization.to_tensor %mb restrict : memref<2x5xf32> to tensor<2x5xf32>
  %z = arith.constant 0.0 : f32
  %ea = tensor.empty() : tensor<2x3xf32>
  %eb = tensor.empty() : tensor<2x5xf32>
  // CHECK-NOT: memref.alloc
  // CHECK: linalg.fill ins(%{{.*}} : f32) outs(%[[OUT]]
  // CHECK: %[[RIGHT:.*]] = memref.subview %[[OUT]][1, 3] [2, 5]
  // CHECK: linalg.exp ins(%[[B]] : {{.*}}) outs(%[[RIGHT]] :
  %1 = linalg.exp ins(%b : tensor<2x5xf32>) outs(%eb : tensor<2x5xf32>) -> tensor<2x5xf32>
  // CHECK: %[[LEFT:.*]] = memref.subview %[[OUT]][1, 0] [2, 3]
  // CHECK: linalg.exp ins(%[[A]] : {{.*}}) outs(%[[LEFT]] :
  %0 = linalg.exp ins(%a : tensor<2x3xf32>) outs(%ea : tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = tensor.concat dim(1) %0, %1 : (tensor<2x3xf32>, tensor<2x5xf32>) -> tensor<2x8xf32>
  %3 = tensor.pad %2 low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %z : f32
  } : tensor<2x8xf32> to tensor<4x8xf32>
  bufferization.materialize_in_destination %3 in restrict writable %out : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  return
}

// What is padded and also read afterwards, reshaped, is read from the padded buffer.
// CHECK-LABEL: func.func @read_after_pad(
// CHECK-SAME: %[[X:.*]]: memref<5x4xf32>, %[[PADDED:.*]]: memref<7x4xf32>, %[[OUT:.*]]: memref<20xf32>)
func.func @read_after_pad(%mx: memref<5x4xf32>, %padded: memref<7x4xf32>, %out: memref<20xf32>) {
  %x = bufferization.to_tensor %mx restrict : memref<5x4xf32> to tensor<5x4xf32>
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<5x4xf32>
  // CHECK-NOT: memref.alloc
  // CHECK: linalg.fill ins(%{{.*}} : f32) outs(%[[PADDED]]
  // CHECK: %[[INNER:.*]] = memref.subview %[[PADDED]][1, 0] [5, 4]
  // CHECK: linalg.exp ins(%[[X]] : {{.*}}) outs(%[[INNER]] :
  %0 = linalg.exp ins(%x : tensor<5x4xf32>) outs(%e : tensor<5x4xf32>) -> tensor<5x4xf32>
  %flat = tensor.collapse_shape %0 [[0, 1]] : tensor<5x4xf32> into tensor<20xf32>
  %1 = tensor.pad %0 low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %z : f32
  } : tensor<5x4xf32> to tensor<7x4xf32>
  bufferization.materialize_in_destination %1 in restrict writable %padded : (tensor<7x4xf32>, memref<7x4xf32>) -> ()
  %ef = tensor.empty() : tensor<20xf32>
  // CHECK: %[[FLAT:.*]] = memref.collapse_shape %{{.*}} {{\[}}[0, 1]] : memref<5x4xf32, strided<[4, 1], offset: 4>>
  // CHECK: linalg.sqrt ins(%[[FLAT]] : {{.*}}) outs(%[[OUT]] :
  %2 = linalg.sqrt ins(%flat : tensor<20xf32>) outs(%ef : tensor<20xf32>) -> tensor<20xf32>
  bufferization.materialize_in_destination %2 in restrict writable %out : (tensor<20xf32>, memref<20xf32>) -> ()
  return
}

// Only what lies around the padded tensor is filled: rows, then columns beside it.
// CHECK-LABEL: func.func @pad_to_read(
// CHECK-SAME: %[[X:.*]]: memref<2x3xi8>, %[[OUT:.*]]: memref<5x5xi8>)
func.func @pad_to_read(%mx: memref<2x3xi8>, %out: memref<5x5xi8>) {
  %x = bufferization.to_tensor %mx restrict : memref<2x3xi8> to tensor<2x3xi8>
  %z = arith.constant -7 : i8
  // CHECK: %[[PADDED:.*]] = memref.alloc() {{.*}} : memref<5x5xi8>
  // CHECK: %[[TOP:.*]] = memref.subview %[[PADDED]][0, 0] [1, 5] [1, 1]
  // CHECK: linalg.fill {{.*}} outs(%[[TOP]] :
  // CHECK: %[[BOTTOM:.*]] = memref.subview %[[PADDED]][3, 0] [2, 5] [1, 1]
  // CHECK: linalg.fill {{.*}} outs(%[[BOTTOM]] :
  // CHECK: %[[LEFT:.*]] = memref.subview %[[PADDED]][1, 0] [2, 2] [1, 1]
  // CHECK: linalg.fill {{.*}} outs(%[[LEFT]] :
  // CHECK-NOT: linalg.fill
  // CHECK: %[[INNER:.*]] = memref.subview %[[PADDED]][1, 2] [2, 3] [1, 1]
  // CHECK: linalg.copy ins(%[[X]] : {{.*}}) outs(%[[INNER]]
  %0 = tensor.pad %x low[1, 2] high[2, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %z : i8
  } : tensor<2x3xi8> to tensor<5x5xi8>
  %e = tensor.empty() : tensor<5x5xi8>
  // CHECK: linalg.transpose ins(%[[PADDED]] : {{.*}}) outs(%[[OUT]]
  %1 = linalg.transpose ins(%0 : tensor<5x5xi8>) outs(%e : tensor<5x5xi8>) permutation = [1, 0]
  bufferization.materialize_in_destination %1 in restrict writable %out : (tensor<5x5xi8>, memref<5x5xi8>) -> ()
  return
}

// Products in tile registers read buffers where they are, a part of one too.
// CHECK-LABEL: func.func @multiply_tiles(
// CHECK-SAME: %[[X:.*]]: memref<8x128xi8>, %[[W:.*]]: memref<1x1x16x1x64xi8>, %[[OUT:.*]]: memref<16xi32>)
func.func @multiply_tiles(%mx: memref<8x128xi8>, %mw: memref<1x1x16x1x64xi8>, %out: memref<16xi32>) {
  %c0 = arith.constant 0 : index
  %x = bufferization.to_tensor %mx restrict : memref<8x128xi8> to tensor<8x128xi8>
  %w = bufferization.to_tensor %mw restrict : memref<1x1x16x1x64xi8> to tensor<1x1x16x1x64xi8>
  // CHECK: %[[PART:.*]] = memref.subview %[[X]][0, 64] [8, 64] [1, 1]
  %part = tensor.extract_slice %x[0, 64] [8, 64] [1, 1] : tensor<8x128xi8> to tensor<8x64xi8>
  // CHECK-NOT: linalg.copy
  // CHECK: lowbit.multiply_tiles "amx.tdpbssd" %[[PART]][%c0, %c0], %[[W]][%c0] {{.*}} : memref<8x64xi8, strided<[128, 1], offset: 64>>, memref<1x1x16x1x64xi8> -> vector<1x8x1x16xi32>
  %sums = lowbit.multiply_tiles "amx.tdpbssd" %part[%c0, %c0], %w[%c0] map affine_map<(t, r, k) -> (t * 16 + r, k)> run 64
    : tensor<8x64xi8>, tensor<1x1x16x1x64xi8> -> vector<1x8x1x16xi32>
  %sum = vector.extract %sums[0, 0, 0] : vector<16xi32> from vector<1x8x1x16xi32>
  vector.store %sum, %out[%c0] : memref<16xi32>, vector<16xi32>
  return
}

// What is padded stays in a buffer of its own where another reader joins its rows, which lie apart in the padded one: the
// reader would copy it. It is copied once, to the padded one.
// CHECK-LABEL: func.func @rows_joined_and_padded(
func.func @rows_joined_and_padded(%x: tensor<2x6x8xi8>, %flat: memref<96xi8>, %padded: memref<2x8x8xi8>) {
  // CHECK: %[[Y:.*]] = memref.alloc() {{.*}} : memref<2x6x8xi8>
  // CHECK: vector.transfer_write %{{.*}}, %[[Y]]
  // CHECK: %[[JOINED:.*]] = memref.collapse_shape %[[Y]] {{\[\[}}0, 1, 2]]
  // CHECK: vector.transfer_read %[[JOINED]]
  // CHECK: %[[INSIDE:.*]] = memref.subview %{{.*}}[0, 1, 0] [2, 6, 8]
  // CHECK: linalg.copy ins(%[[Y]] : memref<2x6x8xi8>) outs(%[[INSIDE]] :
  // CHECK-NOT: memref.alloc
  // CHECK: return
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %c96 = arith.constant 96 : index
  %zero = arith.constant 0 : i8
  %e = tensor.empty() : tensor<2x6x8xi8>
  %y = scf.for %i = %c0 to %c6 step %c1 iter_args(%t = %e) -> tensor<2x6x8xi8> {
    %v = vector.transfer_read %x[%c0, %i, %c0], %zero {in_bounds = [true]} : tensor<2x6x8xi8>, vector<8xi8>
    %w = vector.transfer_write %v, %t[%c0, %i, %c0] {in_bounds = [true]} : vector<8xi8>, tensor<2x6x8xi8>
    scf.yield %w : tensor<2x6x8xi8>
  }
  %joined = tensor.collapse_shape %y [[0, 1, 2]] : tensor<2x6x8xi8> into tensor<96xi8>
  %f = tensor.empty() : tensor<96xi8>
  %r = scf.for %i = %c0 to %c96 step %c1 iter_args(%t = %f) -> tensor<96xi8> {
    %v = vector.transfer_read %joined[%i], %zero {in_bounds = [true]} : tensor<96xi8>, vector<1xi8>
    %w = vector.transfer_write %v, %t[%c0] {in_bounds = [true]} : vector<1xi8>, tensor<96xi8>
    scf.yield %w : tensor<96xi8>
  }
  bufferization.materialize_in_destination %r in restrict writable %flat : (tensor<96xi8>, memref<96xi8>) -> ()
  %pad = tensor.pad %y low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %zero : i8
  } : tensor<2x6x8xi8> to tensor<2x8x8xi8>
  bufferization.materialize_in_destination %pad in restrict writable %padded : (tensor<2x8x8xi8>, memref<2x8x8xi8>) -> ()
  return
}

// The same of a part of a concatenation; the parts after it are inserted behind it.
// CHECK-LABEL: func.func @rows_joined_and_concatenated(
func.func @rows_joined_and_concatenated(%x: tensor<2x6xi8>, %flat: memref<12xi8>, %both: memref<2x12xi8>) {
  // CHECK: %[[Y:.*]] = memref.alloc() {{.*}} : memref<2x6xi8>
  // CHECK: vector.transfer_write %{{.*}}, %[[Y]]
  // CHECK: %[[LEFT:.*]] = memref.subview %{{.*}}[0, 0] [2, 6]
  // CHECK: linalg.copy ins(%[[Y]] : memref<2x6xi8>) outs(%[[LEFT]] :
  // CHECK: memref.subview %{{.*}}[0, 6] [2, 6]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0 : i8
  %e = tensor.empty() : tensor<2x6xi8>
  %y = scf.for %i = %c0 to %c2 step %c1 iter_args(%t = %e) -> tensor<2x6xi8> {
    %v = vector.transfer_read %x[%i, %c0], %zero {in_bounds = [true]} : tensor<2x6xi8>, vector<6xi8>
    %w = vector.transfer_write %v, %t[%i, %c0] {in_bounds = [true]} : vector<6xi8>, tensor<2x6xi8>
    scf.yield %w : tensor<2x6xi8>
  }
  %joined = tensor.collapse_shape %y [[0, 1]] : tensor<2x6xi8> into tensor<12xi8>
  %c12 = arith.constant 12 : index
  %g = tensor.empty() : tensor<12xi8>
  %r = scf.for %i = %c0 to %c12 step %c1 iter_args(%t = %g) -> tensor<12xi8> {
    %v = vector.transfer_read %joined[%i], %zero {in_bounds = [true]} : tensor<12xi8>, vector<1xi8>
    %w = vector.transfer_write %v, %t[%c0] {in_bounds = [true]} : vector<1xi8>, tensor<12xi8>
    scf.yield %w : tensor<12xi8>
  }
  bufferization.materialize_in_destination %r in restrict writable %flat : (tensor<12xi8>, memref<12xi8>) -> ()
  %f = tensor.empty() : tensor<2x6xi8>
  %z = scf.for %i = %c0 to %c2 step %c1 iter_args(%t = %f) -> tensor<2x6xi8> {
    %v = vector.transfer_read %y[%i, %c0], %zero {in_bounds = [true]} : tensor<2x6xi8>, vector<6xi8>
    %n = arith.addi %v, %v : vector<6xi8>
    %w = vector.transfer_write %n, %t[%i, %c0] {in_bounds = [true]} : vector<6xi8>, tensor<2x6xi8>
    scf.yield %w : tensor<2x6xi8>
  }
  %concat = tensor.concat dim(1) %y, %z : (tensor<2x6xi8>, tensor<2x6xi8>) -> tensor<2x12xi8>
  bufferization.materialize_in_destination %concat in restrict writable %both : (tensor<2x12xi8>, memref<2x12xi8>) -> ()
  return
}
