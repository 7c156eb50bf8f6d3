#ifndef LOWBIT_LIB_QUANTIZE_METHODS_BIASCORRECTION_H
#define LOWBIT_LIB_QUANTIZE_METHODS_BIASCORRECTION_H

#include "lowbit/Dialect/LowbitInterfaces.h"

namespace mlir::lowbit {

/// Whether `op` has a constant bias that can take up a shift of its results.
bool hasCorrectableBias(QuantizableOpInterface op);

/// Takes from the bias of each output channel what the errors of its weights add to the channel's mean: `shifts[c]` is
/// the sum of error times mean activation.
///
/// M. Nagel, M. van Baalen, T. Blankevoort, M. Welling: "Data-Free Quantization Through Weight Equalization and Bias
/// Correction", 2019, with the means measured on the calibration data.
void correctBias(QuantizableOpInterface op, ArrayRef<double> shifts);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZE_METHODS_BIASCORRECTION_H
