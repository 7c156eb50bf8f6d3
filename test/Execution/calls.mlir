// A quantized program may call functions of quantized tensors, compiled as interpreted.

// RUN: %python -c "import numpy, sys; numpy.savez(sys.argv[1], x=numpy.arange(-40, 40, dtype='f4').reshape(20, 4) / 3)" %t.npz
// RUN: quant-runner run %s --data %t.npz --reference -o %t.reference.npz
// RUN: quant-runner run %s --data %t.npz -o %t.out.npz
// RUN: cmp %t.reference.npz %t.out.npz
// RUN: %python -c "import numpy, sys; x, y = (next(iter(numpy.load(p).values())) for p in sys.argv[1:]); q = numpy.clip(numpy.rint(x / .5) + 3, -128, 127); print(numpy.array_equal((4 * (q - 3)) * .5, y))" %t.npz %t.out.npz | FileCheck %s
// CHECK: True

!x = !quant.uniform<i8:f32, 0.5:3>

module attributes {lowbit.stage = "fuse"} {
func.func private @twice(%x: tensor<1x4x!x>) -> tensor<1x4x!x> {
  %0 = lowbit.add %x, %x : tensor<1x4x!x>, tensor<1x4x!x> -> tensor<1x4x!x>
  return %0 : tensor<1x4x!x>
}
func.func @main(%x: tensor<1x4xf32> {lowbit.name = "x"}) -> (tensor<1x4xf32> {lowbit.name = "y"}) {
  %q = lowbit.quantize %x : tensor<1x4xf32> -> tensor<1x4x!x>
  %0 = call @twice(%q) : (tensor<1x4x!x>) -> tensor<1x4x!x>
  %1 = call @twice(%0) : (tensor<1x4x!x>) -> tensor<1x4x!x>
  %d = lowbit.dequantize %1 : tensor<1x4x!x> -> tensor<1x4xf32>
  return %d : tensor<1x4xf32>
}
}
