#include "lowbit/Codegen/Passes.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <cmath>

namespace mlir::lowbit {
#define GEN_PASS_DEF_SIMPLIFYROUNDING
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Bounds of the magnitude of floats that come from integers, multiplications by constants and sums.
class MagnitudeAnalysis {
public:
  /// No element of `value` is larger, nor NaN; nothing where no bound is known.
  std::optional<double> getBound(Value value, unsigned depth = 0);

private:
  std::optional<double> getConstantBound(Value value);

  /// The largest magnitude in each constant that was asked for.
  DenseMap<Attribute, std::optional<double>> constants;
};
} // namespace

std::optional<double> MagnitudeAnalysis::getConstantBound(Value value) {
  // A vector of the constant's elements has no larger one.
  if (auto read = value.getDefiningOp<vector::TransferReadOp>())
    value = read.getBase();
  Attribute attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  if (auto number = dyn_cast<FloatAttr>(attr))
    return std::abs(number.getValueAsDouble());
  auto [entry, isNew] = constants.try_emplace(attr);
  if (!isNew)
    return entry->second;
  auto values = getConstantValues<float>(attr);
  if (!values)
    return std::nullopt;
  double bound = 0;
  for (float element : values->get()) {
    if (std::isnan(element))
      return std::nullopt;
    bound = std::max(bound, std::abs(double(element)));
  }
  entry->second = bound;
  return bound;
}

/// The largest magnitude of integers of at most 32 bits: of bytes less their zero point, it is a few hundred.
static std::optional<double> getIntegerBound(Value value) {
  if (auto extend = value.getDefiningOp<arith::ExtSIOp>())
    return getIntegerBound(extend.getIn());
  const unsigned width = getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
  if (width > 32)
    return std::nullopt;
  const double bound = std::ldexp(1.0, width - 1);
  APInt zeroPoint;
  auto subtract = value.getDefiningOp<arith::SubIOp>();
  if (!subtract || !matchPattern(subtract.getRhs(), m_ConstantInt(&zeroPoint)))
    return bound;
  std::optional<double> whole = getIntegerBound(subtract.getLhs());
  // A difference that wraps is as large as its type allows.
  const double difference = whole ? *whole + std::abs(double(zeroPoint.getSExtValue())) : bound;
  return std::min(difference, bound);
}

std::optional<double> MagnitudeAnalysis::getBound(Value value, unsigned depth) {
  // Chains that are longer are not requantizations.
  constexpr unsigned kMaxDepth = 16;
  // Every operation rounds to f32 once.
  constexpr double kRounding = 1.0 + 0x1p-23;
  if (depth > kMaxDepth)
    return std::nullopt;
  if (std::optional<double> bound = getConstantBound(value))
    return bound;
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (auto broadcast = dyn_cast<vector::BroadcastOp>(op))
    return getBound(broadcast.getSource(), depth + 1);
  if (auto convert = dyn_cast<arith::SIToFPOp>(op))
    return getIntegerBound(convert.getIn());
  if (auto fma = dyn_cast<math::FmaOp>(op)) {
    std::optional<double> a = getBound(fma.getA(), depth + 1), b = getBound(fma.getB(), depth + 1),
                          c = getBound(fma.getC(), depth + 1);
    return a && b && c ? std::optional<double>((*a * *b + *c) * kRounding) : std::nullopt;
  }
  if (auto negate = dyn_cast<arith::NegFOp>(op))
    return getBound(negate.getOperand(), depth + 1);
  if (auto minimum = dyn_cast<arith::MinimumFOp>(op)) {
    // A clamp of what is no NaN.
    auto isNumber = [](auto op) { return op && bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::nnan); };
    auto maximum = minimum.getLhs().getDefiningOp<arith::MaximumFOp>();
    if (!isNumber(minimum) || !isNumber(maximum))
      return std::nullopt;
    std::optional<double> low = getConstantBound(maximum.getRhs()), high = getConstantBound(minimum.getRhs());
    return low && high ? std::optional<double>(std::max(*low, *high)) : std::nullopt;
  }
  if (!isa<arith::MulFOp, arith::AddFOp, arith::SubFOp>(op))
    return std::nullopt;
  std::optional<double> lhs = getBound(op->getOperand(0), depth + 1), rhs = getBound(op->getOperand(1), depth + 1);
  if (!lhs || !rhs)
    return std::nullopt;
  return (isa<arith::MulFOp>(op) ? *lhs * *rhs : *lhs + *rhs) * kRounding;
}

/// The value of a constant whose elements are all the same integer, as a float holds it.
static std::optional<int64_t> getSplatInteger(Value value) {
  APFloat number(0.0f);
  if (!matchPattern(value, m_ConstantFloat(&number)))
    return std::nullopt;
  const double exact = number.convertToDouble();
  if (std::abs(exact) > 0x1p24 || exact != std::rint(exact))
    return std::nullopt;
  return static_cast<int64_t>(exact);
}

namespace {
/// `trunci(fptosi(roundeven(minimumf(maximumf(x, low), high))) + z)`, taken apart.
struct ClampedRounding {
  Value input;
  int64_t low;
  int64_t high;
  int64_t zeroPoint = 0;

  static std::optional<ClampedRounding> match(arith::TruncIOp op);
};
} // namespace

std::optional<ClampedRounding> ClampedRounding::match(arith::TruncIOp op) {
  ClampedRounding result;
  Value integer = op.getIn();
  if (auto add = integer.getDefiningOp<arith::AddIOp>()) {
    APInt zeroPoint;
    if (!matchPattern(add.getRhs(), m_ConstantInt(&zeroPoint)))
      return std::nullopt;
    result.zeroPoint = zeroPoint.getSExtValue();
    integer = add.getLhs();
  }
  auto convert = integer.getDefiningOp<arith::FPToSIOp>();
  auto round = convert ? convert.getIn().getDefiningOp<math::RoundEvenOp>() : nullptr;
  auto minimum = round ? round.getOperand().getDefiningOp<arith::MinimumFOp>() : nullptr;
  auto maximum = minimum ? minimum.getLhs().getDefiningOp<arith::MaximumFOp>() : nullptr;
  if (!maximum || !getElementTypeOrSelf(integer.getType()).isInteger(32) ||
      !getElementTypeOrSelf(round.getType()).isF32())
    return std::nullopt;
  std::optional<int64_t> low = getSplatInteger(maximum.getRhs()), high = getSplatInteger(minimum.getRhs());
  if (!low || !high || *low > *high)
    return std::nullopt;
  result.input = maximum.getLhs();
  result.low = *low;
  result.high = *high;
  return result;
}

namespace {
/// `fma(x, high, x * low)`, or `x * high` where `low` is 0, for x / s.
struct Reciprocal {
  float high;
  float low;

  int64_t getRounded(float x) const {
    const float product = x * low;
    return static_cast<int64_t>(std::nearbyint(std::fma(x, high, product)));
  }
};
} // namespace

/// Whether quotients by `s` and products with `reciprocal` round to the same integers, as far as these are from `low`
/// to `high`. Both grow with x, so that it is enough to look at the first x of each integer, and at the one before.
static bool roundsLikeDivision(const Reciprocal &reciprocal, float s, int64_t low, int64_t high) {
  for (int64_t integer = low + 1; integer <= high; ++integer) {
    auto isReached = [&](float x) { return std::nearbyint(x / s) >= static_cast<float>(integer); };
    auto x = static_cast<float>((double(integer) - 0.5) * s);
    while (isReached(x))
      x = std::nextafter(x, -INFINITY);
    while (!isReached(x))
      x = std::nextafter(x, INFINITY);
    if (reciprocal.getRounded(x) < integer || reciprocal.getRounded(std::nextafter(x, -INFINITY)) >= integer)
      return false;
  }
  return true;
}

/// A reciprocal with which products round to the integers from `low` to `high` where quotients by `s` do; nothing where
/// none is found.
static std::optional<Reciprocal> findReciprocal(float s, int64_t low, int64_t high) {
  const double exact = 1.0 / s;
  const Reciprocal nearest{static_cast<float>(exact), 0.0f};
  if (roundsLikeDivision(nearest, s, low, high))
    return nearest;
  // No part is negative: the sum of both products grows with x.
  const float below = nearest.high > exact ? std::nextafter(nearest.high, 0.0f) : nearest.high;
  const Reciprocal both{below, static_cast<float>(exact - below)};
  return roundsLikeDivision(both, s, low, high) ? std::optional(both) : std::nullopt;
}

namespace {
/// Clamps the integer instead of the float, where neither it nor its sum with the zero point can overflow: then
/// clamp and truncation are one saturating instruction.
struct ClampAfterRounding : OpRewritePattern<arith::TruncIOp> {
  ClampAfterRounding(MLIRContext *context, MagnitudeAnalysis &magnitudes)
      : OpRewritePattern(context), magnitudes(magnitudes) {}

  LogicalResult matchAndRewrite(arith::TruncIOp op, PatternRewriter &rewriter) const override {
    std::optional<ClampedRounding> clamped = ClampedRounding::match(op);
    if (!clamped)
      return rewriter.notifyMatchFailure(op, "does not truncate a clamped and rounded float");
    std::optional<double> bound = magnitudes.getBound(clamped->input);
    if (!bound || *bound + 1 + std::abs(double(clamped->zeroPoint)) >= 0x1p31)
      return rewriter.notifyMatchFailure(op, "what is rounded is not known to fit 32 bits");

    Location loc = op.getLoc();
    Type type = op.getIn().getType();
    auto constant = [&](int64_t value) -> Value {
      IntegerAttr number = rewriter.getI32IntegerAttr(static_cast<int32_t>(value));
      if (auto vector = dyn_cast<VectorType>(type))
        return arith::ConstantOp::create(rewriter, loc, DenseElementsAttr::get(vector, number.getValue()));
      return arith::ConstantOp::create(rewriter, loc, number);
    };
    Value rounded = math::RoundEvenOp::create(rewriter, loc, clamped->input);
    Value integer = arith::FPToSIOp::create(rewriter, loc, type, rounded);
    if (clamped->zeroPoint != 0)
      integer =
          arith::AddIOp::create(rewriter, loc, integer, constant(clamped->zeroPoint), arith::IntegerOverflowFlags::nsw);
    integer = arith::MaxSIOp::create(rewriter, loc, integer, constant(clamped->low + clamped->zeroPoint));
    integer = arith::MinSIOp::create(rewriter, loc, integer, constant(clamped->high + clamped->zeroPoint));
    rewriter.replaceOpWithNewOp<arith::TruncIOp>(op, op.getType(), integer);
    return success();
  }

private:
  MagnitudeAnalysis &magnitudes;
};

/// Divides by a constant in multiplications, where a clamp and a rounding to an integer follow: a division takes as
/// long as eight of them and more.
struct DivideByMultiplying : OpRewritePattern<arith::SelectOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::SelectOp op, PatternRewriter &rewriter) const override {
    // select(isnan(x / s), 0, x / s)
    auto divide = op.getFalseValue().getDefiningOp<arith::DivFOp>();
    auto compare = op.getCondition().getDefiningOp<arith::CmpFOp>();
    auto type = dyn_cast<VectorType>(op.getType());
    APFloat scale(0.0f);
    if (!divide || !compare || !type || !type.getElementType().isF32() ||
        compare.getPredicate() != arith::CmpFPredicate::UNO || compare.getLhs() != divide.getResult() ||
        compare.getRhs() != divide.getResult() || !matchPattern(op.getTrueValue(), m_AnyZeroFloat()) ||
        !matchPattern(divide.getRhs(), m_ConstantFloat(&scale)))
      return rewriter.notifyMatchFailure(op, "is no quotient by one constant, 0 where it is NaN");
    auto maximum = op->hasOneUse() ? dyn_cast<arith::MaximumFOp>(*op->user_begin()) : nullptr;
    auto minimum = maximum && maximum->hasOneUse() ? dyn_cast<arith::MinimumFOp>(*maximum->user_begin()) : nullptr;
    if (!minimum || !minimum->hasOneUse() || !isa<math::RoundEvenOp>(*minimum->user_begin()))
      return rewriter.notifyMatchFailure(op, "is not clamped and rounded");
    std::optional<int64_t> low = getSplatInteger(maximum.getRhs()), high = getSplatInteger(minimum.getRhs());
    // Integers of 16 bits, less a zero point.
    constexpr int64_t kGreatest = 1 << 17;
    const float s = scale.convertToFloat();
    if (!low || !high || std::abs(*low) >= kGreatest || std::abs(*high) >= kGreatest ||
        !(s >= 0x1p-40f && s <= 0x1p40f))
      return rewriter.notifyMatchFailure(op, "the clamp is too wide, or the divisor too small or large");
    std::optional<Reciprocal> reciprocal = findReciprocal(s, *low, *high);
    if (!reciprocal)
      return rewriter.notifyMatchFailure(op, "no reciprocal is found that rounds to the same integers");

    Location loc = op.getLoc();
    auto splat = [&](float value) -> Value {
      return arith::ConstantOp::create(rewriter, loc, DenseElementsAttr::get(type, value));
    };
    Value zero = op.getTrueValue(), x = divide.getLhs();
    // The divisor is a number above 0: a quotient is NaN where x is.
    Value isNaN = arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::UNO, x, x);
    x = arith::SelectOp::create(rewriter, loc, isNaN, zero, x);
    // What is beyond has the same clamp, and would overflow.
    const float bound = s * static_cast<float>(kGreatest);
    auto isNumber =
        arith::FastMathFlagsAttr::get(rewriter.getContext(), arith::FastMathFlags::nnan | arith::FastMathFlags::nsz);
    x = arith::MaximumFOp::create(rewriter, loc, x, splat(-bound), isNumber);
    x = arith::MinimumFOp::create(rewriter, loc, x, splat(bound), isNumber);
    if (reciprocal->low == 0.0f) {
      rewriter.replaceOpWithNewOp<arith::MulFOp>(op, x, splat(reciprocal->high));
      return success();
    }
    Value rest = arith::MulFOp::create(rewriter, loc, x, splat(reciprocal->low));
    rewriter.replaceOpWithNewOp<math::FmaOp>(op, x, splat(reciprocal->high), rest);
    return success();
  }
};

/// `cvtps2dq` rounds as the processor is set to, and that is to even.
struct RoundInConversion : OpRewritePattern<arith::FPToSIOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::FPToSIOp op, PatternRewriter &rewriter) const override {
    auto round = op.getIn().getDefiningOp<math::RoundEvenOp>();
    auto type = dyn_cast<VectorType>(op.getType());
    if (!round || !type || type.getRank() != 1 || type.isScalable() || !type.getElementType().isInteger(32) ||
        !getElementTypeOrSelf(round.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "does not convert a rounded vector of f32 to i32");
    const std::string count = std::to_string(type.getNumElements());
    StringAttr name = rewriter.getStringAttr("llvm.lrint.v" + count + "i32.v" + count + "f32");
    rewriter.replaceOpWithNewOp<LLVM::CallIntrinsicOp>(op, Type(type), name, ValueRange{round.getOperand()});
    return success();
  }
};

struct SimplifyRounding : lowbit::impl::SimplifyRoundingBase<SimplifyRounding> {
  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    const bool hasFma = target->getTriple().isAArch64() || target->hasFeature("fma");
    if (hasFma) {
      RewritePatternSet divisions(&getContext());
      divisions.add<DivideByMultiplying>(&getContext());
      if (failed(applyPatternsGreedily(getOperation(), std::move(divisions))))
        return signalPassFailure();
    }
    MagnitudeAnalysis magnitudes;
    RewritePatternSet clamps(&getContext());
    clamps.add<ClampAfterRounding>(&getContext(), magnitudes);
    if (failed(applyPatternsGreedily(getOperation(), std::move(clamps))))
      return signalPassFailure();
    if (target->getTriple().getArch() != llvm::Triple::x86_64)
      return;
    RewritePatternSet conversions(&getContext());
    conversions.add<RoundInConversion>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(conversions))))
      signalPassFailure();
  }
};
} // namespace
