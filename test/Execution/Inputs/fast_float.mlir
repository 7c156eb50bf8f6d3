// Integers, whose rounding is float arithmetic too, and floats: what fast-float may change, and what not.
!x = !quant.uniform<i8:f32, 0.05:-3>
!w = !quant.uniform<i8<-127:127>:f32, 0.002>
!y = !quant.uniform<i8:f32, 0.07:5>
module attributes {lowbit.stage = "fuse"} {
  func.func @integers(%x: tensor<12x64xf32> {lowbit.name = "x"}) -> (tensor<12x32xf32> {lowbit.name = "y"}) {
    %c = arith.constant dense<3> : tensor<64x32xi8>
    %w = quant.scast %c : tensor<64x32xi8> to tensor<64x32x!w>
    %0 = lowbit.quantize %x : tensor<12x64xf32> -> tensor<12x64x!x>
    %1 = lowbit.matmul %0, %w : tensor<12x64x!x>, tensor<64x32x!w> -> tensor<12x32x!y>
    %2 = lowbit.add %1, %1 : tensor<12x32x!y>, tensor<12x32x!y> -> tensor<12x32x!x>
    %3 = lowbit.dequantize %2 : tensor<12x32x!x> -> tensor<12x32xf32>
    return %3 : tensor<12x32xf32>
  }
  // The product of a cast is not fused with a float sum either.
  func.func @both(%x: tensor<12x64xf32> {lowbit.name = "x"}) -> (tensor<12x64xf32> {lowbit.name = "y"}) {
    %0 = lowbit.quantize %x : tensor<12x64xf32> -> tensor<12x64x!x>
    %1 = lowbit.dequantize %0 : tensor<12x64x!x> -> tensor<12x64xf32>
    %e = tensor.empty() : tensor<12x64xf32>
    %2 = linalg.add ins(%1, %x : tensor<12x64xf32>, tensor<12x64xf32>) outs(%e : tensor<12x64xf32>) -> tensor<12x64xf32>
    return %2 : tensor<12x64xf32>
  }
  func.func @floats(%x: tensor<12x64xf32> {lowbit.name = "x"}) -> (tensor<12x32xf32> {lowbit.name = "y"}) {
    %w = arith.constant dense<0.3> : tensor<64x32xf32>
    %b = arith.constant dense<0.7> : tensor<12x32xf32>
    %0 = linalg.matmul ins(%x, %w : tensor<12x64xf32>, tensor<64x32xf32>) outs(%b : tensor<12x32xf32>) -> tensor<12x32xf32>
    return %0 : tensor<12x32xf32>
  }
}
