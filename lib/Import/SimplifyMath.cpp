#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_SIMPLIFYMATH
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The exponent of a power where it is a constant number; splat constants of tensors and vectors count.
static std::optional<double> getConstantExponent(Value exponent) {
  APFloat floating(0.0);
  if (matchPattern(exponent, m_ConstantFloat(&floating)))
    return floating.convertToDouble();
  APInt integer;
  if (matchPattern(exponent, m_ConstantInt(&integer)) && integer.isSignedIntN(32))
    return static_cast<double>(integer.getSExtValue());
  return std::nullopt;
}

/// `base` to the power of `exponent`, in at most two ops; nothing for other exponents.
static Value createPower(OpBuilder &builder, Location loc, Value base, double exponent) {
  auto createOne = [&]() -> Value {
    Type type = base.getType();
    TypedAttr one = builder.getFloatAttr(getElementTypeOrSelf(type), 1.0);
    if (auto shaped = dyn_cast<ShapedType>(type))
      one = DenseElementsAttr::get(shaped, cast<Attribute>(one));
    return arith::ConstantOp::create(builder, loc, one);
  };
  if (exponent == 0.0)
    return createOne();
  if (exponent == 1.0)
    return base;
  if (exponent == 0.5)
    return math::SqrtOp::create(builder, loc, base);
  if (exponent == -0.5)
    return math::RsqrtOp::create(builder, loc, base);
  if (exponent == -1.0)
    return arith::DivFOp::create(builder, loc, createOne(), base);
  if (exponent != 2.0 && exponent != 3.0)
    return nullptr;
  Value square = arith::MulFOp::create(builder, loc, base, base);
  return exponent == 2.0 ? square : arith::MulFOp::create(builder, loc, square, base);
}

namespace {
// Upstream's populateMathAlgebraicSimplificationPatterns makes a chain of products as long as an integer exponent is
// large: an exponent of a million in a damaged file would keep it busy forever.
template <typename OpTy> struct SimplifyPower : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    auto shaped = dyn_cast<ShapedType>(op.getType());
    if (shaped && !shaped.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "expected a static shape");
    std::optional<double> exponent = getConstantExponent(op.getRhs());
    if (!exponent)
      return rewriter.notifyMatchFailure(op, "expected a constant exponent");
    Value power = createPower(rewriter, op.getLoc(), op.getLhs(), *exponent);
    if (!power)
      return rewriter.notifyMatchFailure(op, "expected an exponent of -1, -0.5, 0, 0.5, 1, 2 or 3");
    rewriter.replaceOp(op, power);
    return success();
  }
};

struct SimplifyMath : PatternPass<lowbit::impl::SimplifyMathBase<SimplifyMath>, populateSimplifyMathPatterns> {};
} // namespace

void lowbit::populateSimplifyMathPatterns(RewritePatternSet &patterns) {
  patterns.add<SimplifyPower<math::FPowIOp>, SimplifyPower<math::PowFOp>>(patterns.getContext());
}
