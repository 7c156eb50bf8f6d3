#ifndef LOWBIT_SUPPORT_FLOATFORM_H
#define LOWBIT_SUPPORT_FLOATFORM_H

#include "lowbit/Dialect/LowbitInterfaces.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>

/// Recognizers of the computations that float form spells as `linalg.generic`. A spelling that is not exactly the
/// canonical one is not recognized: it stays what it is, a float op.
namespace mlir::lowbit {

/// The bounds of a clamp: one input, one result, identity maps, all iterators parallel, and the body
/// `minimumf(maximumf(x, min), max)`, or one of the two, with constants from outside the body. A missing bound is
/// infinite; a ReLU is [0, +inf]. Bounds are never NaN and `min <= max`.
std::optional<FloatRange> matchClamp(linalg::GenericOp op);

/// A mean over whole dimensions or over a window.
struct MeanForm {
  /// The dimensions of the input that are averaged away, ascending; empty where the mean is windowed.
  SmallVector<int64_t> dims;
  /// Window and strides of a windowed mean of an NHWC tensor, [h, w] each; empty where whole dimensions are averaged.
  SmallVector<int64_t> kernel;
  SmallVector<int64_t> strides;
  /// How many elements one mean is taken of.
  int64_t count = 0;

  bool isWindowed() const { return !kernel.empty(); }
};

/// A mean: the body `out + in * c` with c = f32(1 / count), the destination filled with 0, and the maps either of a
/// reduction that keeps the order of the other dimensions, or of `linalg.pooling_nhwc_sum` without dilation (whose
/// second input has the shape of the window). Shapes must be static.
std::optional<MeanForm> matchMean(linalg::GenericOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_FLOATFORM_H
