#ifndef LOWBIT_LOWER_PIPELINE_H
#define LOWBIT_LOWER_PIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace mlir::lowbit {

/// Quantized form, or Q/DQ form as the float program it is, to integer form.
void buildLowerPipeline(OpPassManager &manager);

} // namespace mlir::lowbit

#endif // LOWBIT_LOWER_PIPELINE_H
