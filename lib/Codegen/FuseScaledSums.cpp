#include "ScaledSum.h"
#include "WordSum.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
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

namespace {
/// `fma(lhs, factors[0], fma(rhs, factors[1], offset))`, rounded and clamped.
struct FusedSum {
  float factors[2] = {0.0f, 0.0f};
  float offset = 0.0f;

  int64_t getResult(const ScaledSum &sum, int64_t lhs, int64_t rhs) const;
};
} // namespace

int64_t FusedSum::getResult(const ScaledSum &sum, int64_t lhs, int64_t rhs) const {
  const float inner = sum.terms.size() > 1 ? std::fma(static_cast<float>(rhs), factors[1], offset) : offset;
  const float value = std::fma(static_cast<float>(lhs), factors[0], inner);
  return std::clamp(static_cast<int64_t>(std::nearbyint(value)), sum.low + sum.zeroPoint, sum.high + sum.zeroPoint);
}

/// Constants with which the fused sum is the same for all operands; nothing where none are found.
static std::optional<FusedSum> findFusedSum(const ScaledSum &sum, const SumResults &results) {
  const float offset = static_cast<float>(sum.getExactOffset());
  // Neighbors of a factor, and offsets in steps of half a unit of the last place of the largest sum.
  auto getNeighbors = [](float value) {
    return std::array<float, 3>{value, std::nextafter(value, 0.0f), std::nextafter(value, 2 * value)};
  };
  constexpr int kMostSteps = 48;
  const float step = static_cast<float>(sum.getGreatest() * 0x1p-25);
  for (float lhsFactor : getNeighbors(sum.getFactor(0)))
    for (float rhsFactor : getNeighbors(sum.getFactor(1)))
      for (int number = 0; number < kMostSteps; ++number) {
        const int steps = number % 2 ? (number + 1) / 2 : -number / 2;
        FusedSum fused = {{lhsFactor, rhsFactor}, offset + static_cast<float>(steps) * step};
        if (results.areGivenBy([&](int64_t lhs, int64_t rhs) { return fused.getResult(sum, lhs, rhs); }))
          return fused;
      }
  return std::nullopt;
}

namespace {
struct FuseScaledSum : OpRewritePattern<arith::TruncIOp> {
  FuseScaledSum(MLIRContext *context, const Target &target) : OpRewritePattern(context), target(target) {}

  LogicalResult matchAndRewrite(arith::TruncIOp op, PatternRewriter &rewriter) const override {
    std::optional<ScaledSum> sum = ScaledSum::match(op);
    if (!sum)
      return rewriter.notifyMatchFailure(op, "is no rounded and clamped sum of scaled bytes");
    if (!(sum->getGreatest() < kGreatest))
      return rewriter.notifyMatchFailure(op, "the scales are too large");
    const SumResults results(*sum);
    if (WordSum::isSupported(*sum, op.getType(), target))
      if (std::optional<WordSum> words = WordSum::find(*sum, results)) {
        rewriter.replaceOp(op, words->emit(rewriter, op.getLoc(), *sum, target));
        return success();
      }
    std::optional<FusedSum> fused = findFusedSum(*sum, results);
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

private:
  const Target &target;
};

struct FuseScaledSums : lowbit::impl::FuseScaledSumsBase<FuseScaledSums> {
  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    if (!target->hasFusedMultiplyAdd())
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseScaledSum>(&getContext(), *target);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
