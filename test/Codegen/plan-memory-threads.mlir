// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-plan-memory{threads=2}))' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-plan-memory))' | FileCheck %s --check-prefix=ONE

// Each of two threads works on one half of a buffer. %c lies around the middle of %a, %d that of %b, in an arena that is
// as large as that of one thread.
// CHECK-LABEL: func.func @middles(
// CHECK-SAME: attributes {lowbit.arena_bytes = 1536 : i64, lowbit.live_bytes = 1536 : i64}
// CHECK: %[[A:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[A]]][] : memref<1536xi8> to memref<1024xi8>
// CHECK: %[[B:.*]] = arith.constant 1024 : index
// CHECK: memref.view %{{.*}}[%[[B]]][] : memref<1536xi8> to memref<512xi8>
// CHECK: %[[C:.*]] = arith.constant 256 : index
// CHECK: memref.view %{{.*}}[%[[C]]][] : memref<1536xi8> to memref<512xi8>
// CHECK: %[[D:.*]] = arith.constant 1216 : index
// CHECK: memref.view %{{.*}}[%[[D]]][] : memref<1536xi8> to memref<128xi8>
// ONE-LABEL: func.func @middles(
// ONE-SAME: attributes {lowbit.arena_bytes = 1536 : i64, lowbit.live_bytes = 1536 : i64}
// ONE-COUNT-2: memref.view
// ONE: %[[C:.*]] = arith.constant 0 : index
// ONE: memref.view %{{.*}}[%[[C]]][]
// ONE: %[[D:.*]] = arith.constant 512 : index
// ONE: memref.view %{{.*}}[%[[D]]][]
func.func @middles(%x: memref<1024xi8>) {
  %a = memref.alloc() : memref<1024xi8>
  linalg.copy ins(%x : memref<1024xi8>) outs(%a : memref<1024xi8>)
  %b = memref.alloc() : memref<512xi8>
  %half = memref.subview %a[0] [512] [1] : memref<1024xi8> to memref<512xi8, strided<[1]>>
  linalg.copy ins(%half : memref<512xi8, strided<[1]>>) outs(%b : memref<512xi8>)
  %c = memref.alloc() : memref<512xi8>
  linalg.copy ins(%b : memref<512xi8>) outs(%c : memref<512xi8>)
  %d = memref.alloc() : memref<128xi8>
  %part = memref.subview %c[0] [128] [1] : memref<512xi8> to memref<128xi8, strided<[1]>>
  linalg.copy ins(%part : memref<128xi8, strided<[1]>>) outs(%d : memref<128xi8>)
  return
}

// The largest first would take more bytes than the smallest arena has: the places of one thread are kept.
// CHECK-LABEL: func.func @kept(
// CHECK-SAME: attributes {lowbit.arena_bytes = 448 : i64, lowbit.live_bytes = 448 : i64}
// CHECK: %[[A:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[A]]][] : memref<448xi8> to memref<32xf32>
// CHECK: %[[B:.*]] = arith.constant 128 : index
// CHECK: memref.view %{{.*}}[%[[B]]][] : memref<448xi8> to memref<32xf32>
// CHECK: %[[C:.*]] = arith.constant 256 : index
// CHECK: memref.view %{{.*}}[%[[C]]][] : memref<448xi8> to memref<48xf32>
// CHECK: %[[D:.*]] = arith.constant 128 : index
// CHECK: memref.view %{{.*}}[%[[D]]][] : memref<448xi8> to memref<64xf32>
// ONE-LABEL: func.func @kept(
// ONE-SAME: attributes {lowbit.arena_bytes = 448 : i64, lowbit.live_bytes = 448 : i64}
func.func @kept(%f: f32) {
  %a = memref.alloc() : memref<32xf32>
  %b = memref.alloc() : memref<32xf32>
  linalg.fill ins(%f : f32) outs(%b : memref<32xf32>)
  %c = memref.alloc() : memref<48xf32>
  linalg.fill ins(%f : f32) outs(%c : memref<48xf32>)
  linalg.fill ins(%f : f32) outs(%b : memref<32xf32>)
  %d = memref.alloc() : memref<64xf32>
  linalg.fill ins(%f : f32) outs(%d : memref<64xf32>)
  linalg.fill ins(%f : f32) outs(%a : memref<32xf32>)
  return
}
