// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-vectorize-copies,canonicalize,cse))' | FileCheck %s

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "znver3"} {

// CHECK-LABEL: func.func @fill(
// CHECK: %[[FLAT:.*]] = memref.collapse_shape %{{.*}} into memref<128xi8>
// CHECK: scf.for
// CHECK: vector.transfer_write {{.*}}, %[[FLAT]]{{.*}} : vector<32xi8>, memref<128xi8>
func.func @fill(%m: memref<2x64xi8>) {
  %c = arith.constant 3 : i8
  linalg.fill ins(%c : i8) outs(%m : memref<2x64xi8>)
  return
}

// CHECK-LABEL: func.func @copy_into_slice(
// CHECK: vector.transfer_read {{.*}} : memref<4x32xi8>, vector<32xi8>
// CHECK: vector.transfer_write {{.*}} : vector<32xi8>, memref<4x32xi8, strided<[64, 1]>>
func.func @copy_into_slice(%from: memref<4x32xi8>, %to: memref<4x32xi8, strided<[64, 1]>>) {
  linalg.copy ins(%from : memref<4x32xi8>) outs(%to : memref<4x32xi8, strided<[64, 1]>>)
  return
}

// CHECK-LABEL: func.func @transpose(
// CHECK-COUNT-8: memref.load
// CHECK: vector.from_elements {{.*}} : vector<8xf32>
// CHECK: vector.transfer_write {{.*}} : vector<8xf32>, memref<16x8xf32>
func.func @transpose(%from: memref<8x16xf32>, %to: memref<16x8xf32>) {
  linalg.transpose ins(%from : memref<8x16xf32>) outs(%to : memref<16x8xf32>) permutation = [1, 0]
  return
}

// Nothing is to be done for no elements.
// CHECK-LABEL: func.func @no_elements(
// CHECK-NOT: scf.for
// CHECK: return
func.func @no_elements(%m: memref<0x64xi8>) {
  %c = arith.constant 3 : i8
  linalg.fill ins(%c : i8) outs(%m : memref<0x64xi8>)
  return
}

// A trailing dimension of one element, as a picture of one channel has it, is not what vectors run along.
// CHECK-LABEL: func.func @one_channel(
// CHECK: vector.transfer_read {{.*}} : memref<28x28xi8>, vector<{{[0-9]+}}xi8>
// CHECK: vector.transfer_write {{.*}} : vector<{{[0-9]+}}xi8>, memref<28x28xi8, strided<[30, 1], offset: 31>>
func.func @one_channel(%from: memref<28x28x1xi8>, %to: memref<28x28x1xi8, strided<[30, 1, 1], offset: 31>>) {
  linalg.copy ins(%from : memref<28x28x1xi8>) outs(%to : memref<28x28x1xi8, strided<[30, 1, 1], offset: 31>>)
  return
}

// Elementwise ops too.
// CHECK-LABEL: func.func @elementwise(
// CHECK: vector.transfer_read {{.*}} : memref<28x96xi8>, vector<32xi8>
// CHECK: arith.xori {{.*}} : vector<32xi8>
// CHECK: vector.transfer_write {{.*}} : vector<32xi8>, memref<28x96xi8, strided<[128, 1], offset: 8>>
func.func @elementwise(%from: memref<28x32x3xi8>, %to: memref<28x32x3xi8, strided<[128, 3, 1], offset: 8>>) {
  %c = arith.constant -128 : i8
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%from : memref<28x32x3xi8>) outs(%to : memref<28x32x3xi8, strided<[128, 3, 1], offset: 8>>) {
  ^bb0(%in: i8, %out: i8):
    %0 = arith.xori %in, %c : i8
    linalg.yield %0 : i8
  }
  return
}

// In place no element is computed twice: a part of vectors of 32 elements, then one of 4.
// CHECK-LABEL: func.func @in_place(
// CHECK: %[[FLAT:.*]] = memref.collapse_shape
// CHECK: %[[MOST:.*]] = memref.subview %[[FLAT]][0] [32] [1]
// CHECK: vector.transfer_read %[[MOST]]{{.*}}, vector<32xi8>
// CHECK: vector.transfer_write {{.*}}, %[[MOST]]{{.*}} : vector<32xi8>
// CHECK: %[[REST:.*]] = memref.subview %[[FLAT]][32] [4] [1]
// CHECK: vector.transfer_read %[[REST]]{{.*}}, vector<4xi8>
// CHECK: vector.transfer_write {{.*}}, %[[REST]]{{.*}} : vector<4xi8>
func.func @in_place(%m: memref<4x9xi8>) {
  %c = arith.constant -128 : i8
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                  iterator_types = ["parallel", "parallel"]}
    ins(%m : memref<4x9xi8>) outs(%m : memref<4x9xi8>) {
  ^bb0(%in: i8, %out: i8):
    %0 = arith.xori %in, %c : i8
    linalg.yield %0 : i8
  }
  return
}

}
