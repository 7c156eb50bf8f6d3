#ifndef LOWBIT_LIB_CODEGEN_DEQUANTIZEDWEIGHTS_H
#define LOWBIT_LIB_CODEGEN_DEQUANTIZEDWEIGHTS_H

#include "lowbit/Support/Constants.h"
#include "mlir/IR/Value.h"

namespace mlir::lowbit {

/// The constant integers of 8, 4 or 2 bits that the float weights of a contraction are dequantized from. A weight is
/// f32(f32(code - zeroPoint) * scale).
class DequantizedWeights {
public:
  /// Of the result of a `linalg.generic` that dequantizes constants as `lowbit-lower-to-linalg` leaves it: the integers
  /// have an identity map, scales (f32) and zero points (i32) are each one constant or constant tensors of any map.
  /// Nothing for anything else.
  static std::optional<DequantizedWeights> get(Value weights);

  /// The width of an integer as it is stored.
  unsigned getBits() const { return bits; }
  /// The stored integer, less 2^(bits - 1) where it is unsigned, as is its zero point: always a signed one.
  int64_t getCode(int64_t index) const { return codes[index]; }
  int32_t getZeroPoint(int64_t index) const { return zeroPoints[index]; }
  float getScale(int64_t index) const { return scales[index]; }
  bool hasZeroPoints() const {
    return llvm::any_of(zeroPoints, [](int32_t zeroPoint) { return zeroPoint != 0; });
  }

private:
  unsigned bits = 8;
  /// One for each weight, in row-major order.
  SmallVector<int8_t, 0> codes;
  SmallVector<int32_t, 0> zeroPoints;
  SmallVector<float, 0> scales;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_DEQUANTIZEDWEIGHTS_H
