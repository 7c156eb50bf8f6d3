#include "lowbit/Calibrate/RangeMethods.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr RangeMethod kMethods[] = {
    {"minmax", "the whole range of the samples", getMinMaxRange},
    {"percentile", "the range of all samples but a few on each side", getPercentileRange},
    {"mse", "the range with the least mean squared error", getMSERange},
    {"entropy", "the range with the least Kullback-Leibler divergence", getEntropyRange},
};

ArrayRef<RangeMethod> lowbit::getRangeMethods() { return kMethods; }

const RangeMethod *lowbit::getRangeMethod(StringRef name) {
  const RangeMethod *found = llvm::find_if(kMethods, [&](const RangeMethod &method) { return method.name == name; });
  return found == std::end(kMethods) ? nullptr : found;
}
