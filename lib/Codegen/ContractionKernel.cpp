#include "ContractionKernel.h"
#include "MatrixBlocks.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/FastFloat.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

SmallVector<Value> ContractionKernel::compute(OpBuilder &builder, Location loc, const TilePosition &position) {
  if (padding)
    outputRow = position.indices[1];
  SmallVector<Value> state = initialize(builder, loc, position);
  if (multipliesBlocks())
    state = makeBlocks(builder, loc, state, shape);
  state = walk(builder, loc, getPanel(position), /*steps=*/{}, state,
               [&](OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> steps, OpFoldResult group,
                   ArrayRef<Value> weights,
                   ValueRange inner) { return reduceGroup(builder, loc, position, steps, group, weights, inner); });
  if (rests)
    state = reduceRests(builder, loc, position, state);
  return multipliesBlocks() ? splitBlocks(builder, loc, state, shape) : state;
}

/// Reads a picture without its padding, where the products with that can be left out and are worth it.
void ContractionKernel::leaveOutPadding() {
  // What is complemented starts from a sum over the whole window.
  if (!instruction || multipliesBlocks() || complementsActivations())
    return;
  // What the byte in memory is when the instruction multiplies it by 0.
  const int8_t zero = form == ActivationForm::OffsetInLoop ? -128 : 0;
  std::optional<ImplicitPadding> found = ImplicitPadding::get(op, activations, zero);
  if (!found || shape.rows != cast<ShapedType>(op->getOperand(2).getType()).getDimSize(2))
    return;
  ContractionShape withColumns = found->getShape(op);
  std::swap(contraction, withColumns);
  if (contraction.run < depth || isUnrolled()) {
    std::swap(contraction, withColumns);
    return;
  }
  padding = found;
  activations = padding->getSource();
}

/// Has the loops over a window multiply whole groups alone, and packs what is left of its lines.
void ContractionKernel::packRests(OpBuilder &builder) {
  rests = RunRests::get(op, depth);
  if (!rests)
    return;
  contraction.run -= rests->getSize();
  packedRests = rests->pack(builder, op.getLoc(), activations);
}

/// True where an elementwise op computes bytes that are narrowed last, from the sums and from constants of each
/// channel.
static bool narrowsSums(linalg::GenericOp generic, Value sums, int64_t channels) {
  Operation *last = generic.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  if (isa_and_present<arith::XOrIOp>(last))
    last = last->getOperand(0).getDefiningOp();
  if (!isa_and_present<arith::TruncIOp>(last) || !last->getResult(0).getType().isInteger(8))
    return false;
  return llvm::all_of(generic.getDpsInputOperands(), [&](OpOperand *operand) {
    auto type = dyn_cast<RankedTensorType>(operand->get().getType());
    AffineMap map = generic.getMatchingIndexingMap(operand);
    if (operand->get() == sums || !type)
      return true;
    return type.getShape() == ArrayRef<int64_t>{channels} &&
           map.getResult(0) == getAffineDimExpr(map.getNumDims() - 1, map.getContext()) &&
           (getConstantValues<float>(operand->get()) || getConstantValues<int32_t>(operand->get()));
  });
}

/// Has the four vectors of a row hold the channels that the instructions which pack their results bring together: these
/// take four elements of each vector in turns. Weights are constants, for which any order is as good.
void ContractionKernel::orderLanes(const Target &target) {
  constexpr int64_t kVectors = 4, kTurn = 4;
  SmallVector<linalg::GenericOp> epilogue = collectEpilogue(op);
  const bool isPacked = target.getTriple().getArch() == llvm::Triple::x86_64 && target.hasFeature("avx512bw") &&
                        shape.lanes == 16 && shape.vectors == kVectors;
  if (!isPacked || !instruction || instruction->multipliesTiles || contraction.hasBatch || epilogue.size() != 1 ||
      !narrowsSums(epilogue.front(), op->getResult(0), contraction.channels) ||
      !getConstantInit<int32_t>(op, contraction.channels))
    return;
  std::optional<ConstantWeights> weights = ConstantWeights::get(op->getOperand(1));
  if (!weights || packsNarrow(*weights))
    return;
  for (int64_t lane = 0; lane < shape.getWidth(); ++lane) {
    const int64_t vector = lane / shape.lanes, element = lane % shape.lanes;
    laneOrder.push_back(element / kTurn * kVectors * kTurn + vector * kTurn + element % kTurn);
  }
}

std::unique_ptr<ContractionKernel> ContractionKernel::create(RewriterBase &rewriter, linalg::LinalgOp op,
                                                             TileShape &shape) {
  auto kernel = std::make_unique<ContractionKernel>();
  kernel->op = op;
  kernel->floatFlags = getFloatFlags(op);
  auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
  FailureOr<Target> target = Target::get(op->getParentOfType<ModuleOp>());
  if (failed(target))
    return nullptr;
  if (tile && tile.getInstruction()) {
    kernel->instruction = target->getDotInstruction(tile.getInstruction());
    if (!kernel->instruction)
      return nullptr;
    kernel->depth = kernel->instruction->depth;
    shape.lanes = kernel->instruction->lanes;
    kernel->multipliesSums = tile.getMultiplySums();
  }

  std::optional<ContractionShape> contraction = ContractionShape::get(op);
  if (!contraction)
    return nullptr;
  kernel->contraction = *contraction;
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Value weights = op->getOperand(1);
  kernel->activations = op->getOperand(0);
  // Codes are never negative: they are what an instruction that takes one unsigned operand takes as such.
  kernel->form = resolveActivations(kernel->multipliesSums ? nullptr : kernel->instruction, kernel->activations);
  auto outputType = cast<RankedTensorType>(op->getOperand(2).getType());
  // A tile is at most as large as the output.
  shape.rows = std::min(shape.rows, outputType.getDimSize(outputType.getRank() - 2));
  kernel->shape = shape;
  // Tile registers read all of a window: their kernel has the panels unpacked here, no more.
  const bool packsRests = tile && tile.getPackRests();
  if (!packsRests && (!kernel->instruction || !kernel->instruction->multipliesTiles))
    kernel->leaveOutPadding();
  contraction = kernel->contraction;
  if (Value wider = widenPadding(rewriter, *contraction, kernel->activations, kernel->depth)) {
    kernel->activations = wider;
    kernel->readsPadding = true;
  }
  if (!contraction->collapsed.empty())
    kernel->activations =
        tensor::CollapseShapeOp::create(rewriter, op.getLoc(), kernel->activations, contraction->collapsed);
  if (packsRests)
    kernel->packRests(rewriter);
  auto inputType = cast<RankedTensorType>(op->getOperand(0).getType());

  shape.vectors = std::max<int64_t>(1, std::min(shape.vectors, contraction->channels / shape.lanes));
  if (kernel->multipliesBlocks()) {
    shape.rows -= shape.rows % 2;
    if (shape.rows == 0)
      return nullptr;
  }
  kernel->shape = shape;
  kernel->orderLanes(*target);
  Type elementType = getElementTypeOrSelf(weights.getType());
  bool isPrepared = false;
  if (elementType.isF32() && inputType.getElementType().isF32() && !contraction->hasBatch)
    isPrepared = kernel->prepareFloat(rewriter, weights);
  else if (elementType.isInteger() && inputType.getElementType().isInteger() &&
           inputType.getElementTypeBitWidth() == (kernel->instruction ? kernel->instruction->activationBits : 8) &&
           outputType.getElementType().isInteger(32))
    isPrepared = (!contraction->hasBatch && kernel->prepareInteger(rewriter, weights)) ||
                 kernel->prepareDynamic(rewriter, weights);
  if ((kernel->narrowWeights || kernel->scaledWeights) && tile && tile.getExpandPanels()) {
    Type unpacked = kernel->scaledWeights ? Type(rewriter.getF32Type()) : rewriter.getI8Type();
    RankedTensorType type = kernel->getPackedType(unpacked, /*panels=*/{});
    kernel->scratch = tensor::EmptyOp::create(rewriter, op.getLoc(), type.getShape(), type.getElementType());
  }
  return isPrepared ? std::move(kernel) : nullptr;
}

SmallVector<Value> ContractionKernel::initialize(OpBuilder &builder, Location loc, const TilePosition &position) {
  auto loadStart = [&](Value packed, int64_t vector) -> Value {
    SmallVector<OpFoldResult> indices = {position.panel};
    if (packed == compensation)
      indices = getPanel(position);
    indices.append({builder.getIndexAttr(vector), builder.getIndexAttr(0)});
    Value loaded = loadPacked(builder, loc, packed, indices);
    if (getElementTypeOrSelf(loaded.getType()).isInteger(16))
      loaded = arith::ExtSIOp::create(builder, loc, VectorType::get({shape.lanes}, builder.getI32Type()), loaded);
    return loaded;
  };
  SmallVector<Value> accumulators;
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      if (packedInit && row > 0) {
        accumulators.push_back(accumulators[vector]);
        continue;
      }
      Value value = packedInit ? loadStart(packedInit, vector)
                               : loadInit(builder, loc, op, position.at(builder, loc, shape, row, vector), shape.lanes);
      if (compensation)
        value = arith::AddIOp::create(builder, loc, value, loadStart(compensation, vector));
      accumulators.push_back(value);
    }
  return accumulators;
}

/// Unpacks the weights of a panel.
void ContractionKernel::beginPanel(OpBuilder &builder, Location loc, OpFoldResult panel) {
  expandedWeights = Value();
  outputRow = OpFoldResult();
  auto store = [](OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> steps, OpFoldResult group,
                  ArrayRef<Value> weights, ValueRange state) {
    Value bytes = state.front();
    for (auto [vector, value] : llvm::enumerate(weights)) {
      SmallVector<OpFoldResult> place(steps);
      place.append({group, builder.getIndexAttr(vector), builder.getIndexAttr(0)});
      SmallVector<Value> indices = getValueOrCreateConstantIndexOp(builder, loc, place);
      bytes = vector::TransferWriteOp::create(builder, loc, value, bytes, indices, ArrayRef<bool>{true}).getResult();
    }
    return SmallVector<Value>{bytes};
  };
  expandedWeights = walk(builder, loc, panel, /*steps=*/{}, scratch, store).front();
}

/// Loops of a few rounds inside loops of a few rounds cost as much as what they repeat.
bool ContractionKernel::isUnrolled() const {
  constexpr int64_t kUnrolledGroups = 12;
  return contraction.getStepCount() * getLayout().getGroupCount() <= kUnrolledGroups;
}

SmallVector<Value> ContractionKernel::repeat(OpBuilder &builder, Location loc, int64_t count, ValueRange state,
                                             LoopBody body) const {
  if (count > 1 && !isUnrolled())
    return repeat(builder, loc, builder.getIndexAttr(0), builder.getIndexAttr(count), state, body);
  SmallVector<Value> results = llvm::to_vector(state);
  for (int64_t round = 0; round < count; ++round)
    results = body(builder, loc, builder.getIndexAttr(round), results);
  return results;
}

SmallVector<Value> ContractionKernel::repeat(OpBuilder &builder, Location loc, OpFoldResult first, OpFoldResult end,
                                             ValueRange state, LoopBody body) const {
  auto index = [&](OpFoldResult value) { return getValueOrCreateConstantIndexOp(builder, loc, value); };
  auto loop = scf::ForOp::create(builder, loc, index(first), index(end), index(builder.getIndexAttr(1)), state,
                                 [&](OpBuilder &builder, Location loc, Value iv, ValueRange inner) {
                                   scf::YieldOp::create(builder, loc, body(builder, loc, iv, inner));
                                 });
  return llvm::to_vector_of<Value>(loop.getResults());
}

static Value createZero(OpBuilder &builder, Location loc, Type type) {
  return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
}

/// Calls `body` for each group of the panel at `panel`, from the step on that `steps` begins. The state of an
/// instruction that adds in 16 bits is that of a sum, from 0 on, which `addSums` adds to the state.
SmallVector<Value> ContractionKernel::walk(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> panel,
                                           ArrayRef<OpFoldResult> steps, ValueRange state, GroupBody body) const {
  if (steps.size() == contraction.steps.size())
    return walkRun(builder, loc, panel, steps, state, body);
  auto walkStep = [&](OpBuilder &builder, Location loc, OpFoldResult step, ValueRange inner) {
    SmallVector<OpFoldResult> innerSteps(steps);
    innerSteps.push_back(step);
    return walk(builder, loc, panel, innerSteps, inner, body);
  };
  if (!outputRow)
    return repeat(builder, loc, contraction.steps[steps.size()], state, walkStep);
  // Rows of the window that lie in the picture; its columns one by one, as each has other outputs.
  if (steps.empty()) {
    auto [first, end] = padding->getWindowRows(builder, loc, outputRow);
    return repeat(builder, loc, first, end, state, walkStep);
  }
  SmallVector<Value> results = llvm::to_vector(state);
  for (int64_t column = 0; column < contraction.steps.back(); ++column)
    results = walkStep(builder, loc, builder.getIndexAttr(column), results);
  return results;
}

SmallVector<Value> ContractionKernel::walkRun(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> panel,
                                              ArrayRef<OpFoldResult> steps, ValueRange state, GroupBody body) const {
  if (scaledWeights && !expandedWeights)
    return walkScaledRun(builder, loc, panel, steps, state, body);
  const PanelLayout layout = getLayout();
  const bool unpacks = narrowWeights && !expandedWeights;
  // The loop that unpacks a panel carries a tensor.
  const bool sumsShort = addsShort() && isa<VectorType>(state.front().getType());
  const int64_t blocks = narrowWeights ? narrowWeights->getBlockCount() : 1;
  const int64_t ofBlock = narrowWeights ? narrowWeights->getGroupsOfBlock() : layout.getGroupCount();
  const int64_t ofUnit = unpacks ? narrowWeights->getGroupsOfUnit() : 1;
  const int64_t atOnce = std::max(ofUnit, groupsOfShortSum);
  auto visitBlock = [&](OpBuilder &builder, Location loc, OpFoldResult block, ValueRange inner) {
    SmallVector<OpFoldResult> place(panel);
    llvm::append_range(place, steps);
    place.push_back(block);
    NarrowPanels::Parameters parameters;
    SmallVector<Value> multipliers;
    if (unpacks)
      parameters = narrowWeights->loadParameters(builder, loc, place);
    if (sumsShort)
      multipliers = narrowWeights->loadMultipliers(builder, loc, place);

    auto visit = [&](OpBuilder &builder, Location loc, OpFoldResult round, int64_t count, ValueRange inner) {
      AffineExpr roundExpr = builder.getAffineDimExpr(0), blockExpr = builder.getAffineDimExpr(1);
      auto apply = [&](AffineExpr expr) {
        return affine::makeComposedFoldedAffineApply(builder, loc, expr, {round, block});
      };
      SmallVector<Value> results(inner);
      if (sumsShort)
        for (Value &sum : results)
          sum = createZero(builder, loc, sum.getType());
      NarrowPanels::Groups weights;
      for (int64_t number = 0; number < count; ++number) {
        OpFoldResult group = apply(blockExpr * ofBlock + roundExpr * atOnce + number);
        if (!unpacks) {
          SmallVector<OpFoldResult> indices(expandedWeights ? ArrayRef<OpFoldResult>() : panel);
          llvm::append_range(indices, steps);
          indices.push_back(group);
          weights = {loadWeights(builder, loc, indices)};
        } else if (number % ofUnit == 0) {
          OpFoldResult unit = apply(roundExpr * (atOnce / ofUnit) + number / ofUnit);
          weights = narrowWeights->loadUnit(builder, loc, place, unit, std::min(ofUnit, count - number), parameters);
        }
        results = body(builder, loc, steps, group, weights[number % ofUnit], results);
      }
      return sumsShort ? addSums(builder, loc, inner, results, multipliers) : results;
    };
    // Where the last group is not full, the run is one block.
    const int64_t rounds = std::min(ofBlock, layout.getFullGroupCount()) / atOnce;
    SmallVector<Value> results = llvm::to_vector(inner);
    if (multipliesSums)
      results.assign(inner.size() + shape.rows, createZero(builder, loc, inner.front().getType()));
    if (rounds > 0)
      results = repeat(builder, loc, rounds, results,
                       [&](OpBuilder &builder, Location loc, OpFoldResult round, ValueRange inner) {
                         return visit(builder, loc, round, atOnce, inner);
                       });
    if (const int64_t rest = ofBlock - rounds * atOnce)
      results = visit(builder, loc, builder.getIndexAttr(rounds), rest, results);
    if (!multipliesSums)
      return results;
    results = subtractZeros(builder, loc, results, narrowWeights->loadZeroCodes(builder, loc, place));
    return addSums(builder, loc, inner, results, narrowWeights->loadMultipliers(builder, loc, place));
  };
  return repeat(builder, loc, blocks, state, visitBlock);
}

/// `walkRun` of integers that are dequantized, an element after the other.
SmallVector<Value> ContractionKernel::walkScaledRun(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> panel,
                                                    ArrayRef<OpFoldResult> steps, ValueRange state,
                                                    GroupBody body) const {
  const int64_t ofBlock = scaledWeights->getGroupsOfBlock(), ofUnit = scaledWeights->getGroupsOfUnit();
  auto visitBlock = [&](OpBuilder &builder, Location loc, OpFoldResult block, ValueRange inner) {
    SmallVector<OpFoldResult> place(panel);
    llvm::append_range(place, steps);
    place.push_back(block);
    const ScaledPanels::Parameters parameters = scaledWeights->loadParameters(builder, loc, place);
    auto visit = [&](OpBuilder &builder, Location loc, OpFoldResult unit, int64_t count, ValueRange inner) {
      SmallVector<Value> results(inner);
      ScaledPanels::Groups groups = scaledWeights->loadUnit(builder, loc, place, unit, count, parameters);
      for (auto [number, weights] : llvm::enumerate(groups)) {
        AffineExpr group = builder.getAffineDimExpr(0) * ofBlock + builder.getAffineDimExpr(1) * ofUnit + number;
        results = body(builder, loc, steps, affine::makeComposedFoldedAffineApply(builder, loc, group, {block, unit}),
                       weights, results);
      }
      return results;
    };
    SmallVector<Value> results = llvm::to_vector(inner);
    if (ofBlock >= ofUnit)
      results = repeat(builder, loc, ofBlock / ofUnit, results,
                       [&](OpBuilder &builder, Location loc, OpFoldResult unit, ValueRange inner) {
                         return visit(builder, loc, unit, ofUnit, inner);
                       });
    if (const int64_t rest = ofBlock % ofUnit)
      results = visit(builder, loc, builder.getIndexAttr(ofBlock / ofUnit), rest, results);
    return results;
  };
  return repeat(builder, loc, scaledWeights->getBlockCount(), state, visitBlock);
}

/// The weights of a group at `indices` of the packed ones, one vector after the other.
SmallVector<Value> ContractionKernel::loadWeights(OpBuilder &builder, Location loc,
                                                  ArrayRef<OpFoldResult> indices) const {
  Value source = expandedWeights ? expandedWeights : packedWeights;
  SmallVector<Value> weights;
  for (int64_t vector = 0; vector < shape.vectors * getWeightVectors(); ++vector) {
    SmallVector<OpFoldResult> place(indices);
    place.append({builder.getIndexAttr(vector), builder.getIndexAttr(0)});
    weights.push_back(loadPacked(builder, loc, source, place));
  }
  return weights;
}

/// The element of the run that a group starts at. The last group, which is no loop's, ends where the run does.
OpFoldResult ContractionKernel::getElement(OpBuilder &builder, Location loc, OpFoldResult group) const {
  if (std::optional<int64_t> number = getConstantIntValue(group))
    return builder.getIndexAttr(getLayout().getElement(*number));
  return affine::makeComposedFoldedAffineApply(builder, loc, builder.getAffineDimExpr(0) * depth, {group});
}

SmallVector<Value> ContractionKernel::reduceGroup(OpBuilder &builder, Location loc, const TilePosition &position,
                                                  ArrayRef<OpFoldResult> steps, OpFoldResult group,
                                                  ArrayRef<Value> weights, ValueRange accumulators) {
  OpFoldResult element = getElement(builder, loc, group);
  if (multipliesBlocks())
    return reduceBlocks(builder, loc, position, steps, element, weights, accumulators);
  std::pair<int64_t, int64_t> rows = {0, shape.rows};
  if (outputRow)
    rows = padding->getOutputColumns(*getConstantIntValue(steps.back()), shape.rows);
  SmallVector<Value> results(accumulators);
  for (int64_t row = rows.first; row < rows.second; ++row) {
    Value activation = loadActivations(builder, loc, position, steps, element, row);
    if (depth > 1 && !complementsActivations())
      activation = widenActivations(builder, loc, activation, form);
    multiplyRow(builder, loc, activation, row, weights, results);
    if (multipliesSums) {
      auto type = cast<VectorType>(weights.front().getType());
      Value ones = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, int8_t(1)));
      Value &sum = results[shape.rows * shape.vectors + row];
      sum = multiplyAdd(builder, loc, activation, ones, sum);
    }
  }
  return results;
}

/// Adds the products of a group of activations of a row to its accumulators.
void ContractionKernel::multiplyRow(OpBuilder &builder, Location loc, Value activation, int64_t row,
                                    ArrayRef<Value> weights, MutableArrayRef<Value> accumulators) {
  for (int64_t vector = 0; vector < shape.vectors; ++vector) {
    Value &sum = accumulators[row * shape.vectors + vector];
    sum = multiplyAdd(builder, loc, activation, weights.slice(vector * getWeightVectors(), getWeightVectors()), sum);
  }
}

/// Adds the products of what is left of the runs.
SmallVector<Value> ContractionKernel::reduceRests(OpBuilder &builder, Location loc, const TilePosition &position,
                                                  ValueRange accumulators) {
  SmallVector<Value> results(accumulators);
  for (int64_t group = 0; group < rests->getGroupCount(); ++group) {
    OpFoldResult number = builder.getIndexAttr(group);
    SmallVector<Value> weights;
    for (int64_t vector = 0; vector < shape.vectors; ++vector)
      weights.push_back(loadPacked(builder, loc, weightsOfRests,
                                   {position.panel, number, builder.getIndexAttr(vector), builder.getIndexAttr(0)}));
    for (int64_t row = 0; row < shape.rows; ++row) {
      SmallVector<OpFoldResult> dims = position.at(builder, loc, shape, row, /*vector=*/0);
      dims.push_back(number);
      Value activation = loadGroup(builder, loc, packedRests, rests->getMap(builder.getContext()), dims, depth);
      multiplyRow(builder, loc, widenActivations(builder, loc, activation, form), row, weights, results);
    }
  }
  return results;
}

/// Sums of products with what the codes stand for, from those with the codes and, behind them, the sum of the
/// activations of each row.
SmallVector<Value> ContractionKernel::subtractZeros(OpBuilder &builder, Location loc, ValueRange sums,
                                                    ArrayRef<Value> zeroCodes) const {
  SmallVector<Value> results;
  for (int64_t row = 0; row < shape.rows; ++row)
    for (Value zeroCode : zeroCodes) {
      Value zeros = arith::MulIOp::create(builder, loc, sums[shape.rows * shape.vectors + row], zeroCode);
      results.push_back(arith::SubIOp::create(builder, loc, sums[results.size()], zeros));
    }
  return results;
}

/// `accumulators + sums * multipliers`, one multiplier for each vector; none where all are 1.
SmallVector<Value> ContractionKernel::addSums(OpBuilder &builder, Location loc, ValueRange accumulators,
                                              ValueRange sums, ArrayRef<Value> multipliers) const {
  SmallVector<Value> results;
  for (auto [accumulator, sum] : llvm::zip_equal(accumulators, sums)) {
    Value product = sum;
    if (!multipliers.empty())
      product = arith::MulIOp::create(builder, loc, sum, multipliers[results.size() % shape.vectors]);
    results.push_back(arith::AddIOp::create(builder, loc, accumulator, product));
  }
  return results;
}

SmallVector<Value> ContractionKernel::reduceBlocks(OpBuilder &builder, Location loc, const TilePosition &position,
                                                   ArrayRef<OpFoldResult> steps, OpFoldResult element,
                                                   ArrayRef<Value> weights, ValueRange blocks) {
  SmallVector<Value> results;
  for (int64_t row = 0; row < shape.rows; row += 2) {
    Value upper = loadActivations(builder, loc, position, steps, element, row);
    Value lower = loadActivations(builder, loc, position, steps, element, row + 1);
    for (int64_t vector = 0; vector < shape.vectors; ++vector)
      llvm::append_range(results, multiplyBlocks(builder, loc, instruction->name, upper, lower, weights[vector],
                                                 blocks.slice(results.size(), 2)));
  }
  return results;
}

static SmallVector<Value> applyMap(OpBuilder &builder, Location loc, AffineMap map, ArrayRef<OpFoldResult> dims) {
  return llvm::map_to_vector(map.getResults(), [&](AffineExpr result) {
    OpFoldResult index =
        affine::makeComposedFoldedAffineApply(builder, loc, AffineMap::get(map.getNumDims(), 0, result), dims);
    return getValueOrCreateConstantIndexOp(builder, loc, index);
  });
}

/// `count` elements of `source` from where `map` puts `dims` on.
Value ContractionKernel::loadGroup(OpBuilder &builder, Location loc, Value source, AffineMap map,
                                   ArrayRef<OpFoldResult> dims, int64_t count) {
  Type elementType = getElementTypeOrSelf(source.getType());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(elementType));
  return vector::TransferReadOp::create(builder, loc, VectorType::get({count}, elementType), source,
                                        applyMap(builder, loc, map, dims), zero, ArrayRef<bool>{true});
}

/// The `depth` activations of a group for one row: a vector of them, or for depth 1 the scalar in every lane.
Value ContractionKernel::loadActivations(OpBuilder &builder, Location loc, const TilePosition &position,
                                         ArrayRef<OpFoldResult> steps, OpFoldResult element, int64_t row) {
  SmallVector<OpFoldResult> dims = position.at(builder, loc, shape, row, /*vector=*/0);
  llvm::append_range(dims, steps);
  dims.push_back(element);
  Type elementType = getElementTypeOrSelf(activations.getType());
  if (depth == 1) {
    SmallVector<Value> indices = applyMap(builder, loc, contraction.activationMap, dims);
    Value scalar = tensor::ExtractOp::create(builder, loc, activations, indices);
    if (elementType.isInteger(8))
      scalar = arith::ExtSIOp::create(builder, loc, builder.getI32Type(), scalar);
    return vector::BroadcastOp::create(builder, loc, VectorType::get({shape.lanes}, scalar.getType()), scalar);
  }
  const int64_t count = readsPadding ? depth : std::min(depth, contraction.run);
  Value group = loadGroup(builder, loc, activations, contraction.activationMap, dims, count);
  auto groupType = VectorType::get({depth}, elementType);
  if (count < depth) {
    Value zeros = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(groupType));
    group =
        vector::InsertStridedSliceOp::create(builder, loc, group, zeros, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{1});
  }
  return group;
}

Value ContractionKernel::multiplyAdd(OpBuilder &builder, Location loc, Value activation, ArrayRef<Value> ofVector,
                                     Value accumulator) {
  if (complementsActivations())
    return createComplementedDotProduct(builder, loc, *instruction, activation, /*magnitudes=*/ofVector[0],
                                        /*flippedBits=*/ofVector[1], accumulator);
  Value weights = ofVector.front();
  Type accumulatorType = accumulator.getType();
  if (getElementTypeOrSelf(accumulatorType).isF32()) {
    // Rounded twice, as the contract says: no fused multiply-add, unless the program allows it.
    auto flags = arith::FastMathFlagsAttr::get(builder.getContext(), floatFlags);
    Value product = arith::MulFOp::create(builder, loc, activation, weights, flags);
    return arith::AddFOp::create(builder, loc, accumulator, product, flags);
  }
  if (depth == 1) {
    Value wide = arith::ExtSIOp::create(builder, loc, accumulatorType, weights);
    Value product = arith::MulIOp::create(builder, loc, activation, wide);
    return arith::AddIOp::create(builder, loc, accumulator, product);
  }
  const bool takesUnsignedCodes = multipliesSums && instruction->offsetsActivations;
  return createDotProduct(builder, loc, instruction->name, activation, weights, accumulator, takesUnsignedCodes);
}

std::unique_ptr<TileKernel> lowbit::createContractionKernel(RewriterBase &rewriter, linalg::LinalgOp op,
                                                            TileShape &shape) {
  return ContractionKernel::create(rewriter, op, shape);
}
