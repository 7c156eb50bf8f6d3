#ifndef LOWBIT_LIB_CALIBRATE_METHODS_METHODS_H
#define LOWBIT_LIB_CALIBRATE_METHODS_METHODS_H

#include "lowbit/Calibrate/RangeMethods.h"
#include <algorithm>

namespace mlir::lowbit {

/// `range` widened to what every range must be: to include 0 or, where it must be symmetric, to [-x, x].
inline FloatRange includeZero(FloatRange range, const RangeOptions &options) {
  float min = std::min(range.min, 0.0f), max = std::max(range.max, 0.0f);
  if (!options.symmetric)
    return {min, max};
  float magnitude = std::max(-min, max);
  return {-magnitude, magnitude};
}

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CALIBRATE_METHODS_METHODS_H
