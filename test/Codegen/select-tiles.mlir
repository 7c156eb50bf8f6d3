// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver4 triple=x86_64-linux-gnu})' | FileCheck %s --check-prefixes=CHECK,VNNI
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=sapphirerapids triple=x86_64-linux-gnu})' | FileCheck %s --check-prefixes=CHECK,AMX
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=znver3 triple=x86_64-linux-gnu})' | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=alderlake triple=x86_64-linux-gnu})' | FileCheck %s --check-prefixes=CHECK,AVXVNNI
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=x86-64-v2 triple=x86_64-linux-gnu})' | FileCheck %s --check-prefixes=CHECK,SSE4
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=cortex-a76 triple=aarch64-linux-gnu})' | FileCheck %s --check-prefixes=CHECK,DOTPROD
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=cortex-a53 triple=aarch64-linux-gnu})' | FileCheck %s --check-prefixes=CHECK,NEON
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-select-tiles{cpu=neoverse-v1 triple=aarch64-linux-gnu})' | FileCheck %s --check-prefixes=CHECK,I8MM

// VNNI: module attributes {llvm.target_triple = "x86_64-{{.*}}linux-gnu", lowbit.cpu = "znver4", lowbit.features = ""}

// CHECK-LABEL: func.func @narrow_weights(
func.func @narrow_weights(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<-127> : tensor<64x32xi8>
  // VNNI: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 8, vectors = 2, instruction = "avx512.vpdpbusd">}
  // AVXVNNI: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 2, vectors = 4, instruction = "avxvnni.vpdpbusd">}
  // AVX2: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "avx2.vpxor">}
  // SSE4: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "sse4.psignb">}
  // DOTPROD: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 4, instruction = "neon.sdot">}
  // NEON: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 4, instruction = "neon.smull">}
  %0 = linalg.matmul ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// The instruction that is exact for weights from -127 up is refused: one weight is -128. Its magnitude is an unsigned byte.
// CHECK-LABEL: func.func @wide_weights(
func.func @wide_weights(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<-128> : tensor<64x32xi8>
  // VNNI: instruction = "avx512.vpdpbusd"
  // AVX2: instruction = "avx2.vpxor"
  // SSE4: instruction = "sse2.pmaddwd"
  // DOTPROD: instruction = "neon.sdot"
  // NEON: instruction = "neon.smull"
  %0 = linalg.matmul ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// One row reads each weight once: what takes two bytes of each would take twice the time.
// CHECK-LABEL: func.func @one_row(
func.func @one_row(%a: tensor<1x64xi8>, %init: tensor<1x32xi32>) -> tensor<1x32xi32> {
  %w = arith.constant dense<-127> : tensor<64x32xi8>
  // AVX2: instruction = "avx2.vpsignb"
  %0 = linalg.matmul ins(%a, %w : tensor<1x64xi8>, tensor<64x32xi8>) outs(%init : tensor<1x32xi32>) -> tensor<1x32xi32>
  return %0 : tensor<1x32xi32>
}

// Weights that are known at run time may be -128, and have no magnitudes in memory.
// CHECK-LABEL: func.func @weights_unknown(
func.func @weights_unknown(%a: tensor<8x64xi8>, %w: tensor<64x32xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  // VNNI: instruction = "avx512.vpdpbusd"
  // AMX: instruction = "avx512.vpdpbusd"
  // AVX2: instruction = "avx2.vpmaddwd"
  // SSE4: instruction = "sse2.pmaddwd"
  // DOTPROD: instruction = "neon.sdot"
  // NEON: instruction = "neon.smull"
  %0 = linalg.matmul ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// Many rows by weights that are packed at run time, in whole blocks; 65 elements are none. Those of each batch have rows of
// their own.
// CHECK-LABEL: func.func @many_rows_by_unknown(
func.func @many_rows_by_unknown(%a: tensor<256x256xi8>, %w: tensor<256x256xi8>, %i: tensor<256x256xi32>,
                                %b: tensor<12x64x65xi8>, %v: tensor<12x65x64xi8>, %c: tensor<12x64x64xi8>, %u: tensor<12x64x64xi8>,
                                %j: tensor<12x64x64xi32>) -> (tensor<256x256xi32>, tensor<12x64x64xi32>, tensor<12x64x64xi32>) {
  // AMX: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 32, vectors = 2, instruction = "amx.tdpbssd">}
  %0 = linalg.matmul ins(%a, %w : tensor<256x256xi8>, tensor<256x256xi8>) outs(%i : tensor<256x256xi32>) -> tensor<256x256xi32>
  // AMX: linalg.batch_matmul {lowbit.tile = #lowbit.tile<rows = 32, vectors = 2, instruction = "amx.tdpbssd">}
  %1 = linalg.batch_matmul ins(%b, %v : tensor<12x64x65xi8>, tensor<12x65x64xi8>) outs(%j : tensor<12x64x64xi32>) -> tensor<12x64x64xi32>
  // AMX: linalg.batch_matmul {lowbit.tile = #lowbit.tile<rows = 32, vectors = 2, instruction = "amx.tdpbssd">}
  %2 = linalg.batch_matmul ins(%c, %u : tensor<12x64x64xi8>, tensor<12x64x64xi8>) outs(%j : tensor<12x64x64xi32>) -> tensor<12x64x64xi32>
  return %0, %1, %2 : tensor<256x256xi32>, tensor<12x64x64xi32>, tensor<12x64x64xi32>
}

// A choice made by hand stays.
// CHECK-LABEL: func.func @chosen(
func.func @chosen(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %w = arith.constant dense<1> : tensor<64x32xi8>
  // CHECK: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 3, vectors = 1>}
  %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 3, vectors = 1>}
    ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// CHECK-LABEL: func.func @not_tileable(
func.func @not_tileable(%a: tensor<?xf32>, %scalar: tensor<f32>, %empty: tensor<0x4xf32>)
    -> (tensor<?xf32>, tensor<f32>, tensor<0x4xf32>) {
  // CHECK-NOT: lowbit.tile =
  // CHECK: return
  %0 = linalg.exp ins(%a : tensor<?xf32>) outs(%a : tensor<?xf32>) -> tensor<?xf32>
  %1 = linalg.exp ins(%scalar : tensor<f32>) outs(%scalar : tensor<f32>) -> tensor<f32>
  %2 = linalg.exp ins(%empty : tensor<0x4xf32>) outs(%empty : tensor<0x4xf32>) -> tensor<0x4xf32>
  return %0, %1, %2 : tensor<?xf32>, tensor<f32>, tensor<0x4xf32>
}

// A table of bytes is read by the table instruction of the machine.
// CHECK-LABEL: func.func @lookup(
func.func @lookup(%a: tensor<64xi8>, %init: tensor<64xi8>) -> tensor<64xi8> {
  %table = arith.constant dense<7> : tensor<256xi8>
  // CHECK: linalg.generic
  // VNNI-SAME: lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpermi2b">
  // AVX2-SAME: lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx2.vpshufb">
  // SSE4-SAME: lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "ssse3.pshufb">
  // DOTPROD-SAME: lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "neon.tbl4">
  // NEON-SAME: lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "neon.tbl4">
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%a : tensor<64xi8>) outs(%init : tensor<64xi8>) {
  ^bb0(%in: i8, %out: i8):
    %index = arith.index_castui %in : i8 to index
    %entry = tensor.extract %table[%index] : tensor<256xi8>
    linalg.yield %entry : i8
  } -> tensor<64xi8>
  return %0 : tensor<64xi8>
}

// A table that is not constant, or is read at signed bytes, is not.
// CHECK-LABEL: func.func @no_lookup(
func.func @no_lookup(%a: tensor<64xi8>, %init: tensor<64xi8>, %table: tensor<256xi8>) -> (tensor<64xi8>, tensor<64xi8>) {
  %other = arith.constant dense<7> : tensor<256xi8>
  // CHECK-COUNT-2: lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%a : tensor<64xi8>) outs(%init : tensor<64xi8>) {
  ^bb0(%in: i8, %out: i8):
    %index = arith.index_castui %in : i8 to index
    %entry = tensor.extract %table[%index] : tensor<256xi8>
    linalg.yield %entry : i8
  } -> tensor<64xi8>
  %1 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%a : tensor<64xi8>) outs(%init : tensor<64xi8>) {
  ^bb0(%in: i8, %out: i8):
    %index = arith.index_cast %in : i8 to index
    %entry = tensor.extract %other[%index] : tensor<256xi8>
    linalg.yield %entry : i8
  } -> tensor<64xi8>
  return %0, %1 : tensor<64xi8>, tensor<64xi8>
}

// An instruction that multiplies pairs of rows is for outputs that have some.
// CHECK-LABEL: func.func @rows(
func.func @rows(%a: tensor<1x64xi8>, %b: tensor<9x64xi8>, %initA: tensor<1x32xi32>, %initB: tensor<9x32xi32>)
    -> (tensor<1x32xi32>, tensor<9x32xi32>) {
  %w = arith.constant dense<-128> : tensor<64x32xi8>
  // I8MM: linalg.matmul {lowbit.tile = #lowbit.tile<rows = {{[0-9]+}}, vectors = {{[0-9]+}}, instruction = "neon.sdot">}
  %0 = linalg.matmul ins(%a, %w : tensor<1x64xi8>, tensor<64x32xi8>) outs(%initA : tensor<1x32xi32>) -> tensor<1x32xi32>
  // I8MM: linalg.matmul {lowbit.tile = #lowbit.tile<rows = {{[0-9]+}}, vectors = {{[0-9]+}}, instruction = "neon.smmla">}
  %1 = linalg.matmul ins(%b, %w : tensor<9x64xi8>, tensor<64x32xi8>) outs(%initB : tensor<9x32xi32>) -> tensor<9x32xi32>
  return %0, %1 : tensor<1x32xi32>, tensor<9x32xi32>
}

// The tile that computes least twice, and has enough accumulators.
// CHECK-LABEL: func.func @sizes(
func.func @sizes(%a: tensor<504x512xi8>, %b: tensor<1x256xi8>, %c: tensor<1x16x16x64xi8>, %d: tensor<9x9xf32>)
    -> (tensor<504x512xi32>, tensor<1x128xi32>, tensor<1x14x14x64xi32>, tensor<9x64xf32>) {
  %wa = arith.constant dense<1> : tensor<512x512xi8>
  %wb = arith.constant dense<1> : tensor<256x128xi8>
  %wc = arith.constant dense<1> : tensor<64x3x3x64xi8>
  %wd = arith.constant dense<1.0> : tensor<9x64xf32>
  %ia = tensor.empty() : tensor<504x512xi32>
  %ib = tensor.empty() : tensor<1x128xi32>
  %ic = tensor.empty() : tensor<1x14x14x64xi32>
  %id = tensor.empty() : tensor<9x64xf32>
  // VNNI: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 6, vectors = 4, instruction = "avx512.vpdpbusd">}
  // Two registers of 14 rows.
  // AMX: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 28, vectors = 2, instruction = "amx.tdpbssd">}
  // Eight sums would wait for each other: ten are under way.
  // AVXVNNI: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 6, vectors = 2, instruction = "avxvnni.vpdpbusd">}
  %0 = linalg.matmul ins(%a, %wa : tensor<504x512xi8>, tensor<512x512xi8>) outs(%ia : tensor<504x512xi32>) -> tensor<504x512xi32>
  // A row has to hide the latency of the products in its vectors.
  // VNNI: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 8, instruction = "avx512.vpdpbusd">}
  // AMX: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 8, instruction = "avx512.vpdpbusd">}
  %1 = linalg.matmul ins(%b, %wb : tensor<1x256xi8>, tensor<256x128xi8>) outs(%ib : tensor<1x128xi32>) -> tensor<1x128xi32>
  // VNNI: linalg.conv_2d_nhwc_fhwc {dilations = {{.*}}, lowbit.tile = #lowbit.tile<rows = 14, vectors = 2, instruction = "avx512.vpdpbusd">
  // AMX: linalg.conv_2d_nhwc_fhwc {dilations = {{.*}}, lowbit.tile = #lowbit.tile<rows = 14, vectors = 2, instruction = "amx.tdpbssd", lines = 2>
  %2 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%c, %wc : tensor<1x16x16x64xi8>, tensor<64x3x3x64xi8>) outs(%ic : tensor<1x14x14x64xi32>) -> tensor<1x14x14x64xi32>
  // VNNI: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 9, vectors = 2>}
  // AVX2: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 9, vectors = 1>}
  %3 = linalg.matmul ins(%d, %wd : tensor<9x9xf32>, tensor<9x64xf32>) outs(%id : tensor<9x64xf32>) -> tensor<9x64xf32>
  return %0, %1, %2, %3 : tensor<504x512xi32>, tensor<1x128xi32>, tensor<1x14x14x64xi32>, tensor<9x64xf32>
}

// Lines of seven outputs, nine pixels apart: two in each register of 16 rows. With a stride of 2 they are 15 apart, each in
// a register. Lines of 17 pixels are no whole number of strides apart.
// CHECK-LABEL: func.func @short_lines(
func.func @short_lines(%a: tensor<1x9x9x256xi8>, %b: tensor<1x17x15x64xi8>, %c: tensor<1x10x17x64xi8>,
                       %ia: tensor<1x7x7x256xi32>, %ib: tensor<1x8x7x64xi32>, %ic: tensor<1x8x4x64xi32>)
    -> (tensor<1x7x7x256xi32>, tensor<1x8x7x64xi32>, tensor<1x8x4x64xi32>) {
  %wa = arith.constant dense<1> : tensor<256x3x3x256xi8>
  %wb = arith.constant dense<1> : tensor<64x3x3x64xi8>
  %wc = arith.constant dense<1> : tensor<64x3x8x64xi8>
  // AMX: linalg.conv_2d_nhwc_fhwc {{.*}}lowbit.tile = #lowbit.tile<rows = 7, vectors = 2, instruction = "amx.tdpbssd", lines = 4>
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %wa : tensor<1x9x9x256xi8>, tensor<256x3x3x256xi8>) outs(%ia : tensor<1x7x7x256xi32>) -> tensor<1x7x7x256xi32>
  // AMX: linalg.conv_2d_nhwc_fhwc {{.*}}lowbit.tile = #lowbit.tile<rows = 7, vectors = 2, instruction = "amx.tdpbssd", lines = 2>
  %1 = linalg.conv_2d_nhwc_fhwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%b, %wb : tensor<1x17x15x64xi8>, tensor<64x3x3x64xi8>) outs(%ib : tensor<1x8x7x64xi32>) -> tensor<1x8x7x64xi32>
  // AMX: linalg.conv_2d_nhwc_fhwc {{.*}}lowbit.tile = #lowbit.tile<rows = 4, vectors = 2, instruction = "amx.tdpbssd", lines = 2>
  %2 = linalg.conv_2d_nhwc_fhwc {strides = dense<[1, 3]> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%c, %wc : tensor<1x10x17x64xi8>, tensor<64x3x8x64xi8>) outs(%ic : tensor<1x8x4x64xi32>) -> tensor<1x8x4x64xi32>
  return %0, %1, %2 : tensor<1x7x7x256xi32>, tensor<1x8x7x64xi32>, tensor<1x8x4x64xi32>
}

// Lines of 21 bytes leave one behind five groups of four: seven of them are two groups, not seven. Of a window of 3 x 3
// bytes none is left that makes fewer groups; and of eight channels so few products are saved that packing takes longer.
// CHECK-LABEL: func.func @first_layers(
func.func @first_layers(%a: tensor<1x37x37x3xi8>, %b: tensor<1x18x18x1xi8>, %c: tensor<1x33x33x3xi8>,
                        %ia: tensor<1x16x16x64xi32>, %ib: tensor<1x16x16x64xi32>, %ic: tensor<1x16x16x8xi32>)
    -> (tensor<1x16x16x64xi32>, tensor<1x16x16x64xi32>, tensor<1x16x16x8xi32>) {
  %wa = arith.constant dense<100> : tensor<64x7x7x3xi8>
  %wb = arith.constant dense<100> : tensor<64x3x3x1xi8>
  %wc = arith.constant dense<100> : tensor<8x3x3x3xi8>
  // VNNI: linalg.conv_2d_nhwc_fhwc {{.*}}instruction = "avx512.vpdpbusd", pack_rests = true>
  // AVXVNNI: linalg.conv_2d_nhwc_fhwc {{.*}}instruction = "avxvnni.vpdpbusd", pack_rests = true>
  // DOTPROD: linalg.conv_2d_nhwc_fhwc {{.*}}instruction = "neon.sdot", pack_rests = true>
  // SSE4: linalg.conv_2d_nhwc_fhwc {{.*}}instruction = "sse4.psignb", pack_rests = true>
  // Groups whose order is chosen for short sums, tile registers, pairs of rows:
  // AVX2: linalg.conv_2d_nhwc_fhwc {{.*}}instruction = "avx2.vpxor">
  // AMX: linalg.conv_2d_nhwc_fhwc {{.*}}instruction = "amx.tdpbssd"{{(, lines = [0-9]+)?}}>
  // I8MM: linalg.conv_2d_nhwc_fhwc {{.*}}instruction = "neon.smmla">
  %0 = linalg.conv_2d_nhwc_fhwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %wa : tensor<1x37x37x3xi8>, tensor<64x7x7x3xi8>) outs(%ia : tensor<1x16x16x64xi32>) -> tensor<1x16x16x64xi32>
  // VNNI: linalg.conv_2d_nhwc_fhwc {{.*}}instruction = "avx512.vpdpbusd">
  // DOTPROD: linalg.conv_2d_nhwc_fhwc {{.*}}instruction = "neon.sdot">
  %1 = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%b, %wb : tensor<1x18x18x1xi8>, tensor<64x3x3x1xi8>) outs(%ib : tensor<1x16x16x64xi32>) -> tensor<1x16x16x64xi32>
  // VNNI: linalg.conv_2d_nhwc_fhwc {{.*}}instruction = "avx512.vpdpbusd">
  // AVXVNNI: linalg.conv_2d_nhwc_fhwc {{.*}}instruction = "avxvnni.vpdpbusd">
  %2 = linalg.conv_2d_nhwc_fhwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%c, %wc : tensor<1x33x33x3xi8>, tensor<8x3x3x3xi8>) outs(%ic : tensor<1x16x16x8xi32>) -> tensor<1x16x16x8xi32>
  return %0, %1, %2 : tensor<1x16x16x64xi32>, tensor<1x16x16x64xi32>, tensor<1x16x16x8xi32>
}

// A tile of 14 rows and two vectors would compute nothing twice, but narrow its rows to half a register.
// CHECK-LABEL: func.func @lines(
func.func @lines(%a: tensor<196x256xi8>) -> tensor<196x1024xi32> {
  %w = arith.constant dense<1> : tensor<256x1024xi8>
  %init = tensor.empty() : tensor<196x1024xi32>
  // VNNI: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 6, vectors = 4, instruction = "avx512.vpdpbusd">}
  %0 = linalg.matmul ins(%a, %w : tensor<196x256xi8>, tensor<256x1024xi8>) outs(%init : tensor<196x1024xi32>) -> tensor<196x1024xi32>
  return %0 : tensor<196x1024xi32>
}

// A depthwise convolution multiplies lane by lane; it takes instructions of four products.
// CHECK-LABEL: func.func @depthwise(
func.func @depthwise(%a: tensor<1x10x10x48xi8>, %init: tensor<1x8x8x48xi32>) -> tensor<1x8x8x48xi32> {
  %w = arith.constant dense<1> : tensor<3x3x48xi8>
  // CHECK: linalg.depthwise_conv_2d_nhwc_hwc
  // VNNI-SAME: lowbit.tile = #lowbit.tile<rows = 4, vectors = 3, instruction = "avx512.vpdpbusd">
  // AVX2-SAME: lowbit.tile = #lowbit.tile<rows = 2, vectors = 3, instruction = "avx2.vpsignb">
  // SSE4-SAME: instruction = "sse4.psignb"
  // DOTPROD-SAME: instruction = "neon.sdot"
  // NEON-SAME: lowbit.tile = #lowbit.tile<rows = {{[0-9]+}}, vectors = {{[0-9]+}}>
  // I8MM-SAME: instruction = "neon.sdot"
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %w : tensor<1x10x10x48xi8>, tensor<3x3x48xi8>) outs(%init : tensor<1x8x8x48xi32>) -> tensor<1x8x8x48xi32>
  return %0 : tensor<1x8x8x48xi32>
}

// Sums that start from constants are computed in whole vectors of bytes, one output at a time, where there are 16 channels and more.
// CHECK-LABEL: func.func @depthwise_lanes(
func.func @depthwise_lanes(%a: tensor<1x34x34x32xi8>, %b: tensor<1x34x34x12xi8>) -> (tensor<1x32x32x32xi32>,
                                                                                     tensor<1x32x32x12xi32>) {
  %w = arith.constant dense<1> : tensor<3x3x32xi8>
  %v = arith.constant dense<1> : tensor<3x3x12xi8>
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x32x32x32xi32>
  %initA = linalg.fill ins(%zero : i32) outs(%e : tensor<1x32x32x32xi32>) -> tensor<1x32x32x32xi32>
  %f = tensor.empty() : tensor<1x32x32x12xi32>
  %initB = linalg.fill ins(%zero : i32) outs(%f : tensor<1x32x32x12xi32>) -> tensor<1x32x32x12xi32>
  // CHECK: linalg.depthwise_conv_2d_nhwc_hwc
  // VNNI-SAME: lowbit.tile = #lowbit.tile<rows = 1, vectors = 4, instruction = "avx512.vpdpbusd">
  // AVX2-SAME: lowbit.tile = #lowbit.tile<rows = 1, vectors = 4, instruction = "avx2.vpsignb">
  // SSE4-SAME: lowbit.tile = #lowbit.tile<rows = 1, vectors = 4, instruction = "sse4.psignb">
  // DOTPROD-SAME: lowbit.tile = #lowbit.tile<rows = 1, vectors = 4, instruction = "neon.sdot">
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %w : tensor<1x34x34x32xi8>, tensor<3x3x32xi8>) outs(%initA : tensor<1x32x32x32xi32>) -> tensor<1x32x32x32xi32>
  // CHECK: linalg.depthwise_conv_2d_nhwc_hwc
  // VNNI-SAME: lowbit.tile = #lowbit.tile<rows = 5, vectors = 1, instruction = "avx2.vpsignb">
  // AVX2-SAME: lowbit.tile = #lowbit.tile<rows = 5, vectors = 1, instruction = "avx2.vpsignb">
  // SSE4-SAME: lowbit.tile = #lowbit.tile<rows = {{[0-9]+}}, vectors = 3, instruction = "sse4.psignb">
  %1 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%b, %v : tensor<1x34x34x12xi8>, tensor<3x3x12xi8>) outs(%initB : tensor<1x32x32x12xi32>) -> tensor<1x32x32x12xi32>
  return %0, %1 : tensor<1x32x32x32xi32>, tensor<1x32x32x12xi32>
}

// Fewer channels than lanes, or weights that are not exact with the instruction.
// CHECK-LABEL: func.func @no_depthwise(
func.func @no_depthwise(%a: tensor<1x10x10x3xi8>, %b: tensor<1x10x10x48xi8>, %initA: tensor<1x8x8x3xi32>,
                        %initB: tensor<1x8x8x48xi32>) -> (tensor<1x8x8x3xi32>, tensor<1x8x8x48xi32>) {
  %u = arith.constant dense<1> : tensor<3x3x3xi8>
  %w = arith.constant dense<-128> : tensor<3x3x48xi8>
  // CHECK: linalg.depthwise_conv_2d_nhwc_hwc
  // CHECK-SAME: lowbit.tile = #lowbit.tile<rows = {{[0-9]+}}, vectors = {{[0-9]+}}>
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%a, %u : tensor<1x10x10x3xi8>, tensor<3x3x3xi8>) outs(%initA : tensor<1x8x8x3xi32>) -> tensor<1x8x8x3xi32>
  // CHECK: linalg.depthwise_conv_2d_nhwc_hwc
  // VNNI-SAME: instruction = "avx512.vpdpbusd"
  // AVX2-SAME: lowbit.tile = #lowbit.tile<rows = {{[0-9]+}}, vectors = {{[0-9]+}}>
  // SSE4-SAME: lowbit.tile = #lowbit.tile<rows = {{[0-9]+}}, vectors = {{[0-9]+}}>
  %1 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%b, %w : tensor<1x10x10x48xi8>, tensor<3x3x48xi8>) outs(%initB : tensor<1x8x8x48xi32>) -> tensor<1x8x8x48xi32>
  return %0, %1 : tensor<1x8x8x3xi32>, tensor<1x8x8x48xi32>
}

// One row is multiplied with codes of 4 bits, or with what it unpacks them to as it goes, where an instruction adds in 16
// bits; for many rows a loop before them unpacks those of a panel.
// CHECK-LABEL: func.func @four_bits(
func.func @four_bits(%a: tensor<1x512xi8>, %b: tensor<512x512xi8>, %initA: tensor<1x512xi32>, %initB: tensor<512x512xi32>)
    -> (tensor<1x512xi32>, tensor<512x512xi32>) {
  %w = arith.constant dense<1> : tensor<512x512xi4>
  // VNNI: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = {{[0-9]+}}, instruction = "avx512.vpdpbusd", multiply_sums = true>}
  // AVX2: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = {{[0-9]+}}, instruction = "avx2.vpmaddubsw.narrow">}
  // AVXVNNI: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = {{[0-9]+}}, instruction = "avxvnni.vpdpbusd", multiply_sums = true>}
  // DOTPROD: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = {{[0-9]+}}, instruction = "neon.sdot", multiply_sums = true>}
  // NEON: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = {{[0-9]+}}, instruction = "neon.smull", multiply_sums = true>}
  %0 = linalg.matmul ins(%a, %w : tensor<1x512xi8>, tensor<512x512xi4>) outs(%initA : tensor<1x512xi32>) -> tensor<1x512xi32>
  // CHECK: linalg.matmul {lowbit.tile = #lowbit.tile<rows = {{[0-9]+}}, vectors = {{[0-9]+}}, instruction = "{{[a-z0-9.]+}}", expand_panels = true>}
  %1 = linalg.matmul ins(%b, %w : tensor<512x512xi8>, tensor<512x512xi4>) outs(%initB : tensor<512x512xi32>) -> tensor<512x512xi32>
  return %0, %1 : tensor<1x512xi32>, tensor<512x512xi32>
}

// So do groups with multipliers: what counts is that what they multiply is no less than -127.
// CHECK-LABEL: func.func @groups(
func.func @groups(%a: tensor<1x512xi8>, %b: tensor<512x512xi8>, %initA: tensor<1x512xi32>, %initB: tensor<512x512xi32>)
    -> (tensor<1x512xi32>, tensor<512x512xi32>) {
  %q = arith.constant dense<-8> : tensor<512x512xi4>
  %c = arith.constant dense<15> : tensor<4x512xi8>
  %e = tensor.empty() : tensor<512x512xi8>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv 128, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q, %c : tensor<512x512xi4>, tensor<4x512xi8>) outs(%e : tensor<512x512xi8>) {
  ^bb0(%stored: i4, %multiplier: i8, %out: i8):
    %wide = arith.extsi %stored : i4 to i8
    %product = arith.muli %wide, %multiplier : i8
    linalg.yield %product : i8
  } -> tensor<512x512xi8>
  // VNNI: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = {{[0-9]+}}, instruction = "avx512.vpdpbusd", multiply_sums = true>}
  // AVX2: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = {{[0-9]+}}, instruction = "avx2.vpmaddubsw.narrow">}
  // SSE4: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = {{[0-9]+}}, instruction = "sse4.pmaddubsw.narrow">}
  %0 = linalg.matmul ins(%a, %w : tensor<1x512xi8>, tensor<512x512xi8>) outs(%initA : tensor<1x512xi32>) -> tensor<1x512xi32>
  // VNNI: linalg.matmul {lowbit.tile = #lowbit.tile<{{.*}}, instruction = "avx512.vpdpbusd", expand_panels = true>}
  // AMX: linalg.matmul {lowbit.tile = #lowbit.tile<{{.*}}, instruction = "amx.tdpbssd", expand_panels = true>}
  // AVX2: linalg.matmul {lowbit.tile = #lowbit.tile<{{.*}}, instruction = "avx2.vpmaddubsw.narrow", expand_panels = true>}
  %1 = linalg.matmul ins(%b, %w : tensor<512x512xi8>, tensor<512x512xi8>) outs(%initB : tensor<512x512xi32>) -> tensor<512x512xi32>
  return %0, %1 : tensor<1x512xi32>, tensor<512x512xi32>
}

// Fewer than four groups of products of 255 and 8 + 64 fit 16 bits: no instruction for weights of few bits takes them.
// CHECK-LABEL: func.func @far_zero_points(
func.func @far_zero_points(%a: tensor<8x64xi8>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  %q = arith.constant dense<-8> : tensor<64x32xi4>
  %z = arith.constant dense<64> : tensor<2x32xi8>
  %e = tensor.empty() : tensor<64x32xi8>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv 32, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q, %z : tensor<64x32xi4>, tensor<2x32xi8>) outs(%e : tensor<64x32xi8>) {
  ^bb0(%stored: i4, %zero: i8, %out: i8):
    %wide = arith.extsi %stored : i4 to i8
    %difference = arith.subi %wide, %zero : i8
    linalg.yield %difference : i8
  } -> tensor<64x32xi8>
  // AVX2: linalg.matmul {{.*}} instruction = "avx2.vpsignb"
  // SSE4: linalg.matmul {{.*}} instruction = "sse4.psignb"
  %0 = linalg.matmul ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// So are the integers that weights of floats are dequantized from, in groups of any scales.
// CHECK-LABEL: func.func @dequantized(
func.func @dequantized(%a: tensor<1x512xf32>, %b: tensor<512x512xf32>, %initA: tensor<1x512xf32>, %initB: tensor<512x512xf32>)
    -> (tensor<1x512xf32>, tensor<512x512xf32>) {
  %q = arith.constant dense<-8> : tensor<512x512xi4>
  %s = arith.constant dense<0.3> : tensor<4x512xf32>
  %e = tensor.empty() : tensor<512x512xf32>
  %w = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv 128, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%q, %s : tensor<512x512xi4>, tensor<4x512xf32>) outs(%e : tensor<512x512xf32>) {
  ^bb0(%stored: i4, %scale: f32, %out: f32):
    %wide = arith.extsi %stored : i4 to i32
    %steps = arith.sitofp %wide : i32 to f32
    %product = arith.mulf %steps, %scale : f32
    linalg.yield %product : f32
  } -> tensor<512x512xf32>
  // CHECK: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = {{[0-9]+}}>}
  %0 = linalg.matmul ins(%a, %w : tensor<1x512xf32>, tensor<512x512xf32>) outs(%initA : tensor<1x512xf32>) -> tensor<1x512xf32>
  // CHECK: linalg.matmul {lowbit.tile = #lowbit.tile<rows = {{[0-9]+}}, vectors = {{[0-9]+}}, expand_panels = true>}
  %1 = linalg.matmul ins(%b, %w : tensor<512x512xf32>, tensor<512x512xf32>) outs(%initB : tensor<512x512xf32>) -> tensor<512x512xf32>
  return %0, %1 : tensor<1x512xf32>, tensor<512x512xf32>
}

// Activations of 16 bits have instructions of their own.
// CHECK-LABEL: func.func @words(
func.func @words(%a: tensor<8x64xi16>, %init: tensor<8x32xi32>) -> tensor<8x32xi32> {
  // AMX: instruction = "avx512.vpdpwssd"
  // VNNI: instruction = "avx512.vpdpwssd"
  // AVX2: instruction = "avx2.vpmaddwd.w"
  // AVXVNNI: instruction = "avxvnni.vpdpwssd"
  // SSE4: instruction = "sse2.pmaddwd.w"
  // DOTPROD: instruction = "neon.smull.w"
  // NEON: instruction = "neon.smull.w"
  // I8MM: instruction = "neon.smull.w"
  %w = arith.constant dense<-128> : tensor<64x32xi8>
  %0 = linalg.matmul ins(%a, %w : tensor<8x64xi16>, tensor<64x32xi8>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}

// In tile registers each byte of an activation has accumulators: two of them are for two vectors, or for more rows where
// there are not so many channels.
// CHECK-LABEL: func.func @many_words(
func.func @many_words(%a: tensor<256x256xi16>, %i: tensor<256x256xi32>, %j: tensor<256x16xi32>)
    -> (tensor<256x256xi32>, tensor<256x16xi32>) {
  %w = arith.constant dense<1> : tensor<256x256xi8>
  %v = arith.constant dense<1> : tensor<256x16xi8>
  // AMX: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 16, vectors = 2, instruction = "amx.tdpbssd.w">}
  %0 = linalg.matmul ins(%a, %w : tensor<256x256xi16>, tensor<256x256xi8>) outs(%i : tensor<256x256xi32>) -> tensor<256x256xi32>
  // AMX: linalg.matmul {lowbit.tile = #lowbit.tile<rows = 32, vectors = 1, instruction = "amx.tdpbssd.w">}
  %1 = linalg.matmul ins(%a, %v : tensor<256x256xi16>, tensor<256x16xi8>) outs(%j : tensor<256x16xi32>) -> tensor<256x16xi32>
  return %0, %1 : tensor<256x256xi32>, tensor<256x16xi32>
}
