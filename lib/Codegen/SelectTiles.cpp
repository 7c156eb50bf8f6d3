#include "ContractionShape.h"
#include "DequantizedWeights.h"
#include "LaneKernel.h"
#include "NarrowPanels.h"
#include "RunRests.h"
#include "TileCost.h"
#include "TileKernel.h"
#include "TileRegisterKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_SELECTTILES
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Short sums of fewer groups are no faster than what is exact for any weights.
static constexpr int64_t kLeastGroupsOfShortSum = 4;

/// The tiles of short sums: beside accumulators and weights, of which several groups are loaded, stand activations,
/// ones, and the sums of a vector.
static constexpr int64_t kMostVectorsOfShortSums = 3;
static constexpr int64_t kRegistersOfShortSums = 10;

/// True where the op can be computed in register tiles: one static output of rank at least 1, its last dimension the
/// innermost parallel one.
static bool isTileable(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 || op->getNumResults() != 1)
    return false;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  return type.getRank() >= 1 && type.hasStaticShape() && type.getNumElements() > 0 && map.isProjectedPermutation() &&
         llvm::none_of(op.getStaticLoopRanges(), [](int64_t size) { return ShapedType::isDynamic(size) || size == 0; });
}

/// The width of the first operand, integers; 0 where it has others.
static unsigned getActivationBits(linalg::LinalgOp op) {
  auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(op->getOperand(0).getType()));
  return type ? type.getWidth() : 0;
}

/// True for the contractions of 8- or 16-bit activations with weights of at most 8 bits.
static bool isIntegerContraction(linalg::LinalgOp op) {
  if (!ContractionShape::get(op))
    return false;
  auto elementType = [&](unsigned operand) { return getElementTypeOrSelf(op->getOperand(operand).getType()); };
  const unsigned bits = getActivationBits(op);
  return (bits == 8 || bits == 16) && elementType(1).isInteger() && elementType(1).getIntOrFloatBitWidth() <= 8 &&
         elementType(2).isInteger(32);
}

/// True for the depthwise convolutions of 8-bit activations with 8-bit weights.
static bool isDepthwise(linalg::LinalgOp op) {
  return isa<linalg::DepthwiseConv2DNhwcHwcOp>(op) && getElementTypeOrSelf(op->getOperand(0).getType()).isInteger(8) &&
         getElementTypeOrSelf(op->getOperand(1).getType()).isInteger(8) &&
         getElementTypeOrSelf(op->getOperand(2).getType()).isInteger(32);
}

static bool canComputeDepthwise(linalg::LinalgOp op, const DotInstruction &instruction) {
  return canMultiplyElementwise(instruction) &&
         cast<ShapedType>(op->getResult(0).getType()).getShape().back() >= instruction.lanes;
}

/// True for the contractions of floats with weights that are dequantized constants.
static bool hasDequantizedWeights(linalg::LinalgOp op) {
  return isa<linalg::MatmulOp, linalg::Conv2DNhwcFhwcOp>(op) && ContractionShape::get(op) &&
         getElementTypeOrSelf(op->getOperand(0).getType()).isF32() && DequantizedWeights::get(op->getOperand(1));
}

/// True for the contractions of floats with constant weights.
static bool isFloatContraction(linalg::LinalgOp op) {
  return hasDequantizedWeights(op) ||
         (isa<linalg::MatmulOp, linalg::Conv2DNhwcFhwcOp>(op) &&
          getElementTypeOrSelf(op->getOperand(0).getType()).isF32() && getConstantValues<float>(op->getOperand(1)));
}

/// Whether it is known that no weight of a contraction is -128; nothing where its weights can't be packed: those of
/// matrix products can at run time, others only where they are constant.
static std::optional<bool> hasNarrowWeights(linalg::LinalgOp op) {
  // Those that differ by batch are packed at run time, constant or not.
  auto weights = isa<linalg::BatchMatmulOp>(op) ? std::nullopt : ConstantWeights::get(op->getOperand(1));
  if (!weights && isa<linalg::MatmulOp, linalg::BatchMatmulOp>(op) &&
      getElementTypeOrSelf(op->getOperand(1).getType()).isInteger(8))
    return false;
  if (!weights)
    return std::nullopt;
  return !llvm::is_contained(weights->get(), int8_t(-128));
}

/// Whether the output has the rows that the instruction multiplies together.
static bool hasRowsFor(linalg::LinalgOp op, const DotInstruction &instruction) {
  auto type = cast<ShapedType>(op->getResult(0).getType());
  return !instruction.multipliesBlocks || type.getDimSize(type.getRank() - 2) > 1;
}

static bool hasByteLookups(linalg::LinalgOp op) {
  return llvm::any_of(op.getBlock()->without_terminator(), isByteLookup);
}

/// The weights of a contraction of which several lie in a byte; nothing where they don't.
static std::optional<ConstantWeights> getPackedWeights(linalg::LinalgOp op, const DotInstruction *instruction) {
  std::optional<ContractionShape> shape = ContractionShape::get(op);
  auto weights = shape ? ConstantWeights::get(op->getOperand(1)) : std::nullopt;
  if (!weights || !NarrowPanels::canPack(*weights, *shape, instruction ? instruction->depth : 1))
    return std::nullopt;
  return weights;
}

/// Whether an instruction can multiply activations with the codes of packed weights: it adds in 32 bits.
static bool canMultiplyCodes(const DotInstruction *instruction) {
  return instruction && !instruction->multipliesBlocks && !instruction->addsShort && !instruction->needsProof &&
         !instruction->multipliesTiles && !instruction->complementsActivations;
}

/// The rests of runs that are packed to groups for `instruction`; nothing where there are none, or where another order
/// of groups is chosen.
static std::optional<RunRests> getRests(linalg::LinalgOp op, const DotInstruction *instruction) {
  if (!instruction || instruction->multipliesBlocks || instruction->multipliesTiles || instruction->addsShort ||
      instruction->cost != 0 || getPackedWeights(op, instruction))
    return std::nullopt;
  return RunRests::get(op, instruction->depth);
}

/// Whether the weights are such as the instruction takes.
static bool hasWeightsFor(linalg::LinalgOp op, const DotInstruction &instruction) {
  if (instruction.multipliesTiles)
    return TileRegisterShape::get(op).has_value();
  // Of weights that lie in fewer bits, their magnitudes would have to be unpacked.
  if (instruction.complementsActivations)
    return !isa<linalg::BatchMatmulOp>(op) && ConstantWeights::get(op->getOperand(1)) &&
           !getPackedWeights(op, &instruction);
  if (!instruction.addsShort)
    return true;
  std::optional<ConstantWeights> weights = getPackedWeights(op, &instruction);
  return weights && NarrowPanels::getGroupsOfShortSum(*weights) >= kLeastGroupsOfShortSum;
}

/// Whether the output has one row: memory is the limit, and weights that take twice the bytes cost twice the time.
static bool readsWeightsOnce(linalg::LinalgOp op) {
  auto type = cast<ShapedType>(op->getResult(0).getType());
  return type.getNumElements() == type.getShape().back();
}

/// Whether some products of an op that `instruction` computes may be added in 16 bits. With weights that are larger on
/// average hardly any are proven to fit: uniformly distributed bytes have an average of 64, trained ones of 20 to 30.
static bool mayAddShort(linalg::LinalgOp op, const DotInstruction &instruction) {
  constexpr int64_t kMostOnAverage = 40;
  auto weights = instruction.cost != 0 ? ConstantWeights::get(op->getOperand(1)) : std::nullopt;
  if (!weights)
    return false;
  int64_t sum = 0;
  for (int8_t weight : weights->get())
    sum += std::abs(int64_t(weight));
  return sum <= kMostOnAverage * static_cast<int64_t>(weights->get().size());
}

/// How many instructions unpack a vector of weights to bytes: a shift, a mask and a subtraction; a multiplication
/// between them, with vectors of multipliers and offsets.
static int64_t getUnpacking(const ConstantWeights &weights) { return weights.hasMultipliers() ? 4 : 3; }

/// What the magnitude of an activation takes, one instruction, where a dot product of it takes four.
static constexpr double kMagnitude = 0.25;

/// The fastest tile for a contraction, of those that need no more registers than `rows` by `vectors`.
static TileChoice fitTile(linalg::LinalgOp op, int64_t rows, int64_t vectors, int64_t lanes,
                          const DotInstruction *instruction = nullptr) {
  std::optional<ContractionShape> shape = ContractionShape::get(op);
  if (!shape)
    return {rows, vectors};
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  TileProblem problem;
  problem.rows = output.getDimSize(output.getRank() - 2);
  problem.channels = shape->channels;
  problem.groups = shape->getStepCount() * llvm::divideCeil(shape->run, instruction ? instruction->depth : 1);
  problem.lanes = lanes;
  problem.bytesOfResult = instruction ? 1 : sizeof(float);
  if (instruction)
    problem.underWay = instruction->underWay;
  problem.registers = (rows + 1) * vectors;
  problem.rowStep = instruction && instruction->multipliesBlocks ? 2 : 1;
  if (instruction && mayAddShort(op, *instruction)) {
    // Which sums fit 16 bits is proven for all channels of a tile together: the fewer, the more of them.
    if (problem.rows > 1)
      problem.mostVectors = kMostVectorsOfShortSums;
    problem.registers = kRegistersOfShortSums;
  } else if (instruction && instruction->needsNarrowWeights) {
    problem.ofActivation = kMagnitude;
  }
  problem.repetitions = output.getNumElements() / problem.rows / problem.channels;
  if (instruction && instruction->multipliesTiles) {
    std::optional<TileRegisterShape> blocks = TileRegisterShape::get(op);
    problem.blocks = shape->getStepCount() * blocks->getBlockCount();
    // Those of a batch have weights of their own.
    problem.lines = output.getRank() > 2 && !shape->hasBatch ? output.getDimSize(output.getRank() - 3) : 1;
    problem.linePitch = blocks->linePitch;
    problem.activationBytes = blocks->activationBytes;
    if (blocks->activationBytes > 1)
      problem.splitActivations = cast<ShapedType>(op->getOperand(0).getType()).getNumElements();
    problem.repetitions /= problem.lines;
    if (std::optional<ConstantWeights> weights = getPackedWeights(op, instruction))
      problem.unpacking = getUnpacking(*weights);
    return chooseTileOfRegisters(problem);
  }
  if (std::optional<ConstantWeights> weights = getPackedWeights(op, instruction)) {
    problem.unpacking = getUnpacking(*weights);
    problem.registersOfColumn = weights->hasMultipliers() ? 3 : weights->isExpanded() ? 2 : 1;
    if (canMultiplyCodes(instruction)) {
      problem.unpackingOfCodes = 2;
      problem.blocks =
          shape->getStepCount() * llvm::divideCeil(shape->run, NarrowPanels::getBlockSize(*weights, *shape));
    }
    // Sums are multiplied, not weights; and what one product waits for is an addition of 16 bits.
    if (instruction && instruction->addsShort) {
      problem.unpacking = 3;
      problem.registersOfColumn = 1;
      problem.underWay = 2;
    }
  } else if (hasDequantizedWeights(op)) {
    // Two shifts, a conversion and a product with the scales, where a product is added in two instructions.
    problem.unpacking = 2;
    problem.registersOfColumn = 3;
  }
  if (std::optional<RunRests> rests = getRests(op, instruction)) {
    const int64_t outputs = problem.rows * problem.repetitions;
    problem.groupsWithPackedRests = shape->getStepCount() * (shape->run / instruction->depth) + rests->getGroupCount();
    problem.packingOfRests = outputs * rests->getPackingCost();
  }
  return chooseTile(problem);
}

static TileAttr getTileAttr(MLIRContext *context, const TileChoice &tile, const DotInstruction *instruction = nullptr) {
  StringAttr name = instruction ? StringAttr::get(context, instruction->name) : StringAttr();
  return TileAttr::get(context, tile.rows, tile.vectors, name, tile.expandPanels, tile.multiplySums, tile.lines,
                       tile.packRests);
}

/// The tile of a depthwise convolution: of whole vectors of bytes, where outputs have them; of less otherwise, and less
/// still where that computes fewer channels twice.
static TileAttr fitDepthwiseTile(linalg::LinalgOp op, const DotInstruction &instruction) {
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  const int64_t channels = output.getShape().back(), width = output.getDimSize(output.getRank() - 2);
  auto makeTile = [&](int64_t rows, int64_t vectors) {
    return TileAttr::get(op.getContext(), rows, vectors, StringAttr::get(op.getContext(), instruction.name));
  };
  if (canComputeInLanes(op))
    return makeTile(/*rows=*/1, instruction.depth);
  auto getComputed = [&](int64_t count) {
    return static_cast<int64_t>(llvm::alignTo(channels, count * instruction.lanes));
  };
  int64_t vectors = 1;
  for (int64_t count = 2; count < instruction.depth && count * instruction.lanes <= channels; ++count)
    if (getComputed(count) <= getComputed(vectors))
      vectors = count;
  // Of rows what leaves registers for the columns that they share.
  const int64_t accumulators = instruction.rows * instruction.vectors * 2 / 3;
  const int64_t rows = std::min(width, std::max<int64_t>(2, accumulators / vectors));
  return makeTile(llvm::divideCeil(width, llvm::divideCeil(width, rows)), vectors);
}

/// The tile of the best dot instruction that can compute a contraction; nothing where none can. One on tile registers
/// is the best where its tiles are faster than those of the next.
static std::optional<TileAttr> selectContractionTile(linalg::LinalgOp op, const Target &target) {
  std::optional<bool> areNarrow = isIntegerContraction(op) ? hasNarrowWeights(op) : std::nullopt;
  if (!areNarrow)
    return std::nullopt;
  std::optional<std::pair<TileChoice, const DotInstruction *>> ofRegisters;
  for (const DotInstruction *instruction : target.getDotInstructions()) {
    if (instruction->needsProof || instruction->activationBits != getActivationBits(op) ||
        (!*areNarrow && instruction->needsNarrowWeights) || !hasRowsFor(op, *instruction) ||
        !hasWeightsFor(op, *instruction) || (instruction->complementsActivations && readsWeightsOnce(op)))
      continue;
    TileChoice tile = fitTile(op, instruction->rows, instruction->vectors, instruction->lanes, instruction);
    if (instruction->multipliesTiles) {
      ofRegisters = {tile, instruction};
      continue;
    }
    if (ofRegisters && ofRegisters->first.cost < tile.cost)
      break;
    return getTileAttr(op.getContext(), tile, instruction);
  }
  if (!ofRegisters)
    return std::nullopt;
  return getTileAttr(op.getContext(), ofRegisters->first, ofRegisters->second);
}

static TileAttr selectTile(linalg::LinalgOp op, const Target &target) {
  MLIRContext *context = op.getContext();
  if (std::optional<TileAttr> tile = selectContractionTile(op, target))
    return *tile;
  if (isDepthwise(op))
    if (std::optional<bool> areNarrow = hasNarrowWeights(op))
      for (const DotInstruction *instruction : target.getDotInstructions())
        if (canComputeDepthwise(op, *instruction) && (*areNarrow || !instruction->needsNarrowWeights))
          return fitDepthwiseTile(op, *instruction);
  const int64_t rows = target.getFloatRows(), vectors = target.getFloatVectors();
  if (isFloatContraction(op))
    return getTileAttr(context, fitTile(op, rows, vectors, target.getVectorBits() / 32));
  StringAttr table;
  if (const TableInstruction *instruction = target.getTableInstruction(); instruction && hasByteLookups(op))
    table = StringAttr::get(context, instruction->name);
  if (op.getNumReductionLoops() > 0)
    return TileAttr::get(context, rows, vectors, table);
  return TileAttr::get(context, 1, 1, table);
}

/// Whether the accumulators of a tile are as many registers as `lowbit.multiply_tiles` takes, and lie in the output.
static bool fitsTileRegisters(linalg::LinalgOp op, TileAttr tile) {
  auto output = cast<ShapedType>(op->getResult(0).getType());
  const int64_t rank = output.getRank(), lines = tile.getLines();
  const TileRegisterShape shape = *TileRegisterShape::get(op);
  const RegisterRows rows = RegisterRows::get(lines, tile.getRows(), shape.linePitch);
  const bool hasLines = lines == 1 ? tile.getRows() % rows.registers == 0
                                   : rank > 2 && !shape.contraction.hasBatch && lines <= output.getDimSize(rank - 3);
  return hasLines && rows.rows <= MultiplyTilesOp::kMostRows &&
         rows.registers * tile.getVectors() * shape.activationBytes <= MultiplyTilesOp::kMostAccumulators &&
         tile.getRows() <= output.getDimSize(rank - 2) &&
         tile.getVectors() * MultiplyTilesOp::kRowBytes / 4 <= output.getShape().back();
}

/// Checks a tile that was written by hand.
static LogicalResult verifyTile(linalg::LinalgOp op, TileAttr tile, const Target &target) {
  if (!isTileable(op))
    return op->emitOpError() << "has a tile but can't be computed in register tiles";
  StringAttr name = tile.getInstruction();
  const DotInstruction *instruction = name ? target.getDotInstruction(name) : nullptr;
  if (tile.getExpandPanels() && !hasDequantizedWeights(op) && !getPackedWeights(op, instruction))
    return op->emitOpError() << "has a tile with expanded panels but no constant weights of 4 or 2 bits";
  if (tile.getMultiplySums() && (!canMultiplyCodes(instruction) || !getPackedWeights(op, instruction)))
    return op->emitOpError() << "has a tile that multiplies sums but no constant weights of 4 or 2 bits, or an "
                                "instruction that doesn't multiply their codes";
  if (tile.getPackRests() && !getRests(op, instruction))
    return op->emitOpError() << "has a tile with packed rests but no convolution whose lines leave some of a group, or "
                                "an instruction that adds groups in another order";
  if (tile.getLines() != 1 && !(instruction && instruction->multipliesTiles))
    return op->emitOpError() << "has a tile of " << tile.getLines() << " lines but no instruction on tile registers";
  if (!name)
    return success();
  if (target.getTableInstruction(name) && hasByteLookups(op))
    return success();
  const bool canCompute =
      isDepthwise(op) ? instruction && canComputeDepthwise(op, *instruction)
                      : instruction && isIntegerContraction(op) && instruction->activationBits == getActivationBits(op);
  std::optional<bool> areNarrow = canCompute ? hasNarrowWeights(op) : std::nullopt;
  if (!areNarrow || instruction->needsProof || !hasWeightsFor(op, *instruction))
    return op->emitOpError() << "names instruction " << name << ", which this target has not or which can't compute it";
  if (instruction->needsNarrowWeights && !*areNarrow)
    return op->emitOpError() << "names instruction " << name << ", which is exact only for weights from -127 up";
  if (instruction->multipliesBlocks && (!hasRowsFor(op, *instruction) || tile.getRows() % 2 != 0))
    return op->emitOpError() << "names instruction " << name << ", which multiplies pairs of rows";
  if (instruction->multipliesTiles && TileRegisterShape::get(op)->isNarrow != tile.getExpandPanels())
    return op->emitOpError() << "names instruction " << name << ", for which panels of narrow weights are expanded";
  if (instruction->multipliesTiles && !fitsTileRegisters(op, tile))
    return op->emitOpError() << "names instruction " << name << ", whose tiles are up to "
                             << MultiplyTilesOp::kMostAccumulators / (instruction->activationBits / 8)
                             << " registers of as many rows, at most 16, no larger than the output";
  return success();
}

namespace {
struct SelectTiles : lowbit::impl::SelectTilesBase<SelectTiles> {
  using SelectTilesBase::SelectTilesBase;

  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation().getLoc(), triple, cpu, features);
    if (failed(target))
      return signalPassFailure();
    target->writeTo(getOperation());
    WalkResult result = getOperation().walk([&](linalg::LinalgOp op) {
      auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
      if (!tile) {
        // Fills, broadcasts and copies are read where they are used, or vectorized on buffers.
        if (isTileable(op) && !isa<linalg::FillOp, linalg::BroadcastOp, linalg::TransposeOp>(op))
          op->setAttr(kTileAttrName, selectTile(op, *target));
        return WalkResult::advance();
      }
      if (failed(verifyTile(op, tile, *target)))
        return WalkResult::interrupt();
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
