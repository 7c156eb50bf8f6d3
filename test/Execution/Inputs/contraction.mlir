#map = affine_map<(d0, d1) -> (d0, d1)>
module attributes {lowbit.stage = "lower"} {
func.func @contraction(%a: tensor<64x256xi8>) -> tensor<64x64xi8> {
  %w = arith.constant dense<1> : tensor<256x64xi8>
  %zero = arith.constant 0 : i32
  %e32 = tensor.empty() : tensor<64x64xi32>
  %init = linalg.fill ins(%zero : i32) outs(%e32 : tensor<64x64xi32>) -> tensor<64x64xi32>
  %sums = linalg.matmul ins(%a, %w : tensor<64x256xi8>, tensor<256x64xi8>) outs(%init : tensor<64x64xi32>) -> tensor<64x64xi32>
  %e8 = tensor.empty() : tensor<64x64xi8>
  %y = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%sums : tensor<64x64xi32>) outs(%e8 : tensor<64x64xi8>) {
  ^bb0(%in: i32, %out: i8):
    %t = arith.trunci %in : i32 to i8
    linalg.yield %t : i8
  } -> tensor<64x64xi8>
  return %y : tensor<64x64xi8>
}
}
