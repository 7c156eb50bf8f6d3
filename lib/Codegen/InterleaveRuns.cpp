#include "InterleaveRuns.h"
#include "TileKernel.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::lowbit;

/// With so many rows their vectors stay in registers.
static constexpr int64_t kMostRows = 8;

/// The buffer with its last `count` dimensions, which are contiguous, as one.
static Value collapseTrailing(OpBuilder &builder, Location loc, Value buffer, int64_t count) {
  const int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (dim <= rank - count)
      groups.emplace_back();
    groups.back().push_back(dim);
  }
  return memref::CollapseShapeOp::create(builder, loc, buffer, groups);
}

bool lowbit::interleaveRuns(OpBuilder &builder, Location loc, Value from, Value to, ArrayRef<int64_t> permutation,
                            int64_t vectorBits) {
  auto type = cast<MemRefType>(to.getType()), fromType = cast<MemRefType>(from.getType());
  const int64_t rank = permutation.size(), manyDim = rank - 3, fewDim = rank - 2;
  if (rank < 3 || permutation[rank - 1] != rank - 1 || permutation[manyDim] != fewDim || !type.hasStaticShape() ||
      !type.areTrailingDimsContiguous(3) || !fromType.areTrailingDimsContiguous(2))
    return false;
  const int64_t run = type.getDimSize(rank - 1), few = type.getDimSize(fewDim), many = type.getDimSize(manyDim);
  const int64_t ofVector = vectorBits / (run * type.getElementTypeBitWidth());
  if (few > kMostRows || std::min(many, ofVector) < 2)
    return false;
  const int64_t runs = llvm::bit_floor<uint64_t>(std::min(many, ofVector));
  auto vectorType = VectorType::get({runs * run}, type.getElementType());

  Value source = collapseTrailing(builder, loc, from, 2), result = collapseTrailing(builder, loc, to, 3);
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
  auto emitTile = [&](OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> outer, OpFoldResult first) {
    // Where the runs begin: in a row of the source, and in the result.
    auto scale = [&](int64_t factor) {
      return affine::makeComposedFoldedAffineApply(builder, loc, builder.getAffineDimExpr(0) * factor, {first});
    };
    SmallVector<OpFoldResult> fromIndices(rank - 1, scale(run)), toIndices(outer);
    for (int64_t dim = 0; dim < manyDim; ++dim)
      fromIndices[permutation[dim]] = outer[dim];
    SmallVector<Value> rows;
    for (int64_t row = 0; row < few; ++row) {
      fromIndices[permutation[fewDim]] = builder.getIndexAttr(row);
      rows.push_back(vector::TransferReadOp::create(builder, loc, vectorType, source,
                                                    getValueOrCreateConstantIndexOp(builder, loc, fromIndices), zero,
                                                    ArrayRef<bool>{true}));
    }
    toIndices.push_back({});
    OpFoldResult start = scale(few * run);
    // Of each result the runs of all rows in turns.
    SmallVector<Value> results;
    for (int64_t number = 0; number < few; ++number)
      results.push_back(selectLanes(builder, loc, rows, [&](int64_t lane) {
        const int64_t ofAll = number * runs + lane / run;
        return std::pair(ofAll % few, ofAll / few * run + lane % run);
      }));
    for (auto [number, vector] : llvm::enumerate(results)) {
      toIndices.back() = addIndex(builder, loc, start, number * runs * run);
      writeVector(builder, loc, vector, result, toIndices);
    }
  };

  const TiledDim tiles{many, runs};
  auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value).getResult(); };
  SmallVector<Value> lowerBounds(rank - 2, constant(0)), steps(rank - 2, constant(1)), upperBounds;
  for (int64_t dim = 0; dim < manyDim; ++dim)
    upperBounds.push_back(constant(type.getDimSize(dim)));
  upperBounds.push_back(constant(tiles.getCount()));
  scf::LoopNest nest = scf::buildLoopNest(
      builder, loc, lowerBounds, upperBounds, steps, [&](OpBuilder &builder, Location loc, ValueRange ivs) {
        emitTile(builder, loc, getAsOpFoldResult(ivs.drop_back()), tiles.getStart(builder, loc, ivs.back()));
      });
  for (scf::ForOp loop : nest.loops)
    loop->setAttr(kParallelAttrName, builder.getBoolAttr(true));
  return true;
}
