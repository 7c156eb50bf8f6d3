#ifndef LOWBIT_LIB_CODEGEN_DEPTHWISESHAPE_H
#define LOWBIT_LIB_CODEGEN_DEPTHWISESHAPE_H

#include "lowbit/Support/Constants.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>

namespace mlir::lowbit {

/// Elements of the window that a dot instruction multiplies at once.
inline constexpr int64_t kDepthwiseDepth = 4;

/// A depthwise convolution with constant weights whose tile names the dot instruction that computes it.
struct DepthwiseShape {
  const DotInstruction *instruction = nullptr;
  int64_t channels = 0;
  int64_t windowRows = 0, windowColumns = 0;
  /// Of rows and of columns.
  SmallVector<int64_t, 2> strides, dilations;
  /// Row by row, column by column, channel by channel.
  ConstantValues<int8_t> weights;

  /// Nothing where `op` is none, or its window is too large to be unrolled.
  static std::optional<DepthwiseShape> get(linalg::LinalgOp op);

  /// The weight of a channel at an element of the window; 0 for a row that the window does not have.
  int8_t getWeight(int64_t row, int64_t column, int64_t channel) const {
    const bool isInWindow = row >= 0 && row < windowRows;
    return isInWindow ? weights.get()[(row * windowColumns + column) * channels + channel] : int8_t(0);
  }
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_DEPTHWISESHAPE_H
