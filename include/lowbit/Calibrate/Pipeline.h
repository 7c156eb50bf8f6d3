#ifndef LOWBIT_CALIBRATE_PIPELINE_H
#define LOWBIT_CALIBRATE_PIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace mlir::lowbit {

/// Float form with observers, or, where `observe` is false, without.
void buildCalibratePipeline(OpPassManager &manager, bool observe);

} // namespace mlir::lowbit

#endif // LOWBIT_CALIBRATE_PIPELINE_H
