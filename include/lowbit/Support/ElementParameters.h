#ifndef LOWBIT_SUPPORT_ELEMENTPARAMETERS_H
#define LOWBIT_SUPPORT_ELEMENTPARAMETERS_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/AffineMap.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace mlir::lowbit {

/// The scales and zero points of the elements of a tensor of uniform quantized type: a small tensor of shape `shape` in
/// row-major order, and the map from the indices of an element to those of its parameters. Of the types with several
/// scales the dimensions must be those of a tensor of the given rank, as the verifiers of the ops make sure of.
struct ElementParameters {
  /// Each is the f32 nearest to what the type spells.
  SmallVector<double> scales;
  SmallVector<int64_t> zeroPoints;
  SmallVector<int64_t> shape;
  AffineMap map;

  /// Nothing for types that are not uniform.
  static std::optional<ElementParameters> get(quant::QuantizedType type, int64_t rank);
  bool isPerTensor() const { return scales.size() == 1; }
  /// For each element of a tensor of that shape, in row-major order, the index of its parameters.
  SmallVector<unsigned, 0> getIndices(ArrayRef<int64_t> tensorShape) const;
};

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_ELEMENTPARAMETERS_H
