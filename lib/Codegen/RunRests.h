#ifndef LOWBIT_LIB_CODEGEN_RUNRESTS_H
#define LOWBIT_LIB_CODEGEN_RUNRESTS_H

#include "ContractionShape.h"

namespace mlir::lowbit {

/// What the lines of a convolution's window leave behind their whole groups, as 21 bytes leave one: packed, so that the
/// rests of several lines, which lie far apart in the picture, make a group. Outputs on other lines whose window has
/// the same lines, in another place, read the same groups.
class RunRests {
public:
  /// The rests of a convolution in groups of `depth` elements; nothing where runs leave none, where parts of one would
  /// be in two groups, or where outputs share no groups.
  static std::optional<RunRests> get(linalg::LinalgOp op, int64_t depth);

  /// How many elements of a line are left.
  int64_t getSize() const { return size; }
  /// How many groups those of an output are.
  int64_t getGroupCount() const { return llvm::divideCeil(windowLines, linesOfGroup); }
  /// How many instructions pack the rests of an output, about.
  double getPackingCost() const;

  /// The line of the window that element `k` of a group is of, and which of its rest it is; nothing behind the window.
  std::optional<std::pair<int64_t, int64_t>> getPlace(int64_t group, int64_t k) const;

  /// Loops that pack the rests of `activations`, whose columns and channels are one dimension.
  Value pack(OpBuilder &builder, Location loc, Value activations) const;
  /// Where a group begins in what they make: a map (n, output line, output column, channel, group).
  AffineMap getMap(MLIRContext *context) const;

private:
  /// How many lines of outputs on a window begins with the lines of another's next group.
  int64_t getLinesBetweenGroups() const { return linesOfGroup * lineDilation / lineStride; }
  int64_t getOutputsAtOnce() const;
  Value loadLine(OpBuilder &builder, Location loc, Value activations, OpFoldResult picture, OpFoldResult line,
                 OpFoldResult column) const;

  int64_t depth = 0, size = 0, linesOfGroup = 0, windowLines = 0;
  /// The elements of a line that are in whole groups.
  int64_t whole = 0;
  int64_t lineStride = 1, lineDilation = 1;
  /// How far apart in a line the windows of neighboring outputs are.
  int64_t elementStride = 0;
  int64_t pictures = 0, outputLines = 0, outputColumns = 0;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_RUNRESTS_H
