#ifndef LOWBIT_QUANTIZE_PASSES
#define LOWBIT_QUANTIZE_PASSES

include "mlir/Pass/PassBase.td"

#endif // LOWBIT_QUANTIZE_PASSES
