#ifndef LOWBIT_LOWER_PASSES
#define LOWBIT_LOWER_PASSES

include "mlir/Pass/PassBase.td"

#endif // LOWBIT_LOWER_PASSES
