// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-explain)' -o /dev/null | FileCheck %s --check-prefix=QDQ
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse),lowbit-explain)' -o /dev/null 2>/dev/null | FileCheck %s --check-prefix=FUSED

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!w = !quant.uniform<i8<-127:127>:f32:1, {1.0,2.0}>
!b = !quant.uniform<i32:f32:0, {0.5,1.0}>

// QDQ: explain.mlir:[[@LINE+19]]:8: dequantize_0: cast: 8 bits to float
// QDQ-NEXT: explain.mlir:[[@LINE+27]]:8: matmul_0: integer: between casts, to be fused
// QDQ-NEXT: explain.mlir:[[@LINE+27]]:8: quantize_2: cast: float to 8 bits
// QDQ-NEXT: explain.mlir:[[@LINE+27]]:8: dequantize_3: cast: 8 bits to float
// QDQ-NEXT: explain.mlir:[[@LINE+27]]:8: exp_0: float: no quantized form of it is known
// QDQ-NEXT: explain.mlir:[[@LINE+27]]:8: add_0: float: the recipe keeps it float
// QDQ-NEXT: explain.mlir:[[@LINE+27]]:9: sub_0: float: its tensors are not quantized
// QDQ-NEXT: matmul_1: integer: between casts, to be fused
// QDQ-NEXT: 5 ops: 2 integer, 3 float

// FUSED: explain.mlir:[[@LINE+18]]:8: matmul_0: integer: 8-bit activation, 8-bit constant of 2 scales, 32-bit bias
// FUSED-NEXT: explain.mlir:[[@LINE+19]]:8: dequantize_0: cast: 8 bits to float
// FUSED-NEXT: exp_0: float: no quantized form of it is known
// FUSED-NEXT: add_0: float: the recipe keeps it float
// FUSED-NEXT: sub_0: float: its float result is read by 'func.return'
// FUSED-NEXT: matmul_1: integer: 8-bit activation, 8-bit constant of 2 scales, 32-bit bias, exact 32-bit result
// FUSED-NEXT: dequantize_1: cast: 32 bits to float
// FUSED-NEXT: 5 ops: 2 integer, 3 float
func.func @f(%x: tensor<1x2x!x>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %0 = lowbit.dequantize %x : tensor<1x2x!x> -> tensor<1x2xf32>
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %1 = lowbit.quantize %w : tensor<2x2xf32> -> tensor<2x2x!w>
  %2 = lowbit.dequantize %1 : tensor<2x2x!w> -> tensor<2x2xf32>
  %b = arith.constant dense<1.0> : tensor<2xf32>
  %3 = lowbit.quantize %b : tensor<2xf32> -> tensor<2x!b>
  %4 = lowbit.dequantize %3 : tensor<2x!b> -> tensor<2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %i = linalg.broadcast ins(%4 : tensor<2xf32>) outs(%e : tensor<1x2xf32>) dimensions = [0]
  %5 = linalg.matmul ins(%0, %2 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  %6 = lowbit.quantize %5 : tensor<1x2xf32> -> tensor<1x2x!x>
  %7 = lowbit.dequantize %6 : tensor<1x2x!x> -> tensor<1x2xf32>
  %8 = math.exp %7 : tensor<1x2xf32>
  %9 = linalg.add {lowbit.float = "the recipe keeps it float"} ins(%8, %8 : tensor<1x2xf32>, tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %10 = linalg.sub ins(%9, %9 : tensor<1x2xf32>, tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %11 = linalg.matmul ins(%0, %2 : tensor<1x2xf32>, tensor<2x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %10, %11 : tensor<1x2xf32>, tensor<1x2xf32>
}
