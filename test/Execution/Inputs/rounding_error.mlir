// (x + c)^2 - f32(c^2) for c = f32(0.1).
func.func @main(%x: tensor<1x8xf32> {lowbit.name = "x"}) -> (tensor<1x8xf32> {lowbit.name = "y"}) {
  %c = arith.constant 0.1 : f32
  %square = arith.mulf %c, %c : f32
  %e = tensor.empty() : tensor<1x8xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<1x8xf32>) outs(%e : tensor<1x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %c : f32
    %p = arith.mulf %s, %s : f32
    %d = arith.subf %p, %square : f32
    linalg.yield %d : f32
  } -> tensor<1x8xf32>
  return %0 : tensor<1x8xf32>
}
