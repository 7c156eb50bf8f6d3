#include "Methods.h"
#include <cmath>
#include <limits>
#include <vector>

using namespace mlir;
using namespace mlir::lowbit;

// The method of S. Migacz, "8-bit Inference with TensorRT", GTC 2017: of the thresholds that the magnitudes can be
// clipped at, take the one whose quantized distribution diverges least from the clipped one. What is ours: the linear
// histogram that the method wants is spread out of the logarithmic one, and a tensor of one sign has all the levels.

/// Bins of the linear histogram for each level of the quantized one, and candidate thresholds for each level's worth of
/// bins.
static constexpr size_t kBinsPerLevel = 16;
static constexpr size_t kCandidatesPerLevels = 8;
/// With more levels than this clipping gains nothing.
static constexpr size_t kMaxLevels = 1024;

/// The magnitudes of the samples, spread evenly over their intervals, in `count` bins over [0, max].
static std::vector<double> getMagnitudes(const Histogram &histogram, double max, size_t count) {
  std::vector<double> bins(count);
  double scale = count / max;
  for (const Histogram::Interval &interval : histogram.getIntervals()) {
    double begin = std::min(std::fabs(interval.lower), std::fabs(interval.upper)) * scale;
    double end = std::max(std::fabs(interval.lower), std::fabs(interval.upper)) * scale;
    size_t first = std::min(size_t(begin), count - 1), last = std::min(size_t(end), count - 1);
    if (first == last) {
      bins[first] += interval.count;
      continue;
    }
    for (size_t bin = first; bin <= last; ++bin) {
      double overlap = std::min(end, double(bin + 1)) - std::max(begin, double(bin));
      bins[bin] += interval.count * (overlap / (end - begin));
    }
  }
  return bins;
}

/// KL(P || Q): P is the first `size` bins and, in the last of them, everything beyond; Q is the first `size` bins
/// averaged within each of `levels` groups. Infinite where Q has nothing and P has.
static double getDivergence(ArrayRef<double> bins, size_t size, size_t levels, double total) {
  double inside = 0;
  for (double bin : bins.take_front(size))
    inside += bin;
  double divergence = 0;
  for (size_t level = 0; level < levels; ++level) {
    size_t begin = level * size / levels, end = (level + 1) * size / levels;
    double sum = 0;
    size_t occupied = 0;
    for (double bin : bins.slice(begin, end - begin)) {
      sum += bin;
      occupied += bin > 0;
    }
    for (size_t bin = begin; bin < end; ++bin) {
      double p = bins[bin] + (bin == size - 1 ? total - inside : 0.0);
      if (p <= 0)
        continue;
      if (bins[bin] <= 0)
        return std::numeric_limits<double>::infinity();
      double q = sum / occupied;
      divergence += p / total * std::log(p / total / (q / inside));
    }
  }
  return divergence;
}

FloatRange lowbit::getEntropyRange(const Histogram &histogram, const RangeOptions &options) {
  double min = histogram.getMin(), max = histogram.getMax();
  double magnitude = std::max(-min, max);
  bool hasBothSigns = min < 0 && max > 0;
  size_t levels = options.storage.max - options.storage.min + 1;
  if (hasBothSigns || options.symmetric)
    levels /= 2;
  if (magnitude == 0 || levels < 2 || levels > kMaxLevels)
    return getMinMaxRange(histogram, options);

  std::vector<double> bins = getMagnitudes(histogram, magnitude, levels * kBinsPerLevel);
  // Zeros are exact whatever the threshold; a spike of them (any ReLU has one) would drown the rest.
  bins[0] = bins[1];
  double total = 0;
  for (double bin : bins)
    total += bin;

  double least = std::numeric_limits<double>::infinity();
  size_t best = bins.size();
  // From the widest down: of equals the widest wins.
  for (size_t step = kBinsPerLevel * kCandidatesPerLevels; step >= kCandidatesPerLevels; --step) {
    size_t size = step * levels / kCandidatesPerLevels;
    double divergence = getDivergence(bins, size, levels, total);
    if (divergence < least) {
      least = divergence;
      best = size;
    }
  }
  double threshold = best == bins.size() ? magnitude : magnitude * (double(best) / double(bins.size()));
  return includeZero({float(std::max(min, -threshold)), float(std::min(max, threshold))}, options);
}
