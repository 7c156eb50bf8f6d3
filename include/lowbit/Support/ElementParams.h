#ifndef LOWBIT_SUPPORT_ELEMENTPARAMS_H
#define LOWBIT_SUPPORT_ELEMENTPARAMS_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::lowbit {

/// The scale and the zero point of each element of a tensor, by its index in row-major order.
class ElementParams {
public:
  /// `type` is quantized per tensor or per axis; the parameters of any other are not valid.
  ElementParams(quant::QuantizedType type, ArrayRef<int64_t> shape);

  bool isValid() const { return !scales.empty(); }
  float getScale(size_t element) const { return static_cast<float>(scales[getIndex(element)]); }
  int64_t getZeroPoint(size_t element) const { return zeroPoints[getIndex(element)]; }

private:
  size_t getIndex(size_t element) const { return element / stride % scales.size(); }

  SmallVector<double> scales;
  SmallVector<int64_t> zeroPoints;
  size_t stride = 1;
};

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_ELEMENTPARAMS_H
