#include "Methods.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

/// Candidate bounds are the extremes of the samples times powers of 2^(-1/16), down to 1/256.
static constexpr double kStep = 0.95760328069857364694;
static constexpr unsigned kNumSteps = 128;
/// How often both bounds are searched in turn before they are taken as found.
static constexpr unsigned kMaxRounds = 4;

/// The mean of (u - r(u))^2 over [begin, end], where r rounds to the nearest integer in [lowest, highest].
static double getMeanSquaredError(double begin, double end, double lowest, double highest) {
  double first = std::clamp(std::nearbyint(begin), lowest, highest);
  double last = std::clamp(std::nearbyint(end), lowest, highest);
  double a = begin - first, b = end - last;
  if (first == last)
    return (a * a + a * b + b * b) / 3;
  // The integral over a whole cell around an integer is 1/12, and d^3/3 from an integer to d beside it.
  return ((last - first) / 12 + (b * b * b - a * a * a) / 3) / (end - begin);
}

/// The sum of squared errors of quantizing the samples with `range`; the samples of an interval are taken to be spread
/// evenly.
static double getSquaredError(ArrayRef<Histogram::Interval> intervals, FloatRange range, const RangeOptions &options) {
  QuantParams params;
  if (options.symmetric)
    params.scale = *chooseSymmetricScale(range.max, options.storage);
  else
    params = *chooseAsymmetric(range, options.storage);
  double scale = params.scale;
  double lowest = options.storage.min - params.zeroPoint, highest = options.storage.max - params.zeroPoint;
  double sum = 0;
  for (const Histogram::Interval &interval : intervals)
    sum +=
        double(interval.count) * getMeanSquaredError(interval.lower / scale, interval.upper / scale, lowest, highest);
  return sum * scale * scale;
}

namespace {
/// Searches the steps that the bounds of a range are shrunk by.
class RangeSearch {
public:
  RangeSearch(const Histogram &histogram, const RangeOptions &options)
      : intervals(histogram.getIntervals()), whole(getMinMaxRange(histogram, options)), options(options),
        least(getSquaredError(intervals, whole, options)), best(whole) {}

  FloatRange run() {
    scan(/*shrinkMin=*/true, /*shrinkMax=*/true);
    // A symmetric range has one bound to search; so has one that starts or ends at 0.
    if (options.symmetric || whole.min == 0.0f || whole.max == 0.0f)
      return best;
    for (unsigned round = 0; round < kMaxRounds; ++round)
      if (bool improved = scan(false, true); !scan(true, false) && !improved)
        break;
    return best;
  }

private:
  /// Tries all steps of the bounds that are to shrink, the other one as it is best so far. Of equals the widest wins.
  bool scan(bool shrinkMin, bool shrinkMax) {
    bool improved = false;
    double factor = 1.0;
    for (unsigned step = 0; step <= kNumSteps; ++step, factor *= kStep) {
      FloatRange range{shrinkMin ? float(whole.min * factor) : best.min,
                       shrinkMax ? float(whole.max * factor) : best.max};
      double error = getSquaredError(intervals, range, options);
      if (error >= least)
        continue;
      least = error;
      best = range;
      improved = true;
    }
    return improved;
  }

  SmallVector<Histogram::Interval, 0> intervals;
  FloatRange whole;
  const RangeOptions &options;
  double least;
  FloatRange best;
};
} // namespace

FloatRange lowbit::getMSERange(const Histogram &histogram, const RangeOptions &options) {
  return RangeSearch(histogram, options).run();
}
