#ifndef LOWBIT_ANALYSIS_CONTRACTIONPATCHES_H
#define LOWBIT_ANALYSIS_CONTRACTIONPATCHES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>

namespace mlir::lowbit {

/// A nest of loops over the elements of a tensor: sizes, and how far in memory each loop steps.
struct StridedLoops {
  SmallVector<int64_t> sizes;
  SmallVector<int64_t> strides;

  int64_t getCount() const { return llvm::product_of(sizes, int64_t(1)); }
  /// Where the element of that number, in row-major order of the loops, lies.
  int64_t getOffset(int64_t index) const;
};

/// A contraction of activations with weights as a product of two matrices: the patches of the activations, one row for
/// each position, times a column of weights for each output channel. The element k of a patch meets the element k of a
/// column.
struct ContractionPatches {
  /// Where patches start in the activations.
  StridedLoops positions;
  /// Where the elements of a patch lie, from its start.
  StridedLoops elements;
  /// Where the elements of a column of weights lie, from its start.
  StridedLoops weights;
  /// Where the columns start in the weights, in the order of the output channels.
  StridedLoops channels;

  /// The patches of `op`; nothing where it is no contraction of two tensors of static shape, or its output channels
  /// don't all read the same activations, as those of a depthwise convolution.
  static std::optional<ContractionPatches> get(linalg::LinalgOp op);
};

} // namespace mlir::lowbit

#endif // LOWBIT_ANALYSIS_CONTRACTIONPATCHES_H
