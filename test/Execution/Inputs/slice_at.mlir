// Eight elements from the one on whose number is an input.
func.func @slice_at(%x: tensor<1x64xf32> {lowbit.name = "x"}, %start: tensor<1xi64> {lowbit.name = "start"})
    -> (tensor<1x8xf32> {lowbit.name = "y"}) {
  %c0 = arith.constant 0 : index
  %number = tensor.extract %start[%c0] : tensor<1xi64>
  %offset = arith.index_cast %number : i64 to index
  %y = tensor.extract_slice %x[0, %offset] [1, 8] [1, 1] : tensor<1x64xf32> to tensor<1x8xf32>
  return %y : tensor<1x8xf32>
}
