#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "lowbit/Support/FloatForm.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>
#include <limits>

namespace mlir::lowbit {
#define GEN_PASS_DEF_CANONICALIZECLAMPS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// A value of a body: a constant, or an input of the op between two bounds.
struct ClampedInput {
  OpOperand *input = nullptr;
  FloatRange range;

  bool isConstant() const { return !input; }
};

/// Reads the body of an elementwise op as a clamp of one of its inputs.
class ClampReader {
public:
  ClampReader(linalg::LinalgOp op) : op(op) {}

  std::optional<ClampedInput> read(Value value) const {
    if (auto argument = dyn_cast<BlockArgument>(value); argument && argument.getOwner() == op.getBlock())
      return readArgument(op.getMatchingOpOperand(argument));
    if (std::optional<float> constant = getUniformConstant(value))
      return ClampedInput{nullptr, {*constant, *constant}};
    Operation *definition = value.getDefiningOp();
    if (!definition || !value.getType().isF32())
      return std::nullopt;
    if (isa<arith::MaximumFOp, arith::MaxNumFOp>(definition))
      return applyBound(definition->getOperand(0), definition->getOperand(1), /*isMax=*/true);
    if (isa<arith::MinimumFOp, arith::MinNumFOp>(definition))
      return applyBound(definition->getOperand(0), definition->getOperand(1), /*isMax=*/false);
    if (auto select = dyn_cast<arith::SelectOp>(definition))
      return readSelect(select);
    return std::nullopt;
  }

private:
  std::optional<ClampedInput> readArgument(OpOperand *operand) const {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    if (op.isDpsInit(operand))
      return std::nullopt;
    if (std::optional<float> constant = getUniformConstant(operand->get()))
      return ClampedInput{nullptr, {*constant, *constant}};
    if (!op.getMatchingIndexingMap(operand).isIdentity() || operand->get().getType() != op->getResult(0).getType())
      return std::nullopt;
    return ClampedInput{operand, {-infinity, infinity}};
  }

  /// The larger or smaller of two values of which one is a constant.
  std::optional<ClampedInput> applyBound(Value lhs, Value rhs, bool isMax) const {
    std::optional<ClampedInput> value = read(lhs), bound = read(rhs);
    if (value && bound && value->isConstant())
      std::swap(value, bound);
    if (!value || !bound || value->isConstant() || !bound->isConstant() || std::isnan(bound->range.min))
      return std::nullopt;
    float limit = bound->range.min;
    auto pick = [&](float x) { return isMax ? std::max(x, limit) : std::min(x, limit); };
    value->range = {pick(value->range.min), pick(value->range.max)};
    return value;
  }

  /// `select(cmpf(a, b), a, b)` and `select(cmpf(a, b), b, a)`. What it makes of NaN may differ from `maximumf`, which
  /// keeps it: the canonical clamp keeps NaN.
  std::optional<ClampedInput> readSelect(arith::SelectOp select) const {
    auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
    if (!compare)
      return std::nullopt;
    using Predicate = arith::CmpFPredicate;
    bool isGreater =
        llvm::is_contained({Predicate::OGT, Predicate::OGE, Predicate::UGT, Predicate::UGE}, compare.getPredicate());
    bool isLess =
        llvm::is_contained({Predicate::OLT, Predicate::OLE, Predicate::ULT, Predicate::ULE}, compare.getPredicate());
    if (!isGreater && !isLess)
      return std::nullopt;
    if (isSame(compare.getLhs(), select.getTrueValue()) && isSame(compare.getRhs(), select.getFalseValue()))
      return applyBound(compare.getLhs(), compare.getRhs(), isGreater);
    if (isSame(compare.getLhs(), select.getFalseValue()) && isSame(compare.getRhs(), select.getTrueValue()))
      return applyBound(compare.getLhs(), compare.getRhs(), isLess);
    return std::nullopt;
  }

  /// The same value, or the same constant.
  bool isSame(Value lhs, Value rhs) const {
    if (lhs == rhs)
      return true;
    std::optional<ClampedInput> left = read(lhs), right = read(rhs);
    return left && right && left->isConstant() && right->isConstant() && left->range.min == right->range.min;
  }

  mutable linalg::LinalgOp op; // an op is a handle, whose methods are not const
};

} // namespace

/// The canonical clamp of `input`; the input itself where neither bound is finite.
static Value createClamp(OpBuilder &builder, Location loc, Value input, FloatRange range) {
  auto constant = [&](float bound) -> Value {
    return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(bound));
  };
  Value min = std::isinf(range.min) && range.min < 0 ? Value() : constant(range.min);
  Value max = std::isinf(range.max) && range.max > 0 ? Value() : constant(range.max);
  if (!min && !max)
    return input;
  auto clamp = createElementwise(builder, loc, input, [&](OpBuilder &builder, Location loc, Value element) {
    if (min)
      element = arith::MaximumFOp::create(builder, loc, element, min);
    if (max)
      element = arith::MinimumFOp::create(builder, loc, element, max);
    return element;
  });
  return clamp.getResult(0);
}

namespace {
struct CanonicalizeClamp : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!isElementwiseOnTensors(op))
      return rewriter.notifyMatchFailure(op, "expected an elementwise op");
    std::optional<ClampedInput> clamp = ClampReader(op).read(op.getBlock()->getTerminator()->getOperand(0));
    if (!clamp || clamp->isConstant())
      return rewriter.notifyMatchFailure(op, "expected a body that clamps an input");
    Value input = clamp->input->get();
    auto producer = input.getDefiningOp<linalg::GenericOp>();
    std::optional<FloatRange> inner = producer && producer->hasOneUse() ? matchClamp(producer) : std::nullopt;
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (generic && matchClamp(generic) && !inner)
      return rewriter.notifyMatchFailure(op, "expected a clamp that is not canonical");
    if (inner) {
      input = producer.getDpsInputs().front();
      clamp->range = {std::clamp(inner->min, clamp->range.min, clamp->range.max),
                      std::clamp(inner->max, clamp->range.min, clamp->range.max)};
    }
    Value result = createClamp(rewriter, op.getLoc(), input, clamp->range);
    if (result != input)
      copyName(op, result.getDefiningOp());
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// A clamp comes before what only moves elements: next to the op that it becomes one with.
struct HoistClamp : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    std::optional<FloatRange> range = matchClamp(op);
    Operation *mover = range ? op.getDpsInputs().front().getDefiningOp() : nullptr;
    if (!isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::ConcatOp>(mover) ||
        !mover->hasOneUse())
      return rewriter.notifyMatchFailure(op, "expected a clamp of what one op moved for it alone");
    if (mover->getResult(0).getType() != op.getResult(0).getType() ||
        !llvm::all_of(mover->getOperands(), [](Value operand) { return getStaticTensorType(operand) != nullptr; }))
      return rewriter.notifyMatchFailure(op, "expected tensors of static shape");
    auto clamped = llvm::map_to_vector(
        mover->getOperands(), [&](Value operand) { return createClamp(rewriter, op.getLoc(), operand, *range); });
    Operation *moved = clone(rewriter, mover, mover->getResultTypes(), clamped);
    copyName(op, moved);
    rewriter.replaceOp(op, moved);
    return success();
  }
};

struct CanonicalizeClamps
    : PatternPass<lowbit::impl::CanonicalizeClampsBase<CanonicalizeClamps>, populateCanonicalizeClampsPatterns> {};
} // namespace

void lowbit::populateCanonicalizeClampsPatterns(RewritePatternSet &patterns) {
  patterns.add<CanonicalizeClamp, HoistClamp>(patterns.getContext());
}
