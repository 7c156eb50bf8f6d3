#ifndef LOWBIT_OPMODELS_STORAGECLAMP_H
#define LOWBIT_OPMODELS_STORAGECLAMP_H

#include "lowbit/Dialect/LowbitInterfaces.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include <optional>

namespace mlir::lowbit {

/// The storage integers between which `bounds` lie in `type`; nothing where they are the bounds of the type itself.
/// Since rounding is monotone, bounding storage integers gives what quantizing a bounded float gives.
std::optional<StorageRange> getStorageClamp(FloatRange bounds, quant::UniformQuantizedType type);

} // namespace mlir::lowbit

#endif // LOWBIT_OPMODELS_STORAGECLAMP_H
