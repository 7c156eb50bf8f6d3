#ifndef LOWBIT_LIB_CODEGEN_TILEREGISTERKERNEL_H
#define LOWBIT_LIB_CODEGEN_TILEREGISTERKERNEL_H

#include "ContractionShape.h"

namespace mlir::lowbit {

/// A contraction that tile registers can compute, and the elements of the blocks that its runs are cut into.
struct TileRegisterShape {
  ContractionShape contraction;
  /// May be more than a run where that is less than a register has, and the lines of a picture can be padded so that
  /// more can be read: there is one block then.
  int64_t blockSize;
  /// Whether several weights lie in a byte: the tile expands panels then.
  bool isNarrow;
  /// Whether weights are packed at run time: those of a matrix product that are no constants, or differ by batch.
  bool isDynamic;
  /// By how many rows of a register the first output of a line is behind that of the line before it; 0 where by no
  /// whole number.
  int64_t linePitch;
  /// The bytes of an activation: sums of the products with each are in accumulators of their own.
  int64_t activationBytes;

  /// Of a contraction of 8- or 16-bit activations with one vector of channels or more, and with constant weights, or
  /// with the bytes of a matrix; nothing where `op` is none.
  static std::optional<TileRegisterShape> get(linalg::LinalgOp op);

  int64_t getBlockCount() const { return llvm::divideCeil(contraction.run, blockSize); }
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_TILEREGISTERKERNEL_H
