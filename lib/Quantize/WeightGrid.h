#ifndef LOWBIT_LIB_QUANTIZE_WEIGHTGRID_H
#define LOWBIT_LIB_QUANTIZE_WEIGHTGRID_H

#include "lowbit/Dialect/LowbitInterfaces.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"

namespace mlir::lowbit {

/// The numbers that each element of a weight tensor can become: `(q - zeroPoint) * scale` for the integers `q` of a
/// range.
class WeightGrid {
public:
  /// Of the elements of a tensor of that shape, quantized as `type`; of half steps `q` is from -2 to 1, the zero point
  /// -1/2.
  WeightGrid(quant::QuantizedType type, ArrayRef<int64_t> shape);

  /// The range of `q`.
  static StorageRange getStorage(quant::QuantizedType type);
  StorageRange getStorage() const { return storage; }
  float getScale(int64_t element) const { return scales[indices[element]]; }
  double getZeroPoint(int64_t element) const { return zeroPoints[indices[element]]; }
  /// Where a value lies among the integers, and the integer nearest to it.
  double getPosition(float value, int64_t element) const {
    return static_cast<double>(value) / getScale(element) + getZeroPoint(element);
  }
  int64_t round(float value, int64_t element) const;
  /// The number that an integer stands for, which `lowbit.quantize` to the type gives back.
  float getValue(int64_t integer, int64_t element) const {
    return static_cast<float>(static_cast<double>(integer) - getZeroPoint(element)) * getScale(element);
  }

private:
  StorageRange storage;
  SmallVector<float, 0> scales;
  SmallVector<double, 0> zeroPoints;
  /// Of each element those of its parameters.
  SmallVector<unsigned, 0> indices;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZE_WEIGHTGRID_H
