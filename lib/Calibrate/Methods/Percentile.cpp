#include "Methods.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The value that `rank` samples of `intervals`, which are walked from one end, lie before; those of an interval are
/// taken to be spread evenly. `from` and `to` are the end where the walk enters an interval and the one where it
/// leaves.
template <typename Intervals>
static float getQuantile(Intervals &&intervals, uint64_t rank, double Histogram::Interval::*from,
                         double Histogram::Interval::*to) {
  for (const Histogram::Interval &interval : intervals) {
    if (rank < interval.count)
      return interval.*from + (interval.*to - interval.*from) * (double(rank) / double(interval.count));
    rank -= interval.count;
  }
  llvm_unreachable("the rank is less than the number of samples");
}

FloatRange lowbit::getPercentileRange(const Histogram &histogram, const RangeOptions &options) {
  // At most half of the samples on each side, whatever the option.
  double outside = std::clamp((100.0 - options.percentile) / 100.0, 0.0, 1.0);
  uint64_t count = histogram.getFiniteCount();
  uint64_t cut = std::min(uint64_t(outside / 2 * double(count)), (count - 1) / 2);
  using Interval = Histogram::Interval;
  SmallVector<Interval, 0> intervals = histogram.getIntervals();
  float min = getQuantile(intervals, cut, &Interval::lower, &Interval::upper);
  float max = getQuantile(llvm::reverse(intervals), cut, &Interval::upper, &Interval::lower);
  return includeZero({min, max}, options);
}
