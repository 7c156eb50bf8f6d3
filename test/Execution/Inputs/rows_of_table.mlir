// The rows of a table that tokens name.
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func @rows(%sample: tensor<1x128xi64> {lowbit.name = "tokens"}, %table: tensor<1x100x256xf32> {lowbit.name = "table"})
    -> (tensor<1x128x256xf32> {lowbit.name = "rows"}) {
  %c0 = arith.constant 0 : index
  %tokens = tensor.collapse_shape %sample [[0, 1]] : tensor<1x128xi64> into tensor<128xi64>
  %empty = tensor.empty() : tensor<128x256xf32>
  %0 = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%tokens : tensor<128xi64>) outs(%empty : tensor<128x256xf32>) {
  ^bb0(%token: i64, %out: f32):
    %row = arith.index_cast %token : i64 to index
    %column = linalg.index 1 : index
    %element = tensor.extract %table[%c0, %row, %column] : tensor<1x100x256xf32>
    linalg.yield %element : f32
  } -> tensor<128x256xf32>
  %1 = tensor.expand_shape %0 [[0, 1], [2]] output_shape [1, 128, 256] : tensor<128x256xf32> into tensor<1x128x256xf32>
  return %1 : tensor<1x128x256xf32>
}
