// Work that threads share: elementwise ops, a single loop, and a contraction, whose rows of tiles two threads divide
// between two panels.
func.func @main(%x: tensor<45x256xf32> {lowbit.name = "x"}) -> (tensor<45x160xf32> {lowbit.name = "y"}) {
  %w = arith.constant dense<0.125> : tensor<256x160xf32>
  %zero = arith.constant 0.0 : f32
  %0 = tensor.empty() : tensor<45x256xf32>
  %1 = linalg.exp ins(%x : tensor<45x256xf32>) outs(%0 : tensor<45x256xf32>) -> tensor<45x256xf32>
  %2 = linalg.add ins(%x, %1 : tensor<45x256xf32>, tensor<45x256xf32>) outs(%0 : tensor<45x256xf32>) -> tensor<45x256xf32>
  %3 = tensor.empty() : tensor<45x160xf32>
  %4 = linalg.fill ins(%zero : f32) outs(%3 : tensor<45x160xf32>) -> tensor<45x160xf32>
  %5 = linalg.matmul ins(%2, %w : tensor<45x256xf32>, tensor<256x160xf32>)
                     outs(%4 : tensor<45x160xf32>) -> tensor<45x160xf32>
  return %5 : tensor<45x160xf32>
}

// Two branches that read one padded tensor and write the halves of another, which the next loop reads: threads wait for
// each other between some of the loops, not all.
func.func @branches(%x: tensor<45x256xf32> {lowbit.name = "x"}) -> (tensor<1x45x8x64xf32> {lowbit.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %w1 = arith.constant dense<0.125> : tensor<32x1x1x32xf32>
  %w3 = arith.constant dense<0.0625> : tensor<32x3x3x32xf32>
  %picture = tensor.expand_shape %x [[0, 1], [2, 3]] output_shape [1, 45, 8, 32]
      : tensor<45x256xf32> into tensor<1x45x8x32xf32>
  %0 = tensor.empty() : tensor<1x45x8x32xf32>
  %1 = linalg.exp ins(%picture : tensor<1x45x8x32xf32>) outs(%0 : tensor<1x45x8x32xf32>) -> tensor<1x45x8x32xf32>
  %padded = tensor.pad %1 low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%b: index, %h: index, %w: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x45x8x32xf32> to tensor<1x47x10x32xf32>
  %2 = linalg.fill ins(%zero : f32) outs(%0 : tensor<1x45x8x32xf32>) -> tensor<1x45x8x32xf32>
  %3 = linalg.conv_2d_nhwc_fhwc ins(%1, %w1 : tensor<1x45x8x32xf32>, tensor<32x1x1x32xf32>)
                                outs(%2 : tensor<1x45x8x32xf32>) -> tensor<1x45x8x32xf32>
  %4 = linalg.conv_2d_nhwc_fhwc ins(%padded, %w3 : tensor<1x47x10x32xf32>, tensor<32x3x3x32xf32>)
                                outs(%2 : tensor<1x45x8x32xf32>) -> tensor<1x45x8x32xf32>
  %5 = tensor.concat dim(3) %3, %4 : (tensor<1x45x8x32xf32>, tensor<1x45x8x32xf32>) -> tensor<1x45x8x64xf32>
  %6 = tensor.empty() : tensor<1x45x8x64xf32>
  %7 = linalg.sqrt ins(%5 : tensor<1x45x8x64xf32>) outs(%6 : tensor<1x45x8x64xf32>) -> tensor<1x45x8x64xf32>
  return %7 : tensor<1x45x8x64xf32>
}

// Too small to be shared, in the same object.
func.func @small(%x: tensor<45x256xf32> {lowbit.name = "x"}) -> (tensor<45x256xf32> {lowbit.name = "y"}) {
  return %x : tensor<45x256xf32>
}
