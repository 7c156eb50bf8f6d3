// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-vectorize-copies,canonicalize,cse))' | FileCheck %s

#columns = strided<[800, 160, 1]>
#middle = strided<[800, 160, 1], offset: 32>
#last = strided<[800, 160, 1], offset: 64>
#first = strided<[64, 1]>
#second = strided<[64, 1], offset: 16>
#other = strided<[64, 1], offset: 32>

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

// The parts of a row are copied one after the other.
// CHECK-LABEL: func.func @columns(
// CHECK: scf.for %[[I:.*]] = {{.*}} to %c4
// CHECK-NEXT: scf.for %[[J:.*]] = {{.*}} to %c5
// CHECK-COUNT-2: vector.transfer_write {{.*}}[%[[I]], %[[J]], {{.*}}] {{.*}}vector<32xi8>
// CHECK: scf.for
// CHECK: vector.transfer_write {{.*}}[%[[I]], %[[J]], {{.*}}] {{.*}}vector<32xi8>
// CHECK-NOT: scf.for
// CHECK: return
func.func @columns(%a: memref<4x5x32xi8>, %b: memref<4x5x32xi8>, %c: memref<4x5x96xi8>, %to: memref<4x5x160xi8>) {
  %0 = memref.subview %to[0, 0, 0] [4, 5, 32] [1, 1, 1] : memref<4x5x160xi8> to memref<4x5x32xi8, #columns>
  linalg.copy ins(%a : memref<4x5x32xi8>) outs(%0 : memref<4x5x32xi8, #columns>)
  %1 = memref.subview %to[0, 0, 32] [4, 5, 32] [1, 1, 1] : memref<4x5x160xi8> to memref<4x5x32xi8, #middle>
  linalg.copy ins(%b : memref<4x5x32xi8>) outs(%1 : memref<4x5x32xi8, #middle>)
  %2 = memref.subview %to[0, 0, 64] [4, 5, 96] [1, 1, 1] : memref<4x5x160xi8> to memref<4x5x96xi8, #last>
  linalg.copy ins(%c : memref<4x5x96xi8>) outs(%2 : memref<4x5x96xi8, #last>)
  return
}

// Of columns that both write, the second copy's values are left: no turns.
// CHECK-LABEL: func.func @same_columns(
// CHECK: scf.for
// CHECK: vector.transfer_write
// CHECK: scf.for
// CHECK: vector.transfer_write
func.func @same_columns(%a: memref<4x32xi8>, %b: memref<4x32xi8>, %to: memref<4x64xi8>) {
  %0 = memref.subview %to[0, 0] [4, 32] [1, 1] : memref<4x64xi8> to memref<4x32xi8, #first>
  linalg.copy ins(%a : memref<4x32xi8>) outs(%0 : memref<4x32xi8, #first>)
  %1 = memref.subview %to[0, 16] [4, 32] [1, 1] : memref<4x64xi8> to memref<4x32xi8, #second>
  linalg.copy ins(%b : memref<4x32xi8>) outs(%1 : memref<4x32xi8, #second>)
  return
}

// Nor where the second copies what the first has written.
// CHECK-LABEL: func.func @from_the_same(
// CHECK: scf.for
// CHECK: vector.transfer_write
// CHECK: scf.for
// CHECK: vector.transfer_write
func.func @from_the_same(%a: memref<4x32xi8>, %to: memref<4x64xi8>) {
  %0 = memref.subview %to[0, 0] [4, 32] [1, 1] : memref<4x64xi8> to memref<4x32xi8, #first>
  linalg.copy ins(%a : memref<4x32xi8>) outs(%0 : memref<4x32xi8, #first>)
  %1 = memref.subview %to[0, 32] [4, 32] [1, 1] : memref<4x64xi8> to memref<4x32xi8, #other>
  linalg.copy ins(%0 : memref<4x32xi8, #first>) outs(%1 : memref<4x32xi8, #other>)
  return
}

// Nor where something between them has effects.
// CHECK-LABEL: func.func @effects_between(
// CHECK: scf.for
// CHECK: vector.transfer_write
// CHECK: memref.store
// CHECK: scf.for
// CHECK: vector.transfer_write
func.func @effects_between(%a: memref<4x32xi8>, %b: memref<4x32xi8>, %to: memref<4x64xi8>, %x: i8) {
  %zero = arith.constant 0 : index
  %0 = memref.subview %to[0, 0] [4, 32] [1, 1] : memref<4x64xi8> to memref<4x32xi8, #first>
  linalg.copy ins(%a : memref<4x32xi8>) outs(%0 : memref<4x32xi8, #first>)
  memref.store %x, %b[%zero, %zero] : memref<4x32xi8>
  %1 = memref.subview %to[0, 32] [4, 32] [1, 1] : memref<4x64xi8> to memref<4x32xi8, #other>
  linalg.copy ins(%b : memref<4x32xi8>) outs(%1 : memref<4x32xi8, #other>)
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
