#ifndef LOWBIT_FUSE_PIPELINE_H
#define LOWBIT_FUSE_PIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace mlir::lowbit {

/// Q/DQ form to quantized form. With `requireInteger` an op that stays float is an error.
void buildFusePipeline(OpPassManager &manager, bool requireInteger);

} // namespace mlir::lowbit

#endif // LOWBIT_FUSE_PIPELINE_H
