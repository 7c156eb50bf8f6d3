#ifndef LOWBIT_LIB_CODEGEN_CONSTANTWEIGHTS_H
#define LOWBIT_LIB_CODEGEN_CONSTANTWEIGHTS_H

#include "lowbit/Support/Constants.h"
#include "mlir/IR/Value.h"

namespace mlir::lowbit {

/// The constant integers that a contraction multiplies with, of 2 to 8 bits; of those that lie in memory as integers of
/// fewer bits, in groups with a multiplier each, both what lies there and what it stands for.
class ConstantWeights {
public:
  /// Of a constant tensor of integers of at most 8 bits, or of the i8 result of a `linalg.generic` on constants that
  /// computes `multiplier * (step * stored - zeroPoint)` for each element: the stored integers have an identity map,
  /// multipliers and zero points, of 8 bits and each optional, one for each so many elements along a dimension (`d
  /// floordiv G`), or a constant of the body; the step is 1 or 2. Nothing for anything else.
  static std::optional<ConstantWeights> get(Value weights);

  /// What is multiplied, in row-major order. Wraps as the integers of 8 bits do.
  ArrayRef<int8_t> get() const { return values.get(); }
  /// The width of an integer as it is stored.
  unsigned getBits() const { return bits; }
  /// Whether the stored integers are not what is multiplied.
  bool isExpanded() const { return !stored.empty(); }
  /// Of expanded weights: along a dimension of the tensor, in how many elements side by side from each multiple of that
  /// number on all multipliers and zero points are the same. The whole dimension where they do not depend on it.
  int64_t getGroupSize(unsigned dim) const { return groupSizes[dim]; }
  /// Whether multipliers and zero points differ along no other dimension than `dim`.
  bool variesOnlyAlong(unsigned dim) const;

  int8_t getStored(int64_t index) const { return isExpanded() ? stored[index] : get()[index]; }
  int8_t getMultiplier(int64_t index) const { return multipliers.empty() ? 1 : multipliers[index]; }
  int8_t getZeroPoint(int64_t index) const { return zeroPoints.empty() ? 0 : zeroPoints[index]; }
  /// By how much the value of a stored integer differs from that of the next, in multipliers.
  int64_t getStep() const { return step; }
  /// What the multiplier multiplies.
  int64_t getFactor(int64_t index) const { return step * getStored(index) - getZeroPoint(index); }
  bool hasZeroPoints() const { return !zeroPoints.empty(); }
  bool hasMultipliers() const { return !multipliers.empty(); }

private:
  ConstantWeights(ConstantValues<int8_t> values, unsigned bits) : values(std::move(values)), bits(bits) {}

  ConstantValues<int8_t> values;
  unsigned bits;
  /// One for each weight, in row-major order.
  SmallVector<int8_t, 0> stored, multipliers, zeroPoints;
  SmallVector<int64_t> groupSizes, shape;
  int64_t step = 1;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_CONSTANTWEIGHTS_H
