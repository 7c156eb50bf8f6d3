#include "lowbit/Support/FloatForm.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

/// The f32 constant that defines `value`.
static std::optional<float> getFloatConstant(Value value) {
  FloatAttr attr;
  if (!value.getType().isF32() || !matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  return attr.getValue().convertToFloat();
}

/// Splits the operands of a commutative op into `variable` and the constant that is returned.
template <typename OpTy> static std::optional<float> splitConstant(OpTy op, Value &variable) {
  if (std::optional<float> constant = getFloatConstant(op.getRhs())) {
    variable = op.getLhs();
    return constant;
  }
  variable = op.getRhs();
  return getFloatConstant(op.getLhs());
}

/// The only value that the body yields.
static Value getYieldedValue(linalg::GenericOp op) {
  Operation *yield = op.getBlock()->getTerminator();
  return yield->getNumOperands() == 1 ? yield->getOperand(0) : Value();
}

std::optional<FloatRange> lowbit::matchClamp(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 || op->getNumResults() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops() ||
      !llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isIdentity(); }))
    return std::nullopt;

  // Walk from the yield to the input. NaN passes through maximumf and minimumf, and with min <= max their order makes
  // no difference, so either order is one clamp.
  constexpr float infinity = std::numeric_limits<float>::infinity();
  FloatRange bounds{-infinity, infinity};
  bool hasMin = false, hasMax = false;
  Value value = getYieldedValue(op);
  Value input = op.getBlock()->getArgument(0);
  while (value && value != input) {
    std::optional<float> bound;
    Value next;
    if (auto maximum = value.getDefiningOp<arith::MaximumFOp>(); maximum && !hasMin) {
      bound = splitConstant(maximum, next);
      bounds.min = bound.value_or(0.0f);
      hasMin = true;
    } else if (auto minimum = value.getDefiningOp<arith::MinimumFOp>(); minimum && !hasMax) {
      bound = splitConstant(minimum, next);
      bounds.max = bound.value_or(0.0f);
      hasMax = true;
    }
    if (!bound || std::isnan(*bound))
      return std::nullopt;
    value = next;
  }
  if (!value || (!hasMin && !hasMax) || !(bounds.min <= bounds.max))
    return std::nullopt;
  return bounds;
}

/// True where the body is `out + in * c` for the constant `c`, in either order of operands.
static bool isScaledSum(linalg::GenericOp op, float c) {
  Block *body = op.getBlock();
  Value in = body->getArgument(0);
  Value out = body->getArguments().back();
  Value yielded = getYieldedValue(op);
  auto sum = yielded ? yielded.getDefiningOp<arith::AddFOp>() : nullptr;
  if (!sum || (sum.getLhs() != out && sum.getRhs() != out))
    return false;
  Value term = sum.getLhs() == out ? sum.getRhs() : sum.getLhs();
  auto product = term.getDefiningOp<arith::MulFOp>();
  if (!product)
    return false;
  Value factor;
  std::optional<float> constant = splitConstant(product, factor);
  return constant && *constant == c && factor == in;
}

/// True where `value` is a tensor filled with positive or negative zero.
static bool isZeroFilled(Value value) {
  auto fill = value.getDefiningOp<linalg::FillOp>();
  if (!fill)
    return false;
  std::optional<float> constant = getFloatConstant(fill.getInputs().front());
  return constant && *constant == 0.0f;
}

/// Matches `d_outer * stride + d_inner`, or the sum alone with stride 1, for the two given dimensions.
static std::optional<int64_t> matchStride(AffineExpr expr, AffineExpr outer, AffineExpr inner) {
  auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!sum || sum.getKind() != AffineExprKind::Add)
    return std::nullopt;
  AffineExpr scaled = sum.getLHS() == inner ? sum.getRHS() : sum.getLHS();
  if (sum.getLHS() != inner && sum.getRHS() != inner)
    return std::nullopt;
  if (scaled == outer)
    return 1;
  auto product = dyn_cast<AffineBinaryOpExpr>(scaled);
  if (!product || product.getKind() != AffineExprKind::Mul || product.getLHS() != outer)
    return std::nullopt;
  auto stride = dyn_cast<AffineConstantExpr>(product.getRHS());
  return stride && stride.getValue() > 0 ? std::optional<int64_t>(stride.getValue()) : std::nullopt;
}

/// The maps of a reduction: the input's is the identity, the result's keeps the parallel dimensions in order.
static std::optional<MeanForm> matchReductionMaps(linalg::GenericOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (!maps[0].isIdentity() || !maps[1].isProjectedPermutation())
    return std::nullopt;
  MeanForm mean;
  mean.count = 1;
  SmallVector<int64_t> shape = op.getStaticLoopRanges();
  unsigned kept = 0;
  for (auto [dim, iterator] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (iterator == utils::IteratorType::reduction) {
      if (ShapedType::isDynamic(shape[dim]))
        return std::nullopt;
      mean.dims.push_back(dim);
      mean.count *= shape[dim];
    } else if (kept == maps[1].getNumResults() || maps[1].getDimPosition(kept++) != dim) {
      return std::nullopt;
    }
  }
  if (kept != maps[1].getNumResults() || mean.dims.empty())
    return std::nullopt;
  return mean;
}

/// The maps of `linalg.pooling_nhwc_sum`, whatever the order of the iteration space.
static std::optional<MeanForm> matchPoolingMaps(linalg::GenericOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  AffineMap input = maps[0], window = maps[1], result = maps[2];
  if (op.getNumLoops() != 6 || input.getNumResults() != 4 || window.getNumResults() != 2 ||
      result.getNumResults() != 4 || !window.isProjectedPermutation() || !result.isProjectedPermutation() ||
      input.getResult(0) != result.getResult(0) || input.getResult(3) != result.getResult(3))
    return std::nullopt;
  auto windowType = dyn_cast<RankedTensorType>(op.getDpsInputs()[1].getType());
  if (!windowType || !windowType.hasStaticShape())
    return std::nullopt;
  MeanForm mean;
  mean.count = windowType.getNumElements();
  for (unsigned i : {0u, 1u}) {
    std::optional<int64_t> stride = matchStride(input.getResult(i + 1), result.getResult(i + 1), window.getResult(i));
    SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
    if (!stride || iterators[window.getDimPosition(i)] != utils::IteratorType::reduction)
      return std::nullopt;
    mean.strides.push_back(*stride);
    mean.kernel.push_back(windowType.getDimSize(i));
  }
  return mean;
}

std::optional<MeanForm> lowbit::matchMean(linalg::GenericOp op) {
  if (op.getNumDpsInits() != 1 || op->getNumResults() != 1 || !isZeroFilled(op.getDpsInits().front()))
    return std::nullopt;
  std::optional<MeanForm> mean;
  if (op.getNumDpsInputs() == 1)
    mean = matchReductionMaps(op);
  else if (op.getNumDpsInputs() == 2)
    mean = matchPoolingMaps(op);
  if (!mean || mean->count <= 0 || !isScaledSum(op, static_cast<float>(1.0 / static_cast<double>(mean->count))))
    return std::nullopt;
  return mean;
}
