#ifndef LOWBIT_CODEGEN_PASSES
#define LOWBIT_CODEGEN_PASSES

include "mlir/Pass/PassBase.td"

#endif // LOWBIT_CODEGEN_PASSES
