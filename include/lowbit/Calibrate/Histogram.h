#ifndef LOWBIT_CALIBRATE_HISTOGRAM_H
#define LOWBIT_CALIBRATE_HISTOGRAM_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace mlir::lowbit {

/// How the values of a tensor are distributed.
///
/// A bin holds the finite floats that share sign, exponent and the first 7 bits of the mantissa (the upper 16 bits of
/// the float), so that a bin is at most 1/128 of its values wide whatever their magnitude, and nothing about the
/// samples need be known beforehand. Everything is a count, or a minimum or maximum: merging is exact, and gives the
/// same histogram however the samples were split and in whatever order the parts are merged. NaN and the infinities
/// are counted apart and are no part of the range.
class Histogram {
public:
  static constexpr unsigned kNumBins = 1 << 16;

  /// Bins are numbered in ascending order of their values, `-max` to `max`.
  struct Bin {
    uint16_t index;
    uint64_t count;
    bool operator==(const Bin &other) const { return index == other.index && count == other.count; }
  };
  /// Floats that are no finite numbers.
  struct NonFinite {
    uint64_t nans = 0;
    uint64_t negativeInfinities = 0;
    uint64_t positiveInfinities = 0;
    bool operator==(const NonFinite &other) const {
      return nans == other.nans && negativeInfinities == other.negativeInfinities &&
             positiveInfinities == other.positiveInfinities;
    }
  };
  /// What a bin holds: `count` values in [lower, upper], within the exact minimum and maximum of the histogram.
  struct Interval {
    double lower;
    double upper;
    uint64_t count;
  };

  Histogram() = default;

  /// The histogram of those parts; nothing where no samples could have given them: bins out of order or empty, a
  /// minimum that is not in the first bin or a maximum that is not in the last, or more than 2^64-1 samples.
  static std::optional<Histogram> create(ArrayRef<Bin> bins, float min, float max, const NonFinite &nonFinite);
  /// The histogram of `values`.
  static Histogram of(ArrayRef<float> values);

  /// Adds the samples of `other`. Fails, and changes nothing, where the number of samples would pass 2^64-1.
  LogicalResult merge(const Histogram &other);

  /// Bins that are not empty, in ascending order.
  ArrayRef<Bin> getBins() const { return bins; }
  SmallVector<Interval, 0> getIntervals() const;
  /// The number of finite samples.
  uint64_t getFiniteCount() const;
  /// The number of all samples.
  uint64_t getCount() const;
  const NonFinite &getNonFinite() const { return nonFinite; }
  /// Whether there is no finite sample.
  bool empty() const { return bins.empty(); }
  /// The least and the greatest finite sample, exactly; 0 where there is none. Never -0.
  float getMin() const { return min; }
  float getMax() const { return max; }

  bool operator==(const Histogram &other) const {
    return bins == other.bins && min == other.min && max == other.max && nonFinite == other.nonFinite;
  }

  /// The bin of a finite float, and the least value and the greatest that a bin may hold, as closed bounds: the bound
  /// away from 0 belongs to the next bin.
  static uint16_t getBinIndex(float value);
  static std::pair<double, double> getBounds(uint16_t index);

private:
  SmallVector<Bin, 0> bins;
  float min = 0.0f;
  float max = 0.0f;
  NonFinite nonFinite;
};

/// Collects a histogram quickly: one counter for each bin, 512 KiB in all.
class HistogramBuilder {
public:
  HistogramBuilder() : counts(Histogram::kNumBins) {}

  void add(ArrayRef<float> values);
  /// The histogram of everything added so far.
  Histogram build() const;

private:
  /// Indexed by the upper half of the float.
  std::vector<uint64_t> counts;
  /// The order keys of the least and the greatest finite sample.
  uint32_t minKey = UINT32_MAX;
  uint32_t maxKey = 0;
  Histogram::NonFinite nonFinite;
};

} // namespace mlir::lowbit

#endif // LOWBIT_CALIBRATE_HISTOGRAM_H
