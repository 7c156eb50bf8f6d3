#include "Utils.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Import/Passes.h"
#include "lowbit/Import/Patterns.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_CONVERTQUANTCASTS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
template <typename FromOp, typename ToOp> struct ConvertCast : OpRewritePattern<FromOp> {
  using OpRewritePattern<FromOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(FromOp op, PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    Value real = std::is_same_v<FromOp, quant::QuantizeCastOp> ? op.getInput() : op.getResult();
    if (!type || !getElementTypeOrSelf(real.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "expected a ranked tensor of f32");
    auto cast = ToOp::create(rewriter, op.getLoc(), type, op.getInput());
    copyName(op, cast);
    rewriter.replaceOp(op, cast);
    return success();
  }
};

struct ConvertQuantCasts : lowbit::impl::ConvertQuantCastsBase<ConvertQuantCasts> {
  void runOnOperation() override {
    // Not the greedy driver: it folds `dcast(qcast(x))` to x before a pattern sees it.
    RewritePatternSet patterns(&getContext());
    populateConvertQuantCastsPatterns(patterns);
    FrozenRewritePatternSet frozen(std::move(patterns));
    walkAndApplyPatterns(getOperation(), frozen);
  }
};
} // namespace

void lowbit::populateConvertQuantCastsPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertCast<quant::QuantizeCastOp, QuantizeOp>, ConvertCast<quant::DequantizeCastOp, DequantizeOp>>(
      patterns.getContext());
}
