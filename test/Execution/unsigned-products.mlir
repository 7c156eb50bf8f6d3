// Products of unsigned bytes are those of the interpreter: no kernel takes them for signed ones.

// RUN: %python -c "import numpy as n, sys; n.savez(sys.argv[1], a=n.full((8, 64), -1, n.int8), b=n.full((2, 8, 64), -2, n.int8), c=n.full((2, 64, 8), -2, n.int8))" %t.npz
// RUN: quant-runner run %s --data %t.npz --reference -o %t.reference.npz
// RUN: quant-runner run %s --data %t.npz -o %t.out.npz
// RUN: cmp %t.out.npz %t.reference.npz
// RUN: quant-runner run %s --data %t.npz --cpu x86-64-v2 --triple x86_64-linux-gnu -o %t.out.npz
// RUN: cmp %t.out.npz %t.reference.npz
// RUN: %python -c "import numpy as n, sys; r = n.load(sys.argv[1]); print(r['x'][0, 0], r['y'][0, 0, 0], r['z'][0, 0])" %t.out.npz | FileCheck %s
// 64 times 255 times 3, 64 times 254 times 254, and the first as a byte, times 2^-9.
// CHECK: 48960 4129024 96

#id = affine_map<(i, j) -> (i, j)>
func.func @main(%a: tensor<8x64xi8> {lowbit.name = "a"}, %left: tensor<2x8x64xi8> {lowbit.name = "b"},
                %right: tensor<2x64x8xi8> {lowbit.name = "c"})
    -> (tensor<8x32xi32> {lowbit.name = "x"}, tensor<2x8x8xi32> {lowbit.name = "y"}, tensor<8x32xi8> {lowbit.name = "z"}) {
  %w = arith.constant dense<3> : tensor<64x32xi8>
  %zero = arith.constant dense<0> : tensor<8x32xi32>
  %0 = linalg.matmul {cast = #linalg.type_fn<cast_unsigned>} ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>)
      outs(%zero : tensor<8x32xi32>) -> tensor<8x32xi32>
  %zeros = arith.constant dense<0> : tensor<2x8x8xi32>
  %1 = linalg.batch_matmul {cast = #linalg.type_fn<cast_unsigned>} ins(%left, %right : tensor<2x8x64xi8>, tensor<2x64x8xi8>)
      outs(%zeros : tensor<2x8x8xi32>) -> tensor<2x8x8xi32>
  %2 = linalg.matmul {cast = #linalg.type_fn<cast_unsigned>} ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>)
      outs(%zero : tensor<8x32xi32>) -> tensor<8x32xi32>
  %e = tensor.empty() : tensor<8x32xi8>
  %factor = arith.constant 0.001953125 : f32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%2 : tensor<8x32xi32>) outs(%e : tensor<8x32xi8>) {
  ^bb0(%sum: i32, %o: i8):
    %f = arith.sitofp %sum : i32 to f32
    %p = arith.mulf %f, %factor : f32
    %l = arith.maximumf %p, %low : f32
    %h = arith.minimumf %l, %high : f32
    %r = math.roundeven %h : f32
    %i = arith.fptosi %r : f32 to i32
    %byte = arith.trunci %i : i32 to i8
    linalg.yield %byte : i8
  } -> tensor<8x32xi8>
  return %0, %1, %3 : tensor<8x32xi32>, tensor<2x8x8xi32>, tensor<8x32xi8>
}
