// A dense layer with a ReLU, as one writes it by hand.
#map = affine_map<(d0, d1) -> (d0, d1)>

func.func @main(%x: tensor<1x8xf32> {lowbit.name = "x"}) -> (tensor<1x4xf32> {lowbit.name = "y"}) {
  %weights = arith.constant dense<[[ 0.9, -0.3,  0.5,  0.1], [-0.2,  0.8,  0.4, -0.6], [ 0.7, -0.1, -0.9,  0.2],
                                   [ 0.3,  0.6, -0.5,  0.4], [-0.8,  0.2,  0.1,  0.5], [ 0.4, -0.7,  0.3,  0.9],
                                   [-0.5,  0.1,  0.6, -0.2], [ 0.2,  0.4, -0.8,  0.3]]> : tensor<8x4xf32>
  %bias = arith.constant dense<[0.1, -0.2, 0.3, 0.0]> : tensor<4xf32>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<1x4xf32>
  %init = linalg.broadcast ins(%bias : tensor<4xf32>) outs(%empty : tensor<1x4xf32>) dimensions = [0]
  %sum = linalg.matmul ins(%x, %weights : tensor<1x8xf32>, tensor<8x4xf32>)
                       outs(%init : tensor<1x4xf32>) -> tensor<1x4xf32>
  %y = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%sum : tensor<1x4xf32>) outs(%empty : tensor<1x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %positive = arith.cmpf ugt, %in, %zero : f32
    %relu = arith.select %positive, %in, %zero : f32
    linalg.yield %relu : f32
  } -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}
