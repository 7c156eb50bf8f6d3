#ifndef LOWBIT_LIB_CODEGEN_CONTRACTIONSHAPE_H
#define LOWBIT_LIB_CODEGEN_CONTRACTIONSHAPE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>

namespace mlir::lowbit {

/// A contraction as dot products over contiguous runs of activations: one run for each step of the window loops.
///
/// A matrix product has one step, its run is a row of the left side. A convolution has a step for each row of the
/// window; the columns of the window and the channels lie side by side in memory and make the run, unless the window
/// is dilated along its columns: then each column is a step too.
struct ContractionShape {
  SmallVector<int64_t, 2> steps;
  int64_t run = 0;
  int64_t channels = 0;
  /// Whether each index of the first dimension has weights of its own.
  bool hasBatch = false;
  /// The activations' dimensions that make one: `[0], [1], [2, 3]`. Empty where they are read as they are.
  SmallVector<ReassociationIndices> collapsed;
  /// The index into the collapsed activations of an element of a run: maps (output dims..., steps..., element).
  AffineMap activationMap;
  /// Strides in the weights' memory.
  int64_t channelStride = 0;
  int64_t stepStride = 0;
  int64_t elementStride = 0;
  /// The dimension of the weights whose elements follow each other in a run.
  unsigned elementDim = 0;
  /// The dimension of the weights that holds the output channels.
  unsigned channelDim = 0;

  /// The shape of a matrix product or a convolution of tensors of static shape; nothing where `op` is none, or empty.
  /// With `separatesColumns` each column of a window is a step, dilated or not.
  static std::optional<ContractionShape> get(linalg::LinalgOp op, bool separatesColumns = false);

  int64_t getStepCount() const { return llvm::product_of(steps); }
  /// Where in the weights' memory those of an output channel are for an element of the run of a step.
  int64_t getWeightIndex(int64_t channel, int64_t step, int64_t element) const {
    return channel * channelStride + step * stepStride + element * elementStride;
  }
};

/// What a contraction starts to accumulate from, where that is a constant for each output channel.
template <typename T> std::optional<SmallVector<T>> getConstantInit(linalg::LinalgOp op, int64_t channels);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_CONTRACTIONSHAPE_H
