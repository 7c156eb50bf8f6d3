// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver4 triple=x86_64-linux-gnu},func.func(lowbit-tabulate-functions,canonicalize))' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver3 triple=x86_64-linux-gnu},func.func(lowbit-tabulate-functions,canonicalize))' | FileCheck %s --check-prefix=SLOW

// Where a table takes more instructions than the arithmetic, that stays.
// SLOW-NOT: tensor.extract

#id = affine_map<(i) -> (i)>

// Doubled and rounded: the bytes from 0 up, then those from -128 up; 64 and more saturate. A constant from outside of the
// body is one of the function.
// CHECK-LABEL: func.func @scale(
// CHECK-SAME:    %[[X:.*]]: tensor<64xi8>)
func.func @scale(%x: tensor<64xi8>) -> tensor<64xi8> {
  // CHECK: %[[TABLE:.*]] = arith.constant dense<"0x00020406{{.*}}7A7C7E7F7F7F{{.*}}7F808080{{.*}}80828486{{.*}}FCFE"> : tensor<256xi8>
  // CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<64xi8>) {{.*}} attrs = {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpermi2b">}
  // CHECK-NEXT: ^bb0(%[[IN:.*]]: i8, %{{.*}}: i8):
  // CHECK-NEXT:   %[[INDEX:.*]] = arith.index_castui %[[IN]] : i8 to index
  // CHECK-NEXT:   %[[ENTRY:.*]] = tensor.extract %[[TABLE]][%[[INDEX]]]
  // CHECK-NEXT:   linalg.yield %[[ENTRY]]
  %two = arith.constant 2.0 : f32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %empty = tensor.empty() : tensor<64xi8>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
    ins(%x : tensor<64xi8>) outs(%empty : tensor<64xi8>) {
  ^bb0(%in: i8, %out: i8):
    %1 = arith.sitofp %in : i8 to f32
    %2 = arith.mulf %1, %two : f32
    %3 = arith.maximumf %2, %low : f32
    %4 = arith.minimumf %3, %high : f32
    %5 = math.roundeven %4 : f32
    %6 = arith.fptosi %5 : f32 to i8
    linalg.yield %6 : i8
  } -> tensor<64xi8>
  return %0 : tensor<64xi8>
}

// Integers are faster than a table, a second operand has 65536 results, floats have no table.
// CHECK-LABEL: func.func @others(
// CHECK-NOT: tensor.extract
// CHECK: return
func.func @others(%x: tensor<64xi8>, %y: tensor<64xi8>) -> (tensor<64xi8>, tensor<64xi8>, tensor<64xf32>) {
  %c5 = arith.constant 5 : i8
  %empty = tensor.empty() : tensor<64xi8>
  %floats = tensor.empty() : tensor<64xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
    ins(%x : tensor<64xi8>) outs(%empty : tensor<64xi8>) {
  ^bb0(%in: i8, %out: i8):
    %1 = arith.maxsi %in, %c5 : i8
    linalg.yield %1 : i8
  } -> tensor<64xi8>
  %2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
    ins(%x, %y : tensor<64xi8>, tensor<64xi8>) outs(%empty : tensor<64xi8>) {
  ^bb0(%a: i8, %b: i8, %out: i8):
    %3 = arith.sitofp %a : i8 to f32
    %4 = arith.sitofp %b : i8 to f32
    %5 = arith.maximumf %3, %4 : f32
    %6 = arith.fptosi %5 : f32 to i8
    linalg.yield %6 : i8
  } -> tensor<64xi8>
  %7 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
    ins(%x : tensor<64xi8>) outs(%floats : tensor<64xf32>) {
  ^bb0(%in: i8, %out: f32):
    %8 = arith.sitofp %in : i8 to f32
    linalg.yield %8 : f32
  } -> tensor<64xf32>
  return %0, %2, %7 : tensor<64xi8>, tensor<64xi8>, tensor<64xf32>
}
