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

// Too small to be shared, in the same object.
func.func @small(%x: tensor<45x256xf32> {lowbit.name = "x"}) -> (tensor<45x256xf32> {lowbit.name = "y"}) {
  return %x : tensor<45x256xf32>
}
