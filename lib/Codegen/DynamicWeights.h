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

/// Emits loops that pack `weights`, 8-bit integers of shape [batch,] k, channel. What a panel has beyond the channels,
/// and a group beyond k, is zero; the last panel and the last group end where the weights do.
DynamicWeights packDynamicWeights(OpBuilder &builder, Location loc, Value weights, const DotInstruction &instruction,
                                  const TileShape &shape);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_DYNAMICWEIGHTS_H
