#ifndef LOWBIT_LIB_QUANTIZE_QUANTIZEWEIGHTS_H
#define LOWBIT_LIB_QUANTIZE_QUANTIZEWEIGHTS_H

#include "Plan.h"

namespace mlir::lowbit {

/// Puts `dequantize(quantize(w))` on every weight of `plan`, rounded before as the rule of its op says.
void quantizeWeights(const QuantizePlan &plan);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZE_QUANTIZEWEIGHTS_H
