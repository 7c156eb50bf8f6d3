#include "Methods.h"

using namespace mlir;
using namespace mlir::lowbit;

FloatRange lowbit::getMinMaxRange(const Histogram &histogram, const RangeOptions &options) {
  return includeZero({histogram.getMin(), histogram.getMax()}, options);
}
