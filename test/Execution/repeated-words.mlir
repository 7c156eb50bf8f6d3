// A group of activations that is read back from a vector that was just stored: instruction selection of LLVM 22 for
// AVX-512 does not end on it without our help. The rows of 31 elements put the last group into the last stored vector.
// RUN: quant-runner compile %s --cpu znver4 --triple x86_64-unknown-linux-gnu -o %t.o | FileCheck %s
// CHECK: arena of {{[0-9]+}} bytes, for znver4

!x = !quant.uniform<i8:f32, 0.5:3>
!y = !quant.uniform<i8:f32, 0.5:-79>
!w = !quant.uniform<i8<-127:127>:f32, 0.25>
!z = !quant.uniform<i8:f32, 4.0>
module attributes {lowbit.stage = "fuse"} {
  func.func @f(%x: tensor<10x31x!x>) -> tensor<10x16x!z> {
    %0 = lowbit.requantize %x : tensor<10x31x!x> -> tensor<10x31x!y>
    %weights = arith.constant dense<7> : tensor<31x16xi8>
    %1 = quant.scast %weights : tensor<31x16xi8> to tensor<31x16x!w>
    %2 = lowbit.matmul %0, %1 : tensor<10x31x!y>, tensor<31x16x!w> -> tensor<10x16x!z>
    return %2 : tensor<10x16x!z>
  }
}
