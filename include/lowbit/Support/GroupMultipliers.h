#ifndef LOWBIT_SUPPORT_GROUPMULTIPLIERS_H
#define LOWBIT_SUPPORT_GROUPMULTIPLIERS_H

#include "lowbit/Support/ElementParameters.h"
#include "lowbit/Support/QuantScheme.h"

namespace mlir::lowbit {

/// Weights whose scale is that of a group along the reduction, as weights of one scale for each output channel.
///
/// The scale of a group is an integer multiple, `c`, of its channel's scale `s`, the greatest common divisor of the
/// channel's scales. A weight is then `c * (q - z)` steps of `s`, an integer of 8 bits: sums of products over all
/// groups of a channel stay exact integers of one scale. So are the scales of the two levels of QServe (Lin et al.,
/// 2024, arXiv:2405.04532, section 4.1).
class GroupMultipliers {
public:
  /// The largest magnitude of an effective weight `c * (q - z)`, of any integer `q` that the storage type can hold.
  static constexpr int64_t kLargestMagnitude = 127;

  /// The bits that code generation packs the multiplier of a group in, of symmetric weights of that width: with 4 bits
  /// it is at most 15, with 2 bits at most 63.
  static unsigned getPackedBits(unsigned width) { return width >= 4 ? 4 : 8; }

  /// The dimension of weights of that rank along which their groups lie: the last one beside the output channels.
  static int64_t getGroupAxis(int64_t rank, int64_t channelAxis) {
    return channelAxis == rank - 1 ? rank - 2 : rank - 1;
  }

  /// The multipliers of `type`, whose output channels lie along `channelAxis`. Failure with the reason where a scale is
  /// no positive, finite f32, a channel's scale is subnormal, blocks extend along another dimension than that of the
  /// groups, or an effective weight may exceed `kLargestMagnitude`.
  static FailureOr<GroupMultipliers> get(quant::UniformQuantizedSubChannelType type, int64_t channelAxis,
                                         std::string &reason);

  /// `s` of each output channel, an exact f32.
  ArrayRef<double> getChannelScales() const { return channelScales; }
  /// `c` of each group, in row-major order of `getParameters().shape`.
  ArrayRef<int8_t> getMultipliers() const { return multipliers; }
  /// The scales and zero points of the groups, and which elements belong to which.
  const ElementParameters &getParameters() const { return parameters; }
  /// The largest magnitude of any effective weight.
  int64_t getLargestMagnitude() const { return largestMagnitude; }

  /// `c * (q - z)` of the storage integers of a tensor of that shape.
  SmallVector<int8_t, 0> expand(ArrayRef<int8_t> weights, ArrayRef<int64_t> shape) const;

private:
  SmallVector<double> channelScales;
  SmallVector<int8_t, 0> multipliers;
  ElementParameters parameters;
  int64_t largestMagnitude = 0;
};

/// The smallest f32 from `scale` up, which is positive, all of whose multiples by a multiplier are exact f32: its
/// significand ends in zeros. Infinite where there is none.
float roundChannelScale(float scale);

/// `type`, which has multipliers, with `scales` for the scales of its channels; those that differ are rounded by
/// `roundChannelScale`. Null where a group's scale is not finite.
quant::UniformQuantizedSubChannelType withChannelScales(quant::UniformQuantizedSubChannelType type, int64_t channelAxis,
                                                        ArrayRef<float> scales);

/// Which group of `group` elements each of the weights of shape `shape` belongs to: the shape of the groups and the map
/// to it, no scales.
ElementParameters getGroupPlaces(MLIRContext *context, ArrayRef<int64_t> shape, int64_t channelAxis, int64_t group);

/// `!quant.uniform` of f32 with a scale for each group, `scales` in the order of `getGroupPlaces`, and as many zero
/// points, or all 0 where there are none.
quant::UniformQuantizedSubChannelType getGroupType(MLIRContext *context, const QuantScheme &scheme,
                                                   ArrayRef<float> scales, ArrayRef<int64_t> shape, int64_t channelAxis,
                                                   int64_t group, ArrayRef<int64_t> zeroPoints = {});

/// The scales that the products with weights of `type` are summed in: one, or one for each output channel. Nothing
/// where the type has no such scales.
std::optional<SmallVector<double>> getChannelScales(quant::QuantizedType type, int64_t channelAxis);

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_GROUPMULTIPLIERS_H
