#ifndef LOWBIT_LIB_DIALECT_VERIFIERS_H
#define LOWBIT_LIB_DIALECT_VERIFIERS_H

#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Dialect/LowbitInterfaces.h"

/// What the verifiers of several ops check. Each emits an error at the op where it fails; `name` says of which operand
/// or result. None trusts an attribute's numbers: sums and products that would overflow are errors too.
namespace mlir::lowbit {

/// The quantized element type of a tensor; null where it has another one.
quant::QuantizedType getQuantizedType(Type tensor);

/// A quantized type that fits its tensor: expressed as f32, scales that are positive and finite as f32, an axis and a
/// number of scales that are those of the shape.
LogicalResult verifyQuantizedType(Operation *op, StringRef name, Type tensor);

/// As `verifyQuantizedType`, and one scale in all.
LogicalResult verifyPerTensor(Operation *op, StringRef name, Type tensor);

/// As `verifyQuantizedType`, and one scale in all or one for each index of `axis`.
LogicalResult verifyPerTensorOrAxis(Operation *op, StringRef name, Type tensor, int64_t axis);

/// As `verifyPerTensorOrAxis`, or groups along the reduction with the scales of `GroupMultipliers`.
LogicalResult verifyWeights(Operation *op, StringRef name, Type tensor, int64_t channelAxis);

/// A result of 32-bit storage that holds accumulators: its element type is `expected`, but for how scales are spelled.
/// Null is the type of sums that have none.
LogicalResult verifyAccumulators(Operation *op, Type tensor, quant::QuantizedType expected);

LogicalResult verifyRank(Operation *op, StringRef name, Type tensor, int64_t rank);

/// That two sizes are equal where both are known.
LogicalResult verifySameSize(Operation *op, StringRef what, int64_t size, int64_t expected);

/// [min, max] within the storage range of `type`, the result's, which must be quantized. No `clamp` is fine.
LogicalResult verifyClamp(Operation *op, std::optional<ArrayRef<int64_t>> clamp, Type type);

/// That `count` distances from the zero point, each times at most `factor`, add up to an i32.
LogicalResult verifySumFitsI32(Operation *op, quant::UniformQuantizedType type, int64_t count, int64_t factor = 1);

/// The largest distance of a storage integer from the zero point.
int64_t getLargestMagnitude(quant::UniformQuantizedType type);

/// A window that slides over an image: [h, w] each, `pad` = [top, bottom, left, right].
struct WindowAttributes {
  ArrayRef<int64_t> kernel;
  ArrayRef<int64_t> strides;
  ArrayRef<int64_t> dilations;
  ArrayRef<int64_t> pad;
};

/// Positive windows, strides and dilations, padding that is not negative, and NHWC tensors `input` and `result` of one
/// batch size whose heights and widths are those of the formula of `lowbit.conv_2d`. The sizes of `kernel` may be
/// dynamic.
LogicalResult verifyWindow(Operation *op, const WindowAttributes &window, Type input, Type result);

/// `floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1`; nothing where a number overflows or the
/// window does not fit. Dynamic sizes give a dynamic size.
std::optional<int64_t> computeOutputSize(int64_t size, int64_t before, int64_t after, int64_t kernel, int64_t stride,
                                         int64_t dilation);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_VERIFIERS_H
