#include "WeightGrid.h"
#include "lowbit/Support/ElementParameters.h"
#include "lowbit/Support/QuantScheme.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

StorageRange WeightGrid::getStorage(quant::QuantizedType type) {
  // The odd integer of half a step is twice the integer of a whole one, and 1.
  if (isHalfStepType(type))
    return QuantScheme::get(getRestingBits(type))->weights;
  return {type.getStorageTypeMin(), type.getStorageTypeMax()};
}

WeightGrid::WeightGrid(quant::QuantizedType type, ArrayRef<int64_t> shape) : storage(getStorage(type)) {
  const ElementParameters parameters = *ElementParameters::get(type, shape.size());
  indices = parameters.getIndices(shape);
  for (double scale : parameters.scales)
    scales.push_back(static_cast<float>(scale));
  zeroPoints.assign(parameters.zeroPoints.begin(), parameters.zeroPoints.end());
  if (!isHalfStepType(type))
    return;
  for (float &scale : scales)
    scale *= 2.0f;
  llvm::fill(zeroPoints, -0.5);
}

int64_t WeightGrid::round(float value, int64_t element) const {
  return static_cast<int64_t>(std::clamp(std::nearbyint(getPosition(value, element)), static_cast<double>(storage.min),
                                         static_cast<double>(storage.max)));
}
