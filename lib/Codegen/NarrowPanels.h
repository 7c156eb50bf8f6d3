#ifndef LOWBIT_LIB_CODEGEN_NARROWPANELS_H
#define LOWBIT_LIB_CODEGEN_NARROWPANELS_H

#include "ConstantWeights.h"
#include "PanelLayout.h"
#include "TileKernel.h"

namespace mlir::lowbit {

/// What the vectors of weights of a panel are, and so what is left to whoever multiplies activations with them.
enum class PanelValues {
  /// `multiplier * (stored - zeroPoint)`.
  Weights,
  /// `stored - zeroPoint`: sums of products have yet to be multiplied.
  Differences,
  /// The codes: besides, the zero code times the sum of the activations has to be subtracted from sums.
  Codes
};

/// The constant weights of a contraction that are stored in 4 or 2 bits, packed in the order in which a kernel reads
/// them: one walk forward through memory.
///
/// A weight is stored as a code, its integer raised by 2^(bits - 1), so that what a mask leaves is never negative. The
/// vectors of codes of a group for all channels of the panel, one after the other for the groups of a block, are
/// numbered; `planes` consecutive ones lie in the bytes of one vector, the first in the lowest bits. So a load, shifts
/// of words and a mask give whole vectors, whatever the machine. A block are the groups that share multipliers: all of
/// a run where there are none.
class NarrowPanels {
public:
  /// The vectors of weights of some groups that follow each other: [group][vector].
  using Groups = SmallVector<SmallVector<Value>>;
  /// What the codes of each vector of a panel become weights by: `codeStep * code * multiplier - offset`.
  struct Parameters {
    /// In words of 16 bits, one for two weights of a channel; or in bytes; null where all are 1.
    SmallVector<Value> multipliers;
    SmallVector<Value> offsets;
  };

  /// True where `weights` have fewer than 8 bits and multipliers that every group of `depth` shares and that codes can
  /// be multiplied by in a byte.
  static bool canPack(const ConstantWeights &weights, const ContractionShape &contraction, int64_t depth);
  /// How many elements of a run share multipliers and zero points.
  static int64_t getBlockSize(const ConstantWeights &weights, const ContractionShape &contraction);
  /// How many groups of four products of unsigned bytes and `stored - zeroPoint` can't overflow where neighbours are
  /// added in 16 bits, of those that are a power of two and at most 8; 0 where not even one.
  static int64_t getGroupsOfShortSum(const ConstantWeights &weights);

  /// Emits the packed constants.
  NarrowPanels(OpBuilder &builder, Location loc, const ConstantWeights &weights, const PanelLayout &layout,
               const TileShape &shape, PanelValues values);

  int64_t getBlockCount() const { return blockCount; }
  int64_t getGroupsOfBlock() const { return groupsOfBlock; }
  /// How many groups are unpacked together: as many as make whole vectors of bytes.
  int64_t getGroupsOfUnit() const;
  /// The multipliers of the block at `indices` (panel, steps, block) for sums of products: one `vector<lanes x i32>`
  /// for each vector. Empty where there are none.
  SmallVector<Value> loadMultipliers(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices) const;
  /// The codes of 0 of the block at `indices`: one `vector<lanes x i32>` for each vector.
  SmallVector<Value> loadZeroCodes(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices) const;
  /// The parameters of the block at `indices` (panel, steps, block); empty where the values are codes.
  Parameters loadParameters(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices) const;
  /// The values of the first `count` groups of a unit of the block at `indices`, bytes of `vector<lanes * depth>`.
  Groups loadUnit(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices, OpFoldResult unit, int64_t count,
                  const Parameters &parameters) const;

private:
  int64_t getPlanes() const { return 8 / bits; }
  void packCodes(OpBuilder &builder, Location loc, const ConstantWeights &weights, const PanelLayout &layout);
  void packParameters(OpBuilder &builder, Location loc, const ConstantWeights &weights, const PanelLayout &layout);
  Value repeatForDepth(OpBuilder &builder, Location loc, Value channels) const;
  /// The multipliers of a vector of channels, at `indices`: panel, steps, block, vector.
  Value loadMultiplierBytes(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices) const;

  TileShape shape;
  PanelValues values;
  unsigned bits;
  int64_t codeStep;
  int64_t depth;
  int64_t blockCount;
  int64_t groupsOfBlock;
  /// [panel, steps..., block, chunk, lanes * depth].
  Value codes;
  /// Multipliers lie two in a byte, as all those of symmetric weights of 4 bits do: each is less than 16.
  bool halvesBytes = false;
  /// [panel, steps..., block, vector, lanes], or half as many bytes of multipliers; null where all are 1, and where all
  /// offsets are that of the codes.
  Value multipliers, offsets;
  /// The offset of weights with zero points, where it is the same for all.
  std::optional<int8_t> equalOffset;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_NARROWPANELS_H
