#include "RoundWeights.h"
#include "lowbit/Support/ElementParameters.h"
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
                                                  quant::QuantizedType type) {
  const ElementParameters parameters = *ElementParameters::get(type, shape.size());
  const SmallVector<unsigned, 0> indices = parameters.getIndices(shape);
  auto getScale = [&](size_t element) { return static_cast<float>(parameters.scales[indices[element]]); };
  const size_t stride = computeProduct(shape.drop_front(channelAxis + 1)), count = shape[channelAxis];
  const int64_t min = type.getStorageTypeMin(), max = type.getStorageTypeMax();
  SmallVector<SmallVector<Rounded, 0>, 0> channels(count);
  for (auto [element, weight] : llvm::enumerate(weights)) {
    const double steps = static_cast<double>(weight) / getScale(element);
    const double value = std::clamp(std::nearbyint(steps), static_cast<double>(min), static_cast<double>(max));
    channels[element / stride % count].push_back({element, static_cast<int64_t>(value), value - steps});
  }
  SmallVector<float, 0> result(weights.size());
  for (SmallVector<Rounded, 0> &channel : channels) {
    balance(channel, min, max);
    for (const Rounded &weight : channel)
      result[weight.element] = static_cast<float>(weight.value) * getScale(weight.element);
  }
  return result;
}
