#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_FOLDFLATTENEDTRANSPOSES
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Where `transpose` permutes only dimensions that `collapse` puts together into its last dimension, how it permutes
/// them, counted from the first of them.
static std::optional<SmallVector<int64_t>> getFlattenedPermutation(tensor::CollapseShapeOp collapse,
                                                                   linalg::TransposeOp transpose) {
  int64_t first = collapse.getReassociationIndices().back().front();
  ArrayRef<int64_t> permutation = transpose.getPermutation();
  SmallVector<int64_t> flattened;
  for (auto [to, from] : llvm::enumerate(permutation)) {
    if (static_cast<int64_t>(to) >= first)
      flattened.push_back(from - first);
    else if (static_cast<int64_t>(to) != from)
      return std::nullopt;
  }
  return flattened;
}

namespace {
/// `matmul(flatten(transpose(x)), w)` becomes `matmul(flatten(x), w')`, with the rows of the constant w in another
/// order.
struct PermuteRowsOfWeights : OpRewritePattern<linalg::MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::MatmulOp op, PatternRewriter &rewriter) const override {
    if (op.hasUserDefinedMaps())
      return rewriter.notifyMatchFailure(op, "expected a matmul without transposed operands");
    auto collapse = op.getInputs()[0].getDefiningOp<tensor::CollapseShapeOp>();
    auto transpose = collapse ? collapse.getSrc().getDefiningOp<linalg::TransposeOp>() : linalg::TransposeOp();
    if (!transpose || !getStaticTensorType(transpose.getInput()))
      return rewriter.notifyMatchFailure(op, "expected a flattened transposition");
    Value weight = op.getInputs()[1];
    RankedTensorType weightType = getStaticTensorType(weight);
    if (!weightType || !matchPattern(weight, m_Constant()))
      return rewriter.notifyMatchFailure(op, "expected constant weights");
    std::optional<SmallVector<int64_t>> permutation = getFlattenedPermutation(collapse, transpose);
    if (!permutation)
      return rewriter.notifyMatchFailure(op, "expected only flattened dimensions to be transposed");

    // Rows are numbered by the transposed dimensions; split them, bring them in the order of x, and number them anew.
    Location loc = op.getLoc();
    int64_t count = permutation->size();
    SmallVector<int64_t> inverse = invertPermutationVector(*permutation);
    inverse.push_back(count);
    SmallVector<int64_t> split(collapse.getSrcType().getShape().take_back(count));
    split.push_back(weightType.getDimSize(1));
    SmallVector<ReassociationIndices> groups{llvm::to_vector<2>(llvm::seq<int64_t>(0, count)), {count}};
    Value rows = tensor::ExpandShapeOp::create(rewriter, loc, weightType.clone(split), weight, groups);
    rows = createTranspose(rewriter, loc, rows, inverse);
    rows = tensor::CollapseShapeOp::create(rewriter, loc, weightType, rows, groups);
    Value flat = tensor::CollapseShapeOp::create(rewriter, loc, collapse.getResultType(), transpose.getInput(),
                                                 collapse.getReassociationIndices());
    rewriter.modifyOpInPlace(op, [&] {
      op.getInputsMutable()[0].set(flat);
      op.getInputsMutable()[1].set(rows);
    });
    return success();
  }
};

struct FoldFlattenedTransposes : PatternPass<lowbit::impl::FoldFlattenedTransposesBase<FoldFlattenedTransposes>,
                                             populateFoldFlattenedTransposesPatterns> {};
} // namespace

void lowbit::populateFoldFlattenedTransposesPatterns(RewritePatternSet &patterns) {
  patterns.add<PermuteRowsOfWeights>(patterns.getContext());
}
