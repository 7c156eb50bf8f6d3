#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

namespace mlir::lowbit {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// What the names of the constants this pass makes begin with.
static constexpr StringLiteral kConstantName = "folded";

/// One value for each point of an iteration space, in row-major order.
using Column = SmallVector<float, 0>;

/// Reads `values`, a tensor of `shape`, at every point of `space` through `map`, whose results are dimensions or
/// constants, beginning with the element at `start`. Nothing where a constant is out of bounds.
static std::optional<Column> gather(ArrayRef<float> values, ArrayRef<int64_t> shape, AffineMap map,
                                    ArrayRef<int64_t> space, int64_t start = 0) {
  SmallVector<int64_t> strides = computeStrides(shape), steps(space.size(), 0);
  for (auto [expr, size, stride] : llvm::zip_equal(map.getResults(), shape, strides)) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
      steps[dim.getPosition()] += stride;
      continue;
    }
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    if (!constant || constant.getValue() < 0 || constant.getValue() >= size)
      return std::nullopt;
    start += constant.getValue() * stride;
  }
  Column column(computeProduct(space));
  SmallVector<int64_t> position(space.size(), 0);
  int64_t offset = start;
  for (float &value : column) {
    value = values[offset];
    for (int64_t dim = space.size() - 1; dim >= 0; --dim) {
      offset += steps[dim];
      if (++position[dim] < space[dim])
        break;
      offset -= steps[dim] * space[dim];
      position[dim] = 0;
    }
  }
  return column;
}

/// One op of a body; its operation in f32, or null. Those that round are the correctly rounded ones: the result is what
/// the program would compute.
using Operation2 = float (*)(float, float);
static Operation2 getScalarOperation(Operation *op) {
  return TypeSwitch<Operation *, Operation2>(op)
      .Case([](arith::AddFOp) -> Operation2 { return [](float a, float b) { return a + b; }; })
      .Case([](arith::SubFOp) -> Operation2 { return [](float a, float b) { return a - b; }; })
      .Case([](arith::MulFOp) -> Operation2 { return [](float a, float b) { return a * b; }; })
      .Case([](arith::DivFOp) -> Operation2 { return [](float a, float b) { return a / b; }; })
      .Case([](arith::NegFOp) -> Operation2 { return [](float a, float) { return -a; }; })
      .Case([](math::AbsFOp) -> Operation2 { return [](float a, float) { return std::fabs(a); }; })
      .Case([](math::SqrtOp) -> Operation2 { return [](float a, float) { return std::sqrt(a); }; })
      .Case([](math::RsqrtOp) -> Operation2 {
        return [](float a, float) { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(a))); };
      })
      .Default(Operation2(nullptr));
}

namespace {
/// Computes the body of an elementwise op over whole columns.
class BodyEvaluator {
public:
  BodyEvaluator(size_t count) : count(count) {}

  void define(Value value, Column column) { columns[value] = std::move(column); }

  /// The column of `value`, a constant from anywhere or what was computed before; null where it isn't known.
  const Column *lookup(Value value) {
    auto found = columns.find(value);
    if (found != columns.end())
      return &found->second;
    FloatAttr attr;
    if (!value.getType().isF32() || !matchPattern(value, m_Constant(&attr)))
      return nullptr;
    return &(columns[value] = Column(count, attr.getValue().convertToFloat()));
  }

  LogicalResult evaluate(Operation &op) {
    if (matchPattern(&op, m_Constant()))
      return success();
    Operation2 operation = getScalarOperation(&op);
    if (!operation || !op.getResult(0).getType().isF32())
      return failure();
    // The first lookup's column could move while the second is made.
    const Column *first = lookup(op.getOperand(0));
    if (!first)
      return failure();
    Column result = *first;
    const Column *second = lookup(op.getOperands().back());
    if (!second)
      return failure();
    for (auto [value, other] : llvm::zip_equal(result, *second))
      value = operation(value, other);
    define(op.getResult(0), std::move(result));
    return success();
  }

private:
  size_t count;
  DenseMap<Value, Column> columns;
};

/// An elementwise computation on constants alone that isn't larger than what it is made of.
struct FoldElementwise : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!isElementwiseOnTensors(op) || op.getNumDpsInputs() == 0)
      return rewriter.notifyMatchFailure(op, "expected an elementwise op");
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    BodyEvaluator evaluator(type.getNumElements());
    int64_t largest = 0;
    for (OpOperand *operand : op.getDpsInputOperands()) {
      RankedTensorType operandType = getStaticTensorType(operand->get());
      std::optional<ConstantValues<float>> values = getConstantValues<float>(operand->get());
      AffineMap map = op.getMatchingIndexingMap(operand);
      if (!operandType || !values || map.getNumSymbols() != 0)
        return rewriter.notifyMatchFailure(op, "expected constants of f32");
      std::optional<Column> column = gather(values->get(), operandType.getShape(), map, type.getShape());
      if (!column)
        return rewriter.notifyMatchFailure(op, "expected maps of dimensions and constants");
      evaluator.define(op.getMatchingBlockArgument(operand), std::move(*column));
      largest = std::max(largest, operandType.getNumElements());
    }
    if (type.getNumElements() > largest || op.getBlock()->without_terminator().empty())
      return rewriter.notifyMatchFailure(op, "expected a computation that broadcasts nothing");
    for (Operation &inner : op.getBlock()->without_terminator())
      if (failed(evaluator.evaluate(inner)))
        return rewriter.notifyMatchFailure(op, "expected a body of known f32 ops");
    const Column *result = evaluator.lookup(op.getBlock()->getTerminator()->getOperand(0));
    if (!result)
      return rewriter.notifyMatchFailure(op, "expected a body that reads constants alone");
    rewriter.replaceOp(op, createConstant<float>(rewriter, op.getLoc(), type, *result, kConstantName));
    return success();
  }
};

struct FoldTranspose : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::TransposeOp op, PatternRewriter &rewriter) const override {
    RankedTensorType type = getStaticTensorType(op.getInput());
    std::optional<ConstantValues<float>> values = getConstantValues<float>(op.getInput());
    if (!type || !values || op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "expected a constant of f32");
    auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
    AffineMap map = AffineMap::getPermutationMap(invertPermutationVector(op.getPermutation()), op.getContext());
    std::optional<Column> result = gather(values->get(), type.getShape(), map, resultType.getShape());
    if (!result)
      return rewriter.notifyMatchFailure(op, "expected a permutation");
    rewriter.replaceOp(op, createConstant<float>(rewriter, op.getLoc(), resultType, *result, kConstantName));
    return success();
  }
};

template <typename OpTy> struct FoldReshape : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    RankedTensorType type = getStaticTensorType(op.getResult());
    std::optional<ConstantValues<float>> values = getConstantValues<float>(op.getSrc());
    if (!type || !values || type.getNumElements() != static_cast<int64_t>(values->get().size()))
      return rewriter.notifyMatchFailure(op, "expected a constant of f32");
    rewriter.replaceOp(op, createConstant<float>(rewriter, op.getLoc(), type, values->get(), kConstantName));
    return success();
  }
};

/// A slice without gaps that keeps all dimensions.
struct FoldSlice : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExtractSliceOp op, PatternRewriter &rewriter) const override {
    RankedTensorType type = getStaticTensorType(op.getSource()), resultType = getStaticTensorType(op.getResult());
    std::optional<ConstantValues<float>> values = getConstantValues<float>(op.getSource());
    if (!type || !resultType || type.getRank() != resultType.getRank() || !values)
      return rewriter.notifyMatchFailure(op, "expected a constant of f32 and a slice of its rank");
    std::optional<SmallVector<int64_t>> offsets = getConstantIntValues(op.getMixedOffsets());
    if (!offsets || !op.hasUnitStride())
      return rewriter.notifyMatchFailure(op, "expected constant offsets and strides of 1");
    int64_t start = 0;
    for (auto [offset, size, total, stride] :
         llvm::zip_equal(*offsets, resultType.getShape(), type.getShape(), computeStrides(type.getShape()))) {
      if (offset < 0 || offset + size > total)
        return rewriter.notifyMatchFailure(op, "expected a slice inside the constant");
      start += offset * stride;
    }
    AffineMap map = rewriter.getMultiDimIdentityMap(type.getRank());
    std::optional<Column> result = gather(values->get(), type.getShape(), map, resultType.getShape(), start);
    if (!result)
      return rewriter.notifyMatchFailure(op, "expected an identity map");
    rewriter.replaceOp(op, createConstant<float>(rewriter, op.getLoc(), resultType, *result, kConstantName));
    return success();
  }
};

struct FoldConstants : PatternPass<lowbit::impl::FoldConstantsBase<FoldConstants>, populateFoldConstantsPatterns> {};
} // namespace

void lowbit::populateFoldConstantsPatterns(RewritePatternSet &patterns) {
  patterns.add<FoldElementwise, FoldTranspose, FoldReshape<tensor::CollapseShapeOp>, FoldReshape<tensor::ExpandShapeOp>,
               FoldSlice>(patterns.getContext());
  // An empty tensor in the shape it is wanted in, too.
  tensor::populateFoldTensorEmptyPatterns(patterns);
}
