#include "lowbit/Calibrate/Histogram.h"
#include "llvm/ADT/bit.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();
static constexpr float kMax = std::numeric_limits<float>::max();
static const float kNaN = std::nanf("");

/// Floats of every kind: any bits, so of any magnitude, and NaN and infinities among them.
static std::vector<float> getSamples(std::mt19937 &random, size_t count) {
  std::vector<float> samples(count);
  const float special[] = {0.0f, -0.0f, kInfinity, -kInfinity, kNaN, kMax, -kMax, 1e-45f, 1.0f, -1.0f};
  for (float &sample : samples)
    sample = random() % 4 == 0 ? special[random() % std::size(special)] : llvm::bit_cast<float>(uint32_t(random()));
  return samples;
}

TEST(Histogram, IsEmptyAtFirst) {
  Histogram histogram = Histogram::of({});
  EXPECT_TRUE(histogram.empty());
  EXPECT_EQ(histogram.getCount(), 0u);
  EXPECT_EQ(histogram, Histogram());
}

TEST(Histogram, CountsWhatIsNoNumberApart) {
  Histogram histogram = Histogram::of({kNaN, -kNaN, kInfinity, -kInfinity, -kInfinity, -2.0f, 3.0f,
                                       llvm::bit_cast<float>(0x7f800001u), llvm::bit_cast<float>(0xff800001u)});
  EXPECT_EQ(histogram.getNonFinite().nans, 4u);
  EXPECT_EQ(histogram.getNonFinite().positiveInfinities, 1u);
  EXPECT_EQ(histogram.getNonFinite().negativeInfinities, 2u);
  EXPECT_EQ(histogram.getFiniteCount(), 2u);
  EXPECT_EQ(histogram.getCount(), 9u);
  EXPECT_EQ(histogram.getMin(), -2.0f);
  EXPECT_EQ(histogram.getMax(), 3.0f);
}

TEST(Histogram, HasNoNegativeZeroAsBound) {
  Histogram histogram = Histogram::of({-0.0f});
  EXPECT_FALSE(std::signbit(histogram.getMin()));
  EXPECT_FALSE(std::signbit(histogram.getMax()));
}

TEST(Histogram, AscendsWithTheValues) {
  std::mt19937 random(1);
  std::vector<float> samples = getSamples(random, 2000);
  llvm::erase_if(samples, [](float sample) { return !std::isfinite(sample); });
  llvm::sort(samples);
  for (size_t i = 0; i < samples.size(); ++i) {
    uint16_t index = Histogram::getBinIndex(samples[i]);
    auto [lower, upper] = Histogram::getBounds(index);
    EXPECT_LE(lower, samples[i]);
    EXPECT_GE(upper, samples[i]);
    if (i > 0 && samples[i - 1] < samples[i]) {
      EXPECT_LE(Histogram::getBinIndex(samples[i - 1]), index);
    }
  }
}

TEST(Histogram, BoundsOfBinsMeet) {
  for (unsigned index = Histogram::getBinIndex(-kMax); index < Histogram::getBinIndex(kMax); ++index) {
    auto [lower, upper] = Histogram::getBounds(index);
    EXPECT_LE(lower, upper);
    EXPECT_EQ(upper, Histogram::getBounds(index + 1).first) << index;
  }
}

TEST(Histogram, MatchesACountByHand) {
  std::mt19937 random(2);
  std::vector<float> samples = getSamples(random, 5000);
  std::map<uint16_t, uint64_t> expected;
  float min = kInfinity, max = -kInfinity;
  for (float sample : samples) {
    if (!std::isfinite(sample))
      continue;
    ++expected[Histogram::getBinIndex(sample)];
    min = std::min(min, sample);
    max = std::max(max, sample);
  }
  Histogram histogram = Histogram::of(samples);
  std::map<uint16_t, uint64_t> actual;
  for (Histogram::Bin bin : histogram.getBins())
    actual[bin.index] = bin.count;
  EXPECT_EQ(actual, expected);
  EXPECT_EQ(histogram.getMin(), min);
  EXPECT_EQ(histogram.getMax(), max);
}

TEST(Histogram, IsTheSameForAnySplitAndOrder) {
  std::mt19937 random(3);
  for (unsigned trial = 0; trial < 200; ++trial) {
    std::vector<float> samples = getSamples(random, random() % 400);
    Histogram whole = Histogram::of(samples);
    std::vector<Histogram> parts;
    std::shuffle(samples.begin(), samples.end(), random);
    for (ArrayRef<float> rest = samples; !rest.empty();) {
      size_t size = std::min<size_t>(random() % 50, rest.size());
      parts.push_back(Histogram::of(rest.take_front(size)));
      rest = rest.drop_front(size);
    }
    std::shuffle(parts.begin(), parts.end(), random);
    // Merge as any tree: two parts at a time, whichever.
    while (parts.size() > 1) {
      size_t at = random() % (parts.size() - 1);
      EXPECT_TRUE(succeeded(parts[at].merge(parts[at + 1])));
      parts.erase(parts.begin() + at + 1);
    }
    EXPECT_EQ(parts.empty() ? Histogram() : parts.front(), whole);
  }
}

TEST(Histogram, RefusesToOverflow) {
  Histogram::Bin one{Histogram::getBinIndex(1.0f), UINT64_MAX};
  std::optional<Histogram> full = Histogram::create(one, 1.0f, 1.0f, {});
  ASSERT_TRUE(full);
  Histogram before = *full;
  EXPECT_TRUE(failed(full->merge(Histogram::of({2.0f}))));
  EXPECT_TRUE(failed(full->merge(Histogram::of({kNaN}))));
  EXPECT_EQ(*full, before);
  EXPECT_TRUE(succeeded(full->merge(Histogram())));
}

TEST(Histogram, RefusesPartsThatNoSamplesGive) {
  uint16_t one = Histogram::getBinIndex(1.0f), two = Histogram::getBinIndex(2.0f);
  using Bin = Histogram::Bin;
  EXPECT_TRUE(Histogram::create({{one, 1}, {two, 1}}, 1.0f, 2.0f, {}));
  EXPECT_FALSE(Histogram::create({{two, 1}, {one, 1}}, 1.0f, 2.0f, {})) << "descending bins";
  EXPECT_FALSE(Histogram::create({{one, 1}, {one, 1}}, 1.0f, 1.0f, {})) << "a bin twice";
  EXPECT_FALSE(Histogram::create({{one, 0}, {two, 1}}, 1.0f, 2.0f, {})) << "an empty bin";
  EXPECT_FALSE(Histogram::create({{one, 1}, {two, 1}}, 0.5f, 2.0f, {})) << "the minimum is elsewhere";
  EXPECT_FALSE(Histogram::create({{one, 1}, {two, 1}}, 1.0f, 3.0f, {})) << "the maximum is elsewhere";
  EXPECT_FALSE(Histogram::create(Bin{one, 2}, 1.001f, 1.0f, {})) << "the minimum above the maximum";
  EXPECT_FALSE(Histogram::create({}, 1.0f, 1.0f, {})) << "bounds without samples";
  EXPECT_FALSE(Histogram::create(Bin{Histogram::getBinIndex(kInfinity), 1}, kInfinity, kInfinity, {})) << "infinity";
  EXPECT_FALSE(Histogram::create({}, kNaN, kNaN, {})) << "NaN";
  EXPECT_FALSE(Histogram::create({{one, UINT64_MAX}, {two, 1}}, 1.0f, 2.0f, {})) << "overflow";
  EXPECT_FALSE(Histogram::create(Bin{one, UINT64_MAX}, 1.0f, 1.0f, {1, 0, 0})) << "overflow of all counts";
}
