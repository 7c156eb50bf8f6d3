#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_IMPORTTOSA
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Upstream inserts the inputs into an empty tensor one after the other.
struct ConvertConcat : OpRewritePattern<tosa::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::ConcatOp op, PatternRewriter &rewriter) const override {
    RankedTensorType type = getStaticTensorType(op.getResult());
    SmallVector<Type> inputTypes(op.getOperandTypes());
    if (!type || inputTypes.empty() ||
        !llvm::all_of(op.getOperands(), [](Value input) { return getStaticTensorType(input) != nullptr; }))
      return rewriter.notifyMatchFailure(op, "expected tensors of static shape");
    if (op.getAxis() >= type.getRank() || tensor::ConcatOp::inferResultType(op.getAxis(), inputTypes) != type)
      return rewriter.notifyMatchFailure(op, "expected a result of the inputs' sizes");
    auto concat = tensor::ConcatOp::create(rewriter, op.getLoc(), op.getAxis(), op.getOperands());
    copyName(op, concat);
    rewriter.replaceOp(op, concat);
    return success();
  }
};

struct ImportTosa : PatternPass<lowbit::impl::ImportTosaBase<ImportTosa>, populateImportTosaPatterns> {};
} // namespace

void lowbit::populateImportTosaPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertConcat>(patterns.getContext());
}
