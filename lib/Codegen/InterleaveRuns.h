#ifndef LOWBIT_LIB_CODEGEN_INTERLEAVERUNS_H
#define LOWBIT_LIB_CODEGEN_INTERLEAVERUNS_H

#include "mlir/IR/Builders.h"

namespace mlir::lowbit {

/// Emits loops that copy `... x few x many x run` in the buffer `from` to `... x many x few x run` in `to`, dimension d
/// of which is dimension `permutation[d]` of `from`: vectors of each of the few rows, of many runs, become as many with
/// runs of all of them in turns. False, and nothing is emitted, where the permutation is another, shapes are dynamic,
/// those dimensions are not side by side in memory, rows are more than 8, or a vector of `vectorBits` has less than two
/// runs.
bool interleaveRuns(OpBuilder &builder, Location loc, Value from, Value to, ArrayRef<int64_t> permutation,
                    int64_t vectorBits);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_INTERLEAVERUNS_H
