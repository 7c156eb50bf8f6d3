#ifndef LOWBIT_ATTRS
#define LOWBIT_ATTRS

include "lowbit/Dialect/LowbitDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Lowbit_RequantizeMode : I32EnumAttr<"RequantizeMode", "how an i32 accumulator becomes a storage integer",
    [I32EnumAttrCase<"F32", 0, "f32">, I32EnumAttrCase<"Fixed", 1, "fixed">]> {
  let cppNamespace = "::mlir::lowbit";
  let genSpecializedAttr = 0;
  let description = [{
    `f32`: `clamp(rne(f32(acc) * m) + z, qmin, qmax)`, the multiplier `m` computed in f64 and rounded once to f32, the
    product rounded once to f32. `fixed`: `clamp(((i64(acc) * mantissa + 2^(shift-1)) >> shift) + z, qmin, qmax)` with
    a 31-bit mantissa, for targets without floating point.
  }];
}
def Lowbit_RequantizeModeAttr : EnumAttr<Lowbit_Dialect, Lowbit_RequantizeMode, "requantize_mode"> {
  let assemblyFormat = "$value";
}

def Lowbit_TileAttr : AttrDef<Lowbit_Dialect, "Tile"> {
  let mnemonic = "tile";
  let summary = "the register tile that code generation gives an op";
  let description = [{
    Carried by linalg ops as the attribute `lowbit.tile`, written by `lowbit-select-tiles` where there is none and
    obeyed by the passes after it: `rows` positions of the last but one output dimension times `vectors` vectors along
    the last one are computed in registers together. `instruction` names the dot instruction of the target that
    computes an 8-bit contraction, or the table instruction that reads the tables of bytes in the op's body; without it
    the op's own arithmetic is vectorized. A tile in tile registers has rows of several `lines`, positions of the
    dimension before that of rows.

    Constant weights of 4 and 2 bits, and the integers that weights of floats are dequantized from, lie packed in memory.
    Every tile unpacks them in registers; with `expand_panels` a loop unpacks those of the output channels of a tile to
    bytes, or to floats, once for all rows. With `multiply_sums` a tile multiplies activations with the codes as they
    lie packed, and the sums of a group of weights, not each weight, with the multiplier of the group. Not both.

    Runs of activations that a convolution multiplies are cut into groups of as many elements as a dot product has. With
    `pack_rests` what the lines of a window leave behind their whole groups is packed in a loop before, so that the rests
    of several lines make a group.

    ```mlir
    #lowbit.tile<rows = 12, vectors = 2, instruction = "avx512.vpdpbusd">
    #lowbit.tile<rows = 12, vectors = 2, instruction = "avx512.vpdpbusd", expand_panels = true>
    #lowbit.tile<rows = 1, vectors = 4, instruction = "avx512.vpdpbusd", multiply_sums = true>
    #lowbit.tile<rows = 14, vectors = 2, instruction = "amx.tdpbssd", lines = 2>
    #lowbit.tile<rows = 14, vectors = 2, instruction = "avx512.vpdpbusd", pack_rests = true>
    ```
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$vectors, OptionalParameter<"::mlir::StringAttr">:$instruction,
                        DefaultValuedParameter<"bool", "false">:$expand_panels,
                        DefaultValuedParameter<"bool", "false">:$multiply_sums,
                        DefaultValuedParameter<"int64_t", "1">:$lines,
                        DefaultValuedParameter<"bool", "false">:$pack_rests);
  let builders = [AttrBuilder<(ins "int64_t":$rows, "int64_t":$vectors,
                                   CArg<"::mlir::StringAttr", "{}">:$instruction, CArg<"bool", "false">:$expandPanels,
                                   CArg<"bool", "false">:$multiplySums, CArg<"int64_t", "1">:$lines,
                                   CArg<"bool", "false">:$packRests), [{
    return $_get($_ctxt, rows, vectors, instruction, expandPanels, multiplySums, lines, packRests);
  }]>];
  let skipDefaultBuilders = 1;
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Lowbit_ShortSumsAttr : AttrDef<Lowbit_Dialect, "ShortSums"> {
  let mnemonic = "short_sums";
  let summary = "which groups of a reduction are added in 16 bits, with the proof that they fit";
  let description = [{
    Carried by 8-bit contractions with constant weights as the attribute `lowbit.short_sums`, written by
    `lowbit-plan-short-sums` where there is none. The reduction is cut into groups of four activations that lie side by
    side in memory, the output channels into panels of `width`; the last panel ends at the last channel. Each panel sums
    its groups in an order of its own: `order[panel]` is a permutation of the groups, the first of them for the first of
    the `instructions`, and so on. `counts[panel][i]` is how many sums instruction `i` adds up, each of as many groups as
    the instruction takes.

    `bounds[panel][i]` is the proof: the least and the greatest value of any of these 16-bit sums, for the weights at
    hand and all activations of 8 bits; `[0, 0]` for an instruction that needs none. It is computed again from the
    weights, and refused where it differs or exceeds 16 bits.

    ```mlir
    // Of 4 groups for 16 channels two are added in 16 bits; the others are exact for any weights.
    #lowbit.short_sums<width = 16, instructions = ["avx2.vpmaddubsw.x2", "avx2.vpxor"],
      counts = dense<[[1, 2]]> : tensor<1x2xi32>, order = dense<[[2, 0, 1, 3]]> : tensor<1x4xi32>,
      bounds = dense<[[[-20145, 31110], [0, 0]]]> : tensor<1x2x2xi32>>
    ```
  }];
  let parameters = (ins "int64_t":$width, ArrayRefParameter<"::mlir::StringAttr">:$instructions,
                        "::mlir::DenseIntElementsAttr":$counts, "::mlir::DenseIntElementsAttr":$order,
                        "::mlir::DenseIntElementsAttr":$bounds);
  let assemblyFormat = [{
    `<` `width` `=` $width `,` `instructions` `=` `[` $instructions `]` `,` `counts` `=` $counts `,`
    `order` `=` $order `,` `bounds` `=` $bounds `>`
  }];
  let genVerifyDecl = 1;
}

#endif // LOWBIT_ATTRS
