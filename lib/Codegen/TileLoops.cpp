#include "TileKernel.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

SmallVector<OpFoldResult> TilePosition::at(OpBuilder &builder, Location loc, const TileShape &shape, int64_t row,
                                           int64_t vector) const {
  SmallVector<OpFoldResult> result(indices);
  result.back() = addIndex(builder, loc, result.back(), vector * shape.lanes);
  if (result.size() > 1)
    result[result.size() - 2] = addIndex(builder, loc, result[result.size() - 2], row);
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

linalg::GenericOp lowbit::getElementwiseInit(linalg::LinalgOp op) {
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

Value lowbit::computeElementwise(OpBuilder &builder, Location loc, linalg::GenericOp generic,
                                 ArrayRef<OpFoldResult> indices, int64_t lanes, Value known, Value knownVector) {
  const int64_t width = cast<ShapedType>(generic.getResult(0).getType()).getShape().back();
  return computeBody(builder, loc, generic, lanes, known, knownVector, [&](Value operand, AffineMap map) {
    return loadVector(builder, loc, operand, map, indices, /*laneDim=*/indices.size() - 1, lanes, width);
  });
}

/// Returns the tensor, or the buffer, with `vector` at `indices`.
static Value write(OpBuilder &builder, Location loc, Value vector, Value destination, ArrayRef<OpFoldResult> indices) {
  auto op = vector::TransferWriteOp::create(
      builder, loc, vector, destination, getValueOrCreateConstantIndexOp(builder, loc, indices), ArrayRef<bool>{true});
  return op->getNumResults() > 0 ? op.getResult() : destination;
}

namespace {
/// The tiles along one dimension. Where their size does not divide it, the last one ends at its end.
struct TiledDim {
  int64_t size;
  int64_t tile;

  int64_t getCount() const { return llvm::divideCeil(size, tile); }

  OpFoldResult getStart(OpBuilder &builder, Location loc, Value number) const {
    AffineExpr start = builder.getAffineDimExpr(0) * tile;
    if (size % tile == 0 || size < tile)
      return affine::makeComposedFoldedAffineApply(builder, loc, start, {OpFoldResult(number)});
    auto map = AffineMap::get(1, 0, {start, builder.getAffineConstantExpr(size - tile)}, builder.getContext());
    return affine::makeComposedFoldedAffineMin(builder, loc, map, {OpFoldResult(number)});
  }
};
} // namespace

/// Computes the tile at `position` and writes it to `destination`; returns what holds it then.
static Value emitTile(OpBuilder &builder, Location loc, ArrayRef<linalg::GenericOp> epilogue, const TileShape &shape,
                      TileKernel &kernel, const TilePosition &position, Value producer, int64_t width,
                      Value destination) {
  SmallVector<Value> accumulators = kernel.compute(builder, loc, position);
  for (int64_t row = 0; row < shape.rows; ++row) {
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      SmallVector<OpFoldResult> indices = position.at(builder, loc, shape, row, vector);
      Value value = accumulators[row * shape.vectors + vector];
      Value known = producer;
      for (linalg::GenericOp generic : epilogue) {
        value = computeElementwise(builder, loc, generic, indices, shape.lanes, known, value);
        known = generic.getResult(0);
      }
      if (width < shape.lanes)
        value = vector::ExtractStridedSliceOp::create(builder, loc, value, ArrayRef<int64_t>{0},
                                                      ArrayRef<int64_t>{width}, ArrayRef<int64_t>{1});
      destination = write(builder, loc, value, destination, indices);
    }
  }
  return destination;
}

/// The vectors laid end to end.
static Value concatenate(OpBuilder &builder, Location loc, ArrayRef<Value> vectors) {
  if (vectors.size() == 1)
    return vectors.front();
  auto type = cast<VectorType>(vectors.front().getType());
  const int64_t lanes = type.getNumElements();
  auto wide = VectorType::get({lanes * static_cast<int64_t>(vectors.size())}, type.getElementType());
  Value result = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(wide));
  for (auto [number, vector] : llvm::enumerate(vectors))
    result = vector::InsertStridedSliceOp::create(
        builder, loc, vector, result, ArrayRef<int64_t>{static_cast<int64_t>(number) * lanes}, ArrayRef<int64_t>{1});
  return result;
}

/// A constant with a value for each channel as one with a row for each panel, in the order of the lanes; null for other
/// operands.
template <typename T>
static Value orderConstant(OpBuilder &builder, Value operand, ArrayRef<int64_t> order, int64_t width) {
  auto values = getConstantValues<T>(operand);
  if (!values)
    return {};
  const int64_t lanes = order.size(), panel = std::min(lanes, width), count = llvm::divideCeil(width, panel);
  SmallVector<T> ordered;
  for (int64_t number = 0; number < count; ++number)
    for (int64_t lane : order)
      ordered.push_back(values->get()[std::min(number * panel, width - panel) + lane % panel]);
  auto type = RankedTensorType::get({count, lanes}, getElementTypeOrSelf(operand.getType()));
  return createConstant<T>(builder, operand.getLoc(), type, ordered, getConstantName(operand));
}

/// The constants of the epilogue with a value for each channel, in the order of the lanes.
static DenseMap<Value, Value> orderConstants(OpBuilder &builder, ArrayRef<linalg::GenericOp> epilogue,
                                             ArrayRef<int64_t> order, int64_t width) {
  DenseMap<Value, Value> ordered;
  for (linalg::GenericOp generic : epilogue)
    for (OpOperand *operand : generic.getDpsInputOperands()) {
      auto type = dyn_cast<RankedTensorType>(operand->get().getType());
      AffineMap map = generic.getMatchingIndexingMap(operand);
      if (!type || ordered.contains(operand->get()) || type.getShape() != ArrayRef<int64_t>{width} ||
          map.getResult(0) != builder.getAffineDimExpr(map.getNumDims() - 1))
        continue;
      Value constant = type.getElementType().isF32() ? orderConstant<float>(builder, operand->get(), order, width)
                       : type.getElementType().isInteger(32)
                           ? orderConstant<int32_t>(builder, operand->get(), order, width)
                           : Value();
      if (constant)
        ordered[operand->get()] = constant;
    }
  return ordered;
}

/// Like `emitTile`, for a kernel with an order of lanes, part by part. A part is finished and written before the next
/// one is computed, so that few registers do. What parts share is found as a common subexpression.
static Value emitOrderedTile(OpBuilder &builder, Location loc, ArrayRef<linalg::GenericOp> epilogue,
                             const TileShape &shape, TileKernel &kernel, const TilePosition &position, Value producer,
                             int64_t width, Value destination, const DenseMap<Value, Value> &constants) {
  ArrayRef<int64_t> order = kernel.getLaneOrder();
  const int64_t lanes = order.size(), panel = std::min(lanes, width), rowsOfPart = lanes / panel;
  const size_t rank = position.indices.size();
  for (int64_t row = 0; row < shape.rows; row += rowsOfPart) {
    for (int64_t line = 0; line < shape.lines; ++line) {
      TilePosition part = position;
      part.line = line;
      part.firstLine = position.indices[rank - 3];
      part.indices[rank - 3] = addIndex(builder, loc, part.firstLine, line);
      part.indices[rank - 2] = addIndex(builder, loc, position.indices[rank - 2], row);
      auto getRow = [&](int64_t number) {
        SmallVector<OpFoldResult> indices(part.indices);
        indices[rank - 2] = addIndex(builder, loc, indices[rank - 2], number);
        return indices;
      };
      auto load = [&](Value operand, AffineMap map) -> Value {
        if (Value constant = constants.lookup(operand)) {
          AffineExpr panelDim = builder.getAffineDimExpr(0), lane = builder.getAffineDimExpr(1);
          return loadVector(builder, loc, constant, AffineMap::get(2, 0, {panelDim, lane}, builder.getContext()),
                            {position.panel, builder.getIndexAttr(0)}, /*laneDim=*/1, lanes, lanes);
        }
        SmallVector<Value> rows;
        for (int64_t number = 0; number < rowsOfPart; ++number)
          rows.push_back(loadVector(builder, loc, operand, map, getRow(number), rank - 1, panel, width));
        Value loaded = concatenate(builder, loc, rows);
        return vector::ShuffleOp::create(builder, loc, loaded, loaded, order);
      };
      Value value = concatenate(builder, loc, kernel.compute(builder, loc, part));
      Value known = producer;
      for (linalg::GenericOp generic : epilogue) {
        value = computeBody(builder, loc, generic, lanes, known, value, load);
        known = generic.getResult(0);
      }
      value = vector::ShuffleOp::create(builder, loc, value, value, invertPermutationVector(order));
      for (int64_t number = 0; number < rowsOfPart; ++number) {
        Value elements = value;
        if (rowsOfPart > 1)
          elements = vector::ExtractStridedSliceOp::create(builder, loc, value, ArrayRef<int64_t>{number * panel},
                                                           ArrayRef<int64_t>{panel}, ArrayRef<int64_t>{1});
        destination = write(builder, loc, elements, destination, getRow(number));
      }
    }
  }
  return destination;
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

  ArrayRef<int64_t> laneOrder = kernel.getLaneOrder();
  const DenseMap<Value, Value> constants =
      laneOrder.empty() ? DenseMap<Value, Value>() : orderConstants(rewriter, epilogue, laneOrder, width);
  SmallVector<TiledDim> dims;
  for (int64_t size : outputType.getShape())
    dims.push_back({size, 1});
  dims.back().tile = laneOrder.empty() ? shape.getWidth() : std::min<int64_t>(laneOrder.size(), width);
  if (rank > 1)
    dims[rank - 2].tile = shape.rows;
  if (rank > 2)
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
          destination = laneOrder.empty()
                            ? emitTile(builder, loc, epilogue, shape, kernel, position, producer, width, destination)
                            : emitOrderedTile(builder, loc, epilogue, shape, kernel, position, producer, width,
                                              destination, constants);
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
  if (onTensors)
    rewriter.replaceOp(last, results);
  else
    rewriter.eraseOp(last);
  for (linalg::GenericOp generic : llvm::reverse(epilogue.empty() ? epilogue : epilogue.drop_back()))
    rewriter.eraseOp(generic);
  if (last != op.getOperation())
    rewriter.eraseOp(op);
}
