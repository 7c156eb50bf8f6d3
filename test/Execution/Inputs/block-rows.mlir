!x = !quant.uniform<i8:f32, 5.000000e-02:-7>
!w = !quant.uniform<i8<-127:127>:f32, 1.000000e-02>
!y = !quant.uniform<i8:f32, 2.500000e+00:11>

// 500 rows of 200 bytes: blocks of 125, whose last tile overlaps the one before it.
module attributes {lowbit.stage = "fuse"} {
  func.func @main(%in: tensor<500x200xi8>) -> tensor<500x32xi8> {
    %x = quant.scast %in : tensor<500x200xi8> to tensor<500x200x!x>
    %c = arith.constant dense<-77> : tensor<200x32xi8>
    %w = quant.scast %c : tensor<200x32xi8> to tensor<200x32x!w>
    %b = arith.constant dense<[-29500, -27650, -25800, -23950, -22100, -20250, -18400, -16550, -14700, -12850, -11000, -9150, -7300, -5450, -3600, -1750, 100, 1950, 3800, 5650, 7500, 9350, 11200, 13050, 14900, 16750, 18600, 20450, 22300, 24150, 26000, 27850]> : tensor<32xi32>
    %y = lowbit.matmul %x, %w bias %b : tensor<500x200x!x>, tensor<200x32x!w>, tensor<32xi32> -> tensor<500x32x!y>
    %out = quant.scast %y : tensor<500x32x!y> to tensor<500x32xi8>
    return %out : tensor<500x32xi8>
  }
}
