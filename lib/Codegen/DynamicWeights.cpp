#include "DynamicWeights.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The elements of all `vectors`, the first of each, then the second of each, and so on; their number is a power of
/// two.
static Value interleaveAll(OpBuilder &builder, Location loc, ArrayRef<Value> vectors) {
  if (vectors.size() == 1)
    return vectors.front();
  SmallVector<Value> even, odd;
  for (auto [index, value] : llvm::enumerate(vectors))
    (index % 2 == 0 ? even : odd).push_back(value);
  return vector::InterleaveOp::create(builder, loc, interleaveAll(builder, loc, even),
                                      interleaveAll(builder, loc, odd));
}

namespace {
class Packer {
public:
  Packer(Value weights, const DotInstruction &instruction, const TileShape &shape, int64_t blockSize)
      : weights(weights), instruction(instruction), shape(shape), type(cast<RankedTensorType>(weights.getType())),
        size(type.getShape()[type.getRank() - 2]), channels(type.getShape().back()), blockSize(blockSize) {}

  DynamicWeights pack(OpBuilder &builder, Location loc);

private:
  int64_t getGroupCount() const { return llvm::divideCeil(size, blockSize) * blockSize / instruction.depth; }

  Value loadGroup(OpBuilder &builder, Location loc, ValueRange batch, OpFoldResult k, int64_t skipped,
                  OpFoldResult channel);
  SmallVector<Value> packGroup(OpBuilder &builder, Location loc, ValueRange batch, Value panel, OpFoldResult channel,
                               OpFoldResult group, OpFoldResult k, int64_t skipped, ValueRange state);
  SmallVector<Value> packGroups(OpBuilder &builder, Location loc, ValueRange batch, Value panel, OpFoldResult channel,
                                int64_t first, int64_t end, int64_t shift, ValueRange state);
  SmallVector<Value> packPanel(OpBuilder &builder, Location loc, ValueRange batch, Value panel, ValueRange tensors);
  Value store(OpBuilder &builder, Location loc, Value vector, Value tensor, ValueRange batch,
              ArrayRef<OpFoldResult> indices);

  Value weights;
  const DotInstruction &instruction;
  const TileShape &shape;
  RankedTensorType type;
  int64_t size;
  int64_t channels;
  /// Of which the elements are whole groups.
  int64_t blockSize;
};
} // namespace

Value Packer::store(OpBuilder &builder, Location loc, Value vector, Value tensor, ValueRange batch,
                    ArrayRef<OpFoldResult> indices) {
  SmallVector<Value> all(batch);
  llvm::append_range(all, getValueOrCreateConstantIndexOp(builder, loc, indices));
  all.push_back(arith::ConstantIndexOp::create(builder, loc, 0));
  return vector::TransferWriteOp::create(builder, loc, vector, tensor, all, ArrayRef<bool>{true}).getResult();
}

/// `depth` rows from `k` on of the vector of channels at `channel`, of which the first `skipped` count as zero.
Value Packer::loadGroup(OpBuilder &builder, Location loc, ValueRange batch, OpFoldResult k, int64_t skipped,
                        OpFoldResult channel) {
  const int64_t rank = type.getRank();
  Value zero = arith::ConstantOp::create(builder, loc,
                                         builder.getZeroAttr(VectorType::get({shape.lanes}, type.getElementType())));
  SmallVector<Value> rows;
  for (int64_t row = 0; row < instruction.depth; ++row) {
    if (row < skipped || row >= size) {
      rows.push_back(zero);
      continue;
    }
    SmallVector<OpFoldResult> dims = getAsOpFoldResult(batch);
    dims.push_back(addIndex(builder, loc, k, row));
    dims.push_back(channel);
    rows.push_back(
        loadVector(builder, loc, weights, builder.getMultiDimIdentityMap(rank), dims, rank - 1, shape.lanes, channels));
  }
  return interleaveAll(builder, loc, rows);
}

/// `state`: the packed weights, then a vector of sums for each vector of the panel where they are asked for.
SmallVector<Value> Packer::packGroup(OpBuilder &builder, Location loc, ValueRange batch, Value panel,
                                     OpFoldResult channel, OpFoldResult group, OpFoldResult k, int64_t skipped,
                                     ValueRange state) {
  SmallVector<Value> results(state);
  for (int64_t vector = 0; vector < shape.vectors; ++vector) {
    Value bytes = loadGroup(builder, loc, batch, k, skipped, addIndex(builder, loc, channel, vector * shape.lanes));
    results.front() = store(builder, loc, bytes, results.front(), batch, {panel, group, builder.getIndexAttr(vector)});
    if (!instruction.offsetsActivations)
      continue;
    auto bytesType = VectorType::get({instruction.depth}, builder.getI8Type());
    // What activations of 0 are as unsigned bytes.
    Value offset = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(bytesType, APInt(8, 128)));
    Value wide = arith::ExtUIOp::create(builder, loc, bytesType.clone(builder.getI32Type()), offset);
    results[1 + vector] = createDotProduct(builder, loc, instruction.name, wide, bytes, results[1 + vector]);
  }
  return results;
}

/// The groups from `first` to `end`, whose elements are `shift` before those that their number says.
SmallVector<Value> Packer::packGroups(OpBuilder &builder, Location loc, ValueRange batch, Value panel,
                                      OpFoldResult channel, int64_t first, int64_t end, int64_t shift,
                                      ValueRange state) {
  if (first >= end)
    return llvm::to_vector(state);
  auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value).getResult(); };
  auto loop = scf::ForOp::create(
      builder, loc, constant(first), constant(end), constant(1), state,
      [&](OpBuilder &builder, Location loc, Value group, ValueRange inner) {
        AffineExpr element = builder.getAffineDimExpr(0) * instruction.depth - shift;
        OpFoldResult k = affine::makeComposedFoldedAffineApply(builder, loc, element, {OpFoldResult(group)});
        scf::YieldOp::create(builder, loc,
                             packGroup(builder, loc, batch, panel, channel, group, k, /*skipped=*/0, inner));
      });
  return llvm::to_vector_of<Value>(loop.getResults());
}

SmallVector<Value> Packer::packPanel(OpBuilder &builder, Location loc, ValueRange batch, Value panel,
                                     ValueRange tensors) {
  const int64_t depth = instruction.depth, width = shape.getWidth();
  AffineExpr number = builder.getAffineDimExpr(0);
  auto starts =
      AffineMap::get(1, 0, {number * width, builder.getAffineConstantExpr(std::max<int64_t>(0, channels - width))},
                     builder.getContext());
  OpFoldResult channel = affine::makeComposedFoldedAffineMin(builder, loc, starts, {OpFoldResult(panel)});

  auto sumType = VectorType::get({shape.lanes}, builder.getI32Type());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(sumType));
  SmallVector<Value> state = {tensors.front()};
  if (instruction.offsetsActivations)
    state.append(shape.vectors, zero);
  const int64_t fullGroups = size / blockSize * blockSize / depth;
  state = packGroups(builder, loc, batch, panel, channel, /*first=*/0, fullGroups, /*shift=*/0, state);
  // The last block ends with the weights: what it shares with the one before it is there already.
  if (getGroupCount() > fullGroups) {
    const int64_t first = std::max<int64_t>(0, size - blockSize), shared = fullGroups * depth - first;
    int64_t group = 0;
    for (; group == 0 || group * depth < shared; ++group)
      state = packGroup(builder, loc, batch, panel, channel, builder.getIndexAttr(fullGroups + group),
                        builder.getIndexAttr(first + group * depth), std::min(depth, shared - group * depth), state);
    state = packGroups(builder, loc, batch, panel, channel, fullGroups + group, getGroupCount(), shared, state);
  }
  SmallVector<Value> results = {state.front()};
  if (instruction.offsetsActivations) {
    Value compensation = tensors[1];
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      Value negative = arith::SubIOp::create(builder, loc, zero, state[1 + vector]);
      compensation = store(builder, loc, negative, compensation, batch, {panel, builder.getIndexAttr(vector)});
    }
    results.push_back(compensation);
  }
  return results;
}

DynamicWeights Packer::pack(OpBuilder &builder, Location loc) {
  auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value).getResult(); };
  const int64_t panels = llvm::divideCeil(channels, shape.getWidth());
  SmallVector<int64_t> packedShape(type.getShape().drop_back(2));
  packedShape.push_back(panels);
  SmallVector<int64_t> sumShape(packedShape);
  packedShape.append({getGroupCount(), shape.vectors, shape.lanes * instruction.depth});
  sumShape.append({shape.vectors, shape.lanes});
  SmallVector<Value> tensors = {tensor::EmptyOp::create(builder, loc, packedShape, type.getElementType())};
  if (instruction.offsetsActivations)
    tensors.push_back(tensor::EmptyOp::create(builder, loc, sumShape, builder.getI32Type()));

  SmallVector<Value> bounds;
  for (int64_t dim : type.getShape().drop_back(2))
    bounds.push_back(constant(dim));
  bounds.push_back(constant(panels));
  SmallVector<Value> lower(bounds.size(), constant(0)), steps(bounds.size(), constant(1));
  scf::LoopNest nest =
      scf::buildLoopNest(builder, loc, lower, bounds, steps, tensors,
                         [&](OpBuilder &builder, Location loc, ValueRange ivs, ValueRange inner) -> scf::ValueVector {
                           SmallVector<Value> results = packPanel(builder, loc, ivs.drop_back(), ivs.back(), inner);
                           return scf::ValueVector(results.begin(), results.end());
                         });
  return {nest.results.front(), instruction.offsetsActivations ? nest.results[1] : Value()};
}

DynamicWeights lowbit::packDynamicWeights(OpBuilder &builder, Location loc, Value weights,
                                          const DotInstruction &instruction, const TileShape &shape,
                                          int64_t blockSize) {
  return Packer(weights, instruction, shape, std::max<int64_t>(blockSize, instruction.depth)).pack(builder, loc);
}
