#ifndef LOWBIT_PROPAGATE_BIASQUANTIZATION_H
#define LOWBIT_PROPAGATE_BIASQUANTIZATION_H

#include "lowbit/Dialect/LowbitInterfaces.h"

namespace mlir::lowbit {

/// Quantizes the bias of `op` to i32 in the scales of its accumulator. Where a bias would leave no room for the largest
/// sum of products, or its scale would be subnormal, that channel's weights get a larger scale: they lose precision
/// that the bias drowns. Does nothing where the op has no bias, or its activation and weight are not quantized, or no
/// scale helps.
void quantizeBias(QuantizableOpInterface op);

} // namespace mlir::lowbit

#endif // LOWBIT_PROPAGATE_BIASQUANTIZATION_H
