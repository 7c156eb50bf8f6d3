#ifndef LOWBIT_QUANTIZE_PIPELINE_H
#define LOWBIT_QUANTIZE_PIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace mlir::lowbit {

/// Float form to Q/DQ form. `recipe` is a preset or a path, `calibration` the path of a table,
/// `moments` the path of the moments of patches, or empty.
void buildQuantizePipeline(OpPassManager &manager, StringRef recipe, StringRef calibration, StringRef moments);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZE_PIPELINE_H
