#ifndef LOWBIT_SUPPORT_QUANTSCHEME_H
#define LOWBIT_SUPPORT_QUANTSCHEME_H

#include "lowbit/Dialect/LowbitInterfaces.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace mlir::lowbit {

/// What a bit width means: the storage integers of activations and weights of that width, and the accumulator in which
/// their products are summed. A new width is a row of the table in QuantScheme.cpp.
struct QuantScheme {
  unsigned bits;
  /// Asymmetric, the full range of the signed type; of 16 bits symmetric, for activations alone: a zero point would
  /// double what sums reach.
  StorageRange activations;
  /// Symmetric. Of 8 bits without the smallest integer: the negation of a weight is a weight, which exact 8-bit idioms
  /// rely on. Of less bits with it: one integer more counts where they are few.
  StorageRange weights;
  unsigned accumulatorBits;

  /// The scheme of that width, or null where there is none.
  static const QuantScheme *get(unsigned bits);
};

/// A scale, always an f32 value and never subnormal, and the storage integer that stands for 0.
struct QuantParams {
  float scale = 1.0f;
  int64_t zeroPoint = 0;
};

/// Parameters that represent `range`, widened to include 0, in the whole of `storage`:
///   scale = f32((max - min) / (qmax - qmin)) in f64, at least the smallest normal f32; 1 where max = min
///   z     = clamp(rne(qmin - min / scale), qmin, qmax)
/// Nothing where a bound is NaN or infinite, or `max < min`.
std::optional<QuantParams> chooseAsymmetric(FloatRange range, StorageRange storage);

/// The scale of values of absolute value up to `absMax` in `storage` = [-n, n], with zero point 0:
/// f32(absMax / n) in f64, at least the smallest normal f32; 1 where `absMax` is 0. Nothing where it is NaN, infinite
/// or negative.
std::optional<float> chooseSymmetricScale(float absMax, StorageRange storage);

/// The scale of each output channel of the constant `weights` of shape `shape`, by `chooseSymmetricScale` of the
/// channel's largest absolute value. A channel of zeros alone takes the scale that the whole tensor would have.
/// `channelAxis` -1 gives one scale for all. Nothing where a weight is NaN or infinite.
std::optional<SmallVector<float>> chooseWeightScales(ArrayRef<float> weights, ArrayRef<int64_t> shape,
                                                     int64_t channelAxis, StorageRange storage);

/// `!quant.uniform` of f32 with `params` and the signed storage type of `scheme`.
quant::UniformQuantizedType getActivationType(MLIRContext *context, const QuantScheme &scheme,
                                              const QuantParams &params);

/// `!quant.uniform` of f32 with one scale for each index of `channelAxis`, or one scale where that is -1; with as many
/// zero points, or all 0 where there are none.
quant::QuantizedType getWeightType(MLIRContext *context, const QuantScheme &scheme, ArrayRef<float> scales,
                                   int64_t channelAxis, ArrayRef<int64_t> zeroPoints = {});

/// The type of weights that are -1.5, -0.5, 0.5 or 1.5 times a scale: the odd integers -3, -1, 1 and 3 in steps of half
/// of it, in storage `i4<-3:3>`. Where constants of that storage are odd, code generation keeps them in 2 bits.
quant::QuantizedType getHalfStepType(MLIRContext *context, ArrayRef<float> scales, int64_t channelAxis);
bool isHalfStepType(quant::QuantizedType type);

/// The bits of an integer of `type` where it rests: 2 of half steps, else those of its storage.
unsigned getRestingBits(quant::QuantizedType type);

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_QUANTSCHEME_H
