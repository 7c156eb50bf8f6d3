#include "LaneKernel.h"
#include "TileKernel.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::lowbit;

SmallVector<OpFoldResult> TilePosition::at(OpBuilder &builder, Location loc, const TileShape &shape, int64_t row,
                                           int64_t vector) const {
  SmallVector<OpFoldResult> result(indices);
  result.back() = addIndex(builder, loc, result.back(), vector * shape.lanes);
  const size_t rank = result.size();
  if (shape.lines > 1) {
    result[rank - 3] = addIndex(builder, loc, result[rank - 3], row / shape.rows);
    row %= shape.rows;
  }
  if (rank > 1)
    result[rank - 2] = addIndex(builder, loc, result[rank - 2], row);
  return result;
}

/// True where `generic` computes each element of its one result, at the same indices, from those of other operands.
static bool isElementwise(linalg::GenericOp generic) {
  return generic.getNumDpsInits() == 1 && generic.getNumLoops() == generic.getNumParallelLoops() &&
         generic.getMatchingIndexingMap(generic.getDpsInitOperand(0)).isIdentity() &&
         generic.getResultTypes().size() == 1 && isVectorizableBody(*generic.getBody()) &&
         generic.getBody()->getArguments().back().use_empty();
}

/// True where `generic` does so from one element of `producer`'s result, at the same indices.
static bool isElementwiseUserOf(linalg::GenericOp generic, Value producer) {
  if (!isElementwise(generic))
    return false;
  unsigned uses = 0;
  for (OpOperand *operand : generic.getDpsInputOperands()) {
    if (operand->get() != producer)
      continue;
    if (!generic.getMatchingIndexingMap(operand).isIdentity())
      return false;
    ++uses;
  }
  return uses == 1;
}

SmallVector<linalg::GenericOp> lowbit::collectEpilogue(linalg::LinalgOp op) {
  SmallVector<linalg::GenericOp> epilogue;
  if (!op.hasPureTensorSemantics())
    return epilogue;
  Value result = op->getResult(0);
  while (result.hasOneUse()) {
    auto generic = dyn_cast<linalg::GenericOp>(*result.user_begin());
    if (!generic || generic->getBlock() != op->getBlock() || !isElementwiseUserOf(generic, result))
      break;
    epilogue.push_back(generic);
    result = generic.getResult(0);
  }
  return epilogue;
}

/// The elementwise op that computes what `op` accumulates to, and nothing else reads; null where there is none.
static linalg::GenericOp getElementwiseInit(linalg::LinalgOp op) {
  auto generic = op.getDpsInits().front().getDefiningOp<linalg::GenericOp>();
  const bool isInit = generic && op.hasPureTensorSemantics() && generic->hasOneUse() &&
                      generic->getBlock() == op->getBlock() && isElementwise(generic);
  return isInit ? generic : linalg::GenericOp();
}

/// The body of `generic` on vectors: `knownVector` for `known`, and what `load` gives for other operands.
static Value computeBody(OpBuilder &builder, Location loc, linalg::GenericOp generic, int64_t lanes, Value known,
                         Value knownVector, llvm::function_ref<Value(Value, AffineMap)> load) {
  SmallVector<Value> args;
  for (OpOperand *operand : generic.getDpsInputOperands()) {
    if (known && operand->get() == known)
      args.push_back(knownVector);
    else if (generic.getMatchingBlockArgument(operand).use_empty())
      args.push_back(Value());
    else
      args.push_back(load(operand->get(), generic.getMatchingIndexingMap(operand)));
  }
  args.push_back(Value());
  return vectorizeBody(builder, loc, *generic.getBody(), args, lanes).front();
}

Value lowbit::computeEpilogue(OpBuilder &builder, Location loc, ArrayRef<linalg::GenericOp> epilogue, int64_t lanes,
                              Value producer, Value value, llvm::function_ref<Value(Value, AffineMap)> load) {
  for (linalg::GenericOp generic : epilogue) {
    value = computeBody(builder, loc, generic, lanes, producer, value, load);
    producer = generic.getResult(0);
  }
  return value;
}

Value lowbit::loadInit(OpBuilder &builder, Location loc, linalg::LinalgOp op, ArrayRef<OpFoldResult> indices,
                       int64_t lanes) {
  Value init = op.getDpsInits().front();
  const int64_t rank = indices.size(), width = cast<ShapedType>(init.getType()).getShape().back();
  auto load = [&](Value operand, AffineMap map) {
    return loadVector(builder, loc, operand, map, indices, /*laneDim=*/rank - 1, lanes, width);
  };
  if (linalg::GenericOp generic = getElementwiseInit(op))
    return computeBody(builder, loc, generic, lanes, /*known=*/Value(), /*knownVector=*/Value(), load);
  return load(init, builder.getMultiDimIdentityMap(rank));
}

Value lowbit::writeVector(OpBuilder &builder, Location loc, Value vector, Value destination,
                          ArrayRef<OpFoldResult> indices) {
  auto op = vector::TransferWriteOp::create(
      builder, loc, vector, destination, getValueOrCreateConstantIndexOp(builder, loc, indices), ArrayRef<bool>{true});
  return op->getNumResults() > 0 ? op.getResult() : destination;
}

Value lowbit::selectLanes(OpBuilder &builder, Location loc, ArrayRef<Value> vectors,
                          llvm::function_ref<std::pair<int64_t, int64_t>(int64_t)> getSource) {
  const int64_t lanes = cast<VectorType>(vectors.front().getType()).getNumElements();
  Value result = vectors.front();
  for (int64_t number = 1; number < static_cast<int64_t>(vectors.size()); ++number) {
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      auto [from, fromLane] = getSource(lane);
      if (from == number)
        mask.push_back(lanes + fromLane);
      else if (from > number)
        mask.push_back(vector::ShuffleOp::kPoisonIndex);
      else
        mask.push_back(number == 1 ? fromLane : lane);
    }
    result = vector::ShuffleOp::create(builder, loc, result, vectors[number], mask);
  }
  return result;
}

OpFoldResult TiledDim::getStart(OpBuilder &builder, Location loc, OpFoldResult number) const {
  AffineExpr start = builder.getAffineDimExpr(0) * tile;
  if (size % tile == 0 || size < tile)
    return affine::makeComposedFoldedAffineApply(builder, loc, start, {number});
  auto map = AffineMap::get(1, 0, {start, builder.getAffineConstantExpr(size - tile)}, builder.getContext());
  return affine::makeComposedFoldedAffineMin(builder, loc, map, {number});
}

/// The rows of a tile whose lanes hold channels in an order of their own, each written as one vector.
static Value emitOrderedRows(OpBuilder &builder, Location loc, ArrayRef<linalg::GenericOp> epilogue,
                             const TileShape &shape, ArrayRef<int64_t> order, const DenseMap<Value, Value> &constants,
                             ArrayRef<Value> accumulators, const TilePosition &position, Value producer,
                             Value destination) {
  const int64_t width = shape.getWidth();
  auto wideType = VectorType::get({width}, getElementTypeOrSelf(accumulators.front().getType()));
  for (int64_t row = 0; row < shape.rows; ++row) {
    SmallVector<OpFoldResult> indices = position.at(builder, loc, shape, row, /*vector=*/0);
    Value value = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(wideType));
    for (int64_t vector = 0; vector < shape.vectors; ++vector)
      value = vector::InsertStridedSliceOp::create(builder, loc, accumulators[row * shape.vectors + vector], value,
                                                   ArrayRef<int64_t>{vector * shape.lanes}, ArrayRef<int64_t>{1});
    value = computeEpilogue(builder, loc, epilogue, width, producer, value, [&](Value operand, AffineMap map) {
      if (Value constant = constants.lookup(operand))
        return loadPacked(builder, loc, constant, {position.panel, builder.getIndexAttr(0)});
      return loadVector(builder, loc, operand, map, indices, indices.size() - 1, width, width);
    });
    value = vector::ShuffleOp::create(builder, loc, value, value, invertPermutationVector(order));
    destination = writeVector(builder, loc, value, destination, indices);
  }
  return destination;
}

/// Computes the tile at `position` and writes it to `destination`; returns what holds it then. `constants` are those of
/// the epilogue in the order of the kernel's lanes.
static Value emitTile(OpBuilder &builder, Location loc, ArrayRef<linalg::GenericOp> epilogue, const TileShape &shape,
                      TileKernel &kernel, const DenseMap<Value, Value> &constants, const TilePosition &position,
                      Value producer, int64_t width, Value destination) {
  SmallVector<Value> accumulators = kernel.compute(builder, loc, position);
  if (ArrayRef<int64_t> order = kernel.getLaneOrder(); !order.empty())
    return emitOrderedRows(builder, loc, epilogue, shape, order, constants, accumulators, position, producer,
                           destination);
  for (int64_t row = 0; row < shape.lines * shape.rows; ++row) {
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      SmallVector<OpFoldResult> indices = position.at(builder, loc, shape, row, vector);
      Value value = accumulators[row * shape.vectors + vector];
      value = computeEpilogue(builder, loc, epilogue, shape.lanes, producer, value, [&](Value operand, AffineMap map) {
        return loadVector(builder, loc, operand, map, indices, indices.size() - 1, shape.lanes, width);
      });
      if (width < shape.lanes)
        value = vector::ExtractStridedSliceOp::create(builder, loc, value, ArrayRef<int64_t>{0},
                                                      ArrayRef<int64_t>{width}, ArrayRef<int64_t>{1});
      destination = writeVector(builder, loc, value, destination, indices);
    }
  }
  return destination;
}

void lowbit::replaceWithLoops(RewriterBase &rewriter, linalg::LinalgOp op, ArrayRef<linalg::GenericOp> epilogue,
                              ValueRange results) {
  Operation *last = op;
  if (!epilogue.empty())
    last = linalg::GenericOp(epilogue.back());
  if (results.empty())
    rewriter.eraseOp(last);
  else
    rewriter.replaceOp(last, results);
  for (linalg::GenericOp generic : llvm::reverse(epilogue.empty() ? epilogue : epilogue.drop_back()))
    rewriter.eraseOp(generic);
  if (last != op.getOperation())
    rewriter.eraseOp(op);
}

void lowbit::emitTileLoops(RewriterBase &rewriter, linalg::LinalgOp op, ArrayRef<linalg::GenericOp> epilogue,
                           const TileShape &shape, TileKernel &kernel) {
  Operation *last = op;
  if (!epilogue.empty())
    last = linalg::GenericOp(epilogue.back());
  // Operands of the epilogue may be defined after `op`; kernels have put what they need before it.
  rewriter.setInsertionPoint(last);
  Location loc = last->getLoc();

  const bool onTensors = op.hasPureTensorSemantics();
  Value init = cast<linalg::LinalgOp>(last).getDpsInits().front();
  auto outputType = cast<ShapedType>(init.getType());
  const int64_t rank = outputType.getRank();
  const int64_t width = outputType.getShape().back();

  DenseMap<Value, Value> constants;
  if (ArrayRef<int64_t> order = kernel.getLaneOrder(); !order.empty()) {
    const LaneLayout layout = {SmallVector<int64_t>(order), /*firstChannel=*/0, width, shape.getWidth(), {}};
    constants = layOutConstants(rewriter, epilogue, layout, width);
  }

  SmallVector<TiledDim> dims;
  for (int64_t size : outputType.getShape())
    dims.push_back({size, 1});
  dims.back().tile = shape.getWidth();
  if (rank > 1)
    dims[rank - 2].tile = shape.rows;
  if (shape.lines > 1)
    dims[rank - 3].tile = shape.lines;
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (kernel.keepsPanels())
    std::rotate(order.begin(), order.end() - 1, order.end());

  auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(rewriter, loc, value).getResult(); };
  SmallVector<Value> lowerBounds(rank, constant(0)), steps(rank, constant(1)), upperBounds;
  for (int64_t dim : order)
    upperBounds.push_back(constant(dims[dim].getCount()));
  SmallVector<Value> iterArgs;
  if (onTensors)
    iterArgs.push_back(tensor::EmptyOp::create(rewriter, loc, outputType.getShape(), outputType.getElementType()));

  SmallVector<scf::ForOp> loops;
  auto buildTiles = [&](OpBuilder &builder, Location loc, ArrayRef<Value> outerIvs, ValueRange outerArgs) {
    const size_t outer = outerIvs.size();
    auto inner = [&](ArrayRef<Value> values) { return values.drop_front(outer); };
    scf::LoopNest nest = scf::buildLoopNest(
        builder, loc, inner(lowerBounds), inner(upperBounds), inner(steps), outerArgs,
        [&](OpBuilder &builder, Location loc, ValueRange innerIvs, ValueRange destinations) -> scf::ValueVector {
          SmallVector<Value> ivs(outerIvs);
          llvm::append_range(ivs, innerIvs);
          TilePosition position;
          position.indices.resize(rank);
          position.panel = ivs[llvm::find(order, rank - 1) - order.begin()];
          for (auto [dim, iv] : llvm::zip_equal(order, ivs))
            position.indices[dim] = dims[dim].getStart(builder, loc, iv);

          Value destination = onTensors ? destinations.front() : init;
          Value producer = onTensors ? op->getResult(0) : Value();
          destination =
              emitTile(builder, loc, epilogue, shape, kernel, constants, position, producer, width, destination);
          return onTensors ? scf::ValueVector{destination} : scf::ValueVector{};
        });
    llvm::append_range(loops, nest.loops);
    return nest.results;
  };
  scf::ValueVector results;
  if (!kernel.preparesPanels()) {
    results = buildTiles(rewriter, loc, {}, iterArgs);
  } else {
    scf::LoopNest panels = scf::buildLoopNest(
        rewriter, loc, ValueRange(lowerBounds).take_front(), ValueRange(upperBounds).take_front(),
        ValueRange(steps).take_front(), iterArgs,
        [&](OpBuilder &builder, Location loc, ValueRange ivs, ValueRange destinations) -> scf::ValueVector {
          kernel.beginPanel(builder, loc, OpFoldResult(ivs.front()));
          return buildTiles(builder, loc, llvm::to_vector(ivs), destinations);
        });
    loops.insert(loops.begin(), panels.loops.front());
    results = panels.results;
  }

  const bool hasRows = llvm::any_of(ArrayRef(dims).drop_back(), [](const TiledDim &dim) { return dim.getCount() > 1; });
  for (auto [dim, loop] : llvm::zip_equal(order, loops))
    if (dim != rank - 1 || !kernel.preparesPanels())
      loop->setAttr(kParallelAttrName, rewriter.getBoolAttr(dim != rank - 1 || !hasRows));
  replaceWithLoops(rewriter, op, epilogue, results);
}
