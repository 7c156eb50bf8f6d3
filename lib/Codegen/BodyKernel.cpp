#include "TileKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Runs the body of a linalg op on vectors: pooling, means, depthwise convolutions, elementwise ops, products of two
/// dynamic tensors.
class BodyKernel : public TileKernel {
public:
  BodyKernel(linalg::LinalgOp op, const TileShape &shape)
      : op(op), shape(shape), body(op.getBlock()), outputMap(op.getMatchingIndexingMap(op.getDpsInitOperand(0))),
        width(cast<ShapedType>(op.getDpsInits().front().getType()).getShape().back()) {
    op.getReductionDims(reductionDims);
  }

  SmallVector<Value> compute(OpBuilder &builder, Location loc, const TilePosition &position) override {
    SmallVector<Value> accumulators = initialize(builder, loc, position);
    SmallVector<OpFoldResult> dims(op.getNumLoops(), builder.getIndexAttr(0));
    return reduce(builder, loc, position, dims, reductionDims, accumulators);
  }

private:
  unsigned getLaneDim() const { return outputMap.getDimPosition(outputMap.getNumResults() - 1); }

  /// The values of all iteration dimensions for one vector of the tile; reduction dimensions are set in `dims`.
  SmallVector<OpFoldResult> getDims(OpBuilder &builder, Location loc, const TilePosition &position,
                                    ArrayRef<OpFoldResult> dims, int64_t row, int64_t vector) {
    SmallVector<OpFoldResult> result(dims);
    for (auto [index, value] : llvm::enumerate(position.at(builder, loc, shape, row, vector)))
      result[outputMap.getDimPosition(index)] = value;
    return result;
  }

  SmallVector<Value> initialize(OpBuilder &builder, Location loc, const TilePosition &position) {
    SmallVector<Value> accumulators(shape.rows * shape.vectors);
    OpOperand *init = op.getDpsInitOperand(0);
    if (op.getMatchingBlockArgument(init).use_empty())
      return accumulators;
    // Read what the init is made of, so that it need not exist in memory.
    Value source = init->get();
    AffineMap map = outputMap;
    if (auto fill = source.getDefiningOp<linalg::FillOp>()) {
      source = fill.getInputs().front();
    } else if (auto broadcast = source.getDefiningOp<linalg::BroadcastOp>()) {
      source = broadcast.getInput();
      map = broadcast.getMatchingIndexingMap(broadcast.getDpsInputOperand(0)).compose(outputMap);
    }
    SmallVector<OpFoldResult> dims(op.getNumLoops(), builder.getIndexAttr(0));
    for (int64_t row = 0; row < shape.rows; ++row)
      for (int64_t vector = 0; vector < shape.vectors; ++vector)
        accumulators[row * shape.vectors + vector] =
            loadVector(builder, loc, source, map, getDims(builder, loc, position, dims, row, vector), getLaneDim(),
                       shape.lanes, width);
    return accumulators;
  }

  SmallVector<Value> reduce(OpBuilder &builder, Location loc, const TilePosition &position,
                            SmallVector<OpFoldResult> dims, ArrayRef<unsigned> loops, ValueRange accumulators) {
    if (loops.empty())
      return step(builder, loc, position, dims, accumulators);
    auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value).getResult(); };
    const int64_t size = op.getStaticLoopRanges()[loops.front()];
    auto loop = scf::ForOp::create(builder, loc, constant(0), constant(size), constant(1), accumulators,
                                   [&](OpBuilder &builder, Location loc, Value iv, ValueRange inner) {
                                     dims[loops.front()] = iv;
                                     SmallVector<Value> results =
                                         reduce(builder, loc, position, dims, loops.drop_front(), inner);
                                     scf::YieldOp::create(builder, loc, results);
                                   });
    return llvm::to_vector_of<Value>(loop.getResults());
  }

  SmallVector<Value> step(OpBuilder &builder, Location loc, const TilePosition &position, ArrayRef<OpFoldResult> dims,
                          ValueRange accumulators) {
    SmallVector<Value> results;
    for (int64_t row = 0; row < shape.rows; ++row) {
      for (int64_t vector = 0; vector < shape.vectors; ++vector) {
        SmallVector<OpFoldResult> vectorDims = getDims(builder, loc, position, dims, row, vector);
        SmallVector<Value> args;
        for (OpOperand *operand : op.getDpsInputOperands())
          args.push_back(op.getMatchingBlockArgument(operand).use_empty()
                             ? Value()
                             : loadVector(builder, loc, operand->get(), op.getMatchingIndexingMap(operand), vectorDims,
                                          getLaneDim(), shape.lanes, width));
        args.push_back(accumulators[row * shape.vectors + vector]);
        LanePosition lanePosition{vectorDims, getLaneDim()};
        results.push_back(vectorizeBody(builder, loc, *body, args, shape.lanes, &lanePosition).front());
      }
    }
    return results;
  }

  linalg::LinalgOp op;
  TileShape shape;
  Block *body;
  AffineMap outputMap;
  int64_t width;
  SmallVector<unsigned> reductionDims;
};
} // namespace

std::unique_ptr<TileKernel> lowbit::createBodyKernel(RewriterBase &, linalg::LinalgOp op, TileShape &shape) {
  AffineMap outputMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!isVectorizableAlong(op, outputMap.getDimPosition(outputMap.getNumResults() - 1)))
    return nullptr;
  // The overlapping tiles of a buffer would add to an accumulator twice.
  if (!op.hasPureTensorSemantics() && !op.getMatchingBlockArgument(op.getDpsInitOperand(0)).use_empty())
    return nullptr;
  auto outputType = cast<ShapedType>(op.getDpsInits().front().getType());
  const int64_t width = outputType.getShape().back();
  // A power of two: LLVM 22 narrows three 64-bit lanes to bytes wrongly on AArch64.
  shape.lanes = llvm::bit_floor<uint64_t>(std::min(shape.lanes, width));
  shape.vectors = std::max<int64_t>(1, std::min(shape.vectors, width / shape.lanes));
  const int64_t rowCount = outputType.getRank() > 1 ? outputType.getShape()[outputType.getRank() - 2] : 1;
  shape.rows = llvm::divideCeil(rowCount, llvm::divideCeil(rowCount, std::min(shape.rows, rowCount)));
  return std::make_unique<BodyKernel>(op, shape);
}
