#ifndef LOWBIT_LIB_CODEGEN_SCALEDSUM_H
#define LOWBIT_LIB_CODEGEN_SCALEDSUM_H

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::lowbit {

/// `f32(f32(byte - zeroPoint) * multiplier)` of a signed byte.
struct ScaledByte {
  Value byte;
  int64_t zeroPoint = 0;
  float multiplier = 0.0f;

  static std::optional<ScaledByte> match(Value value);
  float getValue(int64_t q) const { return static_cast<float>(q - zeroPoint) * multiplier; }
};

/// `clamp(rne(sum of terms), low, high) + zeroPoint`: what requantizing a byte is, and adding two of different scales.
struct ScaledSum {
  SmallVector<ScaledByte, 2> terms;
  bool subtracts = false;
  int64_t low;
  int64_t high;
  int64_t zeroPoint = 0;

  static std::optional<ScaledSum> match(arith::TruncIOp op);
  /// What the contract says of two bytes; of one where there is one term.
  int64_t getResult(int64_t lhs, int64_t rhs) const;
  /// The multiplier of a byte in the sum; 0 where there is no such term.
  float getFactor(unsigned term) const;
  /// The sum of no bytes: zero points alone, that of the result too, before any rounding.
  double getExactOffset() const;
  /// No sum is greater, nor any part of it.
  double getGreatest() const;
};

/// The results of a sum for all bytes, to compare others with.
class SumResults {
public:
  explicit SumResults(const ScaledSum &sum);

  /// Whether `compute` gives the same for all bytes. Sums near a half are asked for first: of sums in f32 that differ
  /// in the last places alone, others are the same.
  bool areGivenBy(llvm::function_ref<int64_t(int64_t, int64_t)> compute) const;

private:
  struct Result {
    int8_t lhs;
    int8_t rhs;
    int32_t value;
  };

  SmallVector<Result> results;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_SCALEDSUM_H
