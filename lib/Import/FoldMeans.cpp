#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <cmath>

namespace mlir::lowbit {
#define GEN_PASS_DEF_FOLDMEANS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// True where `op` divides its one input that varies by `count`, or multiplies it by the reciprocal.
static bool dividesBy(linalg::LinalgOp op, OpOperand *input, int64_t count) {
  Value yielded = op.getBlock()->getTerminator()->getOperand(0);
  Operation *definition = yielded.getDefiningOp();
  if (!isa_and_nonnull<arith::DivFOp, arith::MulFOp>(definition))
    return false;
  auto getConstant = [&](Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    return getUniformConstant(
        argument && argument.getOwner() == op.getBlock() ? op.getMatchingOpOperand(argument)->get() : value);
  };
  Value element = op.getMatchingBlockArgument(input);
  Value lhs = definition->getOperand(0), rhs = definition->getOperand(1);
  if (isa<arith::MulFOp>(definition) && rhs == element)
    std::swap(lhs, rhs);
  std::optional<float> constant = getConstant(rhs);
  if (lhs != element || !constant)
    return false;
  if (isa<arith::DivFOp>(definition))
    return *constant == static_cast<float>(count);
  return *constant == static_cast<float>(1.0 / static_cast<double>(count));
}

/// The operand of an elementwise op that a sum defines.
template <typename OpTy> static OpOperand *findSum(linalg::LinalgOp op) {
  for (OpOperand *operand : op.getDpsInputOperands())
    if (auto sum = operand->get().getDefiningOp<OpTy>();
        sum && sum->hasOneUse() && op.getMatchingIndexingMap(operand).isIdentity())
      return operand;
  return nullptr;
}

/// `out + in * (1 / count)`, whatever the number of inputs.
static void buildMeanBody(OpBuilder &builder, Location loc, ValueRange arguments, Value reciprocal) {
  Value term = arith::MulFOp::create(builder, loc, arguments.front(), reciprocal);
  Value sum = arith::AddFOp::create(builder, loc, arguments.back(), term);
  linalg::YieldOp::create(builder, loc, sum);
}

static Value createReciprocal(OpBuilder &builder, Location loc, int64_t count) {
  auto value = static_cast<float>(1.0 / static_cast<double>(count));
  return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
}

/// The mean of an input over dimensions: a generic whose result lacks them.
static Value createMean(OpBuilder &builder, Location loc, Value input, ArrayRef<int64_t> dims, Operation *named) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  SmallVector<AffineExpr> kept;
  SmallVector<int64_t> shape;
  int64_t count = 1;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (llvm::is_contained(dims, dim)) {
      iterators[dim] = utils::IteratorType::reduction;
      count *= type.getDimSize(dim);
      continue;
    }
    kept.push_back(builder.getAffineDimExpr(dim));
    shape.push_back(type.getDimSize(dim));
  }
  auto resultType = RankedTensorType::get(shape, type.getElementType());
  Value init = createFilled(builder, loc, resultType, builder.getF32FloatAttr(0.0f));
  Value reciprocal = createReciprocal(builder, loc, count);
  AffineMap maps[] = {builder.getMultiDimIdentityMap(type.getRank()),
                      AffineMap::get(type.getRank(), 0, kept, builder.getContext())};
  auto mean = linalg::GenericOp::create(builder, loc, TypeRange{resultType}, ValueRange{input}, ValueRange{init}, maps,
                                        iterators, [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                          buildMeanBody(builder, loc, arguments, reciprocal);
                                        });
  copyName(named, mean);
  return mean.getResult(0);
}

namespace {
/// `pooling_nhwc_sum` divided by the size of its window.
struct FoldPooledMean : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!isElementwiseOnTensors(op))
      return rewriter.notifyMatchFailure(op, "expected an elementwise op");
    OpOperand *operand = findSum<linalg::PoolingNhwcSumOp>(op);
    if (!operand)
      return rewriter.notifyMatchFailure(op, "expected the only use of a sum over windows");
    auto pool = operand->get().getDefiningOp<linalg::PoolingNhwcSumOp>();
    RankedTensorType type = getStaticTensorType(pool.getInputs()[0]);
    RankedTensorType window = getStaticTensorType(pool.getInputs()[1]);
    if (!type || !window || !type.getElementType().isF32() || window.getNumElements() == 0 ||
        getUniformConstant(pool.getOutputs()[0]) != 0.0f)
      return rewriter.notifyMatchFailure(op, "expected a static sum of f32 that starts at 0");
    if (!llvm::all_of(pool.getDilations().getValues<int64_t>(), [](int64_t dilation) { return dilation == 1; }))
      return rewriter.notifyMatchFailure(op, "expected windows without gaps");
    if (!dividesBy(op, operand, window.getNumElements()))
      return rewriter.notifyMatchFailure(op, "expected a division by the size of the window");
    bool isGlobal = type.getShape().slice(1, 2) == window.getShape();
    rewriter.replaceOp(op, isGlobal ? createGlobal(rewriter, op, pool) : createWindowed(rewriter, op, pool));
    return success();
  }

  static Value createGlobal(PatternRewriter &rewriter, Operation *op, linalg::PoolingNhwcSumOp pool) {
    Value mean = createMean(rewriter, op->getLoc(), pool.getInputs()[0], {1, 2}, op);
    SmallVector<ReassociationIndices> groups = {{0}, {1, 2, 3}};
    return tensor::ExpandShapeOp::create(rewriter, op->getLoc(), op->getResult(0).getType(), mean, groups);
  }

  static Value createWindowed(PatternRewriter &rewriter, Operation *op, linalg::PoolingNhwcSumOp pool) {
    auto windowType = cast<RankedTensorType>(pool.getInputs()[1].getType());
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    Value init = createFilled(rewriter, op->getLoc(), type, rewriter.getF32FloatAttr(0.0f));
    Value reciprocal = createReciprocal(rewriter, op->getLoc(), windowType.getNumElements());
    auto mean = linalg::GenericOp::create(rewriter, op->getLoc(), TypeRange{type}, pool.getInputs(), ValueRange{init},
                                          pool.getIndexingMapsArray(), pool.getIteratorTypesArray(),
                                          [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                            buildMeanBody(builder, loc, arguments, reciprocal);
                                          });
    copyName(op, mean);
    return mean.getResult(0);
  }
};

/// True where the body of a reduction is the sum of its input and what it has so far.
static bool isSum(linalg::GenericOp op) {
  auto sum = op.getBlock()->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  Value in = op.getBlock()->getArgument(0), out = op.getBlock()->getArgument(1);
  return sum && sum->getBlock() == op.getBlock() &&
         ((sum.getLhs() == in && sum.getRhs() == out) || (sum.getLhs() == out && sum.getRhs() == in));
}

/// A sum over whole dimensions divided by the number of its terms.
struct FoldReducedMean : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!isElementwiseOnTensors(op))
      return rewriter.notifyMatchFailure(op, "expected an elementwise op");
    OpOperand *operand = findSum<linalg::GenericOp>(op);
    auto sum = operand ? operand->get().getDefiningOp<linalg::GenericOp>() : linalg::GenericOp();
    if (!sum || sum.getNumDpsInputs() != 1 || sum.getNumDpsInits() != 1 || sum.getNumReductionLoops() == 0 ||
        !isSum(sum))
      return rewriter.notifyMatchFailure(op, "expected the only use of a sum");
    RankedTensorType type = getStaticTensorType(sum.getDpsInputs()[0]);
    if (!type || !type.getElementType().isF32() || type.getNumElements() == 0 ||
        getUniformConstant(sum.getDpsInits()[0]) != 0.0f ||
        !sum.getMatchingIndexingMap(sum.getDpsInputOperand(0)).isIdentity())
      return rewriter.notifyMatchFailure(op, "expected a static sum of f32 that starts at 0");
    SmallVector<unsigned> reduced;
    sum.getReductionDims(reduced);
    std::optional<SmallVector<ReassociationIndices>> groups = getKeptGroups(sum, reduced);
    if (!groups)
      return rewriter.notifyMatchFailure(op, "expected a result with the kept dimensions in order");
    int64_t count = 1;
    for (unsigned dim : reduced)
      count *= type.getDimSize(dim);
    if (!dividesBy(op, operand, count))
      return rewriter.notifyMatchFailure(op, "expected a division by the number of terms");
    Value mean = createMean(rewriter, op.getLoc(), sum.getDpsInputs()[0],
                            SmallVector<int64_t>(reduced.begin(), reduced.end()), op);
    if (mean.getType() != op->getResult(0).getType())
      mean = tensor::ExpandShapeOp::create(rewriter, op.getLoc(), op->getResult(0).getType(), mean, *groups);
    rewriter.replaceOp(op, mean);
    return success();
  }

  /// How the dimensions of the sum's result are grouped by those that are kept; the others are of size 1, where the
  /// reduced ones were or anywhere else.
  static std::optional<SmallVector<ReassociationIndices>> getKeptGroups(linalg::GenericOp sum,
                                                                        ArrayRef<unsigned> reduced) {
    AffineMap map = sum.getMatchingIndexingMap(sum.getDpsInitOperand(0));
    SmallVector<unsigned> kept;
    for (unsigned dim = 0; dim < sum.getNumLoops(); ++dim)
      if (!llvm::is_contained(reduced, dim))
        kept.push_back(dim);
    SmallVector<ReassociationIndices> groups;
    ReassociationIndices leading;
    for (auto [position, expr] : llvm::enumerate(map.getResults())) {
      if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
        if (groups.size() == kept.size() || dim.getPosition() != kept[groups.size()])
          return std::nullopt;
        groups.push_back(std::exchange(leading, {}));
        groups.back().push_back(position);
      } else if (groups.empty()) {
        leading.push_back(position);
      } else {
        groups.back().push_back(position);
      }
    }
    if (groups.size() != kept.size())
      return std::nullopt;
    return groups;
  }
};

struct FoldMeans : PatternPass<lowbit::impl::FoldMeansBase<FoldMeans>, populateFoldMeansPatterns> {};
} // namespace

void lowbit::populateFoldMeansPatterns(RewritePatternSet &patterns) {
  patterns.add<FoldPooledMean, FoldReducedMean>(patterns.getContext());
}
