#ifndef LOWBIT_FUSE_PASSES
#define LOWBIT_FUSE_PASSES

include "mlir/Pass/PassBase.td"

#endif // LOWBIT_FUSE_PASSES
