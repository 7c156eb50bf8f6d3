#ifndef LOWBIT_IMPORT_PIPELINE_H
#define LOWBIT_IMPORT_PIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace mlir::lowbit {

/// TOSA, and linalg as torch-mlir emits it or as written by hand, to float form. What isn't understood stays what it
/// is. With `equalize` channels are equalized at the end (`lowbit-equalize-channels`).
void buildImportPipeline(OpPassManager &manager, bool equalize);

} // namespace mlir::lowbit

#endif // LOWBIT_IMPORT_PIPELINE_H
