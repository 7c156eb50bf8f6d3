// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-plan-memory))' | FileCheck %s

// %a and %c are never alive together: they share their place; %b lives with both.
// CHECK-LABEL: func.func @share(
// CHECK-SAME: %{{.*}}: memref<25xf32>, %[[ARENA:.*]]: memref<164xi8>) attributes {lowbit.arena_bytes = 164 : i64, lowbit.live_bytes = 136 : i64}
func.func @share(%x: memref<25xf32>) {
  // CHECK: %[[AT_0:.*]] = arith.constant 0 : index
  // CHECK: %[[A:.*]] = memref.view %[[ARENA]][%[[AT_0]]][] : memref<164xi8> to memref<25xf32>
  %a = memref.alloc() : memref<25xf32>
  linalg.copy ins(%x : memref<25xf32>) outs(%a : memref<25xf32>)
  // CHECK: %[[AT_128:.*]] = arith.constant 128 : index
  // CHECK: %[[B:.*]] = memref.view %[[ARENA]][%[[AT_128]]][] : memref<164xi8> to memref<9xf32>
  %b = memref.alloc() : memref<9xf32>
  %part = memref.subview %a[0] [9] [1] : memref<25xf32> to memref<9xf32, strided<[1]>>
  linalg.copy ins(%part : memref<9xf32, strided<[1]>>) outs(%b : memref<9xf32>)
  // CHECK: %[[AT_C:.*]] = arith.constant 0 : index
  // CHECK: memref.view %[[ARENA]][%[[AT_C]]][] : memref<164xi8> to memref<9xf32>
  %c = memref.alloc() : memref<9xf32>
  linalg.copy ins(%b : memref<9xf32>) outs(%c : memref<9xf32>)
  // CHECK-NOT: memref.alloc
  return
}

// Placed from the largest down these would take 512 bytes; by how long they live they take no more than live at once.
// CHECK-LABEL: func.func @long_lived(
// CHECK-SAME: attributes {lowbit.arena_bytes = 448 : i64, lowbit.live_bytes = 448 : i64}
func.func @long_lived(%f: f32) {
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

// CHECK-LABEL: func.func @nothing(
// CHECK-SAME: %{{.*}}: memref<0xi8>) attributes {lowbit.arena_bytes = 0 : i64, lowbit.live_bytes = 0 : i64}
func.func @nothing() {
  return
}

// CHECK-LABEL: func.func private @declaration()
func.func private @declaration()
