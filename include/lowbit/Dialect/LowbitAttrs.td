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
    the op's own arithmetic is vectorized.

    ```mlir
    #lowbit.tile<rows = 12, vectors = 2, instruction = "avx512.vpdpbusd">
    ```
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$vectors, OptionalParameter<"::mlir::StringAttr">:$instruction);
  let assemblyFormat = "`<` `rows` `=` $rows `,` `vectors` `=` $vectors (`,` `instruction` `=` $instruction^)? `>`";
  let genVerifyDecl = 1;
}

#endif // LOWBIT_ATTRS
