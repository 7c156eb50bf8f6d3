#ifndef LOWBIT_CALIBRATE_PASSES
#define LOWBIT_CALIBRATE_PASSES

include "mlir/Pass/PassBase.td"

#endif // LOWBIT_CALIBRATE_PASSES
