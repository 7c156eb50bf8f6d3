#include "TileKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Linalg/Transforms/TilingInterfaceImpl.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_BLOCKROWS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Activations that are rewritten at a time: they stay in the first-level cache beside the weights, and what follows
/// them is on its way to it meanwhile.
static constexpr int64_t kBlockBytes = 32 * 1024;

/// The rows of a block of at most `most` and at least a quarter as many: of those whose blocks leave no rest the number
/// that computes the fewest rows twice, since the tiles of a block overlap where they don't divide it. Where that is
/// 0, there is none.
static int64_t getBlockRows(int64_t rows, int64_t most, int64_t tileRows) {
  int64_t best = 0, leastComputed = 0;
  for (int64_t count = std::min(rows / 2, most); count >= std::max(tileRows, most / 4); --count) {
    const int64_t computed = llvm::alignTo(count, tileRows) * (rows / count);
    if (rows % count == 0 && (best == 0 || computed < leastComputed)) {
      best = count;
      leastComputed = computed;
    }
  }
  return best;
}

namespace {
struct BlockRows : lowbit::impl::BlockRowsBase<BlockRows> {
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
      if (isa<linalg::MatmulOp>(op) && !op->hasAttr(kShortSumsAttrName) && offsetsActivations(op, *target) &&
          isa<BlockArgument>(op->getOperand(0)))
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
  static LogicalResult block(IRRewriter &rewriter, linalg::LinalgOp op, const Target &target) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(op->getResult(0).getType()).getShape();
    const int64_t depth = cast<RankedTensorType>(op->getOperand(0).getType()).getDimSize(1);
    auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
    if (shape[1] > tile.getVectors() * target.getDotInstruction(tile.getInstruction())->lanes)
      return success();
    const int64_t blockRows = getBlockRows(shape[0], kBlockBytes / depth, tile.getRows());
    if (blockRows == 0)
      return success();

    SmallVector<linalg::GenericOp> epilogue = collectEpilogue(op);
    linalg::LinalgOp last = epilogue.empty() ? op : linalg::LinalgOp(epilogue.back());
    Operation *init = op.getDpsInits().front().getDefiningOp();
    auto isFused = [&](Operation *producer) {
      return producer == op || llvm::is_contained(epilogue, producer) ||
             (producer == init && isa<linalg::FillOp, linalg::BroadcastOp>(init));
    };
    scf::SCFTileAndFuseOptions options;
    options.tilingOptions.setTileSizes({rewriter.getIndexAttr(blockRows), rewriter.getIndexAttr(0)});
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
