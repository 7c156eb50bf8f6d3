#ifndef LOWBIT_OPMODELS_MODELS_H
#define LOWBIT_OPMODELS_MODELS_H

#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Dialect/LowbitInterfaces.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir {
class DialectRegistry;
}

/// What the models of the op families share.
namespace mlir::lowbit {

void registerContractionModels(DialectRegistry &registry);
void registerDataMovementModels(DialectRegistry &registry);
void registerElementwiseModels(DialectRegistry &registry);
void registerGenericModels(DialectRegistry &registry);
void registerPoolingModels(DialectRegistry &registry);

/// True where `value` is a constant, or a constant between casts: what a weight or a bias is in each form.
bool isQuantizableConstant(Value value);

/// Success where every tensor of `op` is ranked, static and of at least one element, every float one is f32, and the
/// widths are those of a `QuantScheme`.
LogicalResult verifyTensors(Operation *op, const QuantWidths &widths, std::string &reason);

/// The attribute that `clamp` is on a quantized op; null for no clamp.
DenseI64ArrayAttr getClampAttr(OpBuilder &builder, std::optional<StorageRange> clamp);

/// True where `value` is a tensor that `linalg.fill` filled with `constant`.
bool isFilledWith(Value value, float constant);

/// The storage integer that quantizes `value`, in a type of one scale.
int64_t quantizeScalar(float value, quant::UniformQuantizedType type);

/// The window of a convolution or a pool over an NHWC tensor; each has [h, w].
struct Window {
  SmallVector<int64_t> kernel;
  SmallVector<int64_t> strides;
  SmallVector<int64_t> dilations;
};

/// The NHWC tensor that a quantized window op reads.
struct WindowInput {
  Value source;
  /// [top, bottom, left, right].
  SmallVector<int64_t, 4> pad = {0, 0, 0, 0};
};

/// What a quantized op reads where the float op's windows over `input` give [h, w] of `resultShape`. Where `input` is
/// another tensor padded with the storage integer `padding`, that tensor with the padding that the windows reach.
/// linalg lets windows leave a rest at the bottom and right unread, the quantized ops don't: it is sliced off.
WindowInput getWindowInput(OpBuilder &builder, Value input, int64_t padding, const Window &window,
                           ArrayRef<int64_t> resultShape);

} // namespace mlir::lowbit

#endif // LOWBIT_OPMODELS_MODELS_H
