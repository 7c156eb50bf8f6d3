#include "lowbit/Codegen/Passes.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <array>
#include <cmath>

namespace mlir::lowbit {
#define GEN_PASS_DEF_FUSESCALEDSUMS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Larger results are no steps of 8 bits, and might leave the range in which rounding to i32 is defined.
static constexpr double kGreatest = 1 << 20;

static std::optional<int64_t> getInteger(Value value) {
  APInt number;
  if (!matchPattern(value, m_ConstantInt(&number)))
    return std::nullopt;
  return number.getSExtValue();
}

static std::optional<float> getFloat(Value value) {
  APFloat number(0.0f);
  if (!getElementTypeOrSelf(value.getType()).isF32() || !matchPattern(value, m_ConstantFloat(&number)))
    return std::nullopt;
  return number.convertToFloat();
}

namespace {
/// `f32(f32(byte - zeroPoint) * multiplier)` of a signed byte.
struct Term {
  Value byte;
  int64_t zeroPoint = 0;
  float multiplier = 0.0f;

  static std::optional<Term> match(Value value);
  float getValue(int64_t q) const { return static_cast<float>(q - zeroPoint) * multiplier; }
  double getExactValue(int64_t q) const { return double(q - zeroPoint) * double(multiplier); }
};

/// `clamp(rne(sum of terms), low, high) + zeroPoint`: what requantizing a byte is, and adding two of different scales.
struct ScaledSum {
  SmallVector<Term, 2> terms;
  bool subtracts = false;
  int64_t low;
  int64_t high;
  int64_t zeroPoint = 0;

  static std::optional<ScaledSum> match(arith::TruncIOp op);
  int64_t getResult(int64_t lhs, int64_t rhs) const;
  double getExactSum(int64_t lhs, int64_t rhs) const;
};

/// `fma(lhs, factors[0], fma(rhs, factors[1], offset))`, rounded and clamped.
struct FusedSum {
  float factors[2] = {0.0f, 0.0f};
  float offset = 0.0f;

  int64_t getResult(const ScaledSum &sum, int64_t lhs, int64_t rhs) const;
};
} // namespace

std::optional<Term> Term::match(Value value) {
  Term term;
  auto multiply = value.getDefiningOp<arith::MulFOp>();
  auto convert = multiply ? multiply.getLhs().getDefiningOp<arith::SIToFPOp>() : nullptr;
  std::optional<float> multiplier = convert ? getFloat(multiply.getRhs()) : std::nullopt;
  if (!multiplier)
    return std::nullopt;
  term.multiplier = *multiplier;
  Value integer = convert.getIn();
  if (auto subtract = integer.getDefiningOp<arith::SubIOp>()) {
    std::optional<int64_t> zeroPoint = getInteger(subtract.getRhs());
    if (!zeroPoint || std::abs(*zeroPoint) > 255)
      return std::nullopt;
    term.zeroPoint = *zeroPoint;
    integer = subtract.getLhs();
  }
  auto extend = integer.getDefiningOp<arith::ExtSIOp>();
  if (!extend || !getElementTypeOrSelf(extend.getIn().getType()).isInteger(8) ||
      !getElementTypeOrSelf(extend.getType()).isInteger(32))
    return std::nullopt;
  term.byte = extend.getIn();
  return term;
}

std::optional<ScaledSum> ScaledSum::match(arith::TruncIOp op) {
  ScaledSum sum;
  Value integer = op.getIn();
  if (auto add = integer.getDefiningOp<arith::AddIOp>()) {
    std::optional<int64_t> zeroPoint = getInteger(add.getRhs());
    if (!zeroPoint)
      return std::nullopt;
    sum.zeroPoint = *zeroPoint;
    integer = add.getLhs();
  }
  auto convert = integer.getDefiningOp<arith::FPToSIOp>();
  auto round = convert ? convert.getIn().getDefiningOp<math::RoundEvenOp>() : nullptr;
  auto minimum = round ? round.getOperand().getDefiningOp<arith::MinimumFOp>() : nullptr;
  auto maximum = minimum ? minimum.getLhs().getDefiningOp<arith::MaximumFOp>() : nullptr;
  std::optional<float> low = maximum ? getFloat(maximum.getRhs()) : std::nullopt,
                       high = maximum ? getFloat(minimum.getRhs()) : std::nullopt;
  auto isSmallInteger = [](float value) { return std::abs(value) <= 512.0f && value == std::rint(value); };
  if (!low || !high || !isSmallInteger(*low) || !isSmallInteger(*high) || *low > *high ||
      !getElementTypeOrSelf(integer.getType()).isInteger(32) || !getElementTypeOrSelf(op.getType()).isInteger(8))
    return std::nullopt;
  sum.low = static_cast<int64_t>(*low);
  sum.high = static_cast<int64_t>(*high);

  Operation *combine = maximum.getLhs().getDefiningOp();
  SmallVector<Value> operands = {maximum.getLhs()};
  if (isa_and_nonnull<arith::AddFOp, arith::SubFOp>(combine)) {
    sum.subtracts = isa<arith::SubFOp>(combine);
    operands.assign({combine->getOperand(0), combine->getOperand(1)});
  }
  for (Value operand : operands) {
    std::optional<Term> term = Term::match(operand);
    if (!term)
      return std::nullopt;
    sum.terms.push_back(*term);
  }
  return sum;
}

// Each product and the sum are statements of their own, so that none is contracted.
int64_t ScaledSum::getResult(int64_t lhs, int64_t rhs) const {
  float sum = terms[0].getValue(lhs);
  if (terms.size() > 1) {
    float right = terms[1].getValue(rhs);
    right = subtracts ? -right : right;
    sum = sum + right;
  }
  return std::clamp(static_cast<int64_t>(std::nearbyint(sum)), low, high) + zeroPoint;
}

/// Before rounding, with the zero point of the result.
double ScaledSum::getExactSum(int64_t lhs, int64_t rhs) const {
  double sum = terms[0].getExactValue(lhs) + double(zeroPoint);
  if (terms.size() > 1)
    sum += (subtracts ? -1 : 1) * terms[1].getExactValue(rhs);
  return sum;
}

int64_t FusedSum::getResult(const ScaledSum &sum, int64_t lhs, int64_t rhs) const {
  const float inner = sum.terms.size() > 1 ? std::fma(static_cast<float>(rhs), factors[1], offset) : offset;
  const float value = std::fma(static_cast<float>(lhs), factors[0], inner);
  return std::clamp(static_cast<int64_t>(std::nearbyint(value)), sum.low + sum.zeroPoint, sum.high + sum.zeroPoint);
}

/// Calls `check` with all operands, until it says no.
static bool forAllOperands(const ScaledSum &sum, llvm::function_ref<bool(int64_t, int64_t)> check) {
  const int64_t rhsEnd = sum.terms.size() > 1 ? 128 : -127;
  for (int64_t lhs = -128; lhs < 128; ++lhs)
    for (int64_t rhs = -128; rhs < rhsEnd; ++rhs)
      if (!check(lhs, rhs))
        return false;
  return true;
}

/// Constants with which the fused sum is the same for all operands; nothing where none are found.
static std::optional<FusedSum> findFusedSum(const ScaledSum &sum) {
  FusedSum first;
  double offset = sum.zeroPoint, greatest = std::abs(offset);
  for (auto [index, term] : llvm::enumerate(sum.terms)) {
    first.factors[index] = index == 1 && sum.subtracts ? -term.multiplier : term.multiplier;
    offset -= double(term.zeroPoint) * double(first.factors[index]);
    greatest += 383.0 * std::abs(double(term.multiplier));
  }
  if (!(greatest < kGreatest))
    return std::nullopt;
  first.offset = static_cast<float>(offset);

  // Few operands come so near to a half that roundings of f32 matter: the others are the same for all candidates.
  const double close = greatest * 0x1p-18;
  SmallVector<std::pair<int64_t, int64_t>> critical;
  forAllOperands(sum, [&](int64_t lhs, int64_t rhs) {
    const double exact = sum.getExactSum(lhs, rhs);
    if (std::abs(exact - std::floor(exact) - 0.5) < close)
      critical.emplace_back(lhs, rhs);
    return true;
  });
  auto isSame = [&](const FusedSum &fused, int64_t lhs, int64_t rhs) {
    return fused.getResult(sum, lhs, rhs) == sum.getResult(lhs, rhs);
  };

  auto isSameForAll = [&](const FusedSum &fused) {
    return llvm::all_of(critical, [&](auto pair) { return isSame(fused, pair.first, pair.second); }) &&
           forAllOperands(sum, [&](int64_t lhs, int64_t rhs) { return isSame(fused, lhs, rhs); });
  };
  // Neighbors of a factor, and offsets in steps of half a unit of the last place of the largest sum.
  auto getNeighbors = [](float value) {
    return std::array<float, 3>{value, std::nextafter(value, 0.0f), std::nextafter(value, 2 * value)};
  };
  constexpr int kMostSteps = 48;
  const float step = static_cast<float>(greatest * 0x1p-25);
  for (float lhsFactor : getNeighbors(first.factors[0]))
    for (float rhsFactor : getNeighbors(first.factors[1]))
      for (int number = 0; number < kMostSteps; ++number) {
        const int steps = number % 2 ? (number + 1) / 2 : -number / 2;
        FusedSum fused = {{lhsFactor, rhsFactor}, first.offset + static_cast<float>(steps) * step};
        if (isSameForAll(fused))
          return fused;
      }
  return std::nullopt;
}

namespace {
struct FuseScaledSum : OpRewritePattern<arith::TruncIOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncIOp op, PatternRewriter &rewriter) const override {
    std::optional<ScaledSum> sum = ScaledSum::match(op);
    if (!sum)
      return rewriter.notifyMatchFailure(op, "is no rounded and clamped sum of scaled bytes");
    std::optional<FusedSum> fused = findFusedSum(*sum);
    if (!fused)
      return rewriter.notifyMatchFailure(op, "no fused sum is the same for all bytes");

    Location loc = op.getLoc();
    Type integerType = op.getIn().getType();
    Type floatType = rewriter.getF32Type();
    if (auto vector = dyn_cast<VectorType>(integerType))
      floatType = vector.clone(floatType);
    auto constant = [&](Type type, Attribute value) -> Value {
      if (auto vector = dyn_cast<VectorType>(type))
        value = DenseElementsAttr::get(vector, value);
      return arith::ConstantOp::create(rewriter, loc, type, cast<TypedAttr>(value));
    };
    Value value = constant(floatType, rewriter.getF32FloatAttr(fused->offset));
    for (int64_t index = sum->terms.size() - 1; index >= 0; --index) {
      Value wide = arith::ExtSIOp::create(rewriter, loc, integerType, sum->terms[index].byte);
      Value number = arith::SIToFPOp::create(rewriter, loc, floatType, wide);
      Value factor = constant(floatType, rewriter.getF32FloatAttr(fused->factors[index]));
      value = math::FmaOp::create(rewriter, loc, number, factor, value);
    }
    Value rounded = math::RoundEvenOp::create(rewriter, loc, value);
    Value integer = arith::FPToSIOp::create(rewriter, loc, integerType, rounded);
    auto bound = [&](int64_t value) {
      return constant(integerType, rewriter.getI32IntegerAttr(static_cast<int32_t>(value + sum->zeroPoint)));
    };
    integer = arith::MaxSIOp::create(rewriter, loc, integer, bound(sum->low));
    integer = arith::MinSIOp::create(rewriter, loc, integer, bound(sum->high));
    rewriter.replaceOpWithNewOp<arith::TruncIOp>(op, op.getType(), integer);
    return success();
  }
};

struct FuseScaledSums : lowbit::impl::FuseScaledSumsBase<FuseScaledSums> {
  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    if (!target->hasFusedMultiplyAdd())
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseScaledSum>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
