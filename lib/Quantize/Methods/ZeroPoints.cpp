#include "ZeroPoints.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kFractions = 100;

static double getError(const WeightGroup &channel, const WeightParams &params, StorageRange storage) {
  double error = 0.0;
  const auto lowest = static_cast<double>(storage.min), highest = static_cast<double>(storage.max);
  for (auto [index, weight] : llvm::enumerate(channel.weights)) {
    const double value = weight, scale = params.scale;
    const double integer = std::clamp(std::nearbyint(value / scale + params.zeroPoint), lowest, highest);
    const double difference = value - (integer - params.zeroPoint) * scale;
    error += (channel.importance.empty() ? 1.0 : channel.importance[index]) * difference * difference;
  }
  return error;
}

/// Those that hold `range` without clipping; of half steps around 0.
static WeightParams coverRange(FloatRange range, StorageRange storage, WeightZeroPoints zeroPoints) {
  const float largest = std::max(std::fabs(range.min), std::fabs(range.max));
  if (zeroPoints == WeightZeroPoints::None)
    return {*chooseSymmetricScale(largest, storage), 0.0};
  if (zeroPoints == WeightZeroPoints::Integer) {
    const QuantParams params = *chooseAsymmetric(range, storage);
    return {params.scale, static_cast<double>(params.zeroPoint)};
  }
  constexpr double kHalf = 0.5;
  const double steps = static_cast<double>(storage.max) + kHalf;
  const auto scale = static_cast<float>(static_cast<double>(largest) / steps);
  return {std::max(scale, std::numeric_limits<float>::min()), -kHalf};
}

/// The part `fraction` of 100 of a range.
static FloatRange shrink(FloatRange range, int64_t fraction) {
  auto scale = [&](float bound) {
    return static_cast<float>(static_cast<double>(bound) * static_cast<double>(fraction) / kFractions);
  };
  return {scale(range.min), scale(range.max)};
}

static WeightParams fitRange(const WeightGroup &channel, FloatRange range, StorageRange storage,
                             WeightZeroPoints zeroPoints) {
  WeightParams best = coverRange(range, storage, zeroPoints);
  double least = getError(channel, best, storage);
  auto attempt = [&](const WeightParams &params) {
    if (const double error = getError(channel, params, storage); error < least) {
      least = error;
      best = params;
    }
  };
  for (int64_t fraction = kFractions; fraction > 0 && least > 0.0; --fraction) {
    attempt(coverRange(shrink(range, fraction), storage, zeroPoints));
    if (zeroPoints == WeightZeroPoints::Integer)
      attempt(coverRange(shrink(range, fraction), storage, WeightZeroPoints::None));
  }
  return best;
}

std::optional<SmallVector<WeightParams>> lowbit::chooseWeightParams(ArrayRef<WeightGroup> channels,
                                                                    StorageRange storage, WeightZeroPoints zeroPoints,
                                                                    WeightScales scales) {
  SmallVector<FloatRange> ranges;
  float largest = 0.0f;
  for (const WeightGroup &channel : channels) {
    FloatRange range{0.0f, 0.0f};
    for (float weight : channel.weights) {
      if (!std::isfinite(weight))
        return std::nullopt;
      range = {std::min(range.min, weight), std::max(range.max, weight)};
      largest = std::max(largest, std::fabs(weight));
    }
    ranges.push_back(range);
  }
  SmallVector<WeightParams> params;
  for (auto [channel, range] : llvm::zip_equal(channels, ranges)) {
    if (range.min == range.max && zeroPoints == WeightZeroPoints::Integer)
      params.push_back({*chooseSymmetricScale(largest, storage), 0.0});
    else if (scales == WeightScales::MSE)
      params.push_back(fitRange(channel, range, storage, zeroPoints));
    else
      params.push_back(coverRange(range, storage, zeroPoints));
  }
  return params;
}
