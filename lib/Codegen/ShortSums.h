#ifndef LOWBIT_LIB_CODEGEN_SHORTSUMS_H
#define LOWBIT_LIB_CODEGEN_SHORTSUMS_H

#include "ContractionShape.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Target/Target.h"

namespace mlir::lowbit {

/// The weights of a contraction in groups of four along the reduction, for panels of output channels.
class GroupedWeights {
public:
  static constexpr int64_t kGroup = 4;

  /// Nothing where a run is shorter than a group, the weights differ by batch, or the panels are wider than the
  /// channels (but for one vector).
  static std::optional<GroupedWeights> get(const ContractionShape &shape, ArrayRef<int8_t> weights, int64_t width,
                                           int64_t lanes);

  int64_t getWidth() const { return width; }
  int64_t getPanelCount() const { return llvm::divideCeil(shape.channels, width); }
  int64_t getPanelStart(int64_t panel) const {
    return std::max<int64_t>(0, std::min(panel * width, shape.channels - width));
  }
  int64_t getGroupCount() const { return shape.getStepCount() * getGroupsOfRun(); }
  int64_t getStep(int64_t group) const { return group / getGroupsOfRun(); }
  /// The first element of a group in the run of its step: the last group of a run ends at its end.
  int64_t getElement(int64_t group) const { return std::min(group % getGroupsOfRun() * kGroup, shape.run - kGroup); }
  /// A weight; 0 behind the channels, and for an element that the group before has already.
  int8_t get(int64_t panel, int64_t group, int64_t lane, int64_t k) const;

private:
  GroupedWeights(const ContractionShape &shape, ArrayRef<int8_t> weights, int64_t width)
      : shape(shape), weights(weights), width(width) {}
  int64_t getGroupsOfRun() const { return llvm::divideCeil(shape.run, kGroup); }

  const ContractionShape &shape;
  ArrayRef<int8_t> weights;
  int64_t width;
};

/// The sums of the weights that are added in each of the 16-bit lanes of a panel: the magnitudes of the positive ones
/// and of the negative ones. A group has two lanes for each channel, of its first and its last two weights.
struct LaneSums {
  SmallVector<int32_t, 4> groups;
  SmallVector<int16_t, 32> up, down;

  static LaneSums of(const GroupedWeights &weights, int64_t panel, int64_t group);
  LaneSums operator+(const LaneSums &other) const;
  /// The least and the greatest 16-bit sum that `instruction` makes of any activations.
  std::pair<int32_t, int32_t> getBounds(const DotInstruction &instruction) const;
  /// Whether `instruction` adds them up exactly.
  bool fits(const DotInstruction &instruction) const;
};

/// The instructions of `target` that may share a reduction with `instruction`, cheapest first; empty where it computes
/// whole reductions only.
SmallVector<const DotInstruction *> getSharingInstructions(const Target &target, const DotInstruction &instruction);

/// Orders the groups of every panel so that the cheapest instructions add up as many of them as is proven exact.
ShortSumsAttr planShortSums(MLIRContext *context, const GroupedWeights &weights,
                            ArrayRef<const DotInstruction *> instructions);

/// Whether `sums` is a plan for these weights and its proof holds; `emitError` says what is wrong.
LogicalResult verifyShortSums(ShortSumsAttr sums, const GroupedWeights &weights,
                              ArrayRef<const DotInstruction *> instructions,
                              function_ref<InFlightDiagnostic()> emitError);

/// The same for the attribute of an op: it must be a contraction with constant weights and a tile.
LogicalResult checkShortSums(Operation *op, const Target &target);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_SHORTSUMS_H
