#include "lowbit/Calibrate/Histogram.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr uint32_t kSignBit = 0x80000000u;
static constexpr uint32_t kExponentBits = 0x7f800000u;
static constexpr uint32_t kMantissaBits = 0x007fffffu;

/// Maps the bits of floats to integers of the same order; `getBits` is the inverse. The upper half of a key depends on
/// the upper half of the bits alone.
static uint32_t getKey(uint32_t bits) { return bits & kSignBit ? ~bits : bits | kSignBit; }
static uint32_t getBits(uint32_t key) { return key & kSignBit ? key & ~kSignBit : ~key; }

static float getFloat(uint32_t key) {
  float value = llvm::bit_cast<float>(getBits(key));
  return value == 0.0f ? 0.0f : value; // no -0
}

uint16_t Histogram::getBinIndex(float value) { return getKey(llvm::bit_cast<uint32_t>(value)) >> 16; }

std::pair<double, double> Histogram::getBounds(uint16_t index) {
  bool negative = index < kNumBins / 2;
  uint32_t magnitude = getBits(uint32_t(index) << 16) & 0x7fff0000u;
  double nearer = llvm::bit_cast<float>(magnitude);
  double farther = llvm::bit_cast<float>(magnitude + 0x00010000u);
  return negative ? std::make_pair(-farther, -nearer) : std::make_pair(nearer, farther);
}

/// The sum of the counts of `bins`, added to `start`; nothing where it overflows.
static std::optional<uint64_t> addCounts(ArrayRef<Histogram::Bin> bins, uint64_t start) {
  uint64_t sum = start;
  for (const Histogram::Bin &bin : bins) {
    bool overflow = false;
    sum = llvm::SaturatingAdd(sum, bin.count, &overflow);
    if (overflow)
      return std::nullopt;
  }
  return sum;
}

static std::optional<uint64_t> addCounts(const Histogram::NonFinite &nonFinite, uint64_t start) {
  return addCounts({{0, nonFinite.nans}, {0, nonFinite.negativeInfinities}, {0, nonFinite.positiveInfinities}}, start);
}

std::optional<Histogram> Histogram::create(ArrayRef<Bin> bins, float min, float max, const NonFinite &nonFinite) {
  if (!std::isfinite(min) || !std::isfinite(max) || min > max)
    return std::nullopt;
  for (auto [index, bin] : llvm::enumerate(bins))
    if (bin.count == 0 || (index > 0 && bins[index - 1].index >= bin.index))
      return std::nullopt;
  std::optional<uint64_t> finite = addCounts(bins, 0);
  if (!finite || !addCounts(nonFinite, *finite))
    return std::nullopt;
  // -0 has a bin of its own, yet it is 0 as a minimum or a maximum.
  auto isIn = [](float value, const Bin &bin) {
    return bin.index == getBinIndex(value) || (value == 0.0f && bin.index == getBinIndex(-0.0f));
  };
  if (bins.empty() ? min != 0.0f || max != 0.0f : !isIn(min, bins.front()) || !isIn(max, bins.back()))
    return std::nullopt;

  Histogram result;
  result.bins.assign(bins.begin(), bins.end());
  result.min = min == 0.0f ? 0.0f : min;
  result.max = max == 0.0f ? 0.0f : max;
  result.nonFinite = nonFinite;
  return result;
}

Histogram Histogram::of(ArrayRef<float> values) {
  HistogramBuilder builder;
  builder.add(values);
  return builder.build();
}

LogicalResult Histogram::merge(const Histogram &other) {
  std::optional<uint64_t> sum = addCounts(other.bins, getCount());
  if (!sum || !addCounts(other.nonFinite, *sum))
    return failure();
  if (!other.empty()) {
    min = empty() ? other.min : std::min(min, other.min);
    max = empty() ? other.max : std::max(max, other.max);
  }
  SmallVector<Bin, 0> merged;
  merged.reserve(bins.size() + other.bins.size());
  const Bin *ours = bins.begin(), *theirs = other.bins.begin();
  while (ours != bins.end() || theirs != other.bins.end()) {
    if (theirs == other.bins.end() || (ours != bins.end() && ours->index < theirs->index))
      merged.push_back(*ours++);
    else if (ours == bins.end() || theirs->index < ours->index)
      merged.push_back(*theirs++);
    else
      merged.push_back({ours->index, ours++->count + theirs++->count});
  }
  bins = std::move(merged);
  nonFinite.nans += other.nonFinite.nans;
  nonFinite.negativeInfinities += other.nonFinite.negativeInfinities;
  nonFinite.positiveInfinities += other.nonFinite.positiveInfinities;
  return success();
}

SmallVector<Histogram::Interval, 0> Histogram::getIntervals() const {
  return llvm::map_to_vector<0>(bins, [&](const Bin &bin) {
    auto [lower, upper] = getBounds(bin.index);
    return Interval{std::max<double>(lower, min), std::min<double>(upper, max), bin.count};
  });
}

uint64_t Histogram::getFiniteCount() const { return *addCounts(bins, 0); }
uint64_t Histogram::getCount() const { return *addCounts(nonFinite, getFiniteCount()); }

void HistogramBuilder::add(ArrayRef<float> values) {
  for (float value : values) {
    uint32_t bits = llvm::bit_cast<uint32_t>(value);
    if (LLVM_UNLIKELY((bits & kExponentBits) == kExponentBits)) {
      if (bits & kMantissaBits)
        ++nonFinite.nans;
      else
        ++(bits & kSignBit ? nonFinite.negativeInfinities : nonFinite.positiveInfinities);
      continue;
    }
    ++counts[bits >> 16];
    uint32_t key = getKey(bits);
    minKey = std::min(minKey, key);
    maxKey = std::max(maxKey, key);
  }
}

Histogram HistogramBuilder::build() const {
  SmallVector<Histogram::Bin, 0> bins;
  for (uint32_t index = 0; index < Histogram::kNumBins; ++index)
    if (uint64_t count = counts[getBits(index << 16) >> 16])
      bins.push_back({uint16_t(index), count});
  float min = bins.empty() ? 0.0f : getFloat(minKey), max = bins.empty() ? 0.0f : getFloat(maxKey);
  return *Histogram::create(bins, min, max, nonFinite);
}
