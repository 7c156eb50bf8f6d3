// Sums of as many bytes as 16 bits hold, and of one more.

!s = !quant.uniform<i8:f32, 1.0>
!u = !quant.uniform<u8:f32, 1.0>
// The sums themselves, in the scale of a mean.
!s256 = !quant.uniform<i32:f32, 0.00390625>
!s257 = !quant.uniform<i32:f32, 0.0038910505827516317>
!u128 = !quant.uniform<i32:f32, 0.0078125>
!u129 = !quant.uniform<i32:f32, 0.007751937955617905>

module attributes {lowbit.stage = "fuse"} {
  func.func @main(%a: tensor<257x70xi8> {lowbit.name = "a"}) -> (
      tensor<70xi32> {lowbit.name = "signed"}, tensor<70xi32> {lowbit.name = "signed_more"},
      tensor<70xi32> {lowbit.name = "unsigned"}, tensor<70xi32> {lowbit.name = "unsigned_more"}) {
    %s = quant.scast %a : tensor<257x70xi8> to tensor<257x70x!s>
    %s256 = tensor.extract_slice %s[0, 0] [256, 70] [1, 1] : tensor<257x70x!s> to tensor<256x70x!s>
    %m0 = lowbit.reduce_mean %s256 dims [0] : tensor<256x70x!s> -> tensor<70x!s256>
    %0 = quant.scast %m0 : tensor<70x!s256> to tensor<70xi32>
    %m1 = lowbit.reduce_mean %s dims [0] : tensor<257x70x!s> -> tensor<70x!s257>
    %1 = quant.scast %m1 : tensor<70x!s257> to tensor<70xi32>
    %u = quant.scast %a : tensor<257x70xi8> to tensor<257x70x!u>
    %u128 = tensor.extract_slice %u[0, 0] [128, 70] [1, 1] : tensor<257x70x!u> to tensor<128x70x!u>
    %u129 = tensor.extract_slice %u[0, 0] [129, 70] [1, 1] : tensor<257x70x!u> to tensor<129x70x!u>
    %m2 = lowbit.reduce_mean %u128 dims [0] : tensor<128x70x!u> -> tensor<70x!u128>
    %2 = quant.scast %m2 : tensor<70x!u128> to tensor<70xi32>
    %m3 = lowbit.reduce_mean %u129 dims [0] : tensor<129x70x!u> -> tensor<70x!u129>
    %3 = quant.scast %m3 : tensor<70x!u129> to tensor<70xi32>
    return %0, %1, %2, %3 : tensor<70xi32>, tensor<70xi32>, tensor<70xi32>, tensor<70xi32>
  }
}
