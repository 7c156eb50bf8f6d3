#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/bit.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_CANONICALIZEPADS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The bits of the constant that an f32 tensor is padded with; nothing where the padding varies.
static std::optional<uint32_t> getPaddingBits(tensor::PadOp op) {
  Value padding = op.getConstantPaddingValue();
  std::optional<float> value = padding ? getUniformConstant(padding) : std::nullopt;
  return value ? std::optional(llvm::bit_cast<uint32_t>(*value)) : std::nullopt;
}

namespace {
/// Amounts that are constants as operands become attributes.
struct MakeAmountsStatic : OpRewritePattern<tensor::PadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::PadOp op, PatternRewriter &rewriter) const override {
    if (op.getLow().empty() && op.getHigh().empty())
      return rewriter.notifyMatchFailure(op, "expected amounts that are operands");
    std::optional<SmallVector<int64_t>> low = getConstantIntValues(op.getMixedLowPad());
    std::optional<SmallVector<int64_t>> high = getConstantIntValues(op.getMixedHighPad());
    auto isNegative = [](int64_t amount) { return amount < 0; };
    if (!low || !high || llvm::any_of(*low, isNegative) || llvm::any_of(*high, isNegative))
      return rewriter.notifyMatchFailure(op, "expected constant amounts that aren't negative");
    RankedTensorType type = tensor::PadOp::inferResultType(op.getSourceType(), *low, *high);
    if (type != op.getResultType())
      return rewriter.notifyMatchFailure(op, "expected a result of the size that the amounts make");
    auto pad = tensor::PadOp::create(rewriter, op.getLoc(), type, op.getSource(), *low, *high, ValueRange(),
                                     ValueRange(), op.getNofold());
    rewriter.inlineRegionBefore(op.getRegion(), pad.getRegion(), pad.getRegion().begin());
    copyName(op, pad);
    rewriter.replaceOp(op, pad);
    return success();
  }
};

/// A pad of a pad with the same constant is one.
struct MergePads : OpRewritePattern<tensor::PadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::PadOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getSource().getDefiningOp<tensor::PadOp>();
    if (!inner || !inner->hasOneUse())
      return rewriter.notifyMatchFailure(op, "expected the only use of a pad");
    for (tensor::PadOp pad : {op, inner})
      if (!pad.getLow().empty() || !pad.getHigh().empty())
        return rewriter.notifyMatchFailure(pad, "expected static amounts");
    std::optional<uint32_t> padding = getPaddingBits(op);
    if (!padding || padding != getPaddingBits(inner))
      return rewriter.notifyMatchFailure(op, "expected the same constant of f32");
    auto add = [](ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs) {
      SmallVector<int64_t> sum;
      for (auto [left, right] : llvm::zip_equal(lhs, rhs))
        sum.push_back(left + right);
      return sum;
    };
    SmallVector<int64_t> low = add(op.getStaticLow(), inner.getStaticLow());
    SmallVector<int64_t> high = add(op.getStaticHigh(), inner.getStaticHigh());
    rewriter.modifyOpInPlace(op, [&] {
      op.setStaticLow(low);
      op.setStaticHigh(high);
      op.getSourceMutable().set(inner.getSource());
    });
    return success();
  }
};

struct CanonicalizePads
    : PatternPass<lowbit::impl::CanonicalizePadsBase<CanonicalizePads>, populateCanonicalizePadsPatterns> {};
} // namespace

void lowbit::populateCanonicalizePadsPatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<MakeAmountsStatic, MergePads>(context);
  // What is padded by nothing is no pad.
  tensor::PadOp::getCanonicalizationPatterns(patterns, context);
}
