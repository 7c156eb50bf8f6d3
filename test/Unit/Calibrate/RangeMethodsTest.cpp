#include "lowbit/Calibrate/RangeMethods.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <random>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr float kMax = std::numeric_limits<float>::max();
static constexpr RangeOptions kAsymmetric{{-128, 127}, /*symmetric=*/false};
static constexpr RangeOptions kSymmetric{{-127, 127}, /*symmetric=*/true};

namespace {
/// Distributions as activations have them; the standard library's own differ between its versions, so sums of uniforms.
struct Distribution {
  const char *name;
  float (*draw)(std::mt19937 &);
};
} // namespace

static float drawUniform(std::mt19937 &random) { return float(random() >> 8) / float(1 << 24); }
static float drawBell(std::mt19937 &random) {
  float sum = 0;
  for (int i = 0; i < 12; ++i)
    sum += drawUniform(random);
  return sum - 6;
}
static float drawRectified(std::mt19937 &random) { return std::max(drawBell(random), 0.0f); }
static float drawTailed(std::mt19937 &random) { return drawBell(random) / (drawUniform(random) + 0.01f); }
static float drawNegative(std::mt19937 &random) { return -1 - drawUniform(random); }

static constexpr Distribution kDistributions[] = {{"uniform", drawUniform},
                                                  {"bell", drawBell},
                                                  {"rectified", drawRectified},
                                                  {"tailed", drawTailed},
                                                  {"negative", drawNegative}};

static std::vector<float> draw(const Distribution &distribution, size_t count) {
  std::mt19937 random(7);
  std::vector<float> samples(count);
  for (float &sample : samples)
    sample = distribution.draw(random);
  return samples;
}

/// The mean squared error of quantizing the samples themselves.
static double getError(ArrayRef<float> samples, FloatRange range, const RangeOptions &options) {
  QuantParams params = options.symmetric ? QuantParams{*chooseSymmetricScale(range.max, options.storage), 0}
                                         : *chooseAsymmetric(range, options.storage);
  double sum = 0;
  for (float sample : samples) {
    double q = std::clamp(std::nearbyint(sample / double(params.scale)) + params.zeroPoint, double(options.storage.min),
                          double(options.storage.max));
    double error = sample - (q - params.zeroPoint) * params.scale;
    sum += error * error;
  }
  return sum / samples.size();
}

TEST(RangeMethods, AreFoundByName) {
  for (const RangeMethod &method : getRangeMethods())
    EXPECT_EQ(getRangeMethod(method.name), &method);
  EXPECT_EQ(getRangeMethod("mean"), nullptr);
}

TEST(RangeMethods, KeepWhatEveryRangeMustBe) {
  const std::vector<std::vector<float>> cases = {{0.0f},
                                                 {-0.0f},
                                                 {1.0f},
                                                 {-1.0f},
                                                 {1e-45f},
                                                 {-kMax, kMax},
                                                 {kMax},
                                                 {0.0f, 1e-45f},
                                                 {1.0f, 1.0f, 1.0f},
                                                 {-3.0f, -2.0f},
                                                 {2.0f, 3.0f},
                                                 {1e-30f, 1e30f},
                                                 draw(kDistributions[1], 100),
                                                 draw(kDistributions[3], 3000)};
  for (const RangeMethod &method : getRangeMethods()) {
    for (RangeOptions options : {kAsymmetric, kSymmetric, RangeOptions{{-8, 7}}, RangeOptions{{-7, 7}, true},
                                 RangeOptions{{-2, 1}}, RangeOptions{{-32768, 32767}}}) {
      for (ArrayRef<float> samples : cases) {
        Histogram histogram = Histogram::of(samples);
        FloatRange range = method.getRange(histogram, options), whole = getMinMaxRange(histogram, options);
        SCOPED_TRACE(testing::Message() << method.name.str() << " of " << samples.front() << "...");
        EXPECT_LE(range.min, 0.0f);
        EXPECT_GE(range.max, 0.0f);
        EXPECT_GE(range.min, whole.min);
        EXPECT_LE(range.max, whole.max);
        if (options.symmetric) {
          EXPECT_EQ(range.min, -range.max);
        }
      }
    }
  }
}

TEST(RangeMethods, MinMaxIsTheWholeRange) {
  FloatRange range = getMinMaxRange(Histogram::of({-1.25f, 3.7f, 2.0f}), kAsymmetric);
  EXPECT_EQ(range.min, -1.25f);
  EXPECT_EQ(range.max, 3.7f);
  EXPECT_EQ(getMinMaxRange(Histogram::of({2.0f, 3.0f}), kAsymmetric).min, 0.0f);
  EXPECT_EQ(getMinMaxRange(Histogram::of({-3.0f, 2.0f}), kSymmetric).max, 3.0f);
}

TEST(RangeMethods, PercentileIsInTheBinOfTheQuantile) {
  for (const Distribution &distribution : kDistributions) {
    std::vector<float> samples = draw(distribution, 20000);
    Histogram histogram = Histogram::of(samples);
    llvm::sort(samples);
    for (double percentile : {100.0, 99.99, 99.0, 90.0, 50.0}) {
      RangeOptions options = kAsymmetric;
      options.percentile = percentile;
      FloatRange range = getPercentileRange(histogram, options);
      size_t cut = (100.0 - percentile) / 200.0 * samples.size();
      float low = std::min(samples[cut], 0.0f), high = std::max(samples[samples.size() - 1 - cut], 0.0f);
      SCOPED_TRACE(testing::Message() << distribution.name << " " << percentile);
      EXPECT_NEAR(range.min, low, std::fabs(low) / 64);
      EXPECT_NEAR(range.max, high, std::fabs(high) / 64);
      if (percentile == 100.0) {
        EXPECT_EQ(range.min, low);
        EXPECT_EQ(range.max, high);
      }
    }
  }
}

TEST(RangeMethods, MSEIsAsGoodAsAnExhaustiveSearch) {
  for (const RangeOptions &options : {kAsymmetric, kSymmetric, RangeOptions{{-8, 7}}, RangeOptions{{-7, 7}, true}}) {
    for (const Distribution &distribution : kDistributions) {
      std::vector<float> samples = draw(distribution, 1000);
      Histogram histogram = Histogram::of(samples);
      FloatRange whole = getMinMaxRange(histogram, options);
      double least = std::numeric_limits<double>::infinity();
      for (int low = 1; low <= 60; ++low) {
        for (int high = 1; high <= 60; ++high) {
          if ((options.symmetric || whole.min == 0 || whole.max == 0) && low != high)
            continue;
          least = std::min(least, getError(samples, {whole.min * low / 60, whole.max * high / 60}, options));
        }
      }
      double found = getError(samples, getMSERange(histogram, options), options);
      SCOPED_TRACE(testing::Message() << distribution.name << " to " << options.storage.max);
      EXPECT_LE(found, least * 1.05);
      EXPECT_LE(found, getError(samples, whole, options) * 1.0001);
    }
  }
}

/// The published algorithm, on a linear histogram of the samples themselves: the threshold for magnitudes.
static double getReferenceThreshold(ArrayRef<float> samples, double max, size_t levels, size_t count) {
  std::vector<double> bins(count);
  for (float sample : samples)
    ++bins[std::min(size_t(std::fabs(sample) / max * count), count - 1)];
  bins[0] = bins[1];
  double least = std::numeric_limits<double>::infinity(), threshold = max;
  for (size_t size = count; size >= levels; --size) {
    std::vector<double> p(bins.begin(), bins.begin() + size), q(size);
    p.back() += std::accumulate(bins.begin() + size, bins.end(), 0.0);
    for (size_t level = 0; level < levels; ++level) {
      size_t begin = level * size / levels, end = (level + 1) * size / levels;
      double sum = std::accumulate(bins.begin() + begin, bins.begin() + end, 0.0);
      auto occupied = std::count_if(bins.begin() + begin, bins.begin() + end, [](double bin) { return bin > 0; });
      for (size_t bin = begin; bin < end; ++bin)
        q[bin] = bins[bin] > 0 ? sum / occupied : 0;
    }
    double sumP = std::accumulate(p.begin(), p.end(), 0.0), sumQ = std::accumulate(q.begin(), q.end(), 0.0);
    double divergence = 0;
    for (size_t bin = 0; bin < size; ++bin)
      if (p[bin] > 0)
        divergence += q[bin] > 0 ? p[bin] / sumP * std::log(p[bin] / sumP / (q[bin] / sumQ))
                                 : std::numeric_limits<double>::infinity();
    if (divergence < least) {
      least = divergence;
      threshold = max * size / count;
    }
  }
  return threshold;
}

TEST(RangeMethods, EntropyIsNearThePublishedAlgorithm) {
  // The distributions differ: the published algorithm bins the samples, ours spreads the samples of a wider bin evenly.
  for (const Distribution &distribution : {kDistributions[1], kDistributions[2], kDistributions[3]}) {
    std::vector<float> samples = draw(distribution, 400000);
    Histogram histogram = Histogram::of(samples);
    bool hasBothSigns = histogram.getMin() < 0;
    double max = std::max(-histogram.getMin(), histogram.getMax());
    size_t levels = hasBothSigns ? 128 : 256;
    double expected = getReferenceThreshold(samples, max, levels, levels * 16);
    FloatRange range = getEntropyRange(histogram, kAsymmetric);
    EXPECT_NEAR(std::max(-range.min, range.max), expected, 0.15 * expected) << distribution.name;
  }
}

TEST(RangeMethods, EntropyClipsTailsAndKeepsUniformValues) {
  Histogram uniform = Histogram::of(draw(kDistributions[0], 100000));
  EXPECT_GE(getEntropyRange(uniform, kAsymmetric).max, 0.95f * uniform.getMax());
  Histogram tailed = Histogram::of(draw(kDistributions[3], 100000));
  EXPECT_LE(getEntropyRange(tailed, kAsymmetric).max, 0.8f * tailed.getMax());
}

TEST(RangeMethods, DoNotDependOnTheOrderOfMerging) {
  std::vector<float> samples = draw(kDistributions[3], 4000);
  Histogram whole = Histogram::of(samples), merged;
  for (ArrayRef<float> rest = samples; !rest.empty(); rest = rest.drop_back(500))
    EXPECT_TRUE(succeeded(merged.merge(Histogram::of(rest.take_back(500)))));
  for (const RangeMethod &method : getRangeMethods()) {
    FloatRange a = method.getRange(whole, kAsymmetric), b = method.getRange(merged, kAsymmetric);
    EXPECT_EQ(a.min, b.min);
    EXPECT_EQ(a.max, b.max);
  }
}
