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
/// widths are 8 bits.
LogicalResult verifyTensors(Operation *op, const QuantWidths &widths, std::string &reason);

/// The attribute that `clamp` is on a quantized op; null for no clamp.
DenseI64ArrayAttr getClampAttr(OpBuilder &builder, std::optional<StorageRange> clamp);

/// True where `value` is a tensor that `linalg.fill` filled with `constant`.
bool isFilledWith(Value value, float constant);

/// The storage integer that quantizes `value`, in a type of one scale.
int64_t quantizeScalar(float value, quant::UniformQuantizedType type);

/// An NHWC tensor whose padding of height and width was taken off.
struct Unpadded {
  Value source;
  /// [top, bottom, left, right].
  SmallVector<int64_t, 4> pad = {0, 0, 0, 0};
};

/// The quantized tensor that `value` pads with the storage integer `padding`; `value` itself where it is no such
/// padding.
Unpadded takeOffPadding(Value value, int64_t padding);

} // namespace mlir::lowbit

#endif // LOWBIT_OPMODELS_MODELS_H
