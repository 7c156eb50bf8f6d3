#ifndef LOWBIT_OPMODELS_STORAGECLAMP_H
#define LOWBIT_OPMODELS_STORAGECLAMP_H

#include "lowbit/Dialect/LowbitInterfaces.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include <optional>

namespace mlir::lowbit {

/// The storage integers between which `bounds` lie in `type`; nothing where they are the bounds of the type itself.
/// Since rounding is monotone, bounding storage integers gives what quantizing a bounded float gives.
std::optional<StorageRange> getStorageClamp(FloatRange bounds, quant::UniformQuantizedType type);

/// The accumulators between which `bounds` lie in any scale: 0 and the infinities are the same in all. Nothing where a
/// bound is another number, which exact sums can't be bounded to.
std::optional<StorageRange> getAccumulatorClamp(FloatRange bounds);

} // namespace mlir::lowbit

#endif // LOWBIT_OPMODELS_STORAGECLAMP_H
