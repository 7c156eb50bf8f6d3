// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(lowbit-lower-tiles,canonicalize,cse))' | FileCheck %s

#rows = affine_map<(t, r, k) -> (t * 16 + r, k)>
#window = affine_map<(t, r, h, k) -> (0, h, r * 64 + k)>

// CHECK-DAG: #[[$LAST:.*]] = affine_map<(d0) -> (104, d0 * 56)>
// CHECK-DAG: #[[$A:.*]] = affine_map<(d0, d1) -> (d0 + d1 * 160)>
// CHECK-DAG: #[[$NEXT:.*]] = affine_map<(d0, d1) -> (d0 + d1 * 160 + 2560)>
// CHECK-DAG: #[[$PIXEL:.*]] = affine_map<(d0, d1, d2) -> (d0 * 512 + d1 + d2 * 64)>

module attributes {llvm.target_triple = "x86_64-unknown-linux-gnu", lowbit.cpu = "sapphirerapids"} {

memref.global "private" constant @scales : memref<2x16xf32> = dense<0.5>

// Two registers of 16 rows times two vectors: four accumulators, 0 to 3; activations are in 4 and 5, weights in 6 and 7. A
// run of 160 elements is three blocks of 56, which the rows of 4 and 5 are long, and of 14 groups, the rows of 6 and 7.
// CHECK-LABEL: func.func @matmul(
func.func @matmul(%a: memref<64x160xi8>, %w: memref<2x3x2x14x64xi8>, %start: memref<2x32xi32>,
                  %out: memref<64x32xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c32 = arith.constant 32 : index
  // CHECK-DAG: %[[R0:.*]] = llvm.mlir.constant(0 : i8)
  // CHECK-DAG: %[[R1:.*]] = llvm.mlir.constant(1 : i8)
  // CHECK-DAG: %[[R2:.*]] = llvm.mlir.constant(2 : i8)
  // CHECK-DAG: %[[R3:.*]] = llvm.mlir.constant(3 : i8)
  // CHECK-DAG: %[[R4:.*]] = llvm.mlir.constant(4 : i8)
  // CHECK-DAG: %[[R5:.*]] = llvm.mlir.constant(5 : i8)
  // CHECK-DAG: %[[R6:.*]] = llvm.mlir.constant(6 : i8)
  // CHECK-DAG: %[[R7:.*]] = llvm.mlir.constant(7 : i8)
  // CHECK-DAG: %[[SAME:.*]] = llvm.mlir.constant(0 : i64)
  // CHECK-DAG: %[[OF_A:.*]] = llvm.mlir.constant(160 : i64)
  // CHECK-DAG: %[[OF_W:.*]] = llvm.mlir.constant(64 : i64)
  // CHECK-DAG: %[[OF_SUMS:.*]] = llvm.mlir.constant(128 : i64)
  // CHECK-DAG: %[[CONFIGURATION:.*]] = arith.constant dense<[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 64, 0, 64, 0, 64, 0, 56, 0, 56, 0, 64, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 16, 16, 16, 16, 16, 14, 14, 0, 0, 0, 0, 0, 0, 0, 0]> : vector<64xi8>
  // CHECK: %[[SUMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1024xi32>
  // CHECK: %[[MEMORY:.*]] = memref.alloca() {alignment = 64 : i64} : memref<64xi8>
  // CHECK: vector.store %[[CONFIGURATION]], %[[MEMORY]]
  // CHECK: llvm.call_intrinsic "llvm.x86.ldtilecfg"
  // CHECK: scf.for
  scf.for %i = %c0 to %c2 step %c1 {
    %row = arith.muli %i, %c32 : index
    // Each row of an accumulator starts from the same.
    // CHECK: llvm.call_intrinsic "llvm.x86.tileloadd64"(%[[R0]], %[[FIRST:.*]], %[[SAME]])
    // CHECK: llvm.call_intrinsic "llvm.x86.tileloadd64"(%[[R2]], %[[FIRST]], %[[SAME]])
    // CHECK: llvm.call_intrinsic "llvm.x86.tileloadd64"(%[[R1]], %[[SECOND:.*]], %[[SAME]])
    // CHECK: llvm.call_intrinsic "llvm.x86.tileloadd64"(%[[R3]], %[[SECOND]], %[[SAME]])
    // CHECK: scf.for %[[BLOCK:.*]] = %c0 to %c3
    // CHECK:   %[[ELEMENT:.*]] = affine.min #[[$LAST]](%[[BLOCK]])
    // CHECK:   llvm.call_intrinsic "llvm.x86.tileloadd64"(%[[R6]], %{{.*}}, %[[OF_W]])
    // CHECK:   affine.apply #[[$A]](%[[ELEMENT]], %{{.*}})
    // CHECK:   llvm.call_intrinsic "llvm.x86.tileloadd64"(%[[R4]], %{{.*}}, %[[OF_A]])
    // CHECK:   affine.apply #[[$NEXT]](%[[ELEMENT]], %{{.*}})
    // CHECK:   llvm.call_intrinsic "llvm.x86.tileloadd64"(%[[R5]], %{{.*}}, %[[OF_A]])
    // CHECK:   llvm.call_intrinsic "llvm.x86.tileloadd64"(%[[R7]], %{{.*}}, %[[OF_W]])
    // CHECK:   llvm.call_intrinsic "llvm.x86.tdpbssd"(%[[R0]], %[[R4]], %[[R6]])
    // CHECK:   llvm.call_intrinsic "llvm.x86.tdpbssd"(%[[R2]], %[[R5]], %[[R6]])
    // CHECK:   llvm.call_intrinsic "llvm.x86.tdpbssd"(%[[R1]], %[[R4]], %[[R7]])
    // CHECK:   llvm.call_intrinsic "llvm.x86.tdpbssd"(%[[R3]], %[[R5]], %[[R7]])
    // Vector multipliers stay on.
    // CHECK:   llvm.inline_asm has_side_effects "vmulps $1, $1, $0", "=x,x" %{{.*}} : (vector<4xf32>) -> vector<4xf32>
    // CHECK: llvm.call_intrinsic "llvm.x86.tilestored64"(%[[R0]], %{{.*}}, %[[OF_SUMS]])
    // CHECK: llvm.call_intrinsic "llvm.x86.tilestored64"(%[[R3]], %{{.*}}, %[[OF_SUMS]])
    %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%row, %c0], contiguous %w[%i] start %start map #rows run 160
      : memref<64x160xi8>, memref<2x3x2x14x64xi8>, memref<2x32xi32> -> vector<2x16x2x16xi32>
    // Loaded where they are used.
    // CHECK: %[[SUM:.*]] = vector.load %[[SUMS]][%c16]
    // CHECK: vector.store %[[SUM]], %{{.*}} : memref<64x32xi32>
    // CHECK: %[[SUM:.*]] = vector.load %[[SUMS]][%c992]
    // CHECK: vector.store %[[SUM]], %{{.*}} : memref<64x32xi32>
    %first = vector.extract %sums[0, 0, 1] : vector<16xi32> from vector<2x16x2x16xi32>
    %last = vector.extract %sums[1, 15, 0] : vector<16xi32> from vector<2x16x2x16xi32>
    vector.store %first, %out[%row, %c0] : memref<64x32xi32>, vector<16xi32>
    vector.store %last, %out[%row, %c0] : memref<64x32xi32>, vector<16xi32>
  }
  // CHECK: llvm.call_intrinsic "llvm.x86.tilerelease"
  return
}

// Seven pixels of a strided picture, three rows of a window: rows and steps are where the map says. Four vectors of weights
// take turns in three registers.
// CHECK-LABEL: func.func @window(
func.func @window(%a: memref<1x9x512xi8, strided<[8192, 512, 1], offset: ?>>, %w: memref<1x3x3x16x4x64xi8>,
                  %out: memref<7x16xi32>) {
  %c0 = arith.constant 0 : index
  // CHECK-DAG: %[[OF_W:.*]] = llvm.mlir.constant(256 : i64)
  // CHECK: "llvm.x86.ldtilecfg"
  // CHECK-COUNT-4: "llvm.x86.tilezero"
  // CHECK: scf.for %[[ROW:.*]] = %c0 to %c3
  // CHECK:   scf.for %[[BLOCK:.*]] = %c0 to %c3
  // CHECK:     "llvm.x86.tileloadd64"(%{{.*}}, %{{.*}}, %[[OF_W]])
  // CHECK:     affine.apply #[[$PIXEL]](%[[ROW]], %{{.*}}, %[[BLOCK]])
  // CHECK-COUNT-4: "llvm.x86.tdpbssd"
  // CHECK-COUNT-4: "llvm.x86.tilestored64"
  // CHECK: "llvm.x86.tilerelease"
  %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0, %c0], %w[%c0] map #window run 192
    : memref<1x9x512xi8, strided<[8192, 512, 1], offset: ?>>, memref<1x3x3x16x4x64xi8> -> vector<1x7x4x16xi32>
  %sum = vector.extract %sums[0, 6, 3] : vector<16xi32> from vector<1x7x4x16xi32>
  vector.store %sum, %out[%c0, %c0] : memref<7x16xi32>, vector<16xi32>
  return
}

// Activations of 16 bits: high bytes, in 4, are signed, low ones, in 5, are not. Each kind has accumulators; what sums start
// from is in those of the low bytes.
// CHECK-LABEL: func.func @words(
func.func @words(%a: memref<16x128xi8>, %low: memref<16x128xi8, strided<[192, 1], offset: 64>>, %w: memref<1x2x16x2x64xi8>,
                 %start: memref<1x32xi32>, %out: memref<16x16xi32>) {
  %c0 = arith.constant 0 : index
  // CHECK-DAG: %[[R0:.*]] = llvm.mlir.constant(0 : i8)
  // CHECK-DAG: %[[R1:.*]] = llvm.mlir.constant(1 : i8)
  // CHECK-DAG: %[[R2:.*]] = llvm.mlir.constant(2 : i8)
  // CHECK-DAG: %[[R3:.*]] = llvm.mlir.constant(3 : i8)
  // CHECK-DAG: %[[R4:.*]] = llvm.mlir.constant(4 : i8)
  // CHECK-DAG: %[[R5:.*]] = llvm.mlir.constant(5 : i8)
  // CHECK-DAG: %[[R6:.*]] = llvm.mlir.constant(6 : i8)
  // CHECK-DAG: %[[OF_HIGH:.*]] = llvm.mlir.constant(128 : i64)
  // CHECK-DAG: %[[OF_LOW:.*]] = llvm.mlir.constant(192 : i64)
  // CHECK-DAG: %[[BITS:.*]] = arith.constant dense<8> : vector<16xi32>
  // CHECK: %[[SUMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1024xi32>
  // CHECK: "llvm.x86.tilezero"(%[[R0]])
  // CHECK: "llvm.x86.tileloadd64"(%[[R2]], %{{.*}}, %{{.*}})
  // CHECK: "llvm.x86.tilezero"(%[[R1]])
  // CHECK: "llvm.x86.tileloadd64"(%[[R3]], %{{.*}}, %{{.*}})
  // CHECK: scf.for
  // CHECK:   "llvm.x86.tileloadd64"(%[[R4]], %{{.*}}, %[[OF_HIGH]])
  // CHECK:   "llvm.x86.tileloadd64"(%[[R5]], %{{.*}}, %[[OF_LOW]])
  // CHECK:   "llvm.x86.tdpbssd"(%[[R0]], %[[R4]], %[[R6]])
  // CHECK:   "llvm.x86.tdpbusd"(%[[R2]], %[[R5]], %[[R6]])
  // CHECK:   "llvm.x86.tdpbssd"(%[[R1]], %[[R4]], %{{.*}})
  // CHECK:   "llvm.x86.tdpbusd"(%[[R3]], %[[R5]], %{{.*}})
  // CHECK-COUNT-4: "llvm.x86.tilestored64"
  // CHECK: %[[HIGH:.*]] = vector.load %[[SUMS]][%c496]
  // CHECK: %[[SHIFTED:.*]] = arith.shli %[[HIGH]], %[[BITS]]
  // CHECK: %[[LOW:.*]] = vector.load %[[SUMS]][%c1008]
  // CHECK: arith.addi %[[SHIFTED]], %[[LOW]]
  %sums = lowbit.multiply_tiles "amx.tdpbssd.w" %a[%c0, %c0] low %low, %w[%c0] start %start map #rows run 128
    : memref<16x128xi8> low memref<16x128xi8, strided<[192, 1], offset: 64>>, memref<1x2x16x2x64xi8>, memref<1x32xi32> -> vector<1x16x2x16xi32>
  %sum = vector.extract %sums[0, 15, 1] : vector<16xi32> from vector<1x16x2x16xi32>
  vector.store %sum, %out[%c0, %c0] : memref<16x16xi32>, vector<16xi32>
  return
}

// Each thread has registers and a stack of its own.
// CHECK-LABEL: func.func @threads(
func.func @threads(%a: memref<2x64xi8>, %w: memref<1x1x16x1x64xi8>, %out: memref<2x16xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // CHECK-NOT: memref.alloca
  // CHECK: omp.parallel
  // CHECK:   %[[SUMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<16xi32>
  // CHECK:   %[[MEMORY:.*]] = memref.alloca() {alignment = 64 : i64} : memref<64xi8>
  // CHECK:   omp.loop_nest
  // CHECK:     vector.store %{{.*}}, %[[MEMORY]]
  // CHECK:     "llvm.x86.ldtilecfg"
  // CHECK:     "llvm.x86.tilerelease"
  // CHECK:     vector.load %[[SUMS]]
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c2) step (%c1) {
        %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%i, %c0], %w[%c0] map #rows run 64
          : memref<2x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x1x1x16xi32>
        %sum = vector.extract %sums[0, 0, 0] : vector<16xi32> from vector<1x1x1x16xi32>
        vector.store %sum, %out[%i, %c0] : memref<2x16xi32>, vector<16xi32>
        omp.yield
      }
    }
    omp.terminator
  }
  return
}

// A loop over what each thread runs stands in the region itself.
// CHECK-LABEL: func.func @scheduled(
func.func @scheduled(%a: memref<2x64xi8>, %w: memref<1x1x16x1x64xi8>, %out: memref<2x16xi32>, %thread: index) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  // CHECK: omp.parallel
  // CHECK:   %[[MEMORY:.*]] = memref.alloca() {alignment = 64 : i64} : memref<64xi8>
  // CHECK:   vector.store %{{.*}}, %[[MEMORY]]
  // CHECK:   "llvm.x86.ldtilecfg"
  // CHECK:   scf.for
  // CHECK:   "llvm.x86.tilerelease"
  // CHECK:   omp.terminator
  omp.parallel {
    scf.for %i = %thread to %c2 step %c2 {
      %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%i, %c0], %w[%c0] map #rows run 64
        : memref<2x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x1x1x16xi32>
      %sum = vector.extract %sums[0, 0, 0] : vector<16xi32> from vector<1x1x1x16xi32>
      vector.store %sum, %out[%i, %c0] : memref<2x16xi32>, vector<16xi32>
    }
    omp.terminator
  }
  return
}

// What one thread runs alone in a region of several: its registers are configured there.
// CHECK-LABEL: func.func @alone(
func.func @alone(%a: memref<2x64xi8>, %w: memref<1x1x16x1x64xi8>, %out: memref<2x16xi32>) {
  %c0 = arith.constant 0 : index
  // CHECK: omp.parallel
  // CHECK:   %[[MEMORY:.*]] = memref.alloca() {alignment = 64 : i64} : memref<64xi8>
  // CHECK:   omp.masked {
  // CHECK:     vector.store %{{.*}}, %[[MEMORY]]
  // CHECK:     "llvm.x86.ldtilecfg"
  // CHECK:     "llvm.x86.tilerelease"
  // CHECK:     omp.terminator
  omp.parallel {
    omp.masked {
      %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %c0], %w[%c0] map #rows run 64
        : memref<2x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x1x1x16xi32>
      %sum = vector.extract %sums[0, 0, 0] : vector<16xi32> from vector<1x1x1x16xi32>
      vector.store %sum, %out[%c0, %c0] : memref<2x16xi32>, vector<16xi32>
      omp.terminator
    }
    omp.terminator
  }
  return
}

// Ops of one loop that take different configurations: each configures the registers. Their sums share memory, so they
// are loaded before the next op stores its own.
// CHECK-LABEL: func.func @two_shapes(
func.func @two_shapes(%a: memref<8x64xi8>, %w: memref<1x1x16x1x64xi8>, %out: memref<8x16xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // CHECK: %[[SUMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<64xi32>
  // CHECK: scf.for
  // CHECK: "llvm.x86.ldtilecfg"
  // CHECK: "llvm.x86.tdpbssd"
  // CHECK: %[[FIRST:.*]] = vector.load %[[SUMS]]
  // CHECK: "llvm.x86.tilerelease"
  // CHECK: "llvm.x86.ldtilecfg"
  // CHECK: "llvm.x86.tdpbssd"
  // CHECK: %[[SECOND:.*]] = vector.load %[[SUMS]]
  // CHECK: arith.addi %[[FIRST]], %[[SECOND]]
  scf.for %i = %c0 to %c2 step %c1 {
    %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%i, %c0], %w[%c0] map #rows run 64
      : memref<8x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x2x1x16xi32>
    %others = lowbit.multiply_tiles "amx.tdpbssd" %a[%i, %c0], %w[%c0] map #rows run 64
      : memref<8x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x4x1x16xi32>
    %sum = vector.extract %sums[0, 0, 0] : vector<16xi32> from vector<1x2x1x16xi32>
    %other = vector.extract %others[0, 3, 0] : vector<16xi32> from vector<1x4x1x16xi32>
    %both = arith.addi %sum, %other : vector<16xi32>
    vector.store %both, %out[%i, %c0] : memref<8x16xi32>, vector<16xi32>
  }
  return
}

// Independent loops over tiles: what is computed of the sums of a tile stands between the products of the next, a share
// behind each block, and what it needs of the bodies of the loops is computed for the tile before. Bounds need not be
// known: the loops carry whether there is a tile before, and where. Behind the loops stands what is left for the last.
// CHECK-LABEL: func.func @overlapped(
// CHECK-SAME: %[[A:.*]]: memref<64x160xi8>, %[[W:.*]]: memref<2x3x14x1x64xi8>, %[[OUT:.*]]: memref<64x32xf32>,
func.func @overlapped(%a: memref<64x160xi8>, %w: memref<2x3x14x1x64xi8>, %out: memref<64x32xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // CHECK-DAG: %[[NONE:.*]] = arith.constant false
  // CHECK-DAG: %[[ONE:.*]] = arith.constant true
  // CHECK: %[[SUMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<512xi32>
  // CHECK: %[[SCALES:.*]] = memref.get_global @scales
  // CHECK: "llvm.x86.ldtilecfg"
  %scales = memref.get_global @scales : memref<2x16xf32>
  // CHECK: %[[LAST:.*]]:3 = scf.for %[[I:.*]] = %c0 to %c2 step %c1 iter_args(%{{.*}} = %[[NONE]], %{{.*}} = %c0, %{{.*}} = %c0)
  scf.for %i = %c0 to %c2 step %c1 {
    %column = affine.apply affine_map<(d0) -> (d0 * 16)>(%i)
    %scale = vector.load %scales[%i, %c0] : memref<2x16xf32>, vector<16xf32>
    // CHECK: scf.for %[[J:.*]] = %[[I]] to %{{.*}} step %c1 iter_args(%[[EXISTS:.*]] = %{{.*}}, %[[OLD_I:.*]] = %{{.*}}, %[[OLD_J:.*]] = %{{.*}})
    scf.for %j = %i to %n step %c1 {
      %row = affine.apply affine_map<(d0) -> (d0 * 32)>(%j)
      // CHECK: scf.if %[[EXISTS]] {
      // CHECK-COUNT-2: "llvm.x86.tdpbssd"
      // CHECK: %[[COLUMN:.*]] = affine.apply #{{.*}}(%[[OLD_I]])
      // CHECK: %[[SCALE:.*]] = vector.load %[[SCALES]][%[[OLD_I]], %c0]
      // CHECK: %[[ROW:.*]] = affine.apply #{{.*}}(%[[OLD_J]])
      // CHECK-COUNT-2: "llvm.x86.tdpbssd"
      // CHECK: %[[SUM:.*]] = vector.load %[[SUMS]][%c0]
      // CHECK: %[[FLOAT:.*]] = arith.sitofp %[[SUM]]
      // CHECK: %[[SCALED:.*]] = arith.mulf %[[FLOAT]], %[[SCALE]]
      // CHECK: vector.store %[[SCALED]], %[[OUT]][%[[ROW]], %[[COLUMN]]]
      // CHECK-COUNT-2: "llvm.x86.tdpbssd"
      // CHECK: vector.load %[[SUMS]][%c496]
      // CHECK: vector.store
      // CHECK-COUNT-2: "llvm.x86.tilestored64"
      // CHECK: } else {
      // CHECK-NOT: vector.load
      // CHECK: scf.for %{{.*}} = %c0 to %c3
      // CHECK-COUNT-2: "llvm.x86.tdpbssd"
      // CHECK-COUNT-2: "llvm.x86.tilestored64"
      // CHECK-NOT: vector.store
      // CHECK: }
      // CHECK: scf.yield %[[ONE]], %[[I]], %[[J]]
      // CHECK: }
      // CHECK: scf.yield
      // CHECK-NOT: lowbit.parallel
      %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%row, %c0], %w[%i] map #rows run 160
        : memref<64x160xi8>, memref<2x3x14x1x64xi8> -> vector<2x16x1x16xi32>
      %first = vector.extract %sums[0, 0, 0] : vector<16xi32> from vector<2x16x1x16xi32>
      %last = vector.extract %sums[1, 15, 0] : vector<16xi32> from vector<2x16x1x16xi32>
      %float = arith.sitofp %first : vector<16xi32> to vector<16xf32>
      %scaled = arith.mulf %float, %scale : vector<16xf32>
      vector.store %scaled, %out[%row, %column] : memref<64x32xf32>, vector<16xf32>
      %other = arith.sitofp %last : vector<16xi32> to vector<16xf32>
      vector.store %other, %out[%row, %column] : memref<64x32xf32>, vector<16xf32>
    } {lowbit.parallel = true}
  } {lowbit.parallel = true}
  // CHECK: scf.if %[[LAST]]#0 {
  // CHECK-DAG: affine.apply #{{.*}}()[%[[LAST]]#1]
  // CHECK-DAG: affine.apply #{{.*}}()[%[[LAST]]#2]
  // CHECK: vector.load %[[SUMS]][%c0]
  // CHECK: vector.load %[[SUMS]][%c496]
  // CHECK: }
  // CHECK: "llvm.x86.tilerelease"
  return
}

// More blocks than shares, which are sixteen: the others are a loop, and so are further steps of a window.
// CHECK-LABEL: func.func @many_blocks(
func.func @many_blocks(%a: memref<1x8x2048xi8>, %w: memref<1x2x18x16x1x64xi8>, %out: memref<4x16xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  // CHECK: scf.if
  // CHECK-COUNT-16: "llvm.x86.tdpbssd"
  // CHECK-NOT: tdpbssd
  // CHECK: vector.store
  // CHECK: scf.for %{{.*}} = %c16 to %c18
  // CHECK: "llvm.x86.tdpbssd"
  // CHECK: scf.for %{{.*}} = %c0 to %c18
  // CHECK: "llvm.x86.tdpbssd"
  // CHECK: "llvm.x86.tilestored64"
  scf.for %i = %c0 to %c4 step %c1 {
    %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%c0, %i, %c0], %w[%c0] map #window run 1152
      : memref<1x8x2048xi8>, memref<1x2x18x16x1x64xi8> -> vector<1x7x1x16xi32>
    %sum = vector.extract %sums[0, 6, 0] : vector<16xi32> from vector<1x7x1x16xi32>
    vector.store %sum, %out[%i, %c0] : memref<4x16xi32>, vector<16xi32>
  } {lowbit.parallel = true}
  return
}

// What is computed of the sums stays with its tile where there is one, where iterations may depend on each other, and of
// loops around others, where these write, or read what may change: the inner loop alone is overlapped.
// CHECK-LABEL: func.func @in_order(
func.func @in_order(%a: memref<64x64xi8>, %w: memref<1x1x16x1x64xi8>, %out: memref<64x16xi32>,
                    %changing: memref<2x16xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // CHECK: scf.for
  // CHECK-NOT: scf.if
  // CHECK: "llvm.x86.tilestored64"
  // CHECK: vector.load
  scf.for %i = %c0 to %c2 step %c1 {
    %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%i, %c0], %w[%c0] map #rows run 64
      : memref<64x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x1x1x16xi32>
    %sum = vector.extract %sums[0, 0, 0] : vector<16xi32> from vector<1x1x1x16xi32>
    vector.store %sum, %out[%i, %c0] : memref<64x16xi32>, vector<16xi32>
  }
  // CHECK: "llvm.x86.tilerelease"
  // CHECK-NOT: scf.if
  // CHECK: "llvm.x86.tilestored64"
  // CHECK: vector.load
  scf.for %i = %c1 to %c2 step %c1 {
    %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%i, %c0], %w[%c0] map #rows run 64
      : memref<64x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x1x1x16xi32>
    %sum = vector.extract %sums[0, 0, 0] : vector<16xi32> from vector<1x1x1x16xi32>
    vector.store %sum, %out[%i, %c0] : memref<64x16xi32>, vector<16xi32>
  } {lowbit.parallel = true}
  // CHECK: "llvm.x86.tilerelease"
  // CHECK: scf.for %[[I:.*]] = %c0 to %c2 step %c1 {
  // CHECK: %[[INIT:.*]] = vector.load %{{.*}}[%[[I]], %c0]
  // CHECK: %[[LAST:.*]]:2 = scf.for
  // CHECK: scf.if
  // CHECK: scf.if %[[LAST]]#0 {
  // CHECK: arith.addi %{{.*}}, %[[INIT]]
  // CHECK: "llvm.x86.tilerelease"
  scf.for %i = %c0 to %c2 step %c1 {
    %init = vector.load %changing[%i, %c0] : memref<2x16xi32>, vector<16xi32>
    scf.for %j = %c0 to %c2 step %c1 {
      %row = affine.apply affine_map<(d0, d1) -> (d0 * 32 + d1)>(%i, %j)
      %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%row, %c0], %w[%c0] map #rows run 64
        : memref<64x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x1x1x16xi32>
      %sum = vector.extract %sums[0, 0, 0] : vector<16xi32> from vector<1x1x1x16xi32>
      %start = arith.addi %sum, %init : vector<16xi32>
      vector.store %start, %out[%row, %c0] : memref<64x16xi32>, vector<16xi32>
    } {lowbit.parallel = true}
  } {lowbit.parallel = true}
  return
}

}
