#ifndef LOWBIT_LIB_CODEGEN_CONTRACTIONKERNEL_H
#define LOWBIT_LIB_CODEGEN_CONTRACTIONKERNEL_H

#include "ContractionShape.h"
#include "ImplicitPadding.h"
#include "NarrowPanels.h"
#include "RunRests.h"
#include "ScaledPanels.h"
#include "TileKernel.h"
#include "lowbit/Target/Target.h"

namespace mlir::lowbit {

/// Computes tiles of a contraction from packed weights. How these are packed is in ContractionWeights.cpp.
class ContractionKernel : public TileKernel {
public:
  static std::unique_ptr<ContractionKernel> create(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape);

  SmallVector<Value> compute(OpBuilder &builder, Location loc, const TilePosition &position) override;
  bool keepsPanels() const override { return true; }
  ArrayRef<int64_t> getLaneOrder() const override { return laneOrder; }
  bool preparesPanels() const override { return static_cast<bool>(scratch); }
  void beginPanel(OpBuilder &builder, Location loc, OpFoldResult panel) override;
  /// What `beginPanel` has unpacked: [steps..., group, vector, lanes * depth].
  Value getExpandedWeights() const { return expandedWeights; }

private:
  void leaveOutPadding();
  void packRests(OpBuilder &builder);
  bool multipliesBlocks() const { return instruction && instruction->multipliesBlocks; }
  bool addsShort() const { return instruction && instruction->addsShort; }
  bool offsetsActivations() const { return instruction && instruction->offsetsActivations && !multipliesSums; }
  bool complementsActivations() const { return instruction && instruction->complementsActivations; }
  /// Vectors of weights for each vector of accumulators: magnitudes, and what they flip, are two.
  int64_t getWeightVectors() const { return complementsActivations() ? 2 : 1; }
  PanelLayout getLayout() const { return {contraction, shape.getWidth(), depth, laneOrder}; }
  void orderLanes(const Target &target);
  /// Whether the weights stay packed, several in a byte.
  bool packsNarrow(const ConstantWeights &weights) const {
    return !rests && NarrowPanels::canPack(weights, contraction, depth);
  }
  /// Where the packed weights of a vector of a panel lie, for an element type and a number of panels.
  RankedTensorType getPackedType(Type elementType, ArrayRef<int64_t> panels) const;

  template <typename T> void packWeights(OpBuilder &builder, ArrayRef<T> weights);
  void packMagnitudes(OpBuilder &builder, ArrayRef<int8_t> weights);
  void packWeightsOfRests(OpBuilder &builder, ArrayRef<int8_t> weights);
  SmallVector<int32_t> getStartOffset(ArrayRef<int8_t> weights) const;
  template <typename T> void packInit(OpBuilder &builder, ArrayRef<T> offset);
  bool prepareFloat(OpBuilder &builder, Value weights);
  bool prepareInteger(OpBuilder &builder, Value weights);

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
  bool isUnrolled() const;
  SmallVector<Value> repeat(OpBuilder &builder, Location loc, int64_t count, ValueRange state, LoopBody body) const;
  SmallVector<Value> repeat(OpBuilder &builder, Location loc, OpFoldResult first, OpFoldResult end, ValueRange state,
                            LoopBody body) const;
  /// What is done with the vectors of weights of a group: makes the next state of the last one.
  using GroupBody = llvm::function_ref<SmallVector<Value>(OpBuilder &, Location, ArrayRef<OpFoldResult> steps,
                                                          OpFoldResult group, ArrayRef<Value> weights, ValueRange)>;
  SmallVector<Value> walk(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> panel, ArrayRef<OpFoldResult> steps,
                          ValueRange state, GroupBody body) const;
  SmallVector<Value> walkRun(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> panel,
                             ArrayRef<OpFoldResult> steps, ValueRange state, GroupBody body) const;
  SmallVector<Value> walkScaledRun(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> panel,
                                   ArrayRef<OpFoldResult> steps, ValueRange state, GroupBody body) const;
  SmallVector<Value> loadWeights(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices) const;
  OpFoldResult getElement(OpBuilder &builder, Location loc, OpFoldResult group) const;
  SmallVector<Value> reduceGroup(OpBuilder &builder, Location loc, const TilePosition &position,
                                 ArrayRef<OpFoldResult> steps, OpFoldResult group, ArrayRef<Value> weights,
                                 ValueRange accumulators);
  SmallVector<Value> reduceRests(OpBuilder &builder, Location loc, const TilePosition &position,
                                 ValueRange accumulators);
  void multiplyRow(OpBuilder &builder, Location loc, Value activation, int64_t row, ArrayRef<Value> weights,
                   MutableArrayRef<Value> accumulators);
  SmallVector<Value> addSums(OpBuilder &builder, Location loc, ValueRange accumulators, ValueRange sums,
                             ArrayRef<Value> multipliers) const;
  SmallVector<Value> subtractZeros(OpBuilder &builder, Location loc, ValueRange sums, ArrayRef<Value> zeroCodes) const;
  SmallVector<Value> reduceBlocks(OpBuilder &builder, Location loc, const TilePosition &position,
                                  ArrayRef<OpFoldResult> steps, OpFoldResult element, ArrayRef<Value> weights,
                                  ValueRange blocks);
  Value loadActivations(OpBuilder &builder, Location loc, const TilePosition &position, ArrayRef<OpFoldResult> steps,
                        OpFoldResult element, int64_t row);
  Value loadGroup(OpBuilder &builder, Location loc, Value source, AffineMap map, ArrayRef<OpFoldResult> dims,
                  int64_t count);
  Value multiplyAdd(OpBuilder &builder, Location loc, Value activations, ArrayRef<Value> weights, Value accumulator);

  linalg::LinalgOp op;
  TileShape shape;
  ContractionShape contraction;
  const DotInstruction *instruction = nullptr;
  int64_t depth = 1;
  SmallVector<int64_t> laneOrder;
  /// Of the products and sums of floats.
  arith::FastMathFlags floatFlags = arith::FastMathFlags::none;
  /// The activations, the last dimension of which holds the runs.
  Value activations;
  ActivationForm form = ActivationForm::Signed;
  /// What lies around them, where it is left out: tiles are whole rows of outputs then.
  std::optional<ImplicitPadding> padding;
  /// The row of outputs that is computed, where there is such padding; null while a panel is unpacked.
  OpFoldResult outputRow;
  /// Whether a group may be read where the run is shorter: what lies behind is padding.
  bool readsPadding = false;
  /// The rests of runs that are packed to groups, these and their weights: [panel, group, vector, lanes * depth].
  /// `contraction` has the whole groups alone then.
  std::optional<RunRests> rests;
  Value packedRests, weightsOfRests;
  /// [batch, panel, steps..., group, vector, lanes * depth], the batch only where the weights have one. Of instructions
  /// that complement activations, two vectors for each: magnitudes, and the bits that are flipped.
  Value packedWeights;
  /// In place of `packedWeights`: integers, or what floats are dequantized from.
  std::optional<NarrowPanels> narrowWeights;
  std::optional<ScaledPanels> scaledWeights;
  /// Whether sums of products with codes are multiplied by the multipliers of a block.
  bool multipliesSums = false;
  /// How many groups are added in 16 bits.
  int64_t groupsOfShortSum = 1;
  /// Where a loop before the tiles of a panel unpacks these: [steps..., group, vector, lanes * depth], and
  /// within the panel that with the weights.
  Value scratch, expandedWeights;
  /// [panel, vector, lanes], integers of 32 or 16 bits or floats; null where the init is not constant.
  Value packedInit;
  /// [batch, panel, vector, lanes]: what an instruction that offsets or complements activations has to start from; null
  /// where not needed.
  Value compensation;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_CONTRACTIONKERNEL_H
