#ifndef LOWBIT_LOWER_PIPELINE_H
#define LOWBIT_LOWER_PIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace mlir::lowbit {

/// Quantized form, or Q/DQ form as the float program it is, to integer form. With `fastFloat`, products and sums of ops
/// that stayed float may be contracted to fused multiply-adds.
void buildLowerPipeline(OpPassManager &manager, bool fastFloat = false);

} // namespace mlir::lowbit

#endif // LOWBIT_LOWER_PIPELINE_H
