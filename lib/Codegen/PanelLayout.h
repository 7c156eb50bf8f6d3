#ifndef LOWBIT_LIB_CODEGEN_PANELLAYOUT_H
#define LOWBIT_LIB_CODEGEN_PANELLAYOUT_H

#include "ContractionShape.h"

namespace mlir::lowbit {

/// How the weights of a contraction are cut: into panels of `width` output channels, the runs of each panel into groups
/// of `depth` elements that are multiplied together.
///
/// The last panel ends at the last channel, the last group of a run at its end. What both panels, or both groups, have
/// is counted once: the last group has zeros where the one before it has the element already.
struct PanelLayout {
  const ContractionShape &contraction;
  int64_t width;
  int64_t depth;
  /// For each lane of a panel its channel, counted from the panel's first; lane by lane where it is empty.
  ArrayRef<int64_t> order = {};

  int64_t getPanelCount() const { return llvm::divideCeil(contraction.channels, width); }
  int64_t getPanelStart(int64_t panel) const {
    return std::max<int64_t>(0, std::min(panel * width, contraction.channels - width));
  }
  int64_t getChannel(int64_t panel, int64_t lane) const {
    return getPanelStart(panel) + (order.empty() ? lane : order[lane]);
  }
  int64_t getGroupCount() const { return llvm::divideCeil(contraction.run, depth); }
  /// How many groups have no zeros.
  int64_t getFullGroupCount() const { return contraction.run / depth; }
  /// The element of the run that a group starts at.
  int64_t getElement(int64_t group) const {
    return group < getFullGroupCount() ? group * depth : std::max<int64_t>(0, contraction.run - depth);
  }
  /// Where in the weights' memory that of a lane of a panel lies for element `k` of a group; nothing where it is zero.
  std::optional<int64_t> getWeightIndex(int64_t panel, int64_t step, int64_t group, int64_t lane, int64_t k) const {
    const int64_t channel = getChannel(panel, lane), element = getElement(group) + k;
    if (channel >= contraction.channels || element >= contraction.run || element < group * depth)
      return std::nullopt;
    return contraction.getWeightIndex(channel, step, element);
  }
};

/// The vector of the last dimension of `packed` at `indices`, which is not among them.
Value loadLast(OpBuilder &builder, Location loc, Value packed, ArrayRef<OpFoldResult> indices);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_PANELLAYOUT_H
