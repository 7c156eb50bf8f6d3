#ifndef LOWBIT_LIB_IMPORT_CONTRACTIONS_H
#define LOWBIT_LIB_IMPORT_CONTRACTIONS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>

/// Contractions of float form and what they start their sums from.
namespace mlir::lowbit {

/// A value for each channel, in f64: a whole chain of operations rounds once.
using Channels = SmallVector<double, 0>;

/// The dimension of the weights of a contraction of float form that numbers its output channels, the last dimension of
/// its result; nothing for any other op.
std::optional<int64_t> getChannelDim(Operation *op);

/// The values of an operand with the indexing map `map` that is constant and varies with the last dimension of the
/// iteration space alone, which has `count` places.
std::optional<Channels> getChannelConstant(Value value, AffineMap map, int64_t count);

/// What a contraction of float form starts its sums from, where that is a constant for each channel.
std::optional<Channels> getBias(linalg::LinalgOp contraction);

/// A tensor of `type` with the bias in its last dimension: a broadcast constant, or a fill where the bias is 0.
Value createBias(OpBuilder &builder, Location loc, RankedTensorType type, ArrayRef<double> bias);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_IMPORT_CONTRACTIONS_H
