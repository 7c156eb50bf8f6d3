#include "ScaledSum.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

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

std::optional<ScaledByte> ScaledByte::match(Value value) {
  ScaledByte term;
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
    std::optional<ScaledByte> term = ScaledByte::match(operand);
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

float ScaledSum::getFactor(unsigned term) const {
  if (term >= terms.size())
    return 0.0f;
  return term == 1 && subtracts ? -terms[term].multiplier : terms[term].multiplier;
}

double ScaledSum::getExactOffset() const {
  double offset = zeroPoint;
  for (auto [index, term] : llvm::enumerate(terms))
    offset -= double(term.zeroPoint) * double(getFactor(index));
  return offset;
}

double ScaledSum::getGreatest() const {
  double greatest = std::abs(double(zeroPoint));
  for (const ScaledByte &term : terms)
    greatest += 383.0 * std::abs(double(term.multiplier));
  return greatest;
}

SumResults::SumResults(const ScaledSum &sum) {
  const int64_t rhsEnd = sum.terms.size() > 1 ? 128 : -127;
  const double close = sum.getGreatest() * 0x1p-18, offset = sum.getExactOffset();
  SmallVector<Result> others;
  for (int64_t lhs = -128; lhs < 128; ++lhs)
    for (int64_t rhs = -128; rhs < rhsEnd; ++rhs) {
      const double exact = offset + double(lhs) * sum.getFactor(0) + double(rhs) * sum.getFactor(1);
      const Result result{int8_t(lhs), int8_t(rhs), int32_t(sum.getResult(lhs, rhs))};
      (std::abs(exact - std::floor(exact) - 0.5) < close ? results : others).push_back(result);
    }
  results.append(others);
}

bool SumResults::areGivenBy(llvm::function_ref<int64_t(int64_t, int64_t)> compute) const {
  return llvm::all_of(results, [&](const Result &result) { return compute(result.lhs, result.rhs) == result.value; });
}
