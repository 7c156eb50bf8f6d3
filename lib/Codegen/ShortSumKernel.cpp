#include "ShortSums.h"
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

namespace {
/// Sums the groups of a contraction in the order of `#lowbit.short_sums`: a loop for each instruction over its share.
/// Where a group lies in the activations is looked up in a table, so that any order costs the same.
class ShortSumKernel : public TileKernel {
public:
  ShortSumKernel(linalg::LinalgOp op, ShortSumsAttr sums, const ContractionShape &contraction,
                 ArrayRef<const DotInstruction *> instructions, const TileShape &shape)
      : op(op), sums(sums), contraction(contraction), instructions(instructions), shape(shape) {}

  void prepare(OpBuilder &builder, const GroupedWeights &weights);
  SmallVector<Value> compute(OpBuilder &builder, Location loc, const TilePosition &position) override;

private:
  int32_t getCount(int64_t panel, size_t index) const {
    return sums.getCounts().getValues<int32_t>()[panel * instructions.size() + index];
  }
  /// Calls `visit(panel, instruction, position, group)` for every group in the order of its panel.
  void forEachGroup(const GroupedWeights &weights,
                    function_ref<void(int64_t, const DotInstruction &, int64_t, int64_t)> visit) const;
  void packWeights(OpBuilder &builder, const GroupedWeights &weights);
  void packInit(OpBuilder &builder, const GroupedWeights &weights);
  /// Where the activations of each group are, relative to those of the first element of the first step.
  void makeOffsets(OpBuilder &builder, const GroupedWeights &weights);
  AffineMap getFlatMap() const;

  SmallVector<Value> initialize(OpBuilder &builder, Location loc, const TilePosition &position);
  /// A number of groups of a panel, and where the weights of the next one lie.
  struct Place {
    Value position;
    Value slot;
  };
  SmallVector<Value> addSum(OpBuilder &builder, Location loc, const DotInstruction &instruction, OpFoldResult panel,
                            const Place &first, ValueRange rowStarts, ValueRange accumulators);
  Value readTable(OpBuilder &builder, Location loc, Value table, OpFoldResult panel, OpFoldResult entry);
  Value loadActivations(OpBuilder &builder, Location loc, const DotInstruction &instruction, Value rowStart,
                        Value groupOffset);

  linalg::LinalgOp op;
  ShortSumsAttr sums;
  ContractionShape contraction;
  SmallVector<const DotInstruction *> instructions;
  TileShape shape;
  /// All activations, in one dimension, and whether they are offset by 128.
  Value activations;
  bool areOffset = false;
  /// [panel, slot, vector, lanes * 4], in the order of the sums: a slot for each group, and one more for the bits that
  /// it flips where its instruction complements activations.
  Value packedWeights;
  /// [panel, vector, lanes]: the init with what makes sums of unsigned or complemented activations the exact ones; or
  /// only the latter.
  Value packedInit;
  bool isInitConstant = false;
  /// [panel, position] and [panel, instruction].
  Value offsets, counts;
};
} // namespace

void ShortSumKernel::forEachGroup(const GroupedWeights &weights,
                                  function_ref<void(int64_t, const DotInstruction &, int64_t, int64_t)> visit) const {
  auto order = sums.getOrder().getValues<int32_t>();
  const int64_t groups = weights.getGroupCount();
  for (int64_t panel = 0; panel < weights.getPanelCount(); ++panel) {
    int64_t position = 0;
    for (auto [index, instruction] : llvm::enumerate(instructions))
      for (int64_t end = position + getCount(panel, index) * instruction->groups; position < end; ++position)
        visit(panel, *instruction, position, order[panel * groups + position]);
  }
}

/// How many slots the weights of a group take.
static int64_t getSlots(const DotInstruction &instruction) { return instruction.complementsActivations ? 2 : 1; }

void ShortSumKernel::packWeights(OpBuilder &builder, const GroupedWeights &weights) {
  constexpr int64_t kGroup = GroupedWeights::kGroup;
  const int64_t panels = weights.getPanelCount(), slotBytes = weights.getWidth() * kGroup;
  SmallVector<int64_t> slots(panels, 0);
  forEachGroup(weights, [&](int64_t panel, const DotInstruction &instruction, int64_t, int64_t) {
    slots[panel] += getSlots(instruction);
  });
  // Panels that take fewer slots than another end with some that nothing reads.
  const int64_t mostSlots = *llvm::max_element(slots);
  SmallVector<int8_t, 0> packed(panels * mostSlots * slotBytes, 0);
  slots.assign(panels, 0);
  forEachGroup(weights, [&](int64_t panel, const DotInstruction &instruction, int64_t, int64_t group) {
    int8_t *slot = &packed[(panel * mostSlots + slots[panel]) * slotBytes];
    slots[panel] += getSlots(instruction);
    for (int64_t byte = 0; byte < slotBytes; ++byte) {
      const int8_t weight = weights.get(panel, group, byte / kGroup, byte % kGroup);
      const ComplementedWeight complemented(weight, areOffset);
      slot[byte] = instruction.complementsActivations ? complemented.magnitude : weight;
      if (instruction.complementsActivations)
        slot[slotBytes + byte] = complemented.flippedBits;
    }
  });
  auto type = RankedTensorType::get({panels, mostSlots, shape.vectors, shape.lanes * kGroup}, builder.getI8Type());
  packedWeights = createConstant<int8_t>(builder, op.getLoc(), type, packed, "packed_weights");
}

void ShortSumKernel::packInit(OpBuilder &builder, const GroupedWeights &weights) {
  const int64_t width = weights.getWidth();
  std::optional<SmallVector<int32_t>> init = getConstantInit<int32_t>(op, contraction.channels);
  isInitConstant = init.has_value();
  // Wraps as the accumulator does: the sum of both is the exact value.
  SmallVector<uint32_t> packed(weights.getPanelCount() * width, 0);
  for (int64_t panel = 0; init && panel < weights.getPanelCount(); ++panel)
    for (int64_t lane = 0; lane < width && lane < contraction.channels; ++lane)
      packed[panel * width + lane] = static_cast<uint32_t>((*init)[weights.getPanelStart(panel) + lane]);
  forEachGroup(weights, [&](int64_t panel, const DotInstruction &instruction, int64_t, int64_t group) {
    for (int64_t lane = 0; lane < width; ++lane)
      for (int64_t k = 0; k < GroupedWeights::kGroup; ++k) {
        const int8_t weight = weights.get(panel, group, lane, k);
        packed[panel * width + lane] += static_cast<uint32_t>(
            instruction.complementsActivations ? ComplementedWeight(weight).start : -128 * int32_t(weight));
      }
  });
  SmallVector<int32_t> values = llvm::map_to_vector(packed, [](uint32_t value) { return static_cast<int32_t>(value); });
  auto type = RankedTensorType::get({weights.getPanelCount(), shape.vectors, shape.lanes}, builder.getI32Type());
  packedInit = createConstant<int32_t>(builder, op.getLoc(), type, values, "packed_init");
}

/// The index into the flat activations: maps (output dims..., steps..., element).
AffineMap ShortSumKernel::getFlatMap() const {
  auto type = cast<RankedTensorType>(op->getOperand(0).getType());
  // The last of the map's results indexes the dimensions that are collapsed, so its stride is 1.
  SmallVector<int64_t> strides = mlir::computeStrides(type.getShape());
  AffineMap map = contraction.activationMap;
  AffineExpr flat = map.getResults().back();
  for (auto [expr, stride] : llvm::zip(map.getResults().drop_back(), strides))
    flat = flat + expr * stride;
  return AffineMap::get(map.getNumDims(), 0, flat);
}

void ShortSumKernel::makeOffsets(OpBuilder &builder, const GroupedWeights &weights) {
  AffineMap map = getFlatMap();
  const int64_t outputRank = cast<ShapedType>(op.getDpsInits().front().getType()).getRank();
  auto evaluate = [&](int64_t step, int64_t element) {
    SmallVector<int64_t> dims(outputRank, 0);
    llvm::append_range(dims, mlir::delinearize(step, mlir::computeStrides(contraction.steps)));
    dims.push_back(element);
    return map.compose(dims).front();
  };
  SmallVector<int32_t, 0> table;
  forEachGroup(weights, [&](int64_t, const DotInstruction &, int64_t, int64_t group) {
    table.push_back(evaluate(weights.getStep(group), weights.getElement(group)));
  });
  auto type = RankedTensorType::get({weights.getPanelCount(), weights.getGroupCount()}, builder.getI32Type());
  offsets = createConstant<int32_t>(builder, op.getLoc(), type, table, "group_offsets");
}

void ShortSumKernel::prepare(OpBuilder &builder, const GroupedWeights &weights) {
  auto type = cast<RankedTensorType>(op->getOperand(0).getType());
  activations = op->getOperand(0);
  areOffset = readsOffset(activations);
  packWeights(builder, weights);
  packInit(builder, weights);
  makeOffsets(builder, weights);
  counts = arith::ConstantOp::create(builder, op.getLoc(), sums.getCounts());
  SmallVector<ReassociationIndices> all(1, llvm::to_vector(llvm::seq<int64_t>(0, type.getRank())));
  activations = tensor::CollapseShapeOp::create(builder, op.getLoc(), activations, all);
}

SmallVector<Value> ShortSumKernel::initialize(OpBuilder &builder, Location loc, const TilePosition &position) {
  SmallVector<Value> packed(shape.vectors);
  for (int64_t vector = 0; vector < shape.vectors; ++vector)
    packed[vector] =
        loadPacked(builder, loc, packedInit, {position.panel, builder.getIndexAttr(vector), builder.getIndexAttr(0)});
  SmallVector<Value> accumulators;
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      if (isInitConstant) {
        accumulators.push_back(packed[vector]);
        continue;
      }
      Value value = loadInit(builder, loc, op, position.at(builder, loc, shape, row, vector), shape.lanes);
      accumulators.push_back(arith::AddIOp::create(builder, loc, value, packed[vector]));
    }
  return accumulators;
}

Value ShortSumKernel::readTable(OpBuilder &builder, Location loc, Value table, OpFoldResult panel, OpFoldResult entry) {
  SmallVector<Value> indices = {getValueOrCreateConstantIndexOp(builder, loc, panel),
                                getValueOrCreateConstantIndexOp(builder, loc, entry)};
  Value element = tensor::ExtractOp::create(builder, loc, table, indices);
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), element);
}

SmallVector<Value> ShortSumKernel::compute(OpBuilder &builder, Location loc, const TilePosition &position) {
  AffineMap map = getFlatMap();
  SmallVector<Value> rowStarts;
  for (int64_t row = 0; row < shape.rows; ++row) {
    SmallVector<OpFoldResult> dims = position.at(builder, loc, shape, row, /*vector=*/0);
    dims.resize(map.getNumDims(), builder.getIndexAttr(0));
    rowStarts.push_back(
        getValueOrCreateConstantIndexOp(builder, loc, affine::makeComposedFoldedAffineApply(builder, loc, map, dims)));
  }
  SmallVector<Value> accumulators = initialize(builder, loc, position);
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0), one = arith::ConstantIndexOp::create(builder, loc, 1);
  Place first = {zero, zero};
  for (size_t index = 0; index < instructions.size(); ++index) {
    const DotInstruction &instruction = *instructions[index];
    Value count = readTable(builder, loc, counts, position.panel, builder.getIndexAttr(index));
    auto at = [&](Value sum) -> Place {
      Value groups = arith::ConstantIndexOp::create(builder, loc, instruction.groups);
      Value slots = arith::ConstantIndexOp::create(builder, loc, instruction.groups * getSlots(instruction));
      return {arith::AddIOp::create(builder, loc, first.position, arith::MulIOp::create(builder, loc, sum, groups)),
              arith::AddIOp::create(builder, loc, first.slot, arith::MulIOp::create(builder, loc, sum, slots))};
    };
    auto loop = scf::ForOp::create(builder, loc, zero, count, one, accumulators,
                                   [&](OpBuilder &builder, Location loc, Value sum, ValueRange inner) {
                                     scf::YieldOp::create(
                                         builder, loc,
                                         addSum(builder, loc, instruction, position.panel, at(sum), rowStarts, inner));
                                   });
    accumulators = llvm::to_vector_of<Value>(loop.getResults());
    first = at(count);
  }
  return accumulators;
}

/// Adds the products of the groups from `first` of the panel on.
SmallVector<Value> ShortSumKernel::addSum(OpBuilder &builder, Location loc, const DotInstruction &instruction,
                                          OpFoldResult panel, const Place &first, ValueRange rowStarts,
                                          ValueRange accumulators) {
  const int64_t slots = getSlots(instruction);
  SmallVector<Value> groupOffsets;
  // For each vector the slots of each group.
  SmallVector<SmallVector<Value>> weights(shape.vectors);
  for (unsigned group = 0; group < instruction.groups; ++group)
    groupOffsets.push_back(readTable(builder, loc, offsets, panel, addIndex(builder, loc, first.position, group)));
  for (int64_t vector = 0; vector < shape.vectors; ++vector)
    for (int64_t slot = 0; slot < instruction.groups * slots; ++slot)
      weights[vector].push_back(loadPacked(
          builder, loc, packedWeights,
          {panel, addIndex(builder, loc, first.slot, slot), builder.getIndexAttr(vector), builder.getIndexAttr(0)}));
  SmallVector<Value> results(accumulators);
  for (int64_t row = 0; row < shape.rows; ++row) {
    SmallVector<Value> groups = llvm::map_to_vector(
        groupOffsets, [&](Value offset) { return loadActivations(builder, loc, instruction, rowStarts[row], offset); });
    // The groups of a sum follow each other at once: lowbit-lower-contractions finds them by that.
    for (int64_t vector = 0; vector < shape.vectors; ++vector)
      for (auto [number, activations] : llvm::enumerate(groups)) {
        Value &result = results[row * shape.vectors + vector];
        ArrayRef<Value> ofGroup = ArrayRef<Value>(weights[vector]).slice(number * slots, slots);
        result = instruction.complementsActivations
                     ? createComplementedDotProduct(builder, loc, instruction, activations, /*magnitudes=*/ofGroup[0],
                                                    /*flippedBits=*/ofGroup[1], result)
                     : createDotProduct(builder, loc, instruction.name, activations, ofGroup[0], result);
      }
  }
  return results;
}

/// The activations of a group, widened unless the instruction complements them.
Value ShortSumKernel::loadActivations(OpBuilder &builder, Location loc, const DotInstruction &instruction,
                                      Value rowStart, Value groupOffset) {
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(builder.getI8Type()));
  Value index = arith::AddIOp::create(builder, loc, rowStart, groupOffset);
  auto type = VectorType::get({GroupedWeights::kGroup}, builder.getI8Type());
  Value bytes =
      vector::TransferReadOp::create(builder, loc, type, activations, ValueRange{index}, zero, ArrayRef<bool>{true});
  if (instruction.complementsActivations)
    return bytes;
  return widenActivations(builder, loc, bytes, areOffset ? ActivationForm::Offset : ActivationForm::OffsetInLoop);
}

std::unique_ptr<TileKernel> lowbit::createShortSumKernel(RewriterBase &rewriter, linalg::LinalgOp op,
                                                         TileShape &shape) {
  auto sums = op->getAttrOfType<ShortSumsAttr>(kShortSumsAttrName);
  auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
  FailureOr<Target> target = Target::get(op->getParentOfType<ModuleOp>());
  if (!sums || failed(target) || failed(checkShortSums(op, *target)))
    return nullptr;
  SmallVector<const DotInstruction *> instructions;
  for (StringAttr name : sums.getInstructions())
    instructions.push_back(target->getDotInstruction(name));
  std::optional<ContractionShape> contraction = ContractionShape::get(op);
  auto values = getConstantValues<int8_t>(op->getOperand(1));
  shape.lanes = instructions.front()->lanes;
  shape.vectors = tile.getVectors();
  auto outputType = cast<RankedTensorType>(op->getResult(0).getType());
  shape.rows = std::min(tile.getRows(), outputType.getDimSize(outputType.getRank() - 2));
  std::optional<GroupedWeights> weights =
      GroupedWeights::get(*contraction, values->get(), shape.getWidth(), shape.lanes);

  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  auto kernel = std::make_unique<ShortSumKernel>(op, sums, *contraction, instructions, shape);
  kernel->prepare(rewriter, *weights);
  return kernel;
}
