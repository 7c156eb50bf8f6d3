#ifndef LOWBIT_OPS
#define LOWBIT_OPS

include "lowbit/Dialect/LowbitAttrs.td"
include "mlir/Dialect/Quant/IR/QuantBase.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

def Lowbit_QuantizedType : Type<CPred<"::llvm::isa<::mlir::quant::QuantizedType>($_self)">, "uniform quantized type">;
def Lowbit_FloatTensor : RankedTensorOf<[F32]>;
def Lowbit_QuantizedTensor : RankedTensorOf<[Lowbit_QuantizedType]>;
/// What an op with an i32 accumulator may return: storage integers, or the accumulator itself.
def Lowbit_AccumulatedTensor : RankedTensorOf<[Lowbit_QuantizedType, I32]>;
def Lowbit_BiasTensor : RankedTensorOf<[I32]>;

class Lowbit_Op<string mnemonic, list<Trait> traits = []> : Op<Lowbit_Dialect, mnemonic, traits>;

/// Shape inference in both directions, the sizes of the result as numbers and as IR, from one function of the op that
/// says how each derives from the operands. Element types aren't inferred: a result's scale is a choice.
def Lowbit_InferShapeTrait : NativeOpTrait<"InferShape", [], [{
    /// How the sizes of the first result derive from those of the operands; failure where an attribute or the rank of
    /// an operand is not what the op takes.
    static ::llvm::FailureOr<::mlir::lowbit::ResultSizes> getResultSizes(Adaptor adaptor);
  }], [{
    ::llvm::LogicalResult $cppClass::inferReturnTypeComponents(
        ::mlir::MLIRContext *context, ::std::optional<::mlir::Location> location, ::mlir::ValueShapeRange operands,
        ::mlir::DictionaryAttr attributes, ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::ShapedTypeComponents> &components) {
      Adaptor adaptor(operands, attributes, properties, regions);
      return ::mlir::lowbit::inferShape(getResultSizes(adaptor), operands, getOperationName(), location, components);
    }
    ::llvm::LogicalResult $cppClass::reifyResultShapes(
        ::mlir::OpBuilder &builder, ::mlir::ReifiedRankedShapedTypeDims &shapes) {
      return ::mlir::lowbit::reifyShape(getResultSizes(Adaptor(*this)), builder, *this, shapes);
    }
  }]> {
  let cppNamespace = "::mlir::lowbit";
}
def Lowbit_InferShape : TraitList<[
  DeclareOpInterfaceMethods<InferShapedTypeOpInterface, ["inferReturnTypeComponents"]>,
  DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>, Lowbit_InferShapeTrait
]>;

//===----------------------------------------------------------------------===//
// Casts
//===----------------------------------------------------------------------===//

def Lowbit_QuantizeOp : Lowbit_Op<"quantize", [Pure, SameOperandsAndResultShape, Lowbit_InferShape]> {
  let summary = "float to quantized, rounding to nearest even and saturating";
  let description = [{
    Shapes are equal; the result may be quantized per tensor, per axis or in sub-channel blocks.

    ```
    v = f32(x / s)                      // one IEEE division
    q = NaN(x) ? z : clamp(rne(v) + z, qmin, qmax)
    ```

    Infinities saturate. A NaN gives the zero point, i.e. the value 0.

    ```mlir
    %q = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 5.000000e-01:-3>>
    ```
  }];
  let arguments = (ins Lowbit_FloatTensor:$input);
  let results = (outs Lowbit_QuantizedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Lowbit_DequantizeOp : Lowbit_Op<"dequantize", [Pure, SameOperandsAndResultShape,
    DeclareOpInterfaceMethods<InferTypeOpInterface>, Lowbit_InferShape]> {
  let summary = "quantized to float";
  let description = [{
    `x = f32(q - z) * s`: the subtraction is exact in i64, its conversion to f32 and the product round once each.

    `dequantize(quantize(x))` is never folded to `x`: the rounding between them is the meaning of the program.
  }];
  let arguments = (ins Lowbit_QuantizedTensor:$input);
  let results = (outs Lowbit_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let extraClassDeclaration = [{
    /// Shapes need not be equal, as long as no known size differs.
    static bool isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange actual);
  }];
  let hasVerifier = 1;
}

def Lowbit_RequantizeOp : Lowbit_Op<"requantize", [Pure, SameOperandsAndResultShape, Lowbit_InferShape]> {
  let summary = "quantized to quantized with another scale and zero point";
  let description = [{
    ```
    m = f32(f64(s_in) / f64(s_out))
    q = clamp(rne(f32(q_in - z_in) * m) + z_out, qmin, qmax)
    ```

    In mode `fixed` the product is `(i64(q_in - z_in) * mantissa + 2^(shift-1)) >> shift`.
    A requantize between equal types folds away.
  }];
  let arguments = (ins Lowbit_QuantizedTensor:$input,
      DefaultValuedAttr<Lowbit_RequantizeModeAttr, "::mlir::lowbit::RequantizeMode::F32">:$mode);
  let results = (outs Lowbit_QuantizedTensor:$result);
  let assemblyFormat = "$input (`mode` $mode^)? attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Lowbit_DynamicQuantizeOp : Lowbit_Op<"dynamic_quantize", [Pure]> {
  let summary = "float to integers, with scales of the tensor's own range";
  let description = [{
    Without a zero point: one scale for each row, i.e. for each index of the leading dimensions that `scale` has; of rank
    0 it is one for the tensor. Symmetric, over the storage range [qmin, qmax] of the result's type, whose own scale is 1
    and zero point 0: the result counts steps, and `lowbit.dynamic_dequantize` gives them their size.

    ```
    absmax = max |x|                                // over the row's finite elements; 0 where there are none
    s      = max(f32(absmax / qmax), 2^-126)
    r      = f32(1 / s)
    q      = NaN(x) ? 0 : clamp(rne(f32(x * r)), qmin, qmax)
    ```

    Infinities saturate. One scale for each token, found as it passes, is the scheme of ZeroQuant (Yao et al., NeurIPS
    2022), section 4.1.

    ```mlir
    %q, %s = lowbit.dynamic_quantize %x
        : tensor<4x32xf32> -> tensor<4x32x!quant.uniform<i8<-127:127>:f32, 1.000000e+00>>, tensor<4xf32>
    ```

    With a zero point: one scale and zero point for the tensor, unsigned storage, as ONNX DynamicQuantizeLinear
    (opset 11):

    ```
    lo = min(0, min(x)); hi = max(0, max(x))       // over the elements that are not NaN
    s  = f32(f32(hi - lo) / 255), or 1 where hi = lo
    z  = clamp(rne(-lo / s), 0, 255)
    q  = clamp(rne(x / s) + z, 0, 255)
    ```

    The storage bytes are unsigned; scale and zero point are tensors of rank 0.
  }];
  let arguments = (ins Lowbit_FloatTensor:$input);
  let results = (outs RankedTensorOf<[I8, Lowbit_QuantizedType]>:$result, RankedTensorOf<[F32]>:$scale,
      Optional<RankedTensorOf<[I8]>>:$zeroPoint);
  let assemblyFormat = [{
    $input attr-dict `:` type($input) `->` type($result) `,` type($scale) (`,` type($zeroPoint)^)?
  }];
  let hasVerifier = 1;
}

def Lowbit_DynamicDequantizeOp : Lowbit_Op<"dynamic_dequantize", [Pure, AllShapesMatch<["input", "result"]>,
    Lowbit_InferShape]> {
  let summary = "quantized to float, with scales of rows that are values";
  let description = [{
    ```
    x = f32(f32(f32(q - z) * s) * scale)
    y = bias ? f32(x + bias[n]) : x                 // n: the index of the last dimension
    ```

    `s` and `z` are those of the type, as in `lowbit.dequantize`, and `scale` is the one at the leading indices of the
    element, as many as `scale` has dimensions. `input` is the result of `lowbit.dynamic_quantize`, whose type has scale
    1, or exact sums of products of it with weights, whose type has the scales of the weights.

    ```mlir
    %y = lowbit.dynamic_dequantize %acc, %s bias %b
        : tensor<4x8x!quant.uniform<i32:f32, 2.500000e-01>>, tensor<4xf32>, tensor<8xf32> -> tensor<4x8xf32>
    ```
  }];
  let arguments = (ins Lowbit_QuantizedTensor:$input, RankedTensorOf<[F32]>:$scale,
      Optional<RankedTensorOf<[F32]>>:$bias);
  let results = (outs Lowbit_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $scale (`bias` $bias^)? attr-dict
    `:` type($input) `,` type($scale) (`,` type($bias)^)? `->` type($result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Calibration
//===----------------------------------------------------------------------===//

def Lowbit_ObserveOp : Lowbit_Op<"observe", [MemoryEffects<[MemWrite]>]> {
  let summary = "records the values of a tensor in the calibration table";
  let description = [{
    Has no result, so it can't change a value. `name` is the key of the tensor in the table. The operand is a memref
    after bufferization.
  }];
  let arguments = (ins AnyTypeOf<[RankedTensorOf<[F32]>, MemRefOf<[F32]>]>:$input, StrAttr:$name);
  let assemblyFormat = "$input `as` $name attr-dict `:` type($input)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

def Lowbit_MatmulOp : Lowbit_Op<"matmul", [Pure, Lowbit_InferShape]> {
  let summary = "quantized matrix product";
  let description = [{
    `lhs` is [M, K], `rhs` is [K, N], quantized per tensor, per axis 1 or in groups of G along K; `bias` is i32 [N] with
    scale `s_lhs * s_rhs[n]`; the result is [M, N].

    ```
    acc[m,n] = bias[n] + sum_k (lhs[m,k] - z_lhs) * (rhs[k,n] - z_rhs)        // exact in i32
    M[n]     = f32(f64(s_lhs) * f64(s_rhs[n]) / f64(s_out))
    q        = clamp(clamp(rne(f32(acc) * M[n]) + z_out, qmin, qmax), clamp_min, clamp_max)
    ```

    With a result of 32 bits the accumulator is the result and there is no requantization: i32, or i32 storage in the
    scales of the accumulator, `!quant.uniform<i32:f32:1, {f32(s_lhs * s_rhs[n]), ...}>`. That the sum fits 32 bits is
    proved where the op is built; see `docs/Arithmetic.md`, "Accumulators".

    In groups, `!quant.uniform<i4:f32:{0:G, 1:1}, {{...}, ...}>` with one scale for each output channel and group,
    `s_rhs[n]` is the greatest common divisor of the channel's scales, and what is multiplied are the effective weights
    `c * (rhs[k,n] - z_rhs)`, where `c = scale / s_rhs[n]` is an integer. None may exceed 127 in magnitude, whatever the
    storage integer: at most 15 for `c` of symmetric weights of 4 bits. See `docs/Arithmetic.md`, "Weights in groups".
  }];
  let arguments = (ins Lowbit_QuantizedTensor:$lhs, Lowbit_QuantizedTensor:$rhs, Optional<Lowbit_BiasTensor>:$bias,
      OptionalAttr<DenseI64ArrayAttr>:$clamp,
      DefaultValuedAttr<Lowbit_RequantizeModeAttr, "::mlir::lowbit::RequantizeMode::F32">:$mode);
  let results = (outs Lowbit_AccumulatedTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`bias` $bias^)? (`clamp` $clamp^)? (`mode` $mode^)? attr-dict
    `:` type($lhs) `,` type($rhs) (`,` type($bias)^)? `->` type($result)
  }];
  let hasVerifier = 1;
}

def Lowbit_BatchMatmulOp : Lowbit_Op<"batch_matmul", [Pure, Lowbit_InferShape]> {
  let summary = "quantized matrix product, one for each batch";
  let description = [{
    `lhs` is [B, M, K], `rhs` is [B, K, N], both quantized per tensor; the result is [B, M, N]. Arithmetic as
    `lowbit.matmul` without a bias.
  }];
  let arguments = (ins Lowbit_QuantizedTensor:$lhs, Lowbit_QuantizedTensor:$rhs,
      OptionalAttr<DenseI64ArrayAttr>:$clamp,
      DefaultValuedAttr<Lowbit_RequantizeModeAttr, "::mlir::lowbit::RequantizeMode::F32">:$mode);
  let results = (outs Lowbit_AccumulatedTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`clamp` $clamp^)? (`mode` $mode^)? attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1;
}

class Lowbit_ConvOp<string mnemonic> : Lowbit_Op<mnemonic, [Pure, Lowbit_InferShape]> {
  let arguments = (ins Lowbit_QuantizedTensor:$input, Lowbit_QuantizedTensor:$filter,
      Optional<Lowbit_BiasTensor>:$bias, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations,
      DenseI64ArrayAttr:$pad, OptionalAttr<DenseI64ArrayAttr>:$clamp,
      DefaultValuedAttr<Lowbit_RequantizeModeAttr, "::mlir::lowbit::RequantizeMode::F32">:$mode);
  let results = (outs Lowbit_AccumulatedTensor:$result);
  let assemblyFormat = [{
    $input `,` $filter (`bias` $bias^)? `strides` $strides `dilations` $dilations `pad` $pad
    (`clamp` $clamp^)? (`mode` $mode^)? attr-dict
    `:` type($input) `,` type($filter) (`,` type($bias)^)? `->` type($result)
  }];
  let hasVerifier = 1;
}

def Lowbit_Conv2DOp : Lowbit_ConvOp<"conv_2d"> {
  let summary = "quantized two-dimensional convolution, NHWC";
  let description = [{
    `input` is [N, H, W, C], `filter` is [F, KH, KW, C], quantized per tensor, per axis 0, or in groups of G along C as
    the weights of `lowbit.matmul`, with blocks `{0:1, 1:1, 2:1, 3:G}`; `bias` is i32 [F] with scale
    `s_input * s_filter[f]`; `strides` and `dilations` are [h, w]; `pad` is [top, bottom, left, right], filled
    with the input's zero point, i.e. with the value 0. The result is [N, OH, OW, F],
    `OH = floor((H + top + bottom - dilation_h * (KH - 1) - 1) / stride_h) + 1`.

    ```
    acc = bias[f] + sum_{kh,kw,c} (input[n, oh*sh + kh*dh - top, ow*sw + kw*dw - left, c] - z_in)
                                  * (filter[f,kh,kw,c] - z_filter)                                  // exact in i32
    M   = f32(f64(s_in) * f64(s_filter[f]) / f64(s_out))
    q   = clamp(clamp(rne(f32(acc) * M) + z_out, qmin, qmax), clamp_min, clamp_max)
    ```
  }];
}

def Lowbit_DepthwiseConv2DOp : Lowbit_ConvOp<"depthwise_conv_2d"> {
  let summary = "quantized depthwise two-dimensional convolution, NHWC";
  let description = [{
    As `lowbit.conv_2d` with `filter` [KH, KW, C], quantized per tensor or per axis 2: channel c of the result is
    channel c of the input convolved with filter[:, :, c].
  }];
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

class Lowbit_BinaryOp<string mnemonic> : Lowbit_Op<mnemonic, [Pure, SameOperandsAndResultShape, Lowbit_InferShape]> {
  let arguments = (ins Lowbit_QuantizedTensor:$lhs, Lowbit_QuantizedTensor:$rhs,
      OptionalAttr<DenseI64ArrayAttr>:$clamp);
  let results = (outs Lowbit_QuantizedTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`clamp` $clamp^)? attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Lowbit_AddOp : Lowbit_BinaryOp<"add"> {
  let summary = "quantized sum";
  let description = [{
    ```
    ma = f32(f64(s_lhs) / f64(s_out)); mb = f32(f64(s_rhs) / f64(s_out))
    q  = clamp(rne(f32(f32(f32(lhs - z_lhs) * ma) + f32(f32(rhs - z_rhs) * mb))) + z_out, qmin, qmax)
    ```
    Each product and the sum round once to f32: no fused multiply-add. Then the optional clamp.
  }];
}

def Lowbit_SubOp : Lowbit_BinaryOp<"sub"> {
  let summary = "quantized difference";
  let description = [{ As `lowbit.add` with the second product subtracted. }];
}

def Lowbit_MulOp : Lowbit_BinaryOp<"mul"> {
  let summary = "quantized product";
  let description = [{
    ```
    m = f32(f64(s_lhs) * f64(s_rhs) / f64(s_out))
    q = clamp(rne(f32((lhs - z_lhs) * (rhs - z_rhs)) * m) + z_out, qmin, qmax)      // integer product exact in i32
    ```
    Then the optional clamp.
  }];
}

def Lowbit_ClampOp : Lowbit_Op<"clamp", [Pure, SameOperandsAndResultType, Lowbit_InferShape]> {
  let summary = "bounds storage integers";
  let description = [{ `q = clamp(q_in, min, max)`, bounds in storage integers within the storage type. }];
  let arguments = (ins Lowbit_QuantizedTensor:$input, I64Attr:$min, I64Attr:$max);
  let results = (outs Lowbit_QuantizedTensor:$result);
  let assemblyFormat = "$input `min` $min `max` $max attr-dict `:` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Lowbit_LookupOp : Lowbit_Op<"lookup", [Pure, Lowbit_InferShape]> {
  let summary = "any unary function of an 8-bit tensor, as a table";
  let description = [{
    `q = table[q_in - storage_min]`. `table` is a constant of 256 entries of the result's storage type, in the order of
    the input's storage integers from the smallest of its 8-bit storage type up. Shapes of input and result are equal.
  }];
  let arguments = (ins Lowbit_QuantizedTensor:$input, SignlessIntElementsAttr<8>:$table);
  let results = (outs Lowbit_QuantizedTensor:$result);
  let assemblyFormat = "$input `,` $table attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Pooling and reductions
//===----------------------------------------------------------------------===//

def Lowbit_MaxPool2DOp : Lowbit_Op<"max_pool_2d", [Pure, Lowbit_InferShape]> {
  let summary = "maximum over a window, NHWC";
  let description = [{
    Input and result have one element type, so the maximum of the storage integers is the maximum of the values.
    Shapes, `strides`, `dilations` and `pad` as in `lowbit.conv_2d`, `kernel` is [KH, KW]. Padding holds `qmin`, which
    no maximum with a real element can return unless that element is `qmin`.
  }];
  let arguments = (ins Lowbit_QuantizedTensor:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad);
  let results = (outs Lowbit_QuantizedTensor:$result);
  let assemblyFormat = [{
    $input `kernel` $kernel `strides` $strides `dilations` $dilations `pad` $pad attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Lowbit_AvgPool2DOp : Lowbit_Op<"avg_pool_2d", [Pure, Lowbit_InferShape]> {
  let summary = "mean over a window, NHWC";
  let description = [{
    ```
    acc = sum_{kh,kw} (input[...] - z_in)          // exact in i32; padding counts as the value 0
    m   = f32(f64(s_in) / (f64(s_out) * KH * KW))
    q   = clamp(rne(f32(acc) * m) + z_out, qmin, qmax)
    ```
    Attributes as in `lowbit.max_pool_2d`. The divisor is the size of the window, padding included. With a result of
    `!quant.uniform<i32:f32, f32(s_in / (KH * KW))>` the sum itself is the result.
  }];
  let arguments = (ins Lowbit_QuantizedTensor:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$pad);
  let results = (outs Lowbit_QuantizedTensor:$result);
  let assemblyFormat = [{
    $input `kernel` $kernel `strides` $strides `pad` $pad attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Lowbit_ReduceMeanOp : Lowbit_Op<"reduce_mean", [Pure, Lowbit_InferShape]> {
  let summary = "mean over dimensions";
  let description = [{
    The result has the input's dimensions without those in `dims` (sorted, distinct).

    ```
    acc = sum (input[...] - z_in)                  // exact in i32
    m   = f32(f64(s_in) / (f64(s_out) * count))    // count: the number of elements of one sum
    q   = clamp(rne(f32(acc) * m) + z_out, qmin, qmax)
    ```

    With a result of `!quant.uniform<i32:f32, f32(s_in / count)>` the sum itself is the result.
  }];
  let arguments = (ins Lowbit_QuantizedTensor:$input, DenseI64ArrayAttr:$dims);
  let results = (outs Lowbit_QuantizedTensor:$result);
  let assemblyFormat = "$input `dims` $dims attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Code generation
//===----------------------------------------------------------------------===//

def Lowbit_Bytes : AnyTypeOf<[RankedTensorOf<[I8]>, MemRefOf<[I8]>]>;
def Lowbit_Words : AnyTypeOf<[RankedTensorOf<[I32]>, MemRefOf<[I32]>]>;

def Lowbit_MultiplyTilesOp : Lowbit_Op<"multiply_tiles",
    [AttrSizedOperandSegments, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "sums of products of integers, computed in tile registers";
  let description = [{
    Computes rows of sums for some vectors of 16 output channels; the rows are those of one or more *registers*. The
    activations of a row are one or more *runs* of `run` bytes that lie side by side: one for each of the steps, which
    are the positions of a window. `map` takes (register, row, steps..., element of the run) to what is added to
    `activationIndices`; it is linear, and the element is counted in the last index alone.

    The weights have the shape [panels..., steps..., blocks, groups, vectors, 64], the panel at `panel`. A run is cut
    into blocks of `4 * groups` elements, at most 64, of which the last ends with the run; what it shares with the one
    before it must have weights of 0. Byte `4 * n + i` of the last dimension is the weight of channel `n` for element
    `i` of the group. Where they are `contiguous`, the vectors come before the groups: those of a register lie side by
    side. The sums begin at `start`, of shape [panels..., 16 * vectors], or at 0.

    ```
    element(b, k)     = min(4 * groups * b, run - 4 * groups) + k
    sums[t, r, v, n]  = start[panel, 16 * v + n] + sum over steps s, blocks b, k < 4 * groups of
                        i32(activations[activationIndices + map(t, r, s, element(b, k))])
                        * i32(weights[panel, s, b, k / 4, v, 4 * n + k % 4])              // wraps
    ```

    Where there are bytes `low`, activations are integers of 16 bits, of which `activations` are the signed high bytes:
    each is `256 * activations[i] + u8(low[i])`, and so is each sum, of the sums of the products with both.

    A register has at most 16 rows. All accumulators, one for each register and each vector, twice as many where there
    are low bytes, are at most 4. Operands are memrefs after bufferization.

    ```mlir
    %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%i, %c0], %w[%panel] start %b
        map affine_map<(t, r, k) -> (16 * t + r, k)> run 96
        : tensor<64x96xi8>, tensor<2x2x12x2x64xi8>, tensor<2x32xi32> -> vector<2x16x2x16xi32>
    ```
  }];
  let arguments = (ins Lowbit_Bytes:$activations, Variadic<Index>:$activationIndices, Optional<Lowbit_Bytes>:$low,
      Lowbit_Bytes:$weights, Variadic<Index>:$panel, Optional<Lowbit_Words>:$start, AffineMapAttr:$map, I64Attr:$run,
      StrAttr:$instruction, UnitAttr:$contiguous);
  let results = (outs VectorOfRankAndType<[4], [I32]>:$sums);
  let assemblyFormat = [{
    $instruction $activations `[` $activationIndices `]` (`low` $low^)? `,` (`contiguous` $contiguous^)?
    $weights `[` $panel `]` (`start` $start^)? `map` $map `run` $run attr-dict `:` type($activations)
    (`low` type($low)^)? `,` type($weights) (`,` type($start)^)? `->` type($sums)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// What a tile register has: so many rows, each of so many bytes.
    static constexpr int64_t kMostRows = 16;
    static constexpr int64_t kRowBytes = 64;
    /// The accumulators, each in a register; others hold activations and weights.
    static constexpr int64_t kMostAccumulators = 4;

    int64_t getStepCount() { return getMap().getNumDims() - 3; }
    /// How many registers the rows are in.
    int64_t getRowTiles() { return getSums().getType().getDimSize(0); }
    /// The bytes of an activation, each kind in registers of its own.
    int64_t getActivationBytes() { return getLow() ? 2 : 1; }
    int64_t getRowsOfTile() { return getSums().getType().getDimSize(1); }
    int64_t getVectors() { return getSums().getType().getDimSize(2); }
    /// The sizes of the window, one for each step.
    ::llvm::ArrayRef<int64_t> getSteps() {
      return ::llvm::cast<::mlir::ShapedType>(getWeights().getType()).getShape()
          .slice(getPanel().size(), getStepCount());
    }
    int64_t getBlockCount();
    /// The elements of a block.
    int64_t getBlockSize();
  }];
}

def Lowbit_IndexLike : AnyTypeOf<[Index, VectorOfRankAndType<[1], [Index]>], "an index or a vector of indices">;

def CheckIndexOp : Lowbit_Op<"check_index", [Pure, SameOperandsAndResultType, Elementwise, Scalarizable, Vectorizable,
                                             Tensorizable]> {
  let summary = "an index that lies inside, whatever the data";
  let description = [{
    `index` where it is at least 0 and less than `size`, and 0 elsewhere. Where it is not, the function that it is in
    tells its caller: `lowbit-lower-index-checks`. It may be computed any number of times, and is not where nothing reads
    its result.

    ```
    y = x if 0 <= x < size else 0
    ```

    ```mlir
    %row = lowbit.check_index %token, %c8002 : index
    %element = tensor.extract %table[%row, %column] : tensor<8002x256xf32>
    ```
  }];
  let arguments = (ins Lowbit_IndexLike:$index, Lowbit_IndexLike:$size);
  let results = (outs Lowbit_IndexLike:$result);
  let assemblyFormat = "$index `,` $size attr-dict `:` type($result)";
  let hasFolder = 1;
}

#endif // LOWBIT_OPS
