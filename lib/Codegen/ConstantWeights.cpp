#include "ConstantWeights.h"
#include "GenericInput.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include <numeric>

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// What the body of a generic that expands weights computes with. Multipliers and zero points are inputs, or constants
/// of the body where all are the same; those it lacks are null.
struct Expansion {
  OpOperand *stored = nullptr;
  Value multiplier;
  Value zeroPoint;
  int64_t step = 1;
};
} // namespace

static bool isParameter(linalg::GenericOp generic, Value value) {
  return getInput(generic, value) || matchPattern(value, m_Constant());
}

/// Matches `multiplier * (step * extsi(stored) - zeroPoint)`. What has no zero point has no step, but a multiplier.
static std::optional<Expansion> matchBody(linalg::GenericOp generic) {
  Expansion expansion;
  APInt two;
  Value value = generic.getBody()->getTerminator()->getOperand(0);
  if (auto product = value.getDefiningOp<arith::MulIOp>()) {
    const bool isFirst = isParameter(generic, product.getLhs()) && !matchPattern(product.getRhs(), m_Constant());
    expansion.multiplier = isFirst ? product.getLhs() : product.getRhs();
    value = isFirst ? product.getRhs() : product.getLhs();
    if (!isParameter(generic, expansion.multiplier))
      return std::nullopt;
  }
  if (auto difference = value.getDefiningOp<arith::SubIOp>()) {
    expansion.zeroPoint = difference.getRhs();
    value = difference.getLhs();
    if (!isParameter(generic, expansion.zeroPoint))
      return std::nullopt;
    if (auto product = value.getDefiningOp<arith::MulIOp>();
        product && matchPattern(product.getRhs(), m_ConstantInt(&two)) && two == 2) {
      expansion.step = 2;
      value = product.getLhs();
    }
  }
  if (auto extension = value.getDefiningOp<arith::ExtSIOp>())
    value = extension.getIn();
  expansion.stored = getInput(generic, value);
  return expansion.stored ? std::optional(expansion) : std::nullopt;
}

/// For each dimension how many elements side by side have the same index in `map`, that of a constant parameter
/// (`getConstantParameter`).
static SmallVector<int64_t> getGroupSizes(AffineMap map, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> sizes(shape);
  for (AffineExpr expr : map.getResults()) {
    int64_t size = 1;
    if (auto quotient = dyn_cast<AffineBinaryOpExpr>(expr)) {
      size = cast<AffineConstantExpr>(quotient.getRHS()).getValue();
      expr = quotient.getLHS();
    }
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      sizes[dim.getPosition()] = std::min(sizes[dim.getPosition()], size);
  }
  return sizes;
}

/// One value for each element of a tensor of `shape`, and along each dimension no more equal ones than `groupSizes`.
static bool readParameters(linalg::GenericOp generic, Value parameter, ArrayRef<int64_t> shape,
                           SmallVector<int8_t, 0> &parameters, SmallVector<int64_t> &groupSizes) {
  OpOperand *operand = getInput(generic, parameter);
  if (operand && !getElementTypeOrSelf(operand->get().getType()).isInteger(8))
    return false;
  auto values = getConstantParameter<int8_t>(generic, parameter, shape);
  if (!values)
    return false;
  parameters = std::move(*values);
  if (operand)
    for (auto [size, own] : llvm::zip_equal(groupSizes, getGroupSizes(generic.getMatchingIndexingMap(operand), shape)))
      size = std::gcd(size, own);
  return true;
}

std::optional<ConstantWeights> ConstantWeights::get(Value weights) {
  auto getBits = [](Value value) { return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth(); };
  if (auto values = getConstantValues<int8_t>(weights))
    return ConstantWeights(std::move(*values), getBits(weights));
  auto generic = weights.getDefiningOp<linalg::GenericOp>();
  if (!generic || !generic.hasPureTensorSemantics() || generic->getNumResults() != 1 ||
      generic.getNumParallelLoops() != generic.getNumLoops() || !getElementTypeOrSelf(weights.getType()).isInteger(8) ||
      !cast<RankedTensorType>(weights.getType()).hasStaticShape() ||
      !generic.getMatchingIndexingMap(generic.getDpsInitOperand(0)).isIdentity())
    return std::nullopt;
  std::optional<Expansion> expansion = matchBody(generic);
  if (!expansion || !generic.getMatchingIndexingMap(expansion->stored).isIdentity())
    return std::nullopt;
  Value storedTensor = expansion->stored->get();
  auto stored = getConstantValues<int8_t>(storedTensor);
  if (!stored)
    return std::nullopt;

  ArrayRef<int64_t> shape = cast<RankedTensorType>(weights.getType()).getShape();
  SmallVector<int64_t> groupSizes(shape);
  SmallVector<int8_t, 0> multipliers, zeroPoints;
  if ((expansion->multiplier && !readParameters(generic, expansion->multiplier, shape, multipliers, groupSizes)) ||
      (expansion->zeroPoint && !readParameters(generic, expansion->zeroPoint, shape, zeroPoints, groupSizes)))
    return std::nullopt;
  SmallVector<int8_t, 0> values;
  values.reserve(stored->get().size());
  for (auto [index, value] : llvm::enumerate(stored->get())) {
    const int64_t multiplier = multipliers.empty() ? 1 : multipliers[index];
    const int64_t zeroPoint = zeroPoints.empty() ? 0 : zeroPoints[index];
    values.push_back(static_cast<int8_t>(multiplier * (expansion->step * value - zeroPoint)));
  }
  ConstantWeights result(std::move(values), getBits(storedTensor));
  result.step = expansion->step;
  result.stored.assign(stored->get().begin(), stored->get().end());
  result.multipliers = std::move(multipliers);
  result.zeroPoints = std::move(zeroPoints);
  result.groupSizes = std::move(groupSizes);
  result.shape.assign(shape.begin(), shape.end());
  return result;
}

bool ConstantWeights::variesOnlyAlong(unsigned dim) const {
  return llvm::all_of(llvm::enumerate(shape),
                      [&](auto entry) { return entry.index() == dim || groupSizes[entry.index()] == entry.value(); });
}
