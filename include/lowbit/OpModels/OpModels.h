#ifndef LOWBIT_OPMODELS_OPMODELS_H
#define LOWBIT_OPMODELS_OPMODELS_H

namespace mlir {
class DialectRegistry;
namespace lowbit {

/// Attaches `QuantizableOpInterface` to the ops of linalg and tensor that have a quantized form. A dialect of another
/// compiler joins by attaching its own models.
void registerQuantizableOpModels(DialectRegistry &registry);

} // namespace lowbit
} // namespace mlir

#endif // LOWBIT_OPMODELS_OPMODELS_H
