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

#endif // LOWBIT_ATTRS
