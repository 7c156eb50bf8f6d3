#ifndef LOWBIT_PROPAGATE_PASSES
#define LOWBIT_PROPAGATE_PASSES

include "mlir/Pass/PassBase.td"

#endif // LOWBIT_PROPAGATE_PASSES
