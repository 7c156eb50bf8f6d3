#ifndef LOWBIT_LIB_QUANTIZE_METHODS_GROUPSCALES_H
#define LOWBIT_LIB_QUANTIZE_METHODS_GROUPSCALES_H

#include "Methods.h"

/// Scales of groups of weights in two levels: an f32 for each output channel, and an integer for each of its groups.
///
/// Y. Lin et al.: "QServe: W4A8KV4 Quantization and System Co-design for Efficient LLM Serving", 2024, section 4.1.
/// There weights are rounded to 8 bits first, and those to 4; here they are rounded once, in the scales found so, and
/// the multipliers are searched for.
namespace mlir::lowbit {

/// The scales of the groups of one output channel: `channelScale * multipliers[group]`, exact in f32. What stands for 0
/// in a group is chosen before, and bounds its multiplier.
struct GroupScales {
  float channelScale = 1.0f;
  SmallVector<int64_t> multipliers;
};

/// The weights of one group and how much the error of each counts; the importance is empty where all count alike.
struct WeightGroup {
  SmallVector<float> weights;
  SmallVector<float> importance;
  int64_t zeroPoint = 0;
};

/// The largest multiplier whose products with `q - zeroPoint`, for any integer `q` of `storage`, fit 8 bits.
int64_t getLargestMultiplier(StorageRange storage, int64_t zeroPoint);

/// The scale of each group whose largest weight is the largest integer; that of a group of zeros is the tensor's.
/// `getGroup` gives the group of a weight. Nothing where a weight is NaN or infinite.
std::optional<SmallVector<float>> chooseAbsMaxScales(ArrayRef<float> weights,
                                                     llvm::function_ref<int64_t(int64_t)> getGroup, int64_t groupCount,
                                                     StorageRange storage);

/// Scales that are at least those `wanted`, so that no weight is clipped.
GroupScales coverGroupScales(ArrayRef<WeightGroup> groups, ArrayRef<float> wanted, StorageRange storage);

/// Scales near those `wanted`, with the least sum of `importance * (w - (q - z) * s)^2` among 8 channel scales: for
/// each of them every group takes the better of the two multipliers around the one it would want.
GroupScales fitGroupScales(ArrayRef<WeightGroup> groups, ArrayRef<float> wanted, StorageRange storage);

/// A column of weights in groups.
struct GroupedColumn : WeightColumn {
  /// Of each weight.
  SmallVector<int64_t> groups;
  GroupScales groupScales;

  /// Gives each weight the scale of its group.
  void applyScales();
};

/// Moves multipliers by one, a group at a time, where that makes the squared error over the calibration data smaller
/// with the integers as they are.
void descendMultipliers(GroupedColumn &column, const SquareMatrix &hessian, StorageRange storage);

/// Gives the channel the scale with the least squared error over the calibration data, with integers and multipliers as
/// they are.
void fitChannelScale(GroupedColumn &column, const SquareMatrix &hessian);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZE_METHODS_GROUPSCALES_H
