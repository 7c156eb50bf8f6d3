!x = !quant.uniform<i8:f32, 0.05:-3>
!u = !quant.uniform<u8:f32, 0.07:130>
!y = !quant.uniform<i8:f32, 0.25:5>
!filter = !quant.uniform<i8<-127:127>:f32:0, {0.01, 0.025}>
!depthwise = !quant.uniform<i8<-127:127>:f32:2, {0.01, 0.025}>
!sums = !quant.uniform<i32:f32:3, {0.0005000000237487257, 0.0012500000884756446}>
!square = !quant.uniform<i32:f32, 0.002500000176951289>
!total = !quant.uniform<i32:f32, 0.0011904762359336019>
!window = !quant.uniform<i32:f32, 0.011666666716337204>
!axis = !quant.uniform<i8:f32:3, {0.1:-128, 3.0:127}>

module attributes {lowbit.stage = "fuse"} {
func.func @main(%x: tensor<1x6x7x2xf32> {lowbit.name = "x"})
    -> (tensor<1x3x6x2xf32> {lowbit.name = "conv"}, tensor<1x3x6x2xf32> {lowbit.name = "convu"}, tensor<1x6x7x2xf32> {lowbit.name = "dw"},
        tensor<1x3x3x2xf32> {lowbit.name = "max"}, tensor<1x3x3x2xf32> {lowbit.name = "avg"}, tensor<1x2xf32> {lowbit.name = "mean"},
        tensor<1x6x7x2xf32> {lowbit.name = "ew"}, tensor<1x6x7x2xf32> {lowbit.name = "axis"}, tensor<1x6x6xf32> {lowbit.name = "bmm"}, tensor<1x6x7x2xf32> {lowbit.name="lut"}, tensor<1x3x3x2xf32> {lowbit.name = "maxu"},
        tensor<1x3x6x2xf32> {lowbit.name = "convacc"}, tensor<1x6x7x2xf32> {lowbit.name = "dwacc"}, tensor<1x6x6xf32> {lowbit.name = "bmmacc"},
        tensor<1x2xf32> {lowbit.name = "meanacc"}, tensor<1x3x3x2xf32> {lowbit.name = "avgacc"}) {
  %q = lowbit.quantize %x : tensor<1x6x7x2xf32> -> tensor<1x6x7x2x!x>
  %u = lowbit.quantize %x : tensor<1x6x7x2xf32> -> tensor<1x6x7x2x!u>
  %c = arith.constant dense<[[[[1, 2], [3, -4]], [[5, 6], [-7, 8]], [[9, 100], [-127, 12]]],
                             [[[-1, 2], [33, 4]], [[55, 6], [7, 8]], [[9, 10], [11, -120]]]]> : tensor<2x3x2x2xi8>
  %w = quant.scast %c : tensor<2x3x2x2xi8> to tensor<2x3x2x2x!filter>
  %b = arith.constant dense<[100, -200]> : tensor<2xi32>
  %0 = lowbit.conv_2d %q, %w bias %b strides [2, 1] dilations [1, 2] pad [1, 0, 1, 0]
      : tensor<1x6x7x2x!x>, tensor<2x3x2x2x!filter>, tensor<2xi32> -> tensor<1x3x6x2x!y>
  %1 = lowbit.conv_2d %u, %w bias %b strides [2, 1] dilations [1, 2] pad [1, 0, 1, 0] mode fixed
      : tensor<1x6x7x2x!u>, tensor<2x3x2x2x!filter>, tensor<2xi32> -> tensor<1x3x6x2x!y>
  %dc = arith.constant dense<[[[1, 2], [3, -4], [5, 6]], [[-7, 80], [9, 100], [-127, 12]], [[2, 3], [4, 5], [6, 7]]]>
      : tensor<3x3x2xi8>
  %dw = quant.scast %dc : tensor<3x3x2xi8> to tensor<3x3x2x!depthwise>
  %2 = lowbit.depthwise_conv_2d %q, %dw strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1]
      : tensor<1x6x7x2x!x>, tensor<3x3x2x!depthwise> -> tensor<1x6x7x2x!y>
  %3 = lowbit.max_pool_2d %q kernel [2, 3] strides [2, 2] dilations [1, 1] pad [0, 0, 0, 0]
      : tensor<1x6x7x2x!x> -> tensor<1x3x3x2x!x>
  %4 = lowbit.avg_pool_2d %u kernel [2, 3] strides [2, 2] pad [0, 0, 0, 0] : tensor<1x6x7x2x!u> -> tensor<1x3x3x2x!y>
  %5 = lowbit.reduce_mean %q dims [1, 2] : tensor<1x6x7x2x!x> -> tensor<1x2x!y>
  %6 = lowbit.add %q, %u clamp [-50, 100] : tensor<1x6x7x2x!x>, tensor<1x6x7x2x!u> -> tensor<1x6x7x2x!y>
  %7 = lowbit.mul %6, %u : tensor<1x6x7x2x!y>, tensor<1x6x7x2x!u> -> tensor<1x6x7x2x!u>
  %8 = lowbit.requantize %7 : tensor<1x6x7x2x!u> -> tensor<1x6x7x2x!axis>
  %l = tensor.collapse_shape %q [[0], [1], [2, 3]] : tensor<1x6x7x2x!x> into tensor<1x6x14x!x>
  %e = tensor.empty() : tensor<1x14x6x!x>
  %t = linalg.transpose ins(%l : tensor<1x6x14x!x>) outs(%e : tensor<1x14x6x!x>) permutation = [0, 2, 1]
  %9 = lowbit.batch_matmul %l, %t : tensor<1x6x14x!x>, tensor<1x14x6x!x> -> tensor<1x6x6x!y>
  %10 = lowbit.lookup %q, dense<"0x030A11181F262D343B424950575E656C737A81888F969DA4ABB2B9C0C7CED5DCE3EAF1F8FF060D141B222930373E454C535A61686F767D848B9299A0A7AEB5BCC3CAD1D8DFE6EDF4FB020910171E252C333A41484F565D646B727980878E959CA3AAB1B8BFC6CDD4DBE2E9F0F7FE050C131A21282F363D444B525960676E757C838A91989FA6ADB4BBC2C9D0D7DEE5ECF3FA01080F161D242B323940474E555C636A71787F868D949BA2A9B0B7BEC5CCD3DAE1E8EFF6FD040B121920272E353C434A51585F666D747B828990979EA5ACB3BAC1C8CFD6DDE4EBF2F900070E151C232A31383F464D545B626970777E858C939AA1A8AFB6BDC4CBD2D9E0E7EEF5FC"> : tensor<256xi8> : tensor<1x6x7x2x!x> -> tensor<1x6x7x2x!y>
  %11 = lowbit.max_pool_2d %u kernel [2, 3] strides [2, 2] dilations [1, 1] pad [0, 0, 0, 0]
      : tensor<1x6x7x2x!u> -> tensor<1x3x3x2x!u>
  %r0 = lowbit.dequantize %0 : tensor<1x3x6x2x!y> -> tensor<1x3x6x2xf32>
  %r1 = lowbit.dequantize %1 : tensor<1x3x6x2x!y> -> tensor<1x3x6x2xf32>
  %r2 = lowbit.dequantize %2 : tensor<1x6x7x2x!y> -> tensor<1x6x7x2xf32>
  %r3 = lowbit.dequantize %3 : tensor<1x3x3x2x!x> -> tensor<1x3x3x2xf32>
  %r4 = lowbit.dequantize %4 : tensor<1x3x3x2x!y> -> tensor<1x3x3x2xf32>
  %r5 = lowbit.dequantize %5 : tensor<1x2x!y> -> tensor<1x2xf32>
  %r7 = lowbit.dequantize %7 : tensor<1x6x7x2x!u> -> tensor<1x6x7x2xf32>
  %r8 = lowbit.dequantize %8 : tensor<1x6x7x2x!axis> -> tensor<1x6x7x2xf32>
  %r9 = lowbit.dequantize %9 : tensor<1x6x6x!y> -> tensor<1x6x6xf32>
  %r10 = lowbit.dequantize %10 : tensor<1x6x7x2x!y> -> tensor<1x6x7x2xf32>
  %r11 = lowbit.dequantize %11 : tensor<1x3x3x2x!u> -> tensor<1x3x3x2xf32>
  %12 = lowbit.conv_2d %q, %w bias %b strides [2, 1] dilations [1, 2] pad [1, 0, 1, 0] clamp [0, 2147483647]
      : tensor<1x6x7x2x!x>, tensor<2x3x2x2x!filter>, tensor<2xi32> -> tensor<1x3x6x2x!sums>
  %13 = lowbit.depthwise_conv_2d %q, %dw strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1]
      : tensor<1x6x7x2x!x>, tensor<3x3x2x!depthwise> -> tensor<1x6x7x2x!sums>
  %14 = lowbit.batch_matmul %l, %t : tensor<1x6x14x!x>, tensor<1x14x6x!x> -> tensor<1x6x6x!square>
  %15 = lowbit.reduce_mean %q dims [1, 2] : tensor<1x6x7x2x!x> -> tensor<1x2x!total>
  %16 = lowbit.avg_pool_2d %u kernel [2, 3] strides [2, 2] pad [0, 0, 0, 0] : tensor<1x6x7x2x!u> -> tensor<1x3x3x2x!window>
  %r12 = lowbit.dequantize %12 : tensor<1x3x6x2x!sums> -> tensor<1x3x6x2xf32>
  %r13 = lowbit.dequantize %13 : tensor<1x6x7x2x!sums> -> tensor<1x6x7x2xf32>
  %r14 = lowbit.dequantize %14 : tensor<1x6x6x!square> -> tensor<1x6x6xf32>
  %r15 = lowbit.dequantize %15 : tensor<1x2x!total> -> tensor<1x2xf32>
  %r16 = lowbit.dequantize %16 : tensor<1x3x3x2x!window> -> tensor<1x3x3x2xf32>
  return %r0, %r1, %r2, %r3, %r4, %r5, %r7, %r8, %r9, %r10, %r11, %r12, %r13, %r14, %r15, %r16
   : tensor<1x3x6x2xf32>, tensor<1x3x6x2xf32>, tensor<1x6x7x2xf32>, tensor<1x3x3x2xf32>, tensor<1x3x3x2xf32>,
     tensor<1x2xf32>, tensor<1x6x7x2xf32>, tensor<1x6x7x2xf32>, tensor<1x6x6xf32>, tensor<1x6x7x2xf32>, tensor<1x3x3x2xf32>,
     tensor<1x3x6x2xf32>, tensor<1x6x7x2xf32>, tensor<1x6x6xf32>, tensor<1x2xf32>, tensor<1x3x3x2xf32>
}
}
