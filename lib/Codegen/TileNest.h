#ifndef LOWBIT_LIB_CODEGEN_TILENEST_H
#define LOWBIT_LIB_CODEGEN_TILENEST_H

#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::lowbit {

/// Independent loops over the tiles of one op, in which what is computed of the sums of a tile can wait until the next
/// tile is multiplied, whatever the bounds of the loops are. The sums lie in memory.
class TileNest {
public:
  /// The largest such nest around `op`; nothing where there is none of more than one tile.
  static std::optional<TileNest> find(MultiplyTilesOp op);

  /// Where a tile lies.
  struct Position {
    /// Whether there is one.
    Value exists;
    /// The induction variables of the loops.
    SmallVector<Value> ivs;
  };
  /// Makes the loops carry the position of a tile to the next, and behind the last. To be called once, before the
  /// methods below.
  void carryPositions(RewriterBase &rewriter);
  /// The position of the tile before the one that the op computes.
  Position getPrevious() { return getPosition(loops.back().getRegionIterArgs()); }
  /// The position of the last tile, behind the loops.
  Position getLast() { return getPosition(loops.front().getResults()); }
  scf::ForOp getOutermost() { return loops.front(); }

  /// What is computed of the sums of a tile, in order, with what that needs of the bodies of the loops.
  ArrayRef<Operation *> getReaders() const { return readers; }
  /// Maps what readers refer to, for those of the tile at `position`.
  IRMapping getMapping(const Position &position);
  /// Erases what has been cloned.
  void eraseReaders();

private:
  explicit TileNest(MultiplyTilesOp op) : op(op) {}
  static Position getPosition(ValueRange carried);

  MultiplyTilesOp op;
  /// The innermost is the last.
  SmallVector<scf::ForOp> loops;
  SmallVector<Operation *> readers;
  /// What the op needs of the body that it is in.
  llvm::SetVector<Operation *> operands;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_TILENEST_H
