#include "ContractionShape.h"
#include "TileKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Linalg/Transforms/TilingInterfaceImpl.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_BLOCKROWS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Activations that are rewritten at a time. By one thread so few that the first tile's products start before the last
/// of them are rewritten; by several, which share the loops in a block, what fits the first-level cache beside the
/// weights.
static constexpr int64_t kBlockBytes = 2 * 1024, kSharedBlockBytes = 32 * 1024;
/// What all of a block's tiles read stays in the first-level cache.
static constexpr int64_t kMostBytes = 32 * 1024;
/// Weights that stay there beside it, read once for each block in place of once.
static constexpr int64_t kMostWeights = 16 * 1024;
/// Large products come from the second-level cache, with or without blocks: those whose tile has more weights than stay
/// in the first level. All weights and a block's activations stay there, which all activations would not.
static constexpr int64_t kFirstLevelBytes = 48 * 1024, kMostLargeWeights = 1024 * 1024, kLeastLarge = 512 * 1024,
                         kLargeBlockBytes = 192 * 1024;

/// Whether the instruction multiplies activations of 16 bits in tile registers, for which they are split into bytes.
static bool splitsActivations(const DotInstruction &instruction) {
  return instruction.multipliesTiles && instruction.activationBits > 8;
}

/// The most bytes of activations in a block of a product; 0 where they are rewritten as a whole.
static int64_t getBlockBytes(int64_t rows, int64_t channels, int64_t depth, int64_t tileChannels,
                             const DotInstruction &instruction, bool isShared) {
  const int64_t weights = channels * depth / (instruction.activationBits / 8);
  // Tile registers read all weights that fit the second-level cache for each row of tiles anyway.
  if (splitsActivations(instruction) && !isShared)
    return weights <= kMostLargeWeights ? kBlockBytes : 0;
  if (channels <= tileChannels)
    return isShared ? kSharedBlockBytes : kBlockBytes;
  if (isShared)
    return 0;
  if (weights <= kMostWeights)
    return kBlockBytes;
  const bool isLarge = tileChannels * depth > kFirstLevelBytes && weights <= kMostLargeWeights;
  return isLarge && rows * depth > kLeastLarge ? kLargeBlockBytes : 0;
}

/// The rows of a block: of the multiples of a tile's from a quarter of `most` to `most`, or those of one tile, the one
/// with which the fewest rows are computed twice where the last block ends with the last row, or none if they must not
/// be; of equals the largest. 0 where there is none, fewer than two blocks are left, or many more rows are computed
/// than without blocks.
static int64_t getBlockRows(int64_t rows, int64_t most, int64_t tileRows, bool mayOverlap) {
  constexpr int64_t kMuch = 64;
  const int64_t greatest = std::max(tileRows, most - most % tileRows);
  const int64_t whole = llvm::alignTo(rows, tileRows);
  int64_t best = 0, leastComputed = mayOverlap ? whole + whole / kMuch + 1 : rows + 1;
  for (int64_t count = greatest; count >= std::max(tileRows, most / 4); count -= tileRows) {
    const int64_t computed = llvm::alignTo(rows, count);
    if (2 * count <= rows && computed < leastComputed) {
      best = count;
      leastComputed = computed;
    }
  }
  return best;
}

/// A product, or a pointwise convolution of one row of pixels, which is one.
static bool isProductOfRows(linalg::LinalgOp op) {
  if (isa<linalg::MatmulOp>(op))
    return true;
  if (!isa<linalg::Conv2DNhwcFhwcOp>(op))
    return false;
  ArrayRef<int64_t> input = cast<ShapedType>(op->getOperand(0).getType()).getShape();
  ArrayRef<int64_t> weights = cast<ShapedType>(op->getOperand(1).getType()).getShape();
  ArrayRef<int64_t> output = cast<ShapedType>(op->getResult(0).getType()).getShape();
  return input[0] == 1 && input[1] == 1 && weights[1] == 1 && weights[2] == 1 && input[2] == output[2];
}

/// Whether `value` is an argument, or one in another shape.
static bool isArgument(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return true;
}

/// Whether the activations of `op` are rewritten before its tiles: as no op gives them, or split into bytes.
static bool rewritesActivations(linalg::LinalgOp op, const Target &target) {
  if (offsetsActivations(op, target))
    return isArgument(op->getOperand(0));
  auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
  const DotInstruction *instruction =
      tile && tile.getInstruction() ? target.getDotInstruction(tile.getInstruction()) : nullptr;
  // Narrow weights are unpacked before all rows of a panel.
  return instruction && splitsActivations(*instruction) && !tile.getExpandPanels();
}

/// Where the blocks of a dimension start: the last one ends with it.
static scf::SCFTilingOptions getTilingOptions(OpBuilder &builder, unsigned loops, unsigned rowDim, TiledDim rows) {
  SmallVector<OpFoldResult> sizes(loops, builder.getIndexAttr(0));
  sizes[rowDim] = builder.getIndexAttr(rows.tile);
  auto makeLoop = [=](RewriterBase &rewriter, Location loc, ArrayRef<Range> ranges, ArrayRef<OpFoldResult>,
                      ValueRange destinations) -> FailureOr<scf::SCFTilingOptions::CustomLoopHeaderInfo> {
    auto index = [&](int64_t value) { return arith::ConstantIndexOp::create(rewriter, loc, value).getResult(); };
    auto loop = scf::ForOp::create(rewriter, loc, index(0), index(rows.getCount()), index(1), destinations);
    rewriter.setInsertionPointToStart(loop.getBody());
    scf::SCFTilingOptions::CustomLoopHeaderInfo info;
    info.loops = {loop};
    for (Range range : ranges) {
      info.tileOffset.push_back(range.offset);
      info.tileSizes.push_back(range.size);
    }
    info.tileOffset[rowDim] = rows.getStart(rewriter, loc, OpFoldResult(loop.getInductionVar()));
    info.tileSizes[rowDim] = rewriter.getIndexAttr(rows.tile);
    info.destinationTensors = llvm::to_vector_of<Value>(loop.getRegionIterArgs());
    return info;
  };
  auto endLoop = [](RewriterBase &rewriter, Location loc, ArrayRef<LoopLikeOpInterface> loops, ValueRange results,
                    ArrayRef<SmallVector<OpFoldResult>> offsets, ArrayRef<SmallVector<OpFoldResult>> sizes,
                    ValueRange destinations) -> LogicalResult {
    SmallVector<Value> yielded;
    for (auto [result, destination, offset, size] : llvm::zip_equal(results, destinations, offsets, sizes)) {
      SmallVector<OpFoldResult> strides(offset.size(), rewriter.getIndexAttr(1));
      yielded.push_back(
          tensor::InsertSliceOp::create(rewriter, loc, result, destination, offset, size, strides).getResult());
    }
    scf::YieldOp::create(rewriter, loc, yielded);
    return success();
  };
  scf::SCFTilingOptions options;
  options.setLoopType(scf::SCFTilingOptions::LoopType::CustomOp);
  options.setTileSizes(sizes);
  options.setCustomLoopGenerationFns(makeLoop, endLoop);
  return options;
}

namespace {
struct BlockRows : lowbit::impl::BlockRowsBase<BlockRows> {
  using BlockRowsBase::BlockRowsBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    BlockRowsBase::getDependentDialects(registry);
    linalg::registerTilingInterfaceExternalModels(registry);
  }

  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op.hasPureTensorSemantics() && ContractionShape::get(op) && isProductOfRows(op) &&
          !op->hasAttr(kShortSumsAttrName) && rewritesActivations(op, *target))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops)
      if (failed(block(rewriter, op, *target)))
        return signalPassFailure();
    // The products as a whole, and slices of them.
    if (!ops.empty())
      (void)runRegionDCE(rewriter, getOperation().getBody());
  }

  /// Computes `op` and its epilogue in a loop over blocks of rows, where each row is read once.
  LogicalResult block(IRRewriter &rewriter, linalg::LinalgOp op, const Target &target) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(op->getResult(0).getType()).getShape();
    const unsigned rowDim = shape.size() - 2;
    const int64_t rows = shape[rowDim], channels = shape.back();
    auto activations = cast<RankedTensorType>(op->getOperand(0).getType());
    const int64_t depth = activations.getShape().back() * activations.getElementTypeBitWidth() / 8;
    auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
    const DotInstruction &instruction = *target.getDotInstruction(tile.getInstruction());
    const int64_t tileChannels = tile.getVectors() * instruction.lanes;
    const int64_t blockBytes =
        getBlockBytes(rows, channels, depth, tileChannels, instruction, /*isShared=*/threads > 1);
    if (blockBytes == 0)
      return success();
    SmallVector<linalg::GenericOp> epilogue = collectEpilogue(op);
    // Without an epilogue rows are added to where they lie, which must not happen twice.
    const int64_t blockRows = getBlockRows(rows, blockBytes / depth, tile.getRows(), /*mayOverlap=*/!epilogue.empty());
    if (blockRows == 0 || blockRows * depth > std::max(blockBytes, kMostBytes))
      return success();

    linalg::LinalgOp last = epilogue.empty() ? op : linalg::LinalgOp(epilogue.back());
    if (!epilogue.empty()) {
      // What no element of is read, so that it is the result's own memory.
      rewriter.setInsertionPoint(last);
      auto type = cast<RankedTensorType>(last->getResult(0).getType());
      Value empty = tensor::EmptyOp::create(rewriter, last.getLoc(), type.getShape(), type.getElementType());
      rewriter.modifyOpInPlace(last, [&] { last.getDpsInitsMutable()[0].set(empty); });
    }
    Operation *init = op.getDpsInits().front().getDefiningOp();
    auto isFused = [&](Operation *producer) {
      return producer == op || llvm::is_contained(epilogue, producer) ||
             (producer == init && isa<linalg::FillOp, linalg::BroadcastOp>(init));
    };
    scf::SCFTileAndFuseOptions options;
    options.tilingOptions = getTilingOptions(rewriter, last.getNumLoops(), rowDim, {rows, blockRows});
    options.setFusionControlFn([&](tensor::ExtractSliceOp, OpResult producer, bool) {
      using Result = scf::SCFTileAndFuseOptions::ControlFnResult;
      return isFused(producer.getOwner()) ? std::optional<Result>(Result()) : std::nullopt;
    });
    rewriter.setInsertionPoint(last);
    FailureOr<scf::SCFTileAndFuseResult> tiled =
        scf::tileConsumerAndFuseProducersUsingSCF(rewriter, cast<TilingInterface>(last.getOperation()), options);
    if (failed(tiled))
      return op->emitOpError() << "can't be computed in blocks of rows";
    // Weights and what else is not divided stay the constants that kernels look for.
    for (LoopLikeOpInterface loop : tiled->loops)
      loop->walk([&](tensor::ExtractSliceOp slice) {
        if (slice.getType() == slice.getSourceType())
          rewriter.replaceOp(slice, slice.getSource());
      });
    rewriter.replaceOp(last, tiled->replacements[last->getResult(0)]);
    return success();
  }
};
} // namespace
