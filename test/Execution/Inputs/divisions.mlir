// Quotients and remainders of integers by any divisor.
#id = affine_map<(i, j) -> (i, j)>
func.func @divisions(%a: tensor<1x64xi32> {lowbit.name = "a"}, %b: tensor<1x64xi32> {lowbit.name = "b"})
    -> (tensor<1x64xi32> {lowbit.name = "divsi"}, tensor<1x64xi32> {lowbit.name = "remsi"},
        tensor<1x64xi32> {lowbit.name = "divui"}, tensor<1x64xi32> {lowbit.name = "remui"}) {
  %empty = tensor.empty() : tensor<1x64xi32>
  %0:4 = linalg.generic {indexing_maps = [#id, #id, #id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : tensor<1x64xi32>, tensor<1x64xi32>)
      outs(%empty, %empty, %empty, %empty : tensor<1x64xi32>, tensor<1x64xi32>, tensor<1x64xi32>, tensor<1x64xi32>) {
  ^bb0(%x: i32, %y: i32, %o0: i32, %o1: i32, %o2: i32, %o3: i32):
    %divsi = arith.divsi %x, %y : i32
    %remsi = arith.remsi %x, %y : i32
    %divui = arith.divui %x, %y : i32
    %remui = arith.remui %x, %y : i32
    linalg.yield %divsi, %remsi, %divui, %remui : i32, i32, i32, i32
  } -> (tensor<1x64xi32>, tensor<1x64xi32>, tensor<1x64xi32>, tensor<1x64xi32>)
  return %0#0, %0#1, %0#2, %0#3 : tensor<1x64xi32>, tensor<1x64xi32>, tensor<1x64xi32>, tensor<1x64xi32>
}
