#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_SPECIALIZEGENERICS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// True where the operands of a contraction have the layout of `linalg.matmul` or `linalg.batch_matmul`.
static bool hasMatmulMaps(linalg::GenericOp op) {
  auto hasMaps = [&](ArrayRef<ArrayRef<AffineExpr>> exprs) {
    return op.getIndexingMapsArray() == AffineMap::inferFromExprList(exprs, op.getContext());
  };
  using Exprs = SmallVector<AffineExpr, 3>;
  AffineExpr b, m, n, k;
  bindDims(op.getContext(), m, n, k);
  if (hasMaps({Exprs{m, k}, Exprs{k, n}, Exprs{m, n}}))
    return true;
  bindDims(op.getContext(), b, m, n, k);
  return hasMaps({Exprs{b, m, k}, Exprs{b, k, n}, Exprs{b, m, n}});
}

/// How to collapse a tensor to the dimensions that `map` numbers by those of the iteration space, the others being of
/// size 1. Nothing where that is no such map, or nothing would change.
static std::optional<SmallVector<ReassociationIndices>> getBroadcastGroups(AffineMap map, RankedTensorType type) {
  SmallVector<ReassociationIndices> groups;
  ReassociationIndices pending;
  bool changes = false;
  for (auto [position, expr, size] : llvm::enumerate(map.getResults(), type.getShape())) {
    pending.push_back(position);
    if (isa<AffineDimExpr>(expr)) {
      groups.push_back(std::exchange(pending, {}));
      continue;
    }
    if (size != 1 || !isa<AffineConstantExpr>(expr))
      return std::nullopt;
    changes = true;
  }
  if (!groups.empty())
    llvm::append_range(groups.back(), pending);
  return changes ? std::optional(groups) : std::nullopt;
}

namespace {
/// Operands that are broadcast along dimensions of size 1 lose these.
struct DropBroadcastDims : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    if (!isElementwiseOnTensors(op))
      return rewriter.notifyMatchFailure(op, "expected an elementwise op");
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    bool changed = false;
    for (OpOperand *operand : op.getDpsInputOperands()) {
      AffineMap &map = maps[operand->getOperandNumber()];
      RankedTensorType type = getStaticTensorType(operand->get());
      std::optional<SmallVector<ReassociationIndices>> groups;
      if (type)
        groups = getBroadcastGroups(map, type);
      if (!groups)
        continue;
      Value collapsed = tensor::CollapseShapeOp::create(rewriter, op.getLoc(), operand->get(), *groups);
      rewriter.modifyOpInPlace(op, [&] { operand->set(collapsed); });
      auto dims = llvm::make_filter_range(map.getResults(), [](AffineExpr expr) { return isa<AffineDimExpr>(expr); });
      map = AffineMap::get(map.getNumDims(), 0, SmallVector<AffineExpr>(dims), op.getContext());
      changed = true;
    }
    if (!changed)
      return rewriter.notifyMatchFailure(op, "expected an operand that is broadcast along a dimension of size 1");
    rewriter.modifyOpInPlace(op, [&] { op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps)); });
    return success();
  }
};

struct SpecializeGeneric : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    // Upstream forgets that operands are transposed (LLVM 22.1.8).
    if (linalg::isaContractionOpInterface(op) && !hasMatmulMaps(op))
      return rewriter.notifyMatchFailure(op, "expected a contraction of operands that are not transposed");
    return linalg::specializeGenericOp(rewriter, op);
  }
};

struct SpecializeGenerics
    : PatternPass<lowbit::impl::SpecializeGenericsBase<SpecializeGenerics>, populateSpecializeGenericsPatterns> {};
} // namespace

void lowbit::populateSpecializeGenericsPatterns(RewritePatternSet &patterns) {
  patterns.add<DropBroadcastDims, SpecializeGeneric>(patterns.getContext());
  // Makes broadcasts and transpositions of elementwise ops explicit, so that what remains has a name.
  linalg::populateDecomposeProjectedPermutationPatterns(patterns);
}
