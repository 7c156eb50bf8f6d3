#ifndef LOWBIT_PROPAGATE_PIPELINE_H
#define LOWBIT_PROPAGATE_PIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace mlir::lowbit {

/// Q/DQ form to Q/DQ form in which every scale is settled, and checked.
void buildPropagatePipeline(OpPassManager &manager);

} // namespace mlir::lowbit

#endif // LOWBIT_PROPAGATE_PIPELINE_H
