#ifndef LOWBIT_LIB_CODEGEN_DYNAMICWEIGHTS_H
#define LOWBIT_LIB_CODEGEN_DYNAMICWEIGHTS_H

#include "TileKernel.h"
#include "lowbit/Target/Target.h"

namespace mlir::lowbit {

/// Weights that are known at run time only, in the order in which a kernel reads them.
struct DynamicWeights {
  /// [batch,] panel, group, vector, lanes * depth.
  Value packed;
  /// [batch,] panel, vector, lanes: -128 times the sums of the weights; null where the instruction does not offset
  /// activations.
  Value compensation;
};

/// Emits loops that pack `weights`, 8-bit integers of shape [batch,] k, channel. Groups are parts of blocks of
/// `blockSize` elements, of which there is one in a block of 0. The last panel and the last block end where the weights
/// do: what that block shares with the one before it is zero, as is what a panel has beyond the channels, and a group
/// beyond k.
DynamicWeights packDynamicWeights(OpBuilder &builder, Location loc, Value weights, const DotInstruction &instruction,
                                  const TileShape &shape, int64_t blockSize = 0);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_DYNAMICWEIGHTS_H
