#ifndef LOWBIT_QUANTIZE_ROUNDWEIGHTS_H
#define LOWBIT_QUANTIZE_ROUNDWEIGHTS_H

#include "WeightGrid.h"

namespace mlir::lowbit {

/// Constant weights of shape `shape` as numbers of `grid`, so rounded that the errors of each index of `channelAxis`
/// sum to half a step at most.
///
/// Rounding each weight to the nearest integer leaves a sum of errors that grows with the root of their number. Where
/// activations have a mean, as after a ReLU, that sum times the mean is added to every output of the channel. So the
/// weights that were rounded farthest in the direction of the sum are rounded the other way, as many as it takes: what
/// SQuant (Guo et al., ICLR 2022) does for whole channels.
SmallVector<float, 0> roundPreservingSums(ArrayRef<float> weights, ArrayRef<int64_t> shape, int64_t channelAxis,
                                          const WeightGrid &grid);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZE_ROUNDWEIGHTS_H
