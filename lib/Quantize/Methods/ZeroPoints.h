#ifndef LOWBIT_LIB_QUANTIZE_METHODS_ZEROPOINTS_H
#define LOWBIT_LIB_QUANTIZE_METHODS_ZEROPOINTS_H

#include "GroupScales.h"
#include "lowbit/Support/Recipe.h"

/// Weights whose integers lie around another zero than 0.
///
/// An integer zero point lets the integers span what the weights of a channel do, where these lie more to one side. The
/// half of two bits makes four levels that are symmetric around 0: of -2, -1, 0 and 1 the one without a counterpart is
/// hardly used, and levels next to 0 fit a normal distribution better than 0 itself (J. Max: "Quantizing for minimum
/// distortion", 1960: its four levels are -1.51, -0.45, 0.45 and 1.51 standard deviations).
namespace mlir::lowbit {

/// The parameters of one channel: `(q - zeroPoint) * scale`.
struct WeightParams {
  float scale = 1.0f;
  double zeroPoint = 0.0;
};

/// The scale and zero point of each of `channels`, none of whose weights is clipped; with `scales` MSE those with the
/// least squared error among 100 fractions of that range, and of the one that is symmetric around 0. `zeroPoints` is
/// not `None`; of integer ones a channel of zeros has the scale that the whole tensor would have without. Nothing where
/// a weight is NaN or infinite.
std::optional<SmallVector<WeightParams>> chooseWeightParams(ArrayRef<WeightGroup> channels, StorageRange storage,
                                                            WeightZeroPoints zeroPoints, WeightScales scales);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZE_METHODS_ZEROPOINTS_H
