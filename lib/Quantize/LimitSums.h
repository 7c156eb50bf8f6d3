#ifndef LOWBIT_LIB_QUANTIZE_LIMITSUMS_H
#define LOWBIT_LIB_QUANTIZE_LIMITSUMS_H

#include "Plan.h"

namespace mlir::lowbit {

/// Bounds the integers of activations of more than 8 bits, so that the sums of products with the weights that read them
/// fit 32 bits, with as much room for a bias: to `[-n, n]` with the largest `n = 2^k - 1` for which `n` times the
/// magnitudes of a channel's weights is at most 2^30. Tensors that share a scale get one bound. A sum that is proved to
/// fit needs neither wider accumulators nor a reduction in parts, and costs what bits it lacks.
void limitSums(QuantizePlan &plan);

/// The largest magnitude of the activation that the weights of `op` are multiplied with, as above; nothing where there
/// are none that can be read.
std::optional<int64_t> getSumLimit(QuantizableOpInterface op, const QuantizePlan &plan);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZE_LIMITSUMS_H
