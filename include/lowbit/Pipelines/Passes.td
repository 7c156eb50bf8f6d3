#ifndef LOWBIT_PIPELINES_PASSES
#define LOWBIT_PIPELINES_PASSES

include "mlir/Pass/PassBase.td"

def MarkStage : Pass<"lowbit-mark-stage", "::mlir::ModuleOp"> {
  let summary = "record on the module which stage it has been through";
  let description = [{
    Sets the module attribute `lowbit.stage`, by which tools know where to go on:

    ```mlir
    module { ... }
    // with stage=fuse
    module attributes {lowbit.stage = "fuse"} { ... }
    ```
  }];
  let options = [Option<"stage", "stage", "std::string", "\"\"", "import, calibrate, quantize, propagate, fuse, lower or codegen">];
}

def VerifyStage : Pass<"lowbit-verify-stage", "::mlir::ModuleOp"> {
  let summary = "check that a program has the form that a stage leaves";
  let description = [{
    Fails, with an error at the op that breaks the contract, where the program is not what the stage guarantees:

    | stage | form | what may occur |
    |---|---|---|
    | import | float form | functions on tensors of static shape; `linalg`, `tensor`, `arith`, `math`; convolutions in NHWC; no quantized type but that of constants which a `lowbit.dequantize` reads |
    | calibrate | float form | the same, and `lowbit.observe` |
    | quantize | Q/DQ form | the same, and `lowbit.quantize`, `lowbit.dequantize`; their quantized types on nothing else |
    | propagate | Q/DQ form | the same, and `lowbit.requantize` |
    | fuse | quantized form | `lowbit` ops and data movement on quantized types, float ops where they stayed float |
    | lower | integer form | no `lowbit` op and no quantized type |
    | codegen | LLVM dialect | `llvm` ops only, and the attributes of the target on the module |

    Where the module records another stage in `lowbit.stage`, that is an error too.
    The program is not changed.
  }];
  let options = [Option<"stage", "stage", "std::string", "\"\"", "import, calibrate, quantize, propagate, fuse, lower or codegen">];
}

#endif // LOWBIT_PIPELINES_PASSES
