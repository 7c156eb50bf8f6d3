#include "Methods.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kFractions = 100;

/// The weights of one group.
namespace {
struct Group {
  SmallVector<float, 0> weights;
  SmallVector<float, 0> importance;

  double getError(float scale, StorageRange storage) const {
    double error = 0.0;
    const auto lowest = static_cast<float>(storage.min), highest = static_cast<float>(storage.max);
    for (auto [index, weight] : llvm::enumerate(weights)) {
      const float rounded = std::clamp(std::nearbyint(weight / scale), lowest, highest);
      const double difference = static_cast<double>(weight) - static_cast<double>(rounded) * scale;
      error += (importance.empty() ? 1.0 : importance[index]) * difference * difference;
    }
    return error;
  }
};
} // namespace

std::optional<SmallVector<float>> lowbit::chooseMSEScales(ArrayRef<float> weights, ArrayRef<float> importance,
                                                          llvm::function_ref<int64_t(int64_t)> getGroup,
                                                          int64_t groupCount, StorageRange storage) {
  SmallVector<Group, 0> groups(groupCount);
  float tensorMax = 0.0f;
  for (auto [index, weight] : llvm::enumerate(weights)) {
    if (!std::isfinite(weight))
      return std::nullopt;
    Group &group = groups[getGroup(index)];
    group.weights.push_back(weight);
    if (!importance.empty())
      group.importance.push_back(importance[index]);
    tensorMax = std::max(tensorMax, std::fabs(weight));
  }
  SmallVector<float> scales;
  for (const Group &group : groups) {
    float largest = 0.0f;
    for (float weight : group.weights)
      largest = std::max(largest, std::fabs(weight));
    const float whole = *chooseSymmetricScale(largest == 0.0f ? tensorMax : largest, storage);
    float best = whole;
    double least = group.getError(whole, storage);
    for (int64_t fraction = kFractions - 1; fraction > 0 && least > 0.0; --fraction) {
      const float scale = *chooseSymmetricScale(
          static_cast<float>(static_cast<double>(largest) * static_cast<double>(fraction) / kFractions), storage);
      if (double error = group.getError(scale, storage); error < least) {
        least = error;
        best = scale;
      }
    }
    scales.push_back(best);
  }
  return scales;
}
