#ifndef LOWBIT_LIB_CODEGEN_WORDSUM_H
#define LOWBIT_LIB_CODEGEN_WORDSUM_H

#include "ScaledSum.h"
#include "lowbit/Target/Target.h"

namespace mlir::lowbit {

/// The sum of two scaled bytes in one multiplication of words, whose sums of two products are i32, and one of floats:
///
///     clamp(low word of fma(float with the bits of start + (lhs + 128) * factors[0] + (rhs + 128) * factors[1],
///                           scale, offset))
///
/// The integer is near 2^23, where the bits of a float count in steps of 1. So is the result, with 1.5 * 2^23 in the
/// offset: the multiply-add rounds it to an integer, to even, and this is in its low bits.
struct WordSum {
  std::array<int32_t, 2> factors;
  int32_t start;
  float scale;
  float offset;

  /// Whether bytes of `type`, a register of them, can be added so on `target`.
  static bool isSupported(const ScaledSum &sum, Type type, const Target &target);
  /// Constants that give the results of the contract; nothing where none are found.
  static std::optional<WordSum> find(const ScaledSum &sum, const SumResults &results);
  /// The bytes of the sum of the vectors in its terms.
  Value emit(OpBuilder &builder, Location loc, const ScaledSum &sum, const Target &target) const;

private:
  int64_t getResult(const ScaledSum &sum, int64_t lhs, int64_t rhs) const;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_WORDSUM_H
