#ifndef LOWBIT_LIB_IMPORT_CHANNELSCALING_H
#define LOWBIT_LIB_IMPORT_CHANNELSCALING_H

#include "Contractions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include <string>

/// Scales that move between contractions: the channels that one computes, divided by positive numbers, and the weights
/// that read them, multiplied by the same.
namespace mlir::lowbit {

/// A contraction that reads the channels of another in its first operand.
struct ChannelReader {
  linalg::LinalgOp op;
  /// The weights with index i in this dimension meet the channel `i / stride % channels`.
  int64_t weightDim;
  int64_t stride;
};

/// A contraction and all that reads its channels, through ops that give a multiple of their result for a positive
/// multiple of a channel: a clamp at 0, maximum pooling, a mean, transposition, reshape, padding with 0.
struct ChannelGroup {
  linalg::LinalgOp producer;
  int64_t channels;
  SmallVector<ChannelReader> readers;
};

/// The groups of `function`, in the order of the text. A contraction whose channels can't be scaled is told to
/// `refuse`, with the reason.
SmallVector<ChannelGroup, 0> findChannelGroups(func::FuncOp function,
                                               function_ref<void(Operation *, const std::string &)> refuse);

/// The weights and biases of the contractions of groups, in f64 while scales are chosen, so that they round once.
class ScaledWeights {
public:
  explicit ScaledWeights(ArrayRef<ChannelGroup> groups);

  /// The largest absolute weight of each channel: of the producer, and of all readers.
  Channels getProduced(const ChannelGroup &group) const;
  Channels getRead(const ChannelGroup &group) const;
  /// Divides what the producer computes by `scales`, which are positive, and multiplies what readers read.
  void apply(const ChannelGroup &group, ArrayRef<double> scales);
  /// Gives the ops their new constants.
  void commit();

private:
  struct Weights {
    RankedTensorType type;
    SmallVector<double, 0> values;
    /// Empty for a contraction that computes no channels of a group.
    Channels bias;
  };

  /// Calls `function` with the channel and the value of each weight along `dim`.
  template <typename WeightsTy, typename Function>
  static void forEach(WeightsTy &weights, int64_t dim, int64_t stride, int64_t channels, Function function);

  llvm::MapVector<Operation *, Weights> weights;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_IMPORT_CHANNELSCALING_H
