#ifndef LOWBIT_CALIBRATE_RANGEMETHODS_H
#define LOWBIT_CALIBRATE_RANGEMETHODS_H

#include "lowbit/Calibrate/Histogram.h"
#include "lowbit/Support/QuantScheme.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::lowbit {

/// What a range is chosen for, and the knobs of the methods.
struct RangeOptions {
  /// The integers that the range will be mapped to.
  StorageRange storage = {-128, 127};
  /// Whether the zero point must be 0; the range is then [-x, x].
  bool symmetric = false;
  /// For `percentile`: how many percent of the values lie within the range.
  double percentile = 99.999;
};

/// Chooses the range of the values of a tensor that the integers stand for. The histogram has finite samples. The range
/// contains 0, which quantized tensors hold exactly, and lies within the range of the samples and 0 (or of their
/// magnitudes, where the range must be symmetric). Depends on its arguments alone, to the last bit.
using RangeFunction = FloatRange (*)(const Histogram &histogram, const RangeOptions &options);

struct RangeMethod {
  StringLiteral name;
  StringLiteral summary;
  RangeFunction getRange;
};

/// Every method: a new one is a file in `lib/Calibrate/Methods` and a row of this table.
ArrayRef<RangeMethod> getRangeMethods();
/// The method of that name, or null.
const RangeMethod *getRangeMethod(StringRef name);

/// The whole range of the samples.
FloatRange getMinMaxRange(const Histogram &histogram, const RangeOptions &options);
/// The range that `options.percentile` percent of the samples lie in; half of the others lie on each side.
FloatRange getPercentileRange(const Histogram &histogram, const RangeOptions &options);
/// The range that minimizes the mean squared error of quantized samples.
FloatRange getMSERange(const Histogram &histogram, const RangeOptions &options);
/// The range that minimizes the Kullback-Leibler divergence of the quantized samples from the samples.
FloatRange getEntropyRange(const Histogram &histogram, const RangeOptions &options);

} // namespace mlir::lowbit

#endif // LOWBIT_CALIBRATE_RANGEMETHODS_H
