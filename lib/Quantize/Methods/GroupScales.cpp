#include "GroupScales.h"
#include "lowbit/Support/GroupMultipliers.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

int64_t lowbit::getLargestMultiplier(StorageRange storage, int64_t zeroPoint) {
  return GroupMultipliers::kLargestMagnitude /
         std::max(std::abs(storage.min - zeroPoint), std::abs(storage.max - zeroPoint));
}

/// A channel scale that all multiples are exact and finite of.
static float boundChannelScale(double scale) {
  constexpr double kLeast = std::numeric_limits<float>::min(), kMost = 0x1p120;
  return roundChannelScale(static_cast<float>(std::clamp(scale, kLeast, kMost)));
}

/// The squared error of a group that is rounded to the nearest integers in `scale`.
static double getError(const WeightGroup &group, double scale, StorageRange storage) {
  double error = 0.0;
  const auto zeroPoint = static_cast<double>(group.zeroPoint);
  for (auto [index, weight] : llvm::enumerate(group.weights)) {
    const double value = weight;
    const double integer = std::clamp(std::nearbyint(value / scale + zeroPoint), static_cast<double>(storage.min),
                                      static_cast<double>(storage.max));
    const double difference = value - (integer - zeroPoint) * scale;
    error += (group.importance.empty() ? 1.0 : group.importance[index]) * difference * difference;
  }
  return error;
}

std::optional<SmallVector<float>> lowbit::chooseAbsMaxScales(ArrayRef<float> weights,
                                                             llvm::function_ref<int64_t(int64_t)> getGroup,
                                                             int64_t groupCount, StorageRange storage) {
  SmallVector<float> largest(groupCount, 0.0f);
  float tensorMax = 0.0f;
  for (auto [index, weight] : llvm::enumerate(weights)) {
    if (!std::isfinite(weight))
      return std::nullopt;
    float &groupMax = largest[getGroup(index)];
    groupMax = std::max(groupMax, std::fabs(weight));
    tensorMax = std::max(tensorMax, std::fabs(weight));
  }
  for (float &value : largest)
    value = *chooseSymmetricScale(value == 0.0f ? tensorMax : value, storage);
  return largest;
}

/// The least channel scale with which no group needs a larger multiplier than it may have.
static double getLeastChannelScale(ArrayRef<WeightGroup> groups, ArrayRef<float> wanted, StorageRange storage) {
  double least = 0.0;
  for (auto [group, scale] : llvm::zip_equal(groups, wanted))
    least = std::max(least,
                     static_cast<double>(scale) / static_cast<double>(getLargestMultiplier(storage, group.zeroPoint)));
  return least;
}

GroupScales lowbit::coverGroupScales(ArrayRef<WeightGroup> groups, ArrayRef<float> wanted, StorageRange storage) {
  GroupScales scales{boundChannelScale(getLeastChannelScale(groups, wanted, storage)), {}};
  for (auto [group, scale] : llvm::zip_equal(groups, wanted))
    scales.multipliers.push_back(
        std::clamp<int64_t>(static_cast<int64_t>(std::ceil(static_cast<double>(scale) / scales.channelScale)), 1,
                            getLargestMultiplier(storage, group.zeroPoint)));
  return scales;
}

GroupScales lowbit::fitGroupScales(ArrayRef<WeightGroup> groups, ArrayRef<float> wanted, StorageRange storage) {
  constexpr int64_t kCandidates = 8;
  // As many as a group without a zero point has, of which the largest is divided by each multiplier from the top down.
  const int64_t most = getLargestMultiplier(storage, /*zeroPoint=*/0);
  const double finest = getLeastChannelScale(groups, wanted, storage) * static_cast<double>(most);
  GroupScales best;
  double least = std::numeric_limits<double>::infinity();
  for (int64_t top = most; top > std::max<int64_t>(0, most - kCandidates); --top) {
    GroupScales scales{boundChannelScale(finest / static_cast<double>(top)), {}};
    double error = 0.0;
    for (auto [group, scale] : llvm::zip_equal(groups, wanted)) {
      const int64_t ofGroup = getLargestMultiplier(storage, group.zeroPoint);
      const auto below = std::clamp<int64_t>(static_cast<int64_t>(scale / scales.channelScale), 1, ofGroup);
      const int64_t above = std::min(below + 1, ofGroup);
      const double errorBelow = getError(group, static_cast<double>(below) * scales.channelScale, storage);
      const double errorAbove = getError(group, static_cast<double>(above) * scales.channelScale, storage);
      scales.multipliers.push_back(errorAbove < errorBelow ? above : below);
      error += std::min(errorBelow, errorAbove);
    }
    if (error < least || best.multipliers.empty()) {
      least = error;
      best = std::move(scales);
    }
  }
  return best;
}

void GroupedColumn::applyScales() {
  for (auto [k, group] : llvm::enumerate(groups))
    scales[k] = static_cast<double>(groupScales.multipliers[group]) * groupScales.channelScale;
}

void lowbit::descendMultipliers(GroupedColumn &column, const SquareMatrix &hessian, StorageRange storage) {
  const int64_t size = hessian.size;
  std::vector<double> gradient = getErrorGradient(column, hessian);
  std::vector<SmallVector<int64_t>> members(column.groupScales.multipliers.size());
  for (auto [k, group] : llvm::enumerate(column.groups))
    members[group].push_back(static_cast<int64_t>(k));
  for (auto [group, multiplier] : llvm::enumerate(column.groupScales.multipliers)) {
    // The errors of the group move by its integers, a step of the channel's scale for each step of the multiplier.
    double slope = 0.0, curvature = 0.0;
    for (int64_t k : members[group]) {
      const double move = column.getSteps(k);
      slope += move * gradient[k];
      for (int64_t j : members[group])
        curvature += move * hessian.at(k, j) * column.getSteps(j);
    }
    const double step = column.groupScales.channelScale, direction = slope > 0.0 ? -1.0 : 1.0;
    const int64_t next = multiplier + static_cast<int64_t>(direction);
    const auto zeroPoint = static_cast<int64_t>(column.getZeroPoint(members[group].front()));
    // What is less than rounding could undo is left.
    if (next < 1 || next > getLargestMultiplier(storage, zeroPoint) ||
        2.0 * direction * step * slope + step * step * curvature >= -1e-9 * step * step * curvature)
      continue;
    multiplier = next;
    for (int64_t k : members[group]) {
      const double move = direction * step * column.getSteps(k);
      ArrayRef<double> row = hessian.getRow(k);
      for (int64_t j = 0; move != 0.0 && j < size; ++j)
        gradient[j] += move * row[j];
    }
  }
  column.applyScales();
}

void lowbit::fitChannelScale(GroupedColumn &column, const SquareMatrix &hessian) {
  WeightColumn effective = column;
  effective.zeroPoints.clear();
  for (auto [k, group] : llvm::enumerate(column.groups))
    effective.integers[k] = static_cast<int64_t>(column.getSteps(k)) * column.groupScales.multipliers[group];
  if (std::optional<float> scale = fitScale(effective, hessian))
    column.groupScales.channelScale = boundChannelScale(*scale);
  column.applyScales();
}
