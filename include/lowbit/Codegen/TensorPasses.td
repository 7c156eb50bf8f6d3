#ifndef LOWBIT_CODEGEN_TENSORPASSES
#define LOWBIT_CODEGEN_TENSORPASSES

// The passes over programs on tensors, and over the vectors that their tiles become.

include "mlir/Pass/PassBase.td"

def ExpandMath : Pass<"lowbit-expand-math"> {
  let summary = "functions and divisions to arithmetic that is the same everywhere";
  let description = [{
    Replaces the functions on f32 by additions, multiplications, divisions, roundings, comparisons and bit operations
    that give the same bits on every machine, in vectors as in scalars, and as the reference interpreter
    (`include/lowbit/Support/MathExpansions.h`; accuracies are in `docs/Arithmetic.md`): exp, exp2, expm1, log, log2,
    log10, log1p, sin, cos, tanh, erf, powf, fpowi with a constant exponent, rsqrt (of f64 too), fma. Named linalg ops
    that compute with one become generics. What is exact and has instructions everywhere stays: sqrt, absf, copysign and
    roundings. Any other op of the dialect is an error: no function of the C library is ever called.

    Integers are divided by 1 where the divisor may be 0 or -1, for which processors differ or end the program: a
    quotient by 0 is 0, a quotient by -1 is 0 less the dividend, in as many bits, and both remainders are 0.

    ```mlir
    %1 = math.rsqrt %0 : f32
    // becomes
    %one = arith.constant 1.0 : f32
    %root = math.sqrt %0 : f32
    %1 = arith.divf %one, %root : f32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect"];
}

def CheckIndices : Pass<"lowbit-check-indices", "::mlir::func::FuncOp"> {
  let summary = "checks of the indices that data decide";
  let description = [{
    An element is read at the index that `lowbit.check_index` makes of its own, unless the range of the index, by the
    loops, constants and arithmetic it comes from, is known to lie inside the tensor; so are the offsets of slices of
    static sizes, at most where the slice ends with the tensor. Where the rows of an embedding are looked up by tokens, a
    token is whatever the caller wrote.

    ```mlir
    %0 = tensor.extract %table[%token, %column] : tensor<8002x256xf32>
    // becomes
    %c8002 = arith.constant 8002 : index
    %row = lowbit.check_index %token, %c8002 : index
    %0 = tensor.extract %table[%row, %column] : tensor<8002x256xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::lowbit::LowbitDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SplitReductions : Pass<"lowbit-split-reductions", "::mlir::func::FuncOp"> {
  let summary = "reductions along contiguous elements into 16 lanes";
  let description = [{
    A sum, product, maximum or minimum along the last dimension of what it reads has nothing to vectorize across: its
    terms lie side by side, its results do not. It becomes a reduction over groups of 16 elements, which vectors run
    across, and a tree that combines the 16 lanes of each result. The order is that of `docs/Arithmetic.md`, whatever
    the machine's vectors are; the reference interpreter computes the original op in it. Elements behind the last whole
    group are added to the first lanes. Which ops are split: `include/lowbit/Support/LaneReduction.h`.

    ```mlir
    %0 = linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>],
                         iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x64xf32>) outs(%init : tensor<4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sum = arith.addf %out, %in : f32
      linalg.yield %sum : f32
    } -> tensor<4xf32>
    // becomes
    %groups = tensor.expand_shape %x [[0], [1, 2]] output_shape [4, 4, 16] : tensor<4x64xf32> into tensor<4x4x16xf32>
    %lanes = linalg.generic {indexing_maps = [affine_map<(i, k, l) -> (i, k, l)>, affine_map<(i, k, l) -> (i, l)>],
                             iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%groups : tensor<4x4x16xf32>) outs(%zeros : tensor<4x16xf32>) ...
    %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i, 0)>, affine_map<(i) -> (i, 1)>, ...],
                         iterator_types = ["parallel"]}
      ins(%init, %lanes, %lanes, ... : tensor<4xf32>, tensor<4x16xf32>, ...) outs(%empty : tensor<4xf32>) ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FuseElementwise : Pass<"lowbit-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "compute chains of elementwise ops in one op";
  let description = [{
    Elementwise ops whose result has one user are computed inside it, also through reshapes, which move past elementwise
    ops. Unlike upstream's `linalg-fuse-elementwise-ops`, no reshape moves past an op with a reduction: a matrix product
    would become a `linalg.generic` of more loops, for which there is no kernel. What is computed element by element of the
    result of one reduction, as a requantization is of a product's, is not computed in the next: it belongs to the tiles of
    the first, and the second reads bytes where it would read sums.

    ```mlir
    %0 = linalg.exp ins(%a : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
    %1 = linalg.add ins(%0, %b : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
    // becomes
    %1 = linalg.generic ... ins(%a, %b : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
    ^bb0(%x: f32, %y: f32, %out: f32):
      %exp = math.exp %x : f32
      %sum = arith.addf %exp, %y : f32
      linalg.yield %sum : f32
    } -> tensor<4x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def MergeRows : Pass<"lowbit-merge-rows", "::mlir::func::FuncOp"> {
  let summary = "make the pixels of a pointwise convolution one row";
  let description = [{
    A convolution with a window of one element and a stride of 1 treats all pixels alike. Its pictures become one row of
    pixels, together with the elementwise ops that are computed of its result, so that register tiles need not end where
    a row of a picture does. Where the result is written into a larger tensor (a pad, a concatenation), or a tile of
    several lines is asked for, it stays as it is: there its rows are apart.

    ```mlir
    %0 = linalg.conv_2d_nhwc_fhwc ... ins(%x, %w : tensor<1x14x14x256xi8>, tensor<64x1x1x256xi8>)
      outs(%init : tensor<1x14x14x64xi32>) -> tensor<1x14x14x64xi32>
    // becomes
    %flat = tensor.collapse_shape %x [[0, 1, 2], [3]] : tensor<1x14x14x256xi8> into tensor<196x256xi8>
    %row = tensor.expand_shape %flat [[0, 1, 2], [3]] ... : tensor<196x256xi8> into tensor<1x1x196x256xi8>
    %0 = linalg.conv_2d_nhwc_fhwc ... ins(%row, %w : tensor<1x1x196x256xi8>, tensor<64x1x1x256xi8>)
      outs(%init : tensor<1x1x196x64xi32>) -> tensor<1x1x196x64xi32>
    // and back to the shape it had
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def SeparateZeroPoints : Pass<"lowbit-separate-zero-points", "::mlir::func::FuncOp"> {
  let summary = "take zero points out of the products of two activations";
  let description = [{
    A matrix product of bytes from each of which a zero point is subtracted becomes a product of the bytes, for which
    there are dot instructions: `sum (a - x)(b - y)` is `sum ab - x * sum b - y * sum a + kxy`, in integers that wrap.
    The last three terms are what the product starts to accumulate from.

    ```mlir
    %0 = linalg.generic ... ins(%a, %b : tensor<2x3x4xi8>, tensor<2x4x5xi8>) outs(%init : tensor<2x3x5xi32>) {
      ^bb0(%p: i8, %q: i8, %acc: i32):                    // acc + (p - 3) * q
        ...
    // becomes
    %columns = linalg.generic ... ins(%b : tensor<2x4x5xi8>) outs(%zero : tensor<2x5xi32>)      // sums over k
    %start = linalg.generic ... ins(%init, %columns : tensor<2x3x5xi32>, tensor<2x5xi32>)       // init - 3 * columns
    %0 = linalg.batch_matmul ins(%a, %b : tensor<2x3x4xi8>, tensor<2x4x5xi8>) outs(%start : tensor<2x3x5xi32>)
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SpaceToDepth : Pass<"lowbit-space-to-depth", "::mlir::ModuleOp"> {
  let summary = "read lines of a picture together where a window's line is short for a tile register";
  let description = [{
    A first layer has few channels: a line of its window, all that lies side by side in memory, is a few dozen bytes, and
    a row of a tile register holds 64. Where the target multiplies in tile registers, a convolution that moves by several
    lines reads that many lines, or a divisor of them, as one line of as many times the channels. The picture is
    transposed once; weights are reordered, with zeros for lines that no window has. Sums are the same integers.

    Convolutions of 8-bit activations with constant 8-bit weights, of static shape, not dilated, and without a tile of
    their own. The rearrangement is called space to depth, here along lines alone: columns are side by side already.

    ```mlir
    %0 = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : ..., strides = dense<2> : ...}
      ins(%x, %w : tensor<1x230x230x3xi8>, tensor<64x7x7x3xi8>)
      outs(%init : tensor<1x112x112x64xi32>) -> tensor<1x112x112x64xi32>
    // with cpu=sapphirerapids: 4 lines of 42 bytes instead of 7 of 21
    %pairs = tensor.expand_shape %x [[0], [1, 2], [3], [4]] ... into tensor<1x115x2x230x3xi8>
    %pixels = linalg.transpose ins(%pairs : tensor<1x115x2x230x3xi8>) outs(...) permutation = [0, 1, 3, 2, 4]
    %deep = tensor.collapse_shape %pixels [[0], [1], [2], [3, 4]] ... into tensor<1x115x230x6xi8>
    %0 = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : ..., strides = dense<[1, 2]> : ...}
      ins(%deep, %v : tensor<1x115x230x6xi8>, tensor<64x4x7x6xi8>)
      outs(%init : tensor<1x112x112x64xi32>) -> tensor<1x112x112x64xi32>
    ```
  }];
  let options = [
    Option<"cpu", "cpu", "std::string", "\"native\"", "LLVM name of the CPU, or 'native'">,
    Option<"triple", "triple", "std::string", "\"\"", "LLVM target triple; empty for the host's">,
    Option<"features", "features", "std::string", "\"\"", "further LLVM features, as '+x,-y'">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SelectTiles : Pass<"lowbit-select-tiles", "::mlir::ModuleOp"> {
  let summary = "choose the register tile and the dot instruction of every op";
  let description = [{
    Writes `#lowbit.tile` as `lowbit.tile` on every linalg op on tensors that code generation vectorizes in registers,
    from the table of the target (`lib/Target`). Of the tiles that fit the registers a contraction with constant weights
    gets the one that a model of the core says is fastest for its sizes (`TileCost`). A tile that is there already is
    kept and checked. The target is recorded on the module for the passes after this one.

    ```mlir
    %0 = linalg.matmul ins(%a, %w : tensor<8x64xi8>, tensor<64x32xi8>) outs(%i : tensor<8x32xi32>) -> tensor<8x32xi32>
    // with cpu=znver4
    %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 8, vectors = 2, instruction = "avx512.vpdpbusd">} ...
    ```
  }];
  let options = [
    Option<"cpu", "cpu", "std::string", "\"native\"", "LLVM name of the CPU, or 'native'">,
    Option<"triple", "triple", "std::string", "\"\"", "LLVM target triple; empty for the host's">,
    Option<"features", "features", "std::string", "\"\"", "further LLVM features, as '+x,-y'">
  ];
  let dependentDialects = ["::mlir::lowbit::LowbitDialect"];
}

def PlanShortSums : Pass<"lowbit-plan-short-sums", "::mlir::func::FuncOp"> {
  let summary = "choose which groups of a reduction are added in 16 bits, and prove that they fit";
  let description = [{
    Where no instruction adds four products of bytes to 32 bits (x86 without VNNI), products are added in 16 bits, and the
    more of them before they are widened, the faster: as many as can't overflow. Weights are constants and the order of
    a sum is free. So this pass looks, for each panel of output channels, for groups of four activations that fit into
    16 bits together, large weights with small ones, and leaves the others to instructions that are exact for any
    weights. Writes `#lowbit.short_sums` with the order and its proof as `lowbit.short_sums`, unless that saves less than a
    twentieth of what the instruction of the tile takes for the whole reduction. One that is there already is kept and
    checked against the weights.

    ```mlir
    %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 1, instruction = "avx2.vpxor">}
      ins(%a, %w : tensor<8x8xi8>, tensor<8x8xi8>) outs(%i : tensor<8x8xi32>) -> tensor<8x8xi32>
    // becomes, where all weights are 32: two groups add up to 128 in each 16-bit lane
    %0 = linalg.matmul {lowbit.short_sums = #lowbit.short_sums<width = 8, instructions = ["avx2.vpmaddubsw.x2"],
        counts = dense<1> : tensor<1x1xi32>, order = dense<[[0, 1]]> : tensor<1x2xi32>,
        bounds = dense<[[[0, 32640]]]> : tensor<1x1x2xi32>>, lowbit.tile = ...} ...
    ```
  }];
  let dependentDialects = ["::mlir::lowbit::LowbitDialect"];
}

def BlockRows : Pass<"lowbit-block-rows", "::mlir::func::FuncOp"> {
  let summary = "compute products whose activations must be rewritten in blocks of rows";
  let description = [{
    Where the tile of a product names an instruction that takes activations offset by 128, and they are an argument of
    the program, so that no op can give them so, they are rewritten in a pass over memory. With few output channels that
    takes up to a fifth of the time of the product, and as much memory as they do. So a product whose channels are
    computed in one tile, or whose weights take 16 KiB at most, and what is computed of its result element by element,
    goes into a loop over blocks of rows: the activations of a block are rewritten (`lowbit-offset-activations`, which
    runs after this pass) just before they are multiplied. A block is of whole tiles, as many as hold 2 KiB of
    activations, or fewer, to a quarter of that, so that the core starts to multiply before the last of them are
    rewritten. The last block ends with the last row; where nothing is computed of the sums, which are added to where
    they lie, blocks leave no rest. A pointwise convolution of one row of pixels is a product too.

    Products with more channels are left whole, since each rewritten element serves many products, but for those whose
    weights come from the second level of caches for each tile anyway, more than 48 KiB of them: where there is more than
    512 KiB of activations, and at most 1 MiB of weights, blocks hold 192 KiB, so that a block and all weights stay
    there. Left whole are also products of which no block of 32 KiB would hold a tile, or blocks would compute many more
    rows. Where several `threads` share the loops in a block, it holds 32 KiB, and only products of one tile of channels
    are computed so.

    Activations of 16 bits that tile registers multiply are rewritten too, split into bytes, wherever they come from. All
    weights are read for each row of tiles there, however many channels they are of: such a product is in small blocks
    where it has at most 1 MiB of weights, but for those that are unpacked a panel at a time.

    ```mlir
    %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 4, vectors = 4, instruction = "avx512.vpdpbusd">}
      ins(%arg, %w : tensor<3136x256xi8>, tensor<256x64xi8>) outs(%i : tensor<3136x64xi32>) -> tensor<3136x64xi32>
    // becomes
    %0 = scf.for %block = %c0 to %c392 step %c1 iter_args(%o = %i) -> (tensor<3136x64xi32>) {
      %row = affine.apply affine_map<(d0) -> (d0 * 8)>(%block)
      %rows = tensor.extract_slice %arg[%row, 0] [8, 256] [1, 1] : tensor<3136x256xi8> to tensor<8x256xi8>
      %part = tensor.extract_slice %o[%row, 0] [8, 64] [1, 1] : tensor<3136x64xi32> to tensor<8x64xi32>
      %product = linalg.matmul {lowbit.tile = ...} ins(%rows, %w : ...) outs(%part : ...) -> tensor<8x64xi32>
      %next = tensor.insert_slice %product into %o[%row, 0] [8, 64] [1, 1] : ...
      scf.yield %next : tensor<3136x64xi32>
    }
    ```
  }];
  let options = [Option<"threads", "threads", "unsigned", /*default=*/"1", "how many threads share the loops in a block">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::lowbit::LowbitDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def OffsetActivations : Pass<"lowbit-offset-activations", "::mlir::func::FuncOp"> {
  let summary = "store activations as the unsigned bytes that dot instructions take";
  let description = [{
    Some dot instructions multiply unsigned activations: a signed one is offset by 128, an exclusive or with 0x80. In the
    inner loop that would be as many instructions as there are loads, on the ports that the products need. So each op
    whose tile names such an instruction reads its activations back from a tensor of offset ones, a form in which kernels
    find them and take the offset ones as they are. Those are computed where the activations are: in the elementwise op
    that gives them (a requantization, a quantization), whose other users take the offset back; by an elementwise op of
    its own, one pass over memory, where there is no such op. Pads, reshapes and concatenations move offset bytes. An op
    with `#lowbit.short_sums` is one of these ops where it names such an instruction. An instruction that flips the bits of
    activations reads signed and offset ones alike, offset ones where another op has them made. An op whose tile multiplies
    codes (`multiply_sums`) is none: the codes of its weights are the unsigned operand.

    ```mlir
    %pad = tensor.pad %a low[...] high[...] { ... tensor.yield %c-128 }
    %0 = linalg.conv_2d_nhwc_fhwc {lowbit.tile = #lowbit.tile<..., instruction = "avx512.vpdpbusd">} ins(%pad, %w : ...) ...
    // becomes
    %u = linalg.generic ... ins(%a) { ... %1 = arith.xori %in, %c-128 : i8 ... }
    %pad = tensor.pad %u low[...] high[...] { ... tensor.yield %c0 }
    %signed = arith.xori %pad, dense<-128> : tensor<...xi8>
    %0 = linalg.conv_2d_nhwc_fhwc {lowbit.tile = #lowbit.tile<..., instruction = "avx512.vpdpbusd">} ins(%signed, %w : ...) ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FuseRequantization : Pass<"lowbit-fuse-requantization", "::mlir::func::FuncOp"> {
  let summary = "requantize sums in one fused multiply-add, where every sum gives the same byte";
  let description = [{
    The arithmetic contract converts a sum to f32 and rounds its product with the ratio of two scales. Where sums start
    from constants, they may start from others: from the bits of floats next to 2^23, which grow as the floats do. What
    they end as is a float then without a conversion, and one multiply-add multiplies it and takes back where it started:

        clamp(rne(fma(bitcast<f32>(sum), m, offset)) + z)

    The offset of a channel is a rounded product: with most starts a few sums would fall to the other side of a half. The
    pass looks for one with which none does, of all sums that the channel's constant weights allow with any bytes. Both
    results grow with the sum, so it is enough to compare the two sums at each change of the result, at most 510. A
    contraction with a channel for which no start is found, and code for machines without fused multiply-adds, stays as
    it is. So do weights of less than 8 bits, which are for small programs: a channel takes up to six bytes more here.

    ```mlir
    %sums = linalg.matmul ins(%x, %w : ...) outs(%bias : tensor<8x64xi32>) -> tensor<8x64xi32>
    %y = linalg.generic ... ins(%sums, %m : tensor<8x64xi32>, tensor<64xf32>) outs(%empty : tensor<8x64xi8>) {
      %f = arith.sitofp %sum : i32 to f32
      %p = arith.mulf %f, %factor : f32
      %l = arith.maximumf %p, %c-123 : f32
      %h = arith.minimumf %l, %c132 : f32
      %r = math.roundeven %h : f32
      %i = arith.fptosi %r : f32 to i32
      %q = arith.addi %i, %c-5 : i32
      %b = arith.trunci %q : i32 to i8
      linalg.yield %b : i8
    // becomes
    %sums = linalg.matmul ins(%x, %w : ...) outs(%start : tensor<8x64xi32>) -> tensor<8x64xi32>
    %y = linalg.generic ... ins(%sums, %m, %o : tensor<8x64xi32>, tensor<64xf32>, tensor<64xf32>) outs(%empty : ...) {
      %f = arith.bitcast %sum : i32 to f32
      %p = math.fma %f, %factor, %offset : f32
      %r = math.roundeven %p : f32
      %i = arith.fptosi %r : f32 to i32
      %q = arith.addi %i, %c-5 overflow<nsw> : i32
      %l = arith.maxsi %q, %c-128 : i32
      %h = arith.minsi %l, %c127 : i32
      %b = arith.trunci %h : i32 to i8
      linalg.yield %b : i8
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def TabulateFunctions : Pass<"lowbit-tabulate-functions", "::mlir::func::FuncOp"> {
  let summary = "look up functions of one byte in a table";
  let description = [{
    An elementwise op of one tensor of bytes that gives bytes computes one of 256 results for each element. Where the
    target reads a table in fewer instructions than floats take (`TableInstruction::isFast`), an op whose body computes with
    floats, a requantization between two scales above all, becomes a look-up in a constant table, which the reference
    interpreter fills: the same bits at the speed of memory.

    ```mlir
    %0 = linalg.generic {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1>, ...} ins(%x : tensor<64xi8>) ... {
    ^bb0(%in: i8, %out: i8):
      %1 = arith.sitofp %in : i8 to f32
      %2 = arith.mulf %1, %cst : f32
      ...
      linalg.yield %7 : i8
    }
    // becomes
    %table = arith.constant dense<...> : tensor<256xi8>
    %0 = linalg.generic {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpermi2b">, ...} ... {
    ^bb0(%in: i8, %out: i8):
      %1 = arith.index_castui %in : i8 to index
      %2 = tensor.extract %table[%1] : tensor<256xi8>
      linalg.yield %2 : i8
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::lowbit::LowbitDialect",
                           "::mlir::tensor::TensorDialect"];
}

def VectorizeRegisterTiles : Pass<"lowbit-vectorize-register-tiles", "::mlir::func::FuncOp"> {
  let summary = "turn linalg ops on tensors into loops over register tiles";
  let description = [{
    Each op that carries a `lowbit.tile`, together with the elementwise op that is the only user of its result, becomes
    a nest of `scf.for` whose body keeps a tile of accumulators in vectors: the reduction runs inside, then the
    elementwise arithmetic (bias, requantization, clamp), then the store. Constant weights are packed in the order in
    which they are read, those of 4 and 2 bits several in a byte; such weights that no kernel reads are an error. Weights
    that a `linalg.generic` computes from constants, as `multiplier * (stored - zero point)` with a multiplier and a zero
    point for each group of elements, are packed as they are stored where `stored` has 4 or 2 bits; what no kernel reads
    so becomes a constant of 8 bits. Packed as well are integers of 8, 4 or 2 bits that a `linalg.generic` dequantizes
    to the weights of a float contraction: `f32(stored - zero point) * scale`. Weights of matrix products that are not
    constant are packed by a loop before. Where the tiles of a convolution are whole rows of outputs, products with
    padding that counts as 0 are left out. What lines of a window leave behind whole groups is packed by a loop before
    where the tile says so (`pack_rests`), and multiplied behind the whole groups. The four vectors of a row whose results
    AVX-512 narrows together hold the channels in the order in which that leaves them, where it is constants alone that
    depend on it; they are written as one vector. A tile that does not divide a dimension overlaps the one before it, so
    that there is no remainder loop.

    ```mlir
    %0 = linalg.matmul {lowbit.tile = #lowbit.tile<rows = 1, vectors = 1, instruction = "avx512.vpdpbusd">}
      ins(%a, %w : tensor<1x64xi8>, tensor<64x16xi8>) outs(%init : tensor<1x16xi32>) -> tensor<1x16xi32>
    // becomes, where %packed are the constant weights of %w in the order of the loop and %start holds -128 times their sums
    %sum = scf.for %k = %c0 to %c16 step %c1 iter_args(%acc = %start) -> (vector<16xi32>) {
      %weights = vector.transfer_read %packed[%c0, %k, %c0, %c0] ...
      %bytes = vector.transfer_read %a[%row, %column] ... : tensor<1x64xi8>, vector<4xi8>
      %offset = arith.xori %bytes, %c-128 : vector<4xi8>
      ...
      %next = vector.contract ... %offset32, %weights32, %acc {lowbit.instruction = "avx512.vpdpbusd"} ...
      scf.yield %next : vector<16xi32>
    }
    %0 = vector.transfer_write %sum, %empty[%row, %column] : vector<16xi32>, tensor<1x16xi32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"];
}

def FuseScaledSums : Pass<"lowbit-fuse-scaled-sums", "::mlir::func::FuncOp"> {
  let summary = "add scaled bytes in fused multiply-adds, where all bytes give the same result";
  let description = [{
    The arithmetic contract rounds the product of a byte with the ratio of two scales, the sum of two such products, and
    then the integer. Of two bytes there are 65536 pairs: this pass looks for an offset with which

        clamp(rne(fma(lhs, m_lhs, fma(rhs, m_rhs, offset))), low + z, high + z)

    gives for every pair what the contract says. The offset holds the zero points of both bytes and of the result. Where
    none is found near its exact value, the floats next to the multipliers are tried in their place: of a hundred sums in
    random scales 91 take the multipliers, 99 those or their neighbors. A sum for which nothing is found, and code for
    machines without fused multiply-adds, stays as it is. The same holds for one byte, which is requantized.

    On x86 two registers of bytes are added in fewer instructions, 21 where those above are 32: both bytes of a pair become
    words next to each other, which one instruction multiplies by two words and adds. The ratio of two words is that of
    the multipliers to some 2^-28 where it is chosen among many. The sum of the products starts near the bits of 2^23, so
    that it is a float; what is left to do is

        clamp(low word of the bits of fma(float, scale, offset), low + z, high + z)

    where the offset is near 1.5 * 2^23, so that the multiply-add rounds to an integer. Words, scale and start are looked
    for until all pairs give what the contract says: they were found for 198 of 200 sums in random scales.

    ```mlir
    %8 = arith.addf %lhs_product, %rhs_product : vector<64xf32>
    // becomes, and the clamp moves behind the rounding
    %7 = math.fma %rhs, %m_rhs, %offset : vector<64xf32>
    %8 = math.fma %lhs, %m_lhs, %7 : vector<64xf32>
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def SimplifyRounding : Pass<"lowbit-simplify-rounding", "::mlir::func::FuncOp"> {
  let summary = "round and clamp in fewer instructions, to the same integers";
  let description = [{
    Where a float is clamped, rounded, converted to i32 and truncated, and a bound of its magnitude is known from the
    integers and the constants it is computed of, the integer is clamped instead: a clamp to the range of the type it is
    truncated to is one saturating instruction with the truncation. On x86, whose conversion rounds, rounding and
    conversion of a vector become one `llvm.lrint`.

    On machines with fused multiply-adds a division by a constant in front of such a clamp becomes `fma(x, high, x * low)`,
    with the reciprocal in two parts, or one product where that does. Quotient and sum grow with x: they round to the same
    integers where they do at the first x of each integer of the clamp, and at the float before it, which is computed for
    each constant.

    ```mlir
    %f = arith.sitofp %acc : vector<16xi32> to vector<16xf32>
    %x = arith.mulf %f, %m : vector<16xf32>                     // %m: a constant of numbers below 1
    %l = arith.maximumf %x, %c-123 : vector<16xf32>
    %h = arith.minimumf %l, %c132 : vector<16xf32>
    %r = math.roundeven %h : vector<16xf32>
    %i = arith.fptosi %r : vector<16xf32> to vector<16xi32>
    %q = arith.addi %i, %c-5 : vector<16xi32>
    %y = arith.trunci %q : vector<16xi32> to vector<16xi8>
    // becomes
    %i = llvm.call_intrinsic "llvm.lrint.v16i32.v16f32"(%x) : (vector<16xf32>) -> vector<16xi32>
    %q = arith.addi %i, %c-5 : vector<16xi32>
    %l = arith.maxsi %q, %c-128 : vector<16xi32>
    %h = arith.minsi %l, %c127 : vector<16xi32>
    %y = arith.trunci %h : vector<16xi32> to vector<16xi8>
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def PackResults : Pass<"lowbit-pack-results", "::mlir::func::FuncOp"> {
  let summary = "narrow several vectors of i32 to one of bytes or words, on x86";
  let description = [{
    Vectors of i32 that are clamped and truncated to bytes, and written one after the other, are narrowed together, and so
    are the four registers of a vector that is as many elements long: the
    instructions that pack two registers into one with saturation need half as many steps as those that narrow one, or
    fewer. The zero point is added in 16 bits, where as in 32 bits a sum is outside of the range of bytes if what was
    rounded is; with `packuswb` an offset of 128 (`lowbit-offset-activations`) is part of it. A last group of two or
    three vectors repeats one. Two vectors that are clamped and truncated to words of 16 bits are one step, and the clamp
    is one for both. What is written does not change.

    ```mlir
    %q = arith.addi %a, %c-5 overflow<nsw> : vector<16xi32>
    %l = arith.maxsi %q, %c-128 : vector<16xi32>
    %h = arith.minsi %l, %c127 : vector<16xi32>
    %y = arith.trunci %h : vector<16xi32> to vector<16xi8>
    %t = vector.transfer_write %y, %tensor[%row, %column]
    // and the same of %b, %c and %d becomes
    %ab = llvm.call_intrinsic "llvm.x86.avx512.packssdw.512"(%a, %b) : (...) -> vector<32xi16>
    %qab = llvm.intr.sadd.sat(%ab, %c-5) : (vector<32xi16>, vector<32xi16>) -> vector<32xi16>
    // and the same of %c and %d
    %packed = llvm.call_intrinsic "llvm.x86.avx512.packsswb.512"(%qab, %qcd) : (...) -> vector<64xi8>
    %words = vector.shuffle %packed, %packed [0, 4, 8, 12, 1, ...] : ...  // as vector<16xi32>
    %y = vector.extract_strided_slice %ordered {offsets = [0], sizes = [16], strides = [1]} : ...
    %t = vector.transfer_write %y, %tensor[%row, %column]
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
                           "::mlir::vector::VectorDialect"];
}

def VectorizeTransposes : Pass<"lowbit-vectorize-transposes", "::mlir::func::FuncOp"> {
  let summary = "transpose buffers in vector registers";
  let description = [{
    A `linalg.transpose` of buffers that moves the innermost dimension, or short runs along it, of elements of 8, 16, 32
    or 64 bits, becomes loops over tiles. Dimensions that stay side by side count as one.

    - Where both innermost dimensions have 128 bits or more, a tile is four square matrices of 128 by 128 bits, as many
      of them in a vector as it has groups of 128 bits. A matrix of n rows is transposed by log2(n) rounds of shuffles
      that interleave its first rows with the others, within the groups. A tile reads parts of cache lines and writes
      whole ones. Tiles go up to four lines along the rows of the result, then to the next columns: the lines that they
      read stay in the nearest cache until they are read to their end. Where rows of the source lie so far apart, by a
      power of two, that not even the lines of one tile stay, the next columns follow each tile at once, all of them, or
      those of the same lines where rows of the result share sets of the cache, or tiles end within lines. Results that
      are larger than half of that cache are prefetched, the lines of the next tile between the reads of each one.
    - Where one of them has less, as a picture with few channels, and lies beside the other, whole vectors are
      interleaved or taken apart.
    - Where up to 8 rows of short runs, as the channels of a picture, change places with a dimension whose runs follow
      each other in a row, vectors of runs are interleaved.

    Tiles at the end of a dimension overlap those before them. Others are left to `lowbit-vectorize-copies`.

    ```mlir
    linalg.transpose ins(%from : memref<64x16xi8>) outs(%to : memref<16x64xi8>) permutation = [1, 0]
    // becomes, with vectors of 128 bits, for each of four matrices of 16 rows
    %r0 = vector.transfer_read %from[%i0, %j], %zero {in_bounds = [true]} : memref<64x16xi8>, vector<16xi8>
    ...
    %s0 = vector.shuffle %r0, %r8 [0, 16, 1, 17, ...] : vector<16xi8>, vector<16xi8>
    %s1 = vector.shuffle %r0, %r8 [8, 24, 9, 25, ...] : vector<16xi8>, vector<16xi8>
    ...
    vector.transfer_write %c0, %to[%j, %i0] {in_bounds = [true]} : vector<16xi8>, memref<16x64xi8>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::vector::VectorDialect"];
}

def VectorizeCopies : Pass<"lowbit-vectorize-copies", "::mlir::func::FuncOp"> {
  let summary = "turn fills, copies and elementwise ops of buffers into vector loops";
  let description = [{
    What bufferization leaves of padding, concatenation and layout changes: `linalg.fill`, `linalg.copy`, other
    elementwise ops on memrefs, and each `linalg.transpose` that `lowbit-vectorize-transposes` left. Copies that follow
    each other into different columns of the same rows, as of the parts of a concatenation, share their loops but the
    innermost ones: rows are written whole, one after the other.

    ```mlir
    linalg.fill ins(%c : i8) outs(%m : memref<2x64xi8>)
    // becomes, with vectors of 256 bits
    %flat = memref.collapse_shape %m [[0, 1]] : memref<2x64xi8> into memref<128xi8>
    scf.for %i = %c0 to %c128 step %c32 {
      vector.transfer_write %splat, %flat[%i] {in_bounds = [true]} : vector<32xi8>, memref<128xi8>
    }
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::vector::VectorDialect"];
}

#endif // LOWBIT_CODEGEN_TENSORPASSES
