#ifndef LOWBIT_IMPORT_PASSES
#define LOWBIT_IMPORT_PASSES

include "mlir/Pass/PassBase.td"

#endif // LOWBIT_IMPORT_PASSES
