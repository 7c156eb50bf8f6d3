#ifndef LOWBIT_LIB_CODEGEN_LANEKERNEL_H
#define LOWBIT_LIB_CODEGEN_LANEKERNEL_H

#include "TileKernel.h"

namespace mlir::lowbit {

/// Which elements of an output [n, y, x, c] a vector of bytes holds: pieces of as many channels of several outputs,
/// which lie along a row.
struct LaneLayout {
  /// For each lane the number of its element: pieces one after the other, channel by channel.
  SmallVector<int64_t> order;
  /// The channels that the panels have between them. Each has `width`; the last may overlap the one before it.
  int64_t firstChannel = 0;
  int64_t channels = 0;
  int64_t width = 0;
  /// How far from the first output that of each piece is.
  SmallVector<int64_t> columns;

  int64_t getLanes() const { return order.size(); }
  TiledDim getPanels() const { return {channels, width}; }
  /// The channel of an element in a panel.
  int64_t getChannel(int64_t panel, int64_t element) const {
    return firstChannel + std::min(panel * width, channels - width) + element % width;
  }
};

/// Where the lines lie that begin together.
struct LinesPosition {
  OpFoldResult batch;
  OpFoldResult line;
  /// The panel of channels, and its first channel.
  OpFoldResult panel;
  OpFoldResult channel;
  /// The block of lines.
  OpFoldResult block;
};

/// Computes the accumulators of an output [n, y, x, c] in vectors with a layout of lanes.
class LaneKernel {
public:
  virtual ~LaneKernel() = default;
  virtual const LaneLayout &getLayout() const = 0;
  /// How many lines are computed after what `beginLines` emits, and how many vectors along a line at a time.
  virtual int64_t getLines() const = 0;
  virtual int64_t getColumns() const = 0;
  /// Whether a loop computes all those lines. Otherwise each has a loop, whose constants fit the registers.
  virtual bool joinsLines() const = 0;
  /// How many blocks of lines may be computed at the same time: it divides the number of those that begin together.
  virtual int64_t getBlocks() const = 0;
  virtual void beginLines(OpBuilder &builder, Location loc, const LinesPosition &position) = 0;
  /// The accumulators of the vectors from output `column` on of a line, counted from the one at `position`.
  virtual SmallVector<Value> compute(OpBuilder &builder, Location loc, const LinesPosition &position, int64_t line,
                                     OpFoldResult column) = 0;
};

/// The constants of an epilogue that have a value for each of `channels`, as the lanes need them: a row for each panel.
DenseMap<Value, Value> layOutConstants(OpBuilder &builder, ArrayRef<linalg::GenericOp> epilogue,
                                       const LaneLayout &layout, int64_t channels);

/// Replaces `op`, on tensors, and its `epilogue` by loops over the tiles of `kernels`, which have all channels between
/// them.
void emitLaneLoops(RewriterBase &rewriter, linalg::LinalgOp op, ArrayRef<linalg::GenericOp> epilogue,
                   ArrayRef<std::unique_ptr<LaneKernel>> kernels);

/// True where a depthwise convolution can be computed in whole vectors of the instruction's bytes: its sums start from
/// constants, and it has the channels of a group of 128 bits.
bool canComputeInLanes(linalg::LinalgOp op);

/// Kernels for a depthwise convolution with constant weights, on whole vectors of bytes; none where the tile does not
/// ask for them.
SmallVector<std::unique_ptr<LaneKernel>> createDepthwiseLanesKernels(RewriterBase &rewriter, linalg::LinalgOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LANEKERNEL_H
