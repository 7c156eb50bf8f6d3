#ifndef LOWBIT_LIB_REFERENCE_CONTRACTIONLOOPS_H
#define LOWBIT_LIB_REFERENCE_CONTRACTIONLOOPS_H

#include "Evaluator.h"

/// Contractions on flat arrays, of f32 or of integers. The innermost loop runs over the channels of the result, so
/// every accumulator sums its products one after the other in the order of the contract: window row, window column,
/// input channel.
namespace mlir::lowbit::reference {

/// `accumulators[b, m, n] += lhs[b, m, k] * rhs[b, k, n]` over k.
template <typename T, typename Accumulator>
void multiplyMatrices(int64_t batch, int64_t m, int64_t n, int64_t k, ArrayRef<T> lhs, ArrayRef<T> rhs,
                      MutableArrayRef<Accumulator> accumulators) {
  for (int64_t row = 0; row < batch * m; ++row)
    for (int64_t i = 0; i < k; ++i) {
      const auto a = static_cast<Accumulator>(lhs[row * k + i]);
      const T *weights = rhs.data() + (row / m * k + i) * n;
      Accumulator *sums = accumulators.data() + row * n;
      for (int64_t j = 0; j < n; ++j)
        sums[j] += a * static_cast<Accumulator>(weights[j]);
    }
}

/// [F, KH, KW, C] to [KH, KW, C, F].
template <typename T> std::vector<T> moveChannelsLast(ArrayRef<T> filter, int64_t channels) {
  std::vector<T> moved(filter.size());
  const int64_t window = channels == 0 ? 0 : filter.size() / channels;
  for (int64_t f = 0; f < channels; ++f)
    for (int64_t i = 0; i < window; ++i)
      moved[i * channels + f] = filter[f * window + i];
  return moved;
}

/// Calls `visit(input position, output position, window position)` for every position of the window inside the input,
/// in row-major order of the window. Positions are indices of channel 0, the window's is kh * KW + kw.
template <typename Visitor> void visitWindows(const WindowGeometry &geometry, Visitor visit) {
  for (int64_t n = 0; n < geometry.output[0]; ++n)
    for (int64_t oh = 0; oh < geometry.output[1]; ++oh)
      for (int64_t ow = 0; ow < geometry.output[2]; ++ow)
        for (int64_t kh = 0; kh < geometry.kernel[0]; ++kh)
          for (int64_t kw = 0; kw < geometry.kernel[1]; ++kw) {
            const int64_t row = geometry.getInputPosition(0, oh, kh), column = geometry.getInputPosition(1, ow, kw);
            if (geometry.isInside(row, column))
              visit(geometry.getInputIndex(n, row, column), geometry.getOutputIndex(n, oh, ow),
                    kh * geometry.kernel[1] + kw);
          }
}

/// Adds a convolution to `accumulators` [N, OH, OW, F]. `filter` is [KH, KW, C, F]; padding counts as 0.
template <typename T, typename Accumulator>
void convolve(const WindowGeometry &geometry, ArrayRef<T> input, ArrayRef<T> filter,
              MutableArrayRef<Accumulator> accumulators) {
  const int64_t inputChannels = geometry.input[3], channels = geometry.output[3];
  visitWindows(geometry, [&](int64_t in, int64_t out, int64_t window) {
    Accumulator *sums = accumulators.data() + out;
    for (int64_t c = 0; c < inputChannels; ++c) {
      const auto a = static_cast<Accumulator>(input[in + c]);
      const T *weights = filter.data() + (window * inputChannels + c) * channels;
      for (int64_t f = 0; f < channels; ++f)
        sums[f] += a * static_cast<Accumulator>(weights[f]);
    }
  });
}

/// Adds a depthwise convolution to `accumulators` [N, OH, OW, C]. `filter` is [KH, KW, C]; padding counts as 0.
template <typename T, typename Accumulator>
void convolveDepthwise(const WindowGeometry &geometry, ArrayRef<T> input, ArrayRef<T> filter,
                       MutableArrayRef<Accumulator> accumulators) {
  const int64_t channels = geometry.output[3];
  visitWindows(geometry, [&](int64_t in, int64_t out, int64_t window) {
    for (int64_t c = 0; c < channels; ++c)
      accumulators[out + c] +=
          static_cast<Accumulator>(input[in + c]) * static_cast<Accumulator>(filter[window * channels + c]);
  });
}

} // namespace mlir::lowbit::reference

#endif // LOWBIT_LIB_REFERENCE_CONTRACTIONLOOPS_H
