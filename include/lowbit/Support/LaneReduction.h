#ifndef LOWBIT_SUPPORT_LANEREDUCTION_H
#define LOWBIT_SUPPORT_LANEREDUCTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>

namespace mlir::lowbit {

/// The virtual lanes in which a reduction along contiguous elements is computed, whatever the width of the machine's
/// vectors.
inline constexpr int64_t kReductionLanes = 16;

/// A reduction whose terms lie side by side in memory while its results do not: a sum, product, maximum or minimum
/// along the last dimension of what it reads. Its order is that of docs/Arithmetic.md, "Reductions in lanes".
struct LaneReduction {
  /// The iteration dimension that the lanes run along, and its size K.
  unsigned dim = 0;
  int64_t size = 0;
  /// The op of the body that combines the accumulator with a term; associative but for roundings.
  Operation *combiner = nullptr;

  /// The lanes that have a term.
  int64_t getLaneCount() const { return std::min(size, kReductionLanes); }
  /// The terms before the last, incomplete group of lanes.
  int64_t getWholeSize() const { return size - size % kReductionLanes; }
  /// The value that changes no other when combined with it: what lanes start from.
  TypedAttr getIdentity() const;
};

/// Matches a structured op on tensors of static shape, with one result, of which
///
/// - the body yields `combine(accumulator, term)`, where the accumulator has no other use and no index is asked for;
/// - inputs are indexed by dimensions or zeros alone;
/// - each input that the reduction dimension `dim` indexes has it last, and nowhere else;
/// - no two inputs vary along different dimensions of the result: that would be a matrix product.
///
/// Everything else is reduced in row-major order of its reduction dimensions. The answer depends on the iteration space
/// and the body of the op alone.
std::optional<LaneReduction> matchLaneReduction(linalg::LinalgOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_LANEREDUCTION_H
