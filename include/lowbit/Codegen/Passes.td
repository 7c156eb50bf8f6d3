#ifndef LOWBIT_CODEGEN_PASSES
#define LOWBIT_CODEGEN_PASSES

include "lowbit/Codegen/TensorPasses.td"
include "lowbit/Codegen/BufferPasses.td"

#endif // LOWBIT_CODEGEN_PASSES
