#ifndef LOWBIT_SUPPORT_FUSEDREQUANTIZATION_H
#define LOWBIT_SUPPORT_FUSEDREQUANTIZATION_H

#include <cstdint>
#include <optional>

namespace mlir::lowbit {

/// Requantization in mode `f32`, `clamp(rne(f32(f32(sum) * multiplier)), low, high)`, of the sums from `least` to
/// `greatest`. The multiplier is a normal number above 0.
struct Requantization {
  float multiplier = 1.0f;
  int64_t low = -128;
  int64_t high = 127;
  int64_t least = 0;
  int64_t greatest = 0;

  int64_t apply(int64_t sum) const;
};

/// The same without a conversion of the sum:
///
///     clamp(rne(fma(bitcast<f32>(sum + start), multiplier, offset)), low, high)
///
/// The bits of a float above 0 grow with it, and from 2^23 to 2^24 floats are integers whose bits follow each other. A
/// start near the bits of 2^23 brings the sums there that are not clamped; those beyond are clamped whatever they are
/// read as. The offset takes back what the start is multiplied to. It is rounded, so that a sum next to the edge of two
/// results may fall to its other side: of the starts, one is taken with which none does.
struct FusedRequantization {
  int32_t start = 0;
  float offset = 0.0f;

  /// A start and an offset that give the same for every sum; nothing where none are found. Both results grow with the
  /// sum, so that they are the same if they change at the same sums: those are compared, on both sides of each change.
  static std::optional<FusedRequantization> find(const Requantization &requantization);
  int64_t apply(int64_t sum, const Requantization &requantization) const;
};

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_FUSEDREQUANTIZATION_H
