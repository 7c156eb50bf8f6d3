#include "RoundWeights.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// A weight rounded to the nearest integer.
struct Rounded {
  size_t element;
  int64_t value;
  /// What was added to round it, in steps.
  double error;
};
} // namespace

/// Rounds the weights the other way whose errors are largest in the direction of the sum of errors.
static void balance(MutableArrayRef<Rounded> channel, int64_t min, int64_t max) {
  double sum = 0.0;
  for (const Rounded &weight : channel)
    sum += weight.error;
  const double direction = sum < 0.0 ? -1.0 : 1.0;
  llvm::sort(channel, [&](const Rounded &a, const Rounded &b) {
    const double left = direction * a.error, right = direction * b.error;
    return left != right ? left > right : a.element < b.element;
  });
  int64_t excess = std::lround(std::fabs(sum));
  for (Rounded &weight : channel) {
    const int64_t other = weight.value - static_cast<int64_t>(direction);
    if (excess == 0 || direction * weight.error <= 0.0)
      return;
    if (other < min || other > max)
      continue;
    weight.value = other;
    --excess;
  }
}

SmallVector<float, 0> lowbit::roundPreservingSums(ArrayRef<float> weights, ArrayRef<int64_t> shape, int64_t channelAxis,
                                                  const WeightGrid &grid) {
  const size_t stride = computeProduct(shape.drop_front(channelAxis + 1)), count = shape[channelAxis];
  const auto [min, max] = grid.getStorage();
  SmallVector<SmallVector<Rounded, 0>, 0> channels(count);
  for (auto [element, weight] : llvm::enumerate(weights)) {
    const int64_t value = grid.round(weight, element);
    channels[element / stride % count].push_back(
        {element, value, static_cast<double>(value) - grid.getPosition(weight, element)});
  }
  SmallVector<float, 0> result(weights.size());
  for (SmallVector<Rounded, 0> &channel : channels) {
    balance(channel, min, max);
    for (const Rounded &weight : channel)
      result[weight.element] = grid.getValue(weight.value, weight.element);
  }
  return result;
}
