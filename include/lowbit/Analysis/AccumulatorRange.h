#ifndef LOWBIT_ANALYSIS_ACCUMULATORRANGE_H
#define LOWBIT_ANALYSIS_ACCUMULATORRANGE_H

#include "lowbit/Support/QuantScheme.h"
#include "mlir/IR/Operation.h"
#include <string>

/// Proofs that i32 accumulators hold the exact sums. Every bound is on the sum of absolute values, so it holds for any
/// order of the terms and any part of them: a backend may split, reorder and pair them as it likes.
namespace mlir::lowbit {

/// The storage integers of an operand and the one that stands for 0.
struct StorageValues {
  StorageRange range;
  int64_t zeroPoint = 0;

  /// The largest absolute value of `q - zeroPoint`.
  int64_t getLargestMagnitude() const;
};

/// The storage range and the zero point of a per-tensor type; those of the largest magnitude of a per-axis one over its
/// axis. Nothing for sub-channel types.
std::optional<StorageValues> getStorageValues(quant::QuantizedType type);

/// The integers that weights of `type` are multiplied as: as above, or the effective weights of groups, whose output
/// channels lie along `channelAxis`. Nothing for other sub-channel types.
std::optional<StorageValues> getWeightValues(quant::QuantizedType type, int64_t channelAxis);

/// What an accumulator can reach at most, in absolute value, and in which output channel, -1 where all are alike.
/// Saturates at INT64_MAX.
struct AccumulatorBound {
  int64_t magnitude = 0;
  int64_t channel = -1;

  /// True where the accumulator's exact value and all its partial sums fit i32.
  bool fits() const;
};

/// The bound for constant weights of shape `shape`, output channels along `channelAxis`:
/// max over channels of |bias| + largest |input - z| * sum of |weight - z_weight|.
/// `weightZeroPoints` has one value, or one for each channel; `bias` has one for each channel, or none.
AccumulatorBound boundAccumulator(ArrayRef<int8_t> weights, ArrayRef<int64_t> shape, int64_t channelAxis,
                                  ArrayRef<int64_t> weightZeroPoints, const StorageValues &input,
                                  ArrayRef<int32_t> bias);

/// The bound for a product of two operands known by their types alone, `count` terms a sum, plus a bias of at most
/// `largestBias` in absolute value.
AccumulatorBound boundAccumulator(const StorageValues &lhs, const StorageValues &rhs, int64_t count,
                                  int64_t largestBias = 0);

/// How many products one sum of `op`, a lowbit contraction of static shapes, has; nothing for other ops.
std::optional<int64_t> getTermCount(Operation *op);

/// Success where the accumulators of `op` (a lowbit contraction, product, pool or mean; no other op has one) provably
/// fit, from its constants and types; failure with the reason in `reason`.
LogicalResult verifyAccumulator(Operation *op, std::string &reason);

} // namespace mlir::lowbit

#endif // LOWBIT_ANALYSIS_ACCUMULATORRANGE_H
