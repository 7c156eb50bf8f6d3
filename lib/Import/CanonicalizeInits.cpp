#include "Contractions.h"
#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include <limits>

namespace mlir::lowbit {
#define GEN_PASS_DEF_CANONICALIZEINITS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// True for a fill with 0 and for a constant of one dimension that is broadcast along all but the last.
static bool isCanonicalBias(Value init) {
  if (init.getDefiningOp<linalg::FillOp>())
    return getUniformConstant(init) == 0.0f;
  auto broadcast = init.getDefiningOp<linalg::BroadcastOp>();
  if (!broadcast || !matchPattern(broadcast.getInput(), m_Constant()))
    return false;
  int64_t rank = cast<RankedTensorType>(init.getType()).getRank();
  return llvm::equal(broadcast.getDimensions(), llvm::seq<int64_t>(0, rank - 1));
}

/// True for values that a maximum of f32 starts from, whatever the source takes for the least one.
static bool isLowest(std::optional<float> value) { return value && *value <= std::numeric_limits<float>::lowest(); }

static FloatAttr getNegativeInfinity(OpBuilder &builder) {
  return builder.getF32FloatAttr(-std::numeric_limits<float>::infinity());
}

namespace {
/// A contraction starts from a bias; what is no constant is added after it.
struct CanonicalizeBias : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!getChannelDim(op) || op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "expected a contraction of float form");
    RankedTensorType type = getStaticTensorType(op->getResult(0));
    if (!type || !type.getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "expected a result of f32 and static shape");
    OpOperand &init = *op.getDpsInitOperand(0);
    if (isCanonicalBias(init.get()))
      return rewriter.notifyMatchFailure(op, "expected a bias that is not canonical");
    Location loc = op.getLoc();
    if (std::optional<Channels> bias = getBias(op)) {
      rewriter.modifyOpInPlace(op, [&] { init.set(createBias(rewriter, loc, type, *bias)); });
      return success();
    }
    Value summand = init.get();
    rewriter.modifyOpInPlace(op, [&] { init.set(createFilled(rewriter, loc, type, rewriter.getF32FloatAttr(0.0f))); });
    rewriter.setInsertionPointAfter(op);
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(), type.getElementType());
    auto sum =
        linalg::AddOp::create(rewriter, loc, TypeRange{type}, ValueRange{op->getResult(0), summand}, ValueRange{empty});
    rewriter.replaceAllUsesExcept(op->getResult(0), sum->getResult(0), sum);
    return success();
  }
};

/// A max pool starts from -inf, and what is padded before it is padded with -inf.
struct CanonicalizeMaxPool : OpRewritePattern<linalg::PoolingNhwcMaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::PoolingNhwcMaxOp op, PatternRewriter &rewriter) const override {
    RankedTensorType type = op->getNumResults() == 1 ? getStaticTensorType(op->getResult(0)) : RankedTensorType();
    if (!type || !type.getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "expected a result of f32 and static shape");
    FloatAttr lowest = getNegativeInfinity(rewriter);
    std::optional<float> init = getUniformConstant(op.getOutputs()[0]);
    bool isFilled = op.getOutputs()[0].getDefiningOp<linalg::FillOp>() && init == lowest.getValue().convertToFloat();
    if (isLowest(init) && !isFilled) {
      rewriter.modifyOpInPlace(
          op, [&] { op.getOutputsMutable()[0].set(createFilled(rewriter, op.getLoc(), type, lowest)); });
      return success();
    }
    auto pad = op.getInputs()[0].getDefiningOp<tensor::PadOp>();
    Value padding = pad ? pad.getConstantPaddingValue() : Value();
    std::optional<float> value = padding ? getUniformConstant(padding) : std::nullopt;
    if (!isLowest(value) || value == lowest.getValue().convertToFloat())
      return rewriter.notifyMatchFailure(op, "expected an init or padding that is not canonical");
    auto canonical = tensor::PadOp::create(rewriter, pad.getLoc(), pad.getResultType(), pad.getSource(),
                                           pad.getMixedLowPad(), pad.getMixedHighPad(),
                                           arith::ConstantOp::create(rewriter, pad.getLoc(), lowest), pad.getNofold());
    copyName(pad, canonical);
    rewriter.modifyOpInPlace(op, [&] { op.getInputsMutable()[0].set(canonical); });
    return success();
  }
};

struct CanonicalizeInits
    : PatternPass<lowbit::impl::CanonicalizeInitsBase<CanonicalizeInits>, populateCanonicalizeInitsPatterns> {};
} // namespace

void lowbit::populateCanonicalizeInitsPatterns(RewritePatternSet &patterns) {
  patterns.add<CanonicalizeBias, CanonicalizeMaxPool>(patterns.getContext());
}
