#ifndef LOWBIT_LIB_CODEGEN_SCALEDPANELS_H
#define LOWBIT_LIB_CODEGEN_SCALEDPANELS_H

#include "DequantizedWeights.h"
#include "PanelLayout.h"
#include "TileKernel.h"

namespace mlir::lowbit {

/// The integers that the float weights of a contraction are dequantized from, packed in the order in which a kernel
/// reads them: one walk forward through memory.
///
/// A lane of floats has 32 bits, and so has a word of integers: the word of an output channel holds its next 32 / bits
/// weights along the run, the first in the lowest bits. So a load of as many words as there are lanes, and for each
/// weight two shifts, a conversion and a product with the scale give the vectors of floats, whatever the machine; no
/// element moves to another lane, as those of `NarrowPanels` would have to. A block are the weights of a run that share
/// scales.
class ScaledPanels {
public:
  /// The vectors of weights of some elements of a run that follow each other: [element][vector].
  using Groups = SmallVector<SmallVector<Value>>;
  /// What the integers of each vector of a panel become floats by: `f32(code - zeroPoint) * scale`.
  struct Parameters {
    SmallVector<Value> scales;
    /// Empty where all are 0.
    SmallVector<Value> zeroPoints;
  };

  /// Emits the packed constants. `layout` is of depth 1.
  ScaledPanels(OpBuilder &builder, Location loc, const DequantizedWeights &weights, const PanelLayout &layout,
               const TileShape &shape);

  int64_t getBlockCount() const { return blockCount; }
  int64_t getGroupsOfBlock() const { return groupsOfBlock; }
  /// How many elements of a run a word holds.
  int64_t getGroupsOfUnit() const { return 32 / bits; }
  /// The parameters of the block at `indices`: panel, steps, block.
  Parameters loadParameters(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices) const;
  /// The weights of the first `count` elements of a word of the block at `indices`, `vector<lanes x f32>`.
  Groups loadUnit(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices, OpFoldResult unit, int64_t count,
                  const Parameters &parameters) const;

private:
  void findBlocks(const DequantizedWeights &weights, const PanelLayout &layout);
  void packWords(OpBuilder &builder, Location loc, const DequantizedWeights &weights, const PanelLayout &layout);
  void packParameters(OpBuilder &builder, Location loc, const DequantizedWeights &weights, const PanelLayout &layout);

  TileShape shape;
  unsigned bits;
  int64_t blockCount = 1;
  int64_t groupsOfBlock = 1;
  /// Whether all weights of an output channel have one scale and one zero point.
  bool isPerChannel = true;
  /// [panel, steps..., block, word, vector, lanes] of i32.
  Value words;
  /// [panel, steps..., block, vector, lanes] of f32 and i32, or [panel, vector, lanes] where they are per channel; the
  /// zero points are null where all are 0.
  Value scales, zeroPoints;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_SCALEDPANELS_H
