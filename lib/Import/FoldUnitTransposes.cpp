#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_FOLDUNITTRANSPOSES
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// True where the permutation keeps the order of the dimensions that are not 1.
static bool movesOnlyUnitDims(ArrayRef<int64_t> shape, ArrayRef<int64_t> permutation) {
  int64_t last = -1;
  for (int64_t dim : permutation) {
    if (shape[dim] == 1)
      continue;
    if (dim < last)
      return false;
    last = dim;
  }
  return true;
}

/// How the dimensions of `shape` are grouped by those that are not 1: each takes the ones around it along.
static SmallVector<ReassociationIndices> groupByNonUnitDims(ArrayRef<int64_t> shape) {
  SmallVector<ReassociationIndices> groups;
  bool hasNonUnit = false;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    if (groups.empty() || (size != 1 && hasNonUnit)) {
      groups.emplace_back();
      hasNonUnit = false;
    }
    groups.back().push_back(dim);
    hasNonUnit |= size != 1;
  }
  return groups;
}

namespace {
/// A transposition that moves only dimensions of size 1 is a reshape.
struct TransposeToReshape : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::TransposeOp op, PatternRewriter &rewriter) const override {
    RankedTensorType type = getStaticTensorType(op.getInput());
    if (!type || op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "expected a tensor of static shape");
    if (!movesOnlyUnitDims(type.getShape(), op.getPermutation()))
      return rewriter.notifyMatchFailure(op, "expected only dimensions of size 1 to move");
    auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
    SmallVector<ReassociationIndices> from = groupByNonUnitDims(type.getShape());
    SmallVector<ReassociationIndices> to = groupByNonUnitDims(resultType.getShape());
    Value flat = tensor::CollapseShapeOp::create(rewriter, op.getLoc(), op.getInput(), from);
    auto expand = tensor::ExpandShapeOp::create(rewriter, op.getLoc(), resultType, flat, to);
    copyName(op, expand);
    rewriter.replaceOp(op, expand);
    return success();
  }
};

/// A reshape that takes the dimensions away which a broadcast added, all of size 1: the weights of a batch of one.
struct CollapseOfUnitBroadcast : OpRewritePattern<tensor::CollapseShapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::CollapseShapeOp op, PatternRewriter &rewriter) const override {
    auto broadcast = op.getSrc().getDefiningOp<linalg::BroadcastOp>();
    if (!broadcast)
      return rewriter.notifyMatchFailure(op, "expected a broadcast");
    Value input = broadcast.getInput();
    auto isUnit = [&](int64_t dim) { return op.getSrcType().getDimSize(dim) == 1; };
    if (input.getType() != op.getType() || !llvm::all_of(broadcast.getDimensions(), isUnit))
      return rewriter.notifyMatchFailure(op, "expected it to undo a broadcast along dimensions of size 1");
    rewriter.replaceOp(op, input);
    return success();
  }
};

struct FoldUnitTransposes
    : PatternPass<lowbit::impl::FoldUnitTransposesBase<FoldUnitTransposes>, populateFoldUnitTransposesPatterns> {};
} // namespace

void lowbit::populateFoldUnitTransposesPatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<TransposeToReshape, CollapseOfUnitBroadcast>(context);
  // Neighbouring reshapes become one.
  tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
  tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
}
