// Upstream's parser of linalg.broadcast uses the dimensions that it failed to parse.
func.func @main(%bias: tensor<4xf32>) -> tensor<1x4xf32> {
  %empty = tensor.empty() : tensor<1x4xf32>
  %init = linalg.broadcast ins(%bias : tensor<4xf32>) outs(%empty : tensor<1x4xf32>) dimensions = [01x4]
  return %init : tensor<1x4xf32>
}
