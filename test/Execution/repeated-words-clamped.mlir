// The same as repeated-words.mlir where the activations have two values: LLVM makes a conjunction with a constant of
// their choice and the exclusive or.
// RUN: quant-runner compile %s --cpu znver4 --triple x86_64-unknown-linux-gnu -o %t.o | FileCheck %s
// CHECK: arena of {{[0-9]+}} bytes, for znver4

!x = !quant.uniform<i8:f32, 0.4:122>
!w = !quant.uniform<i8<-127:127>:f32, 0.25>
!z = !quant.uniform<i8:f32, 4.0>
module attributes {lowbit.stage = "fuse"} {
  func.func @f(%x: tensor<29x43x!x>) -> (tensor<29x43x!x>, tensor<29x42x!z>) {
    %0 = lowbit.clamp %x min -80 max -79 : tensor<29x43x!x>
    %weights = arith.constant dense<7> : tensor<43x42xi8>
    %1 = quant.scast %weights : tensor<43x42xi8> to tensor<43x42x!w>
    %2 = lowbit.matmul %0, %1 : tensor<29x43x!x>, tensor<43x42x!w> -> tensor<29x42x!z>
    return %0, %2 : tensor<29x43x!x>, tensor<29x42x!z>
  }
}
