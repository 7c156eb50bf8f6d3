#include "MatrixBlocks.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Rows and channels of a block.
static constexpr int64_t kSide = 2;

static Value shuffle(OpBuilder &builder, Location loc, Value first, Value second, ArrayRef<int64_t> lanes) {
  return vector::ShuffleOp::create(builder, loc, first, second, lanes);
}

SmallVector<Value> lowbit::makeBlocks(OpBuilder &builder, Location loc, ValueRange accumulators,
                                      const TileShape &shape) {
  SmallVector<Value> blocks;
  for (int64_t row = 0; row < shape.rows; row += kSide)
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      Value upper = accumulators[row * shape.vectors + vector],
            lower = accumulators[(row + 1) * shape.vectors + vector];
      blocks.push_back(shuffle(builder, loc, upper, lower, {0, 1, 4, 5}));
      blocks.push_back(shuffle(builder, loc, upper, lower, {2, 3, 6, 7}));
    }
  return blocks;
}

SmallVector<Value> lowbit::splitBlocks(OpBuilder &builder, Location loc, ValueRange blocks, const TileShape &shape) {
  SmallVector<Value> accumulators(shape.rows * shape.vectors);
  for (int64_t row = 0; row < shape.rows; row += kSide)
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      const int64_t position = row * shape.vectors + vector * kSide;
      Value left = blocks[position], right = blocks[position + 1];
      accumulators[row * shape.vectors + vector] = shuffle(builder, loc, left, right, {0, 1, 4, 5});
      accumulators[(row + 1) * shape.vectors + vector] = shuffle(builder, loc, left, right, {2, 3, 6, 7});
    }
  return accumulators;
}

SmallVector<Value> lowbit::multiplyBlocks(OpBuilder &builder, Location loc, StringRef instruction, Value upper,
                                          Value lower, Value weights, ValueRange blocks) {
  MLIRContext *context = builder.getContext();
  const int64_t depth = cast<VectorType>(upper.getType()).getNumElements();
  auto bytesType = VectorType::get({kSide, depth}, builder.getI8Type());
  auto wideType = VectorType::get({kSide, depth}, builder.getI32Type());
  auto accumulatorType = VectorType::get({kSide, kSide}, builder.getI32Type());
  auto widen = [&](Value bytes) -> Value {
    bytes = vector::ShapeCastOp::create(builder, loc, bytesType, bytes);
    return arith::ExtSIOp::create(builder, loc, wideType, bytes);
  };
  // (row, channel, k): sum over k of activations[row, k] * weights[channel, k].
  AffineExpr row, channel, k;
  bindDims(context, row, channel, k);
  auto maps = builder.getAffineMapArrayAttr({AffineMap::get(3, 0, {row, k}, context),
                                             AffineMap::get(3, 0, {channel, k}, context),
                                             AffineMap::get(3, 0, {row, channel}, context)});
  auto parallel = vector::IteratorTypeAttr::get(context, vector::IteratorType::parallel);
  auto reduction = vector::IteratorTypeAttr::get(context, vector::IteratorType::reduction);
  auto iterators = builder.getArrayAttr({parallel, parallel, reduction});

  Value pair = widen(shuffle(builder, loc, upper, lower, llvm::to_vector(llvm::seq<int64_t>(0, kSide * depth))));
  SmallVector<Value> results;
  for (auto [number, block] : llvm::enumerate(blocks)) {
    const int64_t start = number * kSide * depth;
    Value channels = vector::ExtractStridedSliceOp::create(builder, loc, weights, ArrayRef<int64_t>{start},
                                                           ArrayRef<int64_t>{kSide * depth}, ArrayRef<int64_t>{1});
    Value accumulator = vector::ShapeCastOp::create(builder, loc, accumulatorType, block);
    auto contract = vector::ContractionOp::create(builder, loc, pair, widen(channels), accumulator, maps, iterators);
    contract->setAttr(kInstructionAttrName, builder.getStringAttr(instruction));
    results.push_back(vector::ShapeCastOp::create(builder, loc, block.getType(), contract));
  }
  return results;
}
