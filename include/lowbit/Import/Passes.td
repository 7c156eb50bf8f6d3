#ifndef LOWBIT_IMPORT_PASSES
#define LOWBIT_IMPORT_PASSES

include "mlir/Pass/PassBase.td"

def ConvertQuantCasts : Pass<"lowbit-convert-quant-casts"> {
  let summary = "turn upstream's quantization casts into Lowbit's";
  let description = [{
    `quant.qcast` and `quant.dcast` between tensors of f32 and their quantized forms become `lowbit.quantize` and
    `lowbit.dequantize`, whose rounding and saturation are specified, and which no canonicalizer takes for each other's
    inverses. `quant.scast` stays: it changes no bits.

    ```mlir
    %0 = quant.qcast %x : tensor<4xf32> to tensor<4x!quant.uniform<i8:f32, 0.5>>
    ```
    becomes
    ```mlir
    %0 = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>
    ```
  }];
  let dependentDialects = ["::mlir::lowbit::LowbitDialect"];
}

def ImportTosa : Pass<"lowbit-import-tosa"> {
  let summary = "turn TOSA ops that upstream's lowering would take apart into the ops of float form";
  let description = [{
    `tosa.concat` of static shape becomes `tensor.concat`, where upstream inserts slices into an empty tensor. All other
    ops are left to upstream's `tosa-to-linalg-named`, `tosa-to-linalg`, `tosa-to-arith` and `tosa-to-tensor`, which
    follow in the pipeline.

    ```mlir
    %0 = tosa.concat %x, %y {axis = 1 : i32} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
    ```
    becomes
    ```mlir
    %0 = tensor.concat dim(1) %x, %y : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
    ```
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def SimplifyMath : Pass<"lowbit-simplify-math"> {
  let summary = "replace powers with constant exponents by products, roots and quotients";
  let description = [{
    `math.powf` and `math.fpowi` whose exponent is a constant -1, -0.5, 0, 0.5, 1, 2 or 3 become what is cheaper and
    more exact: `1 / x`, `math.rsqrt x`, `1`, `math.sqrt x`, `x`, `x * x`, `x * x * x`. Other powers stay.
    `powf(x, 0.5)` is +inf for -inf and +0 for -0, where the root is NaN and -0.

    ```mlir
    %0 = math.fpowi %x, %c2 : f32, i64
    ```
    becomes
    ```mlir
    %0 = arith.mulf %x, %x : f32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def CanonicalizeContractions : Pass<"lowbit-canonicalize-contractions"> {
  let summary = "turn contractions into matmuls whose operands aren't transposed";
  let description = [{
    Generics that contract two tensors of f32 and static shape, `linalg.matmul` and `linalg.batch_matmul` with maps of
    their own, `linalg.contract`, `linalg.matvec`, `linalg.vecmat`, `linalg.dot` and so on become `linalg.matmul` of
    rows times columns, or `linalg.batch_matmul` where there are several. Operands are transposed and reshaped to that;
    a batch of one becomes rows. Where one operand is constant, it is on the right.

    ```mlir
    %0 = linalg.matmul indexing_maps = [(m, n, k) -> (m, k), (m, n, k) -> (n, k), (m, n, k) -> (m, n)]
        ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>) outs(%init : tensor<4x16xf32>)
    ```
    becomes
    ```mlir
    %wt = linalg.transpose ins(%w : tensor<16x8xf32>) outs(%e : tensor<8x16xf32>) permutation = [1, 0]
    %0 = linalg.matmul ins(%x, %wt : tensor<4x8xf32>, tensor<8x16xf32>) outs(%init : tensor<4x16xf32>)
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SpecializeGenerics : Pass<"lowbit-specialize-generics"> {
  let summary = "turn generics into the named ops they are";
  let description = [{
    Upstream's specialization of generics (elementwise ops, broadcasts, transpositions, convolutions, poolings, matmuls),
    but for contractions with transposed operands, whose maps it loses: `lowbit-canonicalize-contractions` does those.
    Operands that an elementwise generic broadcasts or transposes are broadcast and transposed before it.

    ```mlir
    %0 = linalg.generic … ins(%x, %y : tensor<4xf32>, tensor<4xf32>) { … arith.addf %in, %in_0 … }
    ```
    becomes
    ```mlir
    %0 = linalg.add ins(%x, %y : tensor<4xf32>, tensor<4xf32>) …
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def CanonicalizePads : Pass<"lowbit-canonicalize-pads"> {
  let summary = "static amounts of padding, and one pad where there were two";
  let description = [{
    Constant amounts of `tensor.pad` that are operands become attributes; a pad of a pad with the same constant of f32
    becomes one; upstream's canonicalization takes away what is padded by nothing.

    ```mlir
    %0 = tensor.pad %x low[1, 0] high[0, 0] { … tensor.yield %zero : f32 } : tensor<2x3xf32> to tensor<3x3xf32>
    %1 = tensor.pad %0 low[0, %c1] high[0, %c2] { … tensor.yield %zero : f32 } : tensor<3x3xf32> to tensor<3x6xf32>
    ```
    becomes
    ```mlir
    %1 = tensor.pad %x low[1, 1] high[0, 2] { … tensor.yield %zero : f32 } : tensor<2x3xf32> to tensor<3x6xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def SplitGroupedConvolutions : Pass<"lowbit-split-grouped-convolutions"> {
  let summary = "make a convolution for each group of a grouped one";
  let description = [{
    `conv_2d_ngchw_gfchw` and `conv_2d_ngchw_fgchw` of static shape and at most 64 groups become as many
    `conv_2d_nchw_fchw` of slices of the input, the weights and the broadcast bias, and the concatenation of their
    results. `lowbit-fold-constants` computes the slices of constants.

    ```mlir
    %0 = linalg.conv_2d_ngchw_gfchw ins(%x, %w : tensor<1x2x3x8x8xf32>, tensor<2x4x3x3x3xf32>)
        outs(%init : tensor<1x2x4x6x6xf32>) -> tensor<1x2x4x6x6xf32>
    ```
    becomes
    ```mlir
    %c = tensor.collapse_shape %x [[0], [1, 2], [3], [4]] : tensor<1x2x3x8x8xf32> into tensor<1x6x8x8xf32>
    %x0 = tensor.extract_slice %c[0, 0, 0, 0] [1, 3, 8, 8] [1, 1, 1, 1] : …
    %y0 = linalg.conv_2d_nchw_fchw ins(%x0, %w0 : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) …
    %x1 = tensor.extract_slice %c[0, 3, 0, 0] [1, 3, 8, 8] [1, 1, 1, 1] : …
    %y1 = linalg.conv_2d_nchw_fchw ins(%x1, %w1 : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) …
    %1 = tensor.concat dim(1) %y0, %y1 : … -> tensor<1x8x6x6xf32>
    %0 = tensor.expand_shape %1 [[0], [1, 2], [3], [4]] output_shape [1, 2, 4, 6, 6] : …
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def ConvertNchwToNhwc : Pass<"lowbit-convert-nchw-to-nhwc"> {
  let summary = "turn NCHW convolutions and poolings into NHWC ones";
  let description = [{
    Convolutions (`conv_2d_nchw_fchw`, `conv_2d_nhwc_hwcf`, `depthwise_conv_2d_nchw_chw`) become `conv_2d_nhwc_fhwc` and
    `depthwise_conv_2d_nhwc_hwc`, poolings (`pooling_nchw_max`, `pooling_nchw_sum`) their NHWC twins, between
    transpositions of their operands and results. `lowbit-propagate-transposes` moves these together until they
    cancel, `lowbit-fold-constants` computes those of weights. Shapes must be static.

    ```mlir
    %y = linalg.conv_2d_nchw_fchw ins(%x, %w) outs(%init) -> tensor<1x8x6x6xf32>
    ```
    becomes
    ```mlir
    %xt = linalg.transpose ins(%x : tensor<1x4x8x8xf32>) … permutation = [0, 2, 3, 1]
    %it = linalg.transpose ins(%init : tensor<1x8x6x6xf32>) … permutation = [0, 2, 3, 1]
    %wt = linalg.transpose ins(%w : tensor<8x4x3x3xf32>) … permutation = [0, 2, 3, 1]
    %yt = linalg.conv_2d_nhwc_fhwc ins(%xt, %wt) outs(%it) -> tensor<1x6x6x8xf32>
    %y = linalg.transpose ins(%yt) … permutation = [0, 3, 1, 2]
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def PropagateTransposes : Pass<"lowbit-propagate-transposes"> {
  let summary = "move transpositions between NCHW and NHWC together until they cancel";
  let description = [{
    Transpositions to NCHW (`[0, 3, 1, 2]`) move from an op's operands to its result, those to NHWC (`[0, 2, 3, 1]`)
    from a result to the operands, through elementwise linalg ops, `tensor.pad`, `tensor.concat` and
    `tensor.extract_slice`. A reduction takes them in: its iteration space is renamed. Two that meet cancel, so that a
    network whose layers are NHWC transposes at its entry and its exit alone.

    ```mlir
    %0 = linalg.transpose ins(%x : tensor<1x8x8x4xf32>) … permutation = [0, 3, 1, 2]
    %1 = linalg.exp ins(%0 : tensor<1x4x8x8xf32>) …
    ```
    becomes
    ```mlir
    %0 = linalg.exp ins(%x : tensor<1x8x8x4xf32>) …
    %1 = linalg.transpose ins(%0) … permutation = [0, 3, 1, 2]
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FoldFlattenedTransposes : Pass<"lowbit-fold-flattened-transposes"> {
  let summary = "permute the rows of a weight matrix instead of a flattened input";
  let description = [{
    A matmul that reads a flattened NCHW tensor numbers the rows of its weights by channel first. Where the tensor comes
    from NHWC and the weights are constant, the rows are put in the order of NHWC.

    ```mlir
    %0 = linalg.transpose ins(%x : tensor<1x3x3x64xf32>) … permutation = [0, 3, 1, 2]
    %1 = tensor.collapse_shape %0 [[0], [1, 2, 3]] : tensor<1x64x3x3xf32> into tensor<1x576xf32>
    %2 = linalg.matmul ins(%1, %w : tensor<1x576xf32>, tensor<576x10xf32>) …
    ```
    becomes
    ```mlir
    %0 = tensor.expand_shape %w [[0, 1, 2], [3]] … : tensor<576x10xf32> into tensor<64x3x3x10xf32>
    %1 = linalg.transpose ins(%0) … permutation = [1, 2, 0, 3]
    %2 = tensor.collapse_shape %1 [[0, 1, 2], [3]] : tensor<3x3x64x10xf32> into tensor<576x10xf32>
    %3 = tensor.collapse_shape %x [[0], [1, 2, 3]] : tensor<1x3x3x64xf32> into tensor<1x576xf32>
    %4 = linalg.matmul ins(%3, %2 : tensor<1x576xf32>, tensor<576x10xf32>) …
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FoldUnitTransposes : Pass<"lowbit-fold-unit-transposes"> {
  let summary = "make reshapes of transpositions that move no element";
  let description = [{
    A transposition that moves only dimensions of size 1 leaves every element in its place in memory. So does a broadcast
    along such dimensions: a reshape that takes them away again goes with it.

    ```mlir
    %0 = linalg.transpose ins(%x : tensor<1x1x28x28xf32>) … permutation = [0, 2, 3, 1]
    ```
    becomes
    ```mlir
    %0 = tensor.collapse_shape %x [[0, 1, 2], [3]] : tensor<1x1x28x28xf32> into tensor<28x28xf32>
    %1 = tensor.expand_shape %0 [[0, 1], [2, 3]] output_shape [1, 28, 28, 1] : … into tensor<1x28x28x1xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FoldConstants : Pass<"lowbit-fold-constants"> {
  let summary = "compute transpositions, reshapes, slices and elementwise ops of constants";
  let description = [{
    Of constants of type f32, whether `dense` or `dense_resource`: `linalg.transpose`, `tensor.collapse_shape`,
    `tensor.expand_shape`, `tensor.extract_slice`, and elementwise linalg ops whose bodies add, subtract, multiply, divide, negate, or take
    absolute values, square roots and their reciprocals. Everything is rounded to f32 as the program would; the
    reciprocal of a square root once, from f64. What would be larger than the constants it is made of stays.

    ```mlir
    %w = arith.constant dense_resource<w> : tensor<10x64xf32>
    %0 = linalg.transpose ins(%w : tensor<10x64xf32>) … permutation = [1, 0]
    ```
    becomes
    ```mlir
    %0 = arith.constant dense_resource<folded> : tensor<64x10xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def CanonicalizeInits : Pass<"lowbit-canonicalize-inits"> {
  let summary = "one spelling for what sums and maxima start from";
  let description = [{
    A contraction of float form starts from a fill with 0 or a constant bias that is broadcast along all dimensions but
    the last. Other constants for each channel become that; a tensor that is no such constant is added after the
    contraction. A max pool starts from -inf, and its padding is -inf, where the source has the lowest finite number (as
    TOSA does): -inf itself as an input is then no longer lifted to it.

    ```mlir
    %0 = linalg.matmul ins(%x, %w) outs(%y : tensor<4x8xf32>) -> tensor<4x8xf32>
    ```
    becomes
    ```mlir
    %zero = linalg.fill ins(%c0 : f32) outs(%empty : tensor<4x8xf32>) -> tensor<4x8xf32>
    %1 = linalg.matmul ins(%x, %w) outs(%zero : tensor<4x8xf32>) -> tensor<4x8xf32>
    %0 = linalg.add ins(%1, %y : tensor<4x8xf32>, tensor<4x8xf32>) outs(%empty) -> tensor<4x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FoldChannelAffine : Pass<"lowbit-fold-channel-affine"> {
  let summary = "fold biases and batch norms into the contraction before them";
  let description = [{
    A chain of elementwise ops that add constants to, subtract them from, multiply or divide the channels of a
    contraction's result (`conv_2d_nhwc_fhwc`, `depthwise_conv_2d_nhwc_hwc`, `matmul`, `batch_matmul`): a bias, a batch
    norm, a scale. The products go into the constant weights, the sums into what the contraction starts from, a
    broadcast bias. The chain is evaluated in f64 and rounded to f32 once, so the result differs from the chain's in
    the last bits.

    ```mlir
    %0 = linalg.matmul ins(%x, %w) outs(%zero) -> tensor<4x8xf32>
    %1 = linalg.generic … ins(%0, %b : tensor<4x8xf32>, tensor<8xf32>) { … arith.addf … }
    ```
    becomes
    ```mlir
    %init = linalg.broadcast ins(%b : tensor<8xf32>) outs(%empty : tensor<4x8xf32>) dimensions = [0]
    %1 = linalg.matmul ins(%x, %w) outs(%init) -> tensor<4x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def CanonicalizeClamps : Pass<"lowbit-canonicalize-clamps"> {
  let summary = "one spelling for ReLU, clip and clamp";
  let description = [{
    Elementwise ops that clamp one input between constants, spelled with comparisons and selections, `maximumf`,
    `maxnumf` and their kin, or as `linalg.max` with a constant tensor, become a generic that `matchClamp` recognizes.
    A clamp of a clamp becomes one, and a clamp moves before a reshape or concatenation, next to what it can become one
    op with. The canonical clamp keeps NaN where the source may have replaced it by a bound
    (`select(cmpf ogt, x, 0), x, 0)` makes 0 of it, `cmpf ugt` keeps it).

    ```mlir
    ^bb0(%in: f32, %out: f32):
      %0 = arith.cmpf ugt, %in, %zero : f32
      %1 = arith.select %0, %in, %zero : f32
      linalg.yield %1 : f32
    ```
    becomes
    ```mlir
    ^bb0(%in: f32, %out: f32):
      %0 = arith.maximumf %in, %zero : f32
      linalg.yield %0 : f32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FoldMeans : Pass<"lowbit-fold-means"> {
  let summary = "make one op of a sum and its division by the number of terms";
  let description = [{
    `pooling_nhwc_sum`, or a generic that sums over whole dimensions, divided by the number of its terms (or multiplied
    by the reciprocal), becomes a generic that `matchMean` recognizes: it adds `in * (1 / count)`. A window as large as
    the image is a mean over whole dimensions. The results differ from the division's in the last bits.

    ```mlir
    %0 = linalg.pooling_nhwc_sum ins(%x, %window : tensor<1x15x15x8xf32>, tensor<15x15xf32>) outs(%zero)
    %1 = linalg.generic … ins(%0 : tensor<1x1x1x8xf32>) { … arith.divf %in, %c225 … }
    ```
    becomes
    ```mlir
    %0 = linalg.generic {iterator_types = ["parallel", "reduction", "reduction", "parallel"]}
        ins(%x : tensor<1x15x15x8xf32>) outs(%zero : tensor<1x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %2 = arith.mulf %in, %reciprocal : f32
      %3 = arith.addf %out, %2 : f32
      linalg.yield %3 : f32
    }
    %1 = tensor.expand_shape %0 [[0], [1, 2, 3]] output_shape [1, 1, 1, 8] : …
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FuseUnaryChains : Pass<"lowbit-fuse-unary-chains"> {
  let summary = "make one generic of elementwise ops that compute one value from one";
  let description = [{
    A hard-swish arrives as an addition, a clamp, a product with its own input and a division by 6. Elementwise ops that
    feed only each other, and whose elements depend on the element of one f32 tensor and on constants that are the same
    for all places, become one `linalg.generic` with one input; what stands for its body later is a table. The
    operations and their order stay what they were, so that the values are the same. A clamp that stands alone stays
    what it is, and so does an op whose constants differ from place to place. At most 64 ops become one.

    ```mlir
    %0 = linalg.add ins(%x, %threes : tensor<1x8x8x4xf32>, tensor<1x8x8x4xf32>) …
    %1 = linalg.generic ins(%0) { … maximumf %in, %zero … minimumf … %six … }
    %2 = linalg.mul ins(%x, %1) …
    %3 = linalg.div ins(%2, %sixes) …
    ```
    becomes
    ```mlir
    %0 = linalg.generic ins(%x : tensor<1x8x8x4xf32>) outs(%empty : tensor<1x8x8x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %1 = arith.addf %in, %three : f32
      %2 = arith.maximumf %1, %zero : f32
      %3 = arith.minimumf %2, %six : f32
      %4 = arith.mulf %in, %3 : f32
      %5 = arith.divf %4, %six : f32
      linalg.yield %5 : f32
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def EqualizeChannels : Pass<"lowbit-equalize-channels", "::mlir::func::FuncOp"> {
  let summary = "make the weights that compute a channel and those that read it equally large";
  let description = [{
    Float form to float form, before calibration; the program computes the same, up to rounding. A channel that a
    contraction computes is divided by a positive number, with its weights and its bias, and the weights of all contractions
    that read it are multiplied by it: the number with which the largest weight on either side is the same. So no channel
    has far smaller weights than the others that share a scale with it. Groups of contractions that overlap are
    equalized in turns until the scales stay.

    Between the two only ops lie that give a multiple of their result for a positive multiple of a channel: a ReLU, maximum
    pooling, a mean, transposition, reshape, padding with 0 or an infinity. A clip at any other bound would need a bound
    for each channel, which no op has: such a channel keeps its scale, as do results of the program, and operands of sums.
    A remark at each contraction says which it is.

    M. Nagel, M. van Baalen, T. Blankevoort, M. Welling: "Data-Free Quantization Through Weight Equalization and Bias
    Correction", ICCV 2019, arXiv:1906.04721, section 4.1.

    ```mlir
    %0 = linalg.matmul ins(%x, %v : ...) outs(%b : ...)     // weights of channel 0 up to 8, bias 4
    %1 = linalg.generic ... arith.maximumf %0, 0.0
    %2 = linalg.matmul ins(%1, %w : ...) outs(%c : ...)     // weights of channel 0 up to 0.5
    // becomes
    %0 = linalg.matmul ins(%x, %v : ...) outs(%b : ...)     // up to 2, bias 1
    %1 = linalg.generic ... arith.maximumf %0, 0.0
    %2 = linalg.matmul ins(%1, %w : ...) outs(%c : ...)     // up to 2
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def SmoothActivations : Pass<"lowbit-smooth-activations", "::mlir::ModuleOp"> {
  let summary = "move large activations of a channel into the weights that read it";
  let description = [{
    Float form to float form, before the calibration that is to serve; the program computes the same, up to rounding. A
    channel j that a contraction computes is divided by

        s_j = max |X_j|^alpha / max |W_j|^(1 - alpha)

    with its weights and its bias, and the weights W_j of all contractions that read it are multiplied by s_j. The largest
    activations X_j of each channel are those of a first calibration: the moments of what the readers read, which must be
    of this program. What channels can be scaled is as for `lowbit-equalize-channels`; there are no moments for depthwise
    convolutions. A remark at each contraction says what was done.

    G. Xiao, J. Lin, M. Seznec, H. Wu, J. Demouth, S. Han: "SmoothQuant: Accurate and Efficient Post-Training Quantization
    for Large Language Models", ICML 2023, arXiv:2211.10438, equation 4.

    ```mlir
    %0 = linalg.matmul ins(%x, %v : ...) outs(%b : ...)     // channel 0 reaches 16
    %1 = linalg.matmul ins(%0, %w : ...) outs(%c : ...)     // its weights 0.25
    // with alpha = 0.5 becomes
    %0 = linalg.matmul ins(%x, %v : ...) outs(%b : ...)     // reaches 2
    %1 = linalg.matmul ins(%0, %w : ...) outs(%c : ...)     // its weights 2
    ```

    Errors: moments that can't be read or are of another program; an `alpha` outside of 0 to 1.
  }];
  let options = [
    Option<"moments", "moments", "std::string", "\"\"", "the path of the moments that `calibrate` wrote">,
    Option<"alpha", "alpha", "double", "0.5", "how much of the difference the weights take: 0 none of it, 1 all">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

#endif // LOWBIT_IMPORT_PASSES
