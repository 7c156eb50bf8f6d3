#ifndef LOWBIT_QUANTIZE_WEIGHTHISTOGRAMS_H
#define LOWBIT_QUANTIZE_WEIGHTHISTOGRAMS_H

#include "mlir/Interfaces/FunctionInterfaces.h"
#include <string>

namespace mlir::lowbit {

/// How the constant weights of one op are distributed.
struct WeightHistogram {
  /// The name of the op's result, as in `TensorNames`.
  std::string name;
  /// The largest magnitude.
  float largest = 0.0f;
  /// How many weights lie in each of `kBins` parts of [-largest, largest] of one width.
  SmallVector<int64_t, 0> counts;

  static constexpr int64_t kBins = 65;
};

/// The weights of the ops of `function` in float form, or in Q/DQ form, where they are the values that quantization
/// leaves, in the order of the text. Weights that are not all finite are left out.
SmallVector<WeightHistogram, 0> getWeightHistograms(FunctionOpInterface function);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZE_WEIGHTHISTOGRAMS_H
