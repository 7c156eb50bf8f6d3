// What quant-translate makes of a program that is code.
// RUN: quant-translate --lowbit-to-header %s | FileCheck %s --check-prefix=HEADER
// RUN: quant-translate --lowbit-to-signature %s | FileCheck %s --check-prefix=SIGNATURE
// RUN: quant-translate --lowbit-to-object %s | llvm-nm - | FileCheck %s --check-prefix=OBJECT
// RUN: quant-translate --mlir-to-llvmir %s | FileCheck %s --check-prefix=LLVM

// HEADER: #ifndef COPY_LOWBIT_H
// HEADER: #define COPY_ARENA_BYTES 128
// HEADER: #define COPY_X_ELEMENTS 4
// HEADER: #define COPY_X_1_ELEMENTS 1
// HEADER: #define COPY_FLOAT__ELEMENTS 0
// HEADER: input  x: f32[4]
// HEADER: int copy(const float *x, const int8_t *x_1, uint8_t *float_, void *arena);
// SIGNATURE: {"arena_bytes":128,"cpu":"x86-64","features":"","function":"copy","inputs":[{"name":"x","shape":[4],"type":"f32"},{"name":"x","shape":[],"type":"i8"}],"outputs":[{"name":"float?","shape":[0,2],"type":"i1"}],"threads":1,"triple":"x86_64-unknown-linux-gnu"}
// OBJECT: T copy
// OBJECT: T copy_packed
// OBJECT: R copy_signature
// OBJECT: t helper
// LLVM: define i32 @copy(ptr %0, ptr %1, ptr %2, ptr %3)

module attributes {
  llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "x86-64", lowbit.features = "",
  lowbit.signature = [{function = "copy",
                       inputs = [{name = "x", shape = [4], type = f32}, {name = "x", shape = [], type = i8}],
                       outputs = [{name = "float?", shape = [0, 2], type = i1}]}]
} {
  llvm.func @helper(%p: !llvm.ptr) attributes {no_inline} {
    %0 = llvm.mlir.constant(7 : i8) : i8
    llvm.store volatile %0, %p : i8, !llvm.ptr
    llvm.return
  }
  llvm.func @copy(%x: !llvm.ptr, %x1: !llvm.ptr, %y: !llvm.ptr, %arena: !llvm.ptr) -> i32
      attributes {lowbit.arena_bytes = 128 : i64} {
    llvm.call @helper(%arena) : (!llvm.ptr) -> ()
    %0 = llvm.mlir.constant(0 : i32) : i32
    llvm.return %0 : i32
  }
}
