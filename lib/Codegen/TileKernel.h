#ifndef LOWBIT_LIB_CODEGEN_TILEKERNEL_H
#define LOWBIT_LIB_CODEGEN_TILEKERNEL_H

#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// On a loop: its iterations may run in any order and at the same time. Where tiles overlap, two of them write the same
/// values. The attribute is true where contiguous iterations write contiguous memory, false where those of threads
/// would interleave.
inline constexpr StringLiteral kParallelAttrName = "lowbit.parallel";

/// A tile of accumulators: `rows` positions of the last but one output dimension, `vectors` vectors of `lanes`
/// elements along the last one; of kernels that can, in several `lines`, positions of the dimension before these.
struct TileShape {
  int64_t rows = 1;
  int64_t vectors = 1;
  int64_t lanes = 1;
  int64_t lines = 1;

  int64_t getWidth() const { return vectors * lanes; }
};

/// Where a tile lies: an index for each output dimension, that of the first row and of the first lane for the last two.
struct TilePosition {
  SmallVector<OpFoldResult> indices;
  /// Which tile it is along the last dimension.
  OpFoldResult panel;

  /// The position of one vector of the tile; its rows are numbered line by line.
  SmallVector<OpFoldResult> at(OpBuilder &builder, Location loc, const TileShape &shape, int64_t row,
                               int64_t vector) const;
};

/// Computes the accumulators of one tile.
class TileKernel {
public:
  virtual ~TileKernel() = default;
  /// The accumulators at `position`, vector by vector, row by row, line by line, each a `vector<lanes x element>`.
  virtual SmallVector<Value> compute(OpBuilder &builder, Location loc, const TilePosition &position) = 0;
  /// Whether a panel should stay in the cache while everything else streams by: the loop over panels is the outermost
  /// then, and the innermost otherwise, which walks through memory in order.
  virtual bool keepsPanels() const { return false; }
  /// Where panels are kept: whether the tiles of a panel need what `beginPanel` makes, in a buffer that all panels use
  /// one after the other.
  virtual bool preparesPanels() const { return false; }
  /// For each lane of a row of the tile its channel, counted from the tile's first; empty where the vectors hold them
  /// one after the other. The epilogue has constants alone beside the accumulators where it is not.
  virtual ArrayRef<int64_t> getLaneOrder() const { return {}; }
  /// Emits what comes before the tiles of a panel.
  virtual void beginPanel(OpBuilder &builder, Location loc, OpFoldResult panel) {}
};

/// `base + offset` as an index.
OpFoldResult addIndex(OpBuilder &builder, Location loc, OpFoldResult base, int64_t offset);

/// The vector of `lanes` elements that `operand` of a linalg op with `map` contributes at `dims`, the values of the
/// iteration dimensions; `laneDim` is the dimension that the lanes run along. An operand that does not depend on it is
/// broadcast. Where fewer than `lanes` elements exist (`available`), the others are zero.
Value loadVector(OpBuilder &builder, Location loc, Value operand, AffineMap map, ArrayRef<OpFoldResult> dims,
                 unsigned laneDim, int64_t lanes, int64_t available);

/// The vector that the last dimension of the tensor or buffer `packed` holds, at `indices`, the last of which is 0.
Value loadPacked(OpBuilder &builder, Location loc, Value packed, ArrayRef<OpFoldResult> indices);

/// True where `op` reads an entry of a constant table of 256 bytes at the index that a byte is.
bool isByteLookup(Operation &op);

/// True where `vectorizeBody` can compute the body of a linalg op; lookups of bytes take an instruction in its tile.
bool isVectorizableBody(Block &body);

/// The same with the lanes along `laneDim`, where the position of the lanes is given: the body may read rows of a
/// tensor at indices that it computes, as an embedding does.
bool isVectorizableAlong(linalg::LinalgOp op, unsigned laneDim);

/// Where the lanes of a vector lie.
struct LanePosition {
  /// The values of the iteration dimensions for the first lane.
  SmallVector<OpFoldResult> dims;
  /// The dimension that the lanes run along.
  unsigned laneDim;
};

/// The body of a linalg op on vectors of `lanes` elements; returns what it yields. `args` are vectors, or null where
/// the body does not use the argument. `position` may be null where the body does not ask for it.
SmallVector<Value> vectorizeBody(OpBuilder &builder, Location loc, Block &body, ArrayRef<Value> args, int64_t lanes,
                                 const LanePosition *position = nullptr);

/// The elementwise ops that are computed on the accumulators of `op`, in order: each is the only user of the one
/// before it.
SmallVector<linalg::GenericOp> collectEpilogue(linalg::LinalgOp op);

/// A vector of `lanes` elements of what `op` accumulates to, from the first at `indices` on: computed there where an
/// elementwise op gives it that nothing else reads.
Value loadInit(OpBuilder &builder, Location loc, linalg::LinalgOp op, ArrayRef<OpFoldResult> indices, int64_t lanes);

/// What the ops of `epilogue`, one after the other, make of `value`, a vector of `lanes` elements of `producer`; `load`
/// gives the lanes of their other operands.
Value computeEpilogue(OpBuilder &builder, Location loc, ArrayRef<linalg::GenericOp> epilogue, int64_t lanes,
                      Value producer, Value value, llvm::function_ref<Value(Value, AffineMap)> load);

/// The tiles along one dimension. Where their size does not divide it, the last one ends at its end.
struct TiledDim {
  int64_t size;
  int64_t tile;

  int64_t getCount() const { return llvm::divideCeil(size, tile); }
  OpFoldResult getStart(OpBuilder &builder, Location loc, OpFoldResult number) const;
};

/// Returns the tensor, or the buffer, with `vector` at `indices`.
Value writeVector(OpBuilder &builder, Location loc, Value vector, Value destination, ArrayRef<OpFoldResult> indices);

/// The lanes of `vectors`, which have one type, that `getSource` tells for each lane of the result: the number of a
/// vector, and a lane of it.
Value selectLanes(OpBuilder &builder, Location loc, ArrayRef<Value> vectors,
                  llvm::function_ref<std::pair<int64_t, int64_t>(int64_t lane)> getSource);

/// Replaces the last op of `epilogue`, or `op` where it is empty, by `results`, and erases the others.
void replaceWithLoops(RewriterBase &rewriter, linalg::LinalgOp op, ArrayRef<linalg::GenericOp> epilogue,
                      ValueRange results);

/// Replaces `op` and its `epilogue` by loops over tiles of `shape`, each computed by `kernel`. On tensors the result
/// of the last op is replaced; on buffers the output operand is written.
void emitTileLoops(RewriterBase &rewriter, linalg::LinalgOp op, ArrayRef<linalg::GenericOp> epilogue,
                   const TileShape &shape, TileKernel &kernel);

/// The form of the bytes of activations in memory, and that in which an instruction takes them.
enum class ActivationForm {
  /// Signed in both.
  Signed,
  /// Signed in memory, offset by 128 in the loop.
  OffsetInLoop,
  /// Offset by 128 in both.
  Offset
};

/// True where the instruction that the tile of `op` names takes activations offset by 128, or one of those of its short
/// sums does: what complements activations takes either.
bool offsetsActivations(Operation *op, const Target &target);

/// Whether `activations` are read from a tensor in which they are offset by 128; they become that tensor then.
bool readsOffset(Value &activations);

/// Whether `bytes` are computed, for one reader alone, as those of another tensor offset by 128; they become that
/// tensor then.
bool undoesOffset(Value &bytes);

/// Finds where `instruction` (null: none) reads `activations` from, and in which form; they become the offset ones
/// where those are in memory. What complements activations reads them as `Offset` or as `Signed`.
ActivationForm resolveActivations(const DotInstruction *instruction, Value &activations);

/// A weight of an instruction that complements activations: `weight * a = magnitude * (a ^ flippedBits) + start`, the
/// magnitude an unsigned byte, the product with it one of signed bytes. `-a` is `~a + 1`.
struct ComplementedWeight {
  /// `areOffset`: the activation in memory is `a + 128`.
  explicit ComplementedWeight(int8_t weight, bool areOffset = false)
      : magnitude(static_cast<int8_t>(weight < 0 ? -weight : weight)),
        flippedBits(static_cast<int8_t>((weight < 0 ? 0xFF : 0) ^ (areOffset ? 0x80 : 0))),
        start(weight < 0 ? -int32_t(weight) : 0) {}

  int8_t magnitude;
  int8_t flippedBits;
  int32_t start;
};

/// A vector of activations widened to i32, as signed bytes or as the unsigned ones a + 128.
Value widenActivations(OpBuilder &builder, Location loc, Value bytes, ActivationForm form);

/// `accumulator[lane] + sum over k of activations[k] * weights[lane * depth + k]` as a `vector.contract` that names the
/// dot instruction which computes it. `activations` are widened, `weights` are bytes, signed or not.
Value createDotProduct(OpBuilder &builder, Location loc, StringRef instruction, Value activations, Value weights,
                       Value accumulator, bool hasUnsignedWeights = false);

/// `accumulator[lane] + sum over k of activations[lane * depth + k] * weights[lane * depth + k]`, bytes of both, as a
/// `vector.contract` that names the instruction. Its unsigned operand is the weights where it complements activations.
Value createElementwiseDotProduct(OpBuilder &builder, Location loc, const DotInstruction &instruction,
                                  Value activations, Value weights, Value accumulator);

/// The same of the `depth` bytes of `activations` for all lanes, with the bits that each lane flips flipped.
Value createComplementedDotProduct(OpBuilder &builder, Location loc, const DotInstruction &instruction,
                                   Value activations, Value magnitudes, Value flippedBits, Value accumulator);

/// a + 128 as unsigned bytes; on words, as instruction selection of LLVM 22 for AVX-512 does not end on some shuffles
/// of an exclusive or of bytes.
Value offsetBytes(OpBuilder &builder, Location loc, Value bytes);

/// A kernel for a contraction with constant weights, as a dot product of packed weights; null where the op is none.
/// `shape` is adapted to the dimensions of the op.
std::unique_ptr<TileKernel> createContractionKernel(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape);

/// A kernel for a contraction whose tile names an instruction on tile registers; null where the op is none. `shape`
/// becomes that of the tile.
std::unique_ptr<TileKernel> createTileRegisterKernel(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape);

/// True where the dot instruction multiplies four bytes of each lane with those of another vector, as a depthwise
/// convolution has them.
inline bool canMultiplyElementwise(const DotInstruction &instruction) {
  return instruction.depth == 4 && !instruction.multipliesBlocks && !instruction.needsProof && !instruction.addsShort &&
         !instruction.multipliesTiles && !instruction.complementsActivations;
}

/// Takes from the start of each channel what activations offset by 128 add too much. `weights` are those of a depthwise
/// convolution: the channel is their last dimension.
void subtractOffset(MutableArrayRef<int32_t> start, ArrayRef<int8_t> weights);

/// A kernel for a depthwise convolution with constant weights whose tile names a dot instruction; null where the op is
/// none. `shape` is adapted to the dimensions of the op.
std::unique_ptr<TileKernel> createDepthwiseKernel(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape);

/// A kernel for a contraction with `#lowbit.short_sums`, in the order it gives; null where the op has none. The
/// attribute has been checked against the weights.
std::unique_ptr<TileKernel> createShortSumKernel(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape);

/// A kernel for a maximum over the windows of pictures, padded or not; null where the op is none.
std::unique_ptr<TileKernel> createMaxPoolKernel(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape);

/// A kernel that runs the op's own body on vectors; null where the body or the indexing can't be vectorized.
std::unique_ptr<TileKernel> createBodyKernel(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_TILEKERNEL_H
