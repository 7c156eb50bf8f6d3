#include "ContractionShape.h"
#include "DynamicWeights.h"
#include "MatrixBlocks.h"
#include "SubBytePlanes.h"
#include "TileKernel.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
class ContractionKernel : public TileKernel {
public:
  static std::unique_ptr<TileKernel> create(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape);

  SmallVector<Value> compute(OpBuilder &builder, Location loc, const TilePosition &position) override {
    ArrayRef<OpFoldResult> steps;
    SmallVector<Value> start = initialize(builder, loc, position);
    if (!multipliesBlocks())
      return reduce(builder, loc, position, steps, start);
    SmallVector<Value> blocks = makeBlocks(builder, loc, start, shape);
    return splitBlocks(builder, loc, reduce(builder, loc, position, steps, blocks), shape);
  }

  bool keepsPanels() const override { return true; }

private:
  bool multipliesBlocks() const { return instruction && instruction->multipliesBlocks; }
  /// The number of groups of `depth` elements in a run; the last one may repeat elements, with weights of 0.
  int64_t getGroupCount() const { return llvm::divideCeil(contraction.run, depth); }
  int64_t getFullGroupCount() const { return contraction.run / depth; }
  int64_t getPanelCount() const { return llvm::divideCeil(contraction.channels, shape.getWidth()); }
  int64_t getPanelStart(int64_t panel) const {
    return std::max<int64_t>(0, std::min(panel * shape.getWidth(), contraction.channels - shape.getWidth()));
  }

  template <typename T>
  void packWeights(OpBuilder &builder, ArrayRef<T> weights);
  template <typename T>
  bool prepare(OpBuilder &builder, Value weights);

  bool prepareDynamic(OpBuilder &builder, Value weights);
  /// Where the packed weights of a tile lie: those that differ by batch have its index in front.
  SmallVector<OpFoldResult> getPanel(const TilePosition &position) const {
    SmallVector<OpFoldResult> indices = {position.panel};
    if (contraction.hasBatch)
      indices.insert(indices.begin(), position.indices.front());
    return indices;
  }

  SmallVector<Value> initialize(OpBuilder &builder, Location loc, const TilePosition &position);
  using LoopBody = llvm::function_ref<SmallVector<Value>(OpBuilder &, Location, OpFoldResult round, ValueRange)>;
  SmallVector<Value> repeat(OpBuilder &builder, Location loc, int64_t count, ValueRange accumulators, LoopBody body);
  SmallVector<Value> reduce(OpBuilder &builder, Location loc, const TilePosition &position,
                            ArrayRef<OpFoldResult> steps, ValueRange accumulators);
  SmallVector<Value> reduceRun(OpBuilder &builder, Location loc, const TilePosition &position,
                               ArrayRef<OpFoldResult> steps, ValueRange accumulators);
  Value loadWeights(OpBuilder &builder, Location loc, ValueRange indices);
  SmallVector<Value> reduceGroup(OpBuilder &builder, Location loc, const TilePosition &position,
                                 ArrayRef<OpFoldResult> steps, OpFoldResult group, OpFoldResult element,
                                 ValueRange accumulators);
  SmallVector<Value> reduceBlocks(OpBuilder &builder, Location loc, const TilePosition &position,
                                  ArrayRef<OpFoldResult> steps, OpFoldResult element, ValueRange weights,
                                  ValueRange blocks);
  Value loadActivations(OpBuilder &builder, Location loc, const TilePosition &position, ArrayRef<OpFoldResult> steps,
                        OpFoldResult element, int64_t row);
  Value multiplyAdd(OpBuilder &builder, Location loc, Value activations, Value weights, Value accumulator);

  linalg::LinalgOp op;
  TileShape shape;
  ContractionShape contraction;
  const DotInstruction *instruction = nullptr;
  int64_t depth = 1;
  /// The width of an integer weight; those of less than 8 bits lie in planes.
  unsigned weightBits = 8;
  /// The activations, the last dimension of which holds the runs.
  Value activations;
  ActivationForm form = ActivationForm::Signed;
  /// Whether a group may be read where the run is shorter: what lies behind is padding.
  bool readsPadding = false;
  /// [batch, panel, steps..., group, vector, lanes * depth], the batch only where the weights have one, the last dimension divided by the planes of `weightBits`.
  Value packedWeights;
  /// [panel, vector, lanes], or null where the init is not constant.
  Value packedInit;
  /// [batch, panel, vector, lanes]: what an instruction that offsets activations has to start from; null where not
  /// needed.
  Value compensation;
};
} // namespace

template <typename T>
void ContractionKernel::packWeights(OpBuilder &builder, ArrayRef<T> weights) {
  const int64_t stepCount = contraction.getStepCount(), groups = getGroupCount(), width = shape.getWidth();
  const int64_t fullElements = getFullGroupCount() * depth;
  SmallVector<T> packed(getPanelCount() * stepCount * groups * width * depth, T(0));
  int64_t position = 0;
  for (int64_t panel = 0; panel < getPanelCount(); ++panel)
    for (int64_t step = 0; step < stepCount; ++step)
      for (int64_t group = 0; group < groups; ++group) {
        const bool isFull = group < getFullGroupCount();
        const int64_t start = isFull ? group * depth : std::max<int64_t>(0, contraction.run - depth);
        for (int64_t lane = 0; lane < width; ++lane)
          for (int64_t k = 0; k < depth; ++k, ++position) {
            const int64_t channel = getPanelStart(panel) + lane, element = start + k;
            if (channel < contraction.channels && element < contraction.run && (isFull || element >= fullElements))
              packed[position] = weights[contraction.getWeightIndex(channel, step, element)];
          }
      }
  SmallVector<int64_t> packedShape = {getPanelCount()};
  llvm::append_range(packedShape, contraction.steps);
  packedShape.append({groups, shape.vectors, shape.lanes * depth / getPlaneCount(weightBits)});
  Type elementType = getElementTypeOrSelf(op->getOperand(1).getType());
  if constexpr (std::is_same_v<T, int8_t>) {
    elementType = builder.getI8Type();
    if (weightBits < 8)
      packed = packPlanes(packed, weightBits, shape.lanes * depth);
  }
  packedWeights = createConstant<T>(builder, op.getLoc(), RankedTensorType::get(packedShape, elementType), packed,
                                    "packed_weights");
}

template <typename T>
static Value packChannels(OpBuilder &builder, Location loc, ArrayRef<T> values, Type elementType,
                          const TileShape &shape, int64_t panels, llvm::function_ref<int64_t(int64_t)> getPanelStart) {
  SmallVector<T> packed;
  for (int64_t panel = 0; panel < panels; ++panel)
    for (int64_t lane = 0; lane < shape.getWidth(); ++lane) {
      const size_t channel = getPanelStart(panel) + lane;
      packed.push_back(channel < values.size() ? values[channel] : T(0));
    }
  return createConstant<T>(builder, loc, RankedTensorType::get({panels, shape.vectors, shape.lanes}, elementType),
                           packed, "packed_init");
}

template <typename T>
bool ContractionKernel::prepare(OpBuilder &builder, Value weights) {
  auto values = getConstantValues<T>(weights);
  if (!values)
    return false;
  using Accumulator = std::conditional_t<std::is_same_v<T, float>, float, int32_t>;
  const int64_t channels = contraction.channels;

  // sum over all of K of the weights of a channel, times -128.
  SmallVector<Accumulator> offset(channels, Accumulator(0));
  if constexpr (std::is_same_v<T, int8_t>) {
    if (instruction && instruction->needsNarrowWeights && llvm::is_contained(values->get(), int8_t(-128)))
      return false;
    if (instruction && instruction->offsetsActivations)
      for (int64_t channel = 0; channel < channels; ++channel) {
        // Wraps as the accumulator does: the sum of both is the exact value.
        uint32_t sum = 0;
        for (int64_t step = 0; step < contraction.getStepCount(); ++step)
          for (int64_t element = 0; element < contraction.run; ++element)
            sum += static_cast<uint32_t>(int32_t(values->get()[contraction.getWeightIndex(channel, step, element)]));
        offset[channel] = static_cast<int32_t>(sum * static_cast<uint32_t>(-128));
      }
  }
  packWeights<T>(builder, values->get());

  auto panelStart = [&](int64_t panel) { return getPanelStart(panel); };
  Type accumulatorType = getElementTypeOrSelf(op.getDpsInits().front().getType());
  std::optional<SmallVector<Accumulator>> init = getConstantInit<Accumulator>(op, channels);
  if (init) {
    if constexpr (!std::is_same_v<T, float>)
      for (auto [value, add] : llvm::zip_equal(*init, offset))
        value = static_cast<int32_t>(static_cast<uint32_t>(value) + static_cast<uint32_t>(add));
    packedInit = packChannels<Accumulator>(builder, op.getLoc(), *init, accumulatorType, shape, getPanelCount(),
                                           panelStart);
  } else if (instruction && instruction->offsetsActivations) {
    compensation = packChannels<Accumulator>(builder, op.getLoc(), offset, accumulatorType, shape, getPanelCount(),
                                             panelStart);
  }
  return true;
}

/// Packs weights that are not constant, at run time; false where that has no instruction.
bool ContractionKernel::prepareDynamic(OpBuilder &builder, Value weights) {
  if (!instruction || instruction->needsNarrowWeights || weightBits != 8 || !contraction.steps.empty())
    return false;
  DynamicWeights dynamic = packDynamicWeights(builder, op.getLoc(), weights, *instruction, shape);
  packedWeights = dynamic.packed;
  compensation = dynamic.compensation;
  if (auto init = getConstantInit<int32_t>(op, contraction.channels))
    packedInit = packChannels<int32_t>(builder, op.getLoc(), *init, builder.getI32Type(), shape, getPanelCount(),
                                       [&](int64_t panel) { return getPanelStart(panel); });
  return true;
}

/// A padded picture with more padding at the end of each row, so that `depth` elements can be read where a run has
/// fewer: one load instead of one for each element. Null where there is no need, or no padding.
static Value widenPadding(RewriterBase &rewriter, const ContractionShape &contraction, Value picture, int64_t depth) {
  auto pad = picture.getDefiningOp<tensor::PadOp>();
  Value fill = pad ? pad.getConstantPaddingValue() : Value();
  if (contraction.run >= depth || contraction.collapsed.empty() || !fill)
    return {};
  RankedTensorType type = pad.getResultType();
  constexpr int64_t kColumns = 2, kChannels = 3;
  const int64_t columns = llvm::divideCeil(depth - contraction.run, type.getDimSize(kChannels));
  SmallVector<int64_t> high(pad.getStaticHigh()), shape(type.getShape());
  if (!pad.getLow().empty() || !pad.getHigh().empty())
    return {};
  high[kColumns] += columns;
  shape[kColumns] += columns;
  auto wider = tensor::PadOp::create(rewriter, pad.getLoc(), type.clone(shape), pad.getSource(), pad.getMixedLowPad(),
                                     getAsIndexOpFoldResult(rewriter.getContext(), high), fill);
  return wider.getResult();
}

std::unique_ptr<TileKernel> ContractionKernel::create(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape) {
  auto kernel = std::make_unique<ContractionKernel>();
  kernel->op = op;
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
  }

  std::optional<ContractionShape> contraction = ContractionShape::get(op);
  if (!contraction)
    return nullptr;
  kernel->contraction = *contraction;
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Value weights = op->getOperand(1);
  kernel->activations = op->getOperand(0);
  kernel->form = resolveActivations(kernel->instruction, kernel->activations);
  if (Value wider = widenPadding(rewriter, *contraction, kernel->activations, kernel->depth)) {
    kernel->activations = wider;
    kernel->readsPadding = true;
  }
  if (!contraction->collapsed.empty())
    kernel->activations =
        tensor::CollapseShapeOp::create(rewriter, op.getLoc(), kernel->activations, contraction->collapsed);
  auto inputType = cast<RankedTensorType>(op->getOperand(0).getType());
  auto outputType = cast<RankedTensorType>(op->getOperand(2).getType());

  // A tile is at most as large as the output.
  shape.rows = std::min(shape.rows, outputType.getDimSize(outputType.getRank() - 2));
  shape.vectors = std::max<int64_t>(1, std::min(shape.vectors, contraction->channels / shape.lanes));
  if (kernel->multipliesBlocks()) {
    shape.rows -= shape.rows % 2;
    if (shape.rows == 0)
      return nullptr;
  }
  kernel->shape = shape;
  Type elementType = getElementTypeOrSelf(weights.getType());
  bool isPrepared = false;
  if (elementType.isF32() && inputType.getElementType().isF32() && !contraction->hasBatch)
    isPrepared = kernel->prepare<float>(rewriter, weights);
  else if (elementType.isInteger() && inputType.getElementType().isInteger(8) &&
           outputType.getElementType().isInteger(32)) {
    kernel->weightBits = elementType.getIntOrFloatBitWidth();
    if (kernel->weightBits == 8 || canPackPlanes(kernel->weightBits, shape.lanes * kernel->depth))
      isPrepared = (!contraction->hasBatch && kernel->prepare<int8_t>(rewriter, weights)) ||
                   kernel->prepareDynamic(rewriter, weights);
  }
  return isPrepared ? std::move(kernel) : nullptr;
}

SmallVector<Value> ContractionKernel::initialize(OpBuilder &builder, Location loc, const TilePosition &position) {
  auto loadPacked = [&](Value packed, int64_t vector) -> Value {
    auto type = cast<RankedTensorType>(packed.getType());
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
    SmallVector<OpFoldResult> indices = {position.panel};
    if (packed == compensation)
      indices = getPanel(position);
    indices.append({builder.getIndexAttr(vector), builder.getIndexAttr(0)});
    return vector::TransferReadOp::create(builder, loc, VectorType::get({shape.lanes}, type.getElementType()), packed,
                                          getValueOrCreateConstantIndexOp(builder, loc, indices), zero,
                                          ArrayRef<bool>{true});
  };
  SmallVector<Value> accumulators;
  Value init = op.getDpsInits().front();
  const int64_t rank = cast<ShapedType>(init.getType()).getRank();
  AffineMap identity = builder.getMultiDimIdentityMap(rank);
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      if (packedInit && row > 0) {
        accumulators.push_back(accumulators[vector]);
        continue;
      }
      Value value = packedInit ? loadPacked(packedInit, vector)
                               : loadVector(builder, loc, init, identity, position.at(builder, loc, shape, row, vector),
                                            rank - 1, shape.lanes, contraction.channels);
      if (compensation)
        value = arith::AddIOp::create(builder, loc, value, loadPacked(compensation, vector));
      accumulators.push_back(value);
    }
  return accumulators;
}

SmallVector<Value> ContractionKernel::repeat(OpBuilder &builder, Location loc, int64_t count, ValueRange accumulators,
                                             LoopBody body) {
  // Loops of a few rounds inside loops of a few rounds cost as much as what they repeat.
  constexpr int64_t kUnrolledGroups = 12;
  if (contraction.getStepCount() * getGroupCount() <= kUnrolledGroups) {
    SmallVector<Value> results = llvm::to_vector(accumulators);
    for (int64_t round = 0; round < count; ++round)
      results = body(builder, loc, builder.getIndexAttr(round), results);
    return results;
  }
  auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value).getResult(); };
  auto loop = scf::ForOp::create(builder, loc, constant(0), constant(count), constant(1), accumulators,
                                 [&](OpBuilder &builder, Location loc, Value iv, ValueRange inner) {
                                   scf::YieldOp::create(builder, loc, body(builder, loc, iv, inner));
                                 });
  return llvm::to_vector_of<Value>(loop.getResults());
}

SmallVector<Value> ContractionKernel::reduce(OpBuilder &builder, Location loc, const TilePosition &position,
                                             ArrayRef<OpFoldResult> steps, ValueRange accumulators) {
  if (steps.size() == contraction.steps.size())
    return reduceRun(builder, loc, position, steps, accumulators);
  return repeat(builder, loc, contraction.steps[steps.size()], accumulators,
                [&](OpBuilder &builder, Location loc, OpFoldResult step, ValueRange inner) {
                  SmallVector<OpFoldResult> innerSteps(steps);
                  innerSteps.push_back(step);
                  return reduce(builder, loc, position, innerSteps, inner);
                });
}

SmallVector<Value> ContractionKernel::reduceRun(OpBuilder &builder, Location loc, const TilePosition &position,
                                                ArrayRef<OpFoldResult> steps, ValueRange accumulators) {
  SmallVector<Value> results = llvm::to_vector(accumulators);
  if (getFullGroupCount() > 0)
    results = repeat(builder, loc, getFullGroupCount(), results,
                     [&](OpBuilder &builder, Location loc, OpFoldResult group, ValueRange inner) {
                       OpFoldResult element = affine::makeComposedFoldedAffineApply(
                           builder, loc, builder.getAffineDimExpr(0) * depth, {group});
                       return reduceGroup(builder, loc, position, steps, group, element, inner);
                     });
  if (getGroupCount() > getFullGroupCount())
    results = reduceGroup(builder, loc, position, steps, builder.getIndexAttr(getFullGroupCount()),
                          builder.getIndexAttr(std::max<int64_t>(0, contraction.run - depth)), results);
  return results;
}

/// The `lanes * depth` weights at `indices` of the packed ones.
Value ContractionKernel::loadWeights(OpBuilder &builder, Location loc, ValueRange indices) {
  auto packedType = cast<RankedTensorType>(packedWeights.getType());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(packedType.getElementType()));
  auto type = VectorType::get({packedType.getShape().back()}, packedType.getElementType());
  Value loaded = vector::TransferReadOp::create(builder, loc, type, packedWeights, indices, zero, ArrayRef<bool>{true});
  return weightBits < 8 ? unpackPlanes(builder, loc, loaded, weightBits) : loaded;
}

SmallVector<Value> ContractionKernel::reduceGroup(OpBuilder &builder, Location loc, const TilePosition &position,
                                                  ArrayRef<OpFoldResult> steps, OpFoldResult group,
                                                  OpFoldResult element, ValueRange accumulators) {
  SmallVector<Value> weights;
  for (int64_t vector = 0; vector < shape.vectors; ++vector) {
    SmallVector<OpFoldResult> indices = getPanel(position);
    llvm::append_range(indices, steps);
    indices.append({group, builder.getIndexAttr(vector), builder.getIndexAttr(0)});
    weights.push_back(loadWeights(builder, loc, getValueOrCreateConstantIndexOp(builder, loc, indices)));
  }
  if (multipliesBlocks())
    return reduceBlocks(builder, loc, position, steps, element, weights, accumulators);
  SmallVector<Value> results;
  for (int64_t row = 0; row < shape.rows; ++row) {
    Value activation = loadActivations(builder, loc, position, steps, element, row);
    if (depth > 1)
      activation = widenActivations(builder, loc, activation, form);
    for (int64_t vector = 0; vector < shape.vectors; ++vector)
      results.push_back(
          multiplyAdd(builder, loc, activation, weights[vector], accumulators[row * shape.vectors + vector]));
  }
  return results;
}

SmallVector<Value> ContractionKernel::reduceBlocks(OpBuilder &builder, Location loc, const TilePosition &position,
                                                   ArrayRef<OpFoldResult> steps, OpFoldResult element,
                                                   ValueRange weights, ValueRange blocks) {
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

/// The `depth` activations of a group for one row: a vector of them, or for depth 1 the scalar in every lane.
Value ContractionKernel::loadActivations(OpBuilder &builder, Location loc, const TilePosition &position,
                                         ArrayRef<OpFoldResult> steps, OpFoldResult element, int64_t row) {
  SmallVector<OpFoldResult> dims = position.at(builder, loc, shape, row, /*vector=*/0);
  llvm::append_range(dims, steps);
  dims.push_back(element);
  SmallVector<Value> indices;
  for (AffineExpr result : contraction.activationMap.getResults()) {
    AffineMap map = AffineMap::get(contraction.activationMap.getNumDims(), 0, result);
    indices.push_back(
        getValueOrCreateConstantIndexOp(builder, loc, affine::makeComposedFoldedAffineApply(builder, loc, map, dims)));
  }
  Type elementType = getElementTypeOrSelf(activations.getType());
  if (depth == 1) {
    Value scalar = tensor::ExtractOp::create(builder, loc, activations, indices);
    if (elementType.isInteger(8))
      scalar = arith::ExtSIOp::create(builder, loc, builder.getI32Type(), scalar);
    return vector::BroadcastOp::create(builder, loc, VectorType::get({shape.lanes}, scalar.getType()), scalar);
  }
  const int64_t count = readsPadding ? depth : std::min(depth, contraction.run);
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(elementType));
  Value group = vector::TransferReadOp::create(builder, loc, VectorType::get({count}, elementType), activations,
                                               indices, zero, ArrayRef<bool>{true});
  auto groupType = VectorType::get({depth}, elementType);
  if (count < depth) {
    Value zeros = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(groupType));
    group =
        vector::InsertStridedSliceOp::create(builder, loc, group, zeros, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{1});
  }
  return group;
}

Value ContractionKernel::multiplyAdd(OpBuilder &builder, Location loc, Value activation, Value weights,
                                     Value accumulator) {
  Type accumulatorType = accumulator.getType();
  if (getElementTypeOrSelf(accumulatorType).isF32()) {
    // Rounded twice, as the contract says: never a fused multiply-add.
    Value product = arith::MulFOp::create(builder, loc, activation, weights);
    return arith::AddFOp::create(builder, loc, accumulator, product);
  }
  if (depth == 1) {
    Value wide = arith::ExtSIOp::create(builder, loc, accumulatorType, weights);
    Value product = arith::MulIOp::create(builder, loc, activation, wide);
    return arith::AddIOp::create(builder, loc, accumulator, product);
  }
  return createDotProduct(builder, loc, instruction->name, activation, weights, accumulator);
}

Value lowbit::widenActivations(OpBuilder &builder, Location loc, Value bytes, ActivationForm form) {
  auto type = cast<VectorType>(bytes.getType());
  auto wideType = VectorType::get(type.getShape(), builder.getI32Type());
  if (form == ActivationForm::Signed)
    return arith::ExtSIOp::create(builder, loc, wideType, bytes);
  if (form == ActivationForm::OffsetInLoop) {
    Value splat = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, APInt(8, 128)));
    bytes = arith::XOrIOp::create(builder, loc, bytes, splat);
  }
  return arith::ExtUIOp::create(builder, loc, wideType, bytes);
}

Value lowbit::createDotProduct(OpBuilder &builder, Location loc, StringRef instruction, Value activations,
                               Value weights, Value accumulator) {
  const int64_t depth = cast<VectorType>(activations.getType()).getNumElements();
  const int64_t lanes = cast<VectorType>(accumulator.getType()).getNumElements();
  weights = vector::ShapeCastOp::create(builder, loc, VectorType::get({lanes, depth}, builder.getI8Type()), weights);
  weights = arith::ExtSIOp::create(builder, loc, VectorType::get({lanes, depth}, builder.getI32Type()), weights);
  // (lane, k): sum over k of activation[k] * weights[lane, k].
  AffineExpr lane = builder.getAffineDimExpr(0), k = builder.getAffineDimExpr(1);
  MLIRContext *context = builder.getContext();
  auto maps =
      builder.getAffineMapArrayAttr({AffineMap::get(2, 0, {k}, context), AffineMap::get(2, 0, {lane, k}, context),
                                     AffineMap::get(2, 0, {lane}, context)});
  auto iterators = builder.getArrayAttr({vector::IteratorTypeAttr::get(context, vector::IteratorType::parallel),
                                         vector::IteratorTypeAttr::get(context, vector::IteratorType::reduction)});
  auto contract = vector::ContractionOp::create(builder, loc, activations, weights, accumulator, maps, iterators);
  contract->setAttr(kInstructionAttrName, builder.getStringAttr(instruction));
  return contract;
}

std::unique_ptr<TileKernel> lowbit::createContractionKernel(RewriterBase &rewriter, linalg::LinalgOp op,
                                                            TileShape &shape) {
  return ContractionKernel::create(rewriter, op, shape);
}
