#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_PROPAGATETRANSPOSES
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The transposition from NHWC to NCHW that defines `value`, or null.
static linalg::TransposeOp getToChannelsFirst(Value value) {
  auto transpose = value.getDefiningOp<linalg::TransposeOp>();
  if (!transpose || transpose.getPermutation() != ArrayRef<int64_t>(kToChannelsFirst) ||
      !getStaticTensorType(transpose.getInput()))
    return {};
  return transpose;
}

/// True for a transposition from NCHW to NHWC.
static bool isToChannelsLast(Operation *op) {
  auto transpose = dyn_cast<linalg::TransposeOp>(op);
  return transpose && transpose.getPermutation() == ArrayRef<int64_t>(kToChannelsLast) && op->getNumResults() == 1;
}

static bool isStatic4D(Value value) {
  RankedTensorType type = getStaticTensorType(value);
  return type && type.getRank() == 4;
}

template <typename T> static SmallVector<T> toChannelsLast(ArrayRef<T> list) {
  return applyPermutation(list, kToChannelsLast);
}

/// Renames the dimensions of the iteration space of `op` from NCHW to NHWC: operands with the identity map are
/// transposed, the maps of the others follow the new names. Returns the op's copy.
static FailureOr<linalg::LinalgOp> permuteLoops(RewriterBase &rewriter, linalg::LinalgOp op) {
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  auto isIdentity = [](AffineMap map) { return map.isIdentity(); };
  if (op.getNumLoops() != 4 || op.getNumDpsInits() != 1 || op->getNumResults() != 1 || op.hasIndexSemantics() ||
      (!generic && !llvm::all_of(maps, isIdentity)))
    return failure();
  for (auto [map, operand] : llvm::zip_equal(maps, op->getOperands()))
    if (map.isIdentity() && !isStatic4D(operand))
      return failure();

  SmallVector<AffineExpr> dims(4);
  for (auto [last, first] : llvm::enumerate(kToChannelsLast))
    dims[first] = rewriter.getAffineDimExpr(last);
  SmallVector<Value> operands(op->getOperands());
  for (auto [map, operand] : llvm::zip_equal(maps, operands)) {
    if (map.isIdentity())
      operand = createTranspose(rewriter, op.getLoc(), operand, kToChannelsLast);
    else
      map = map.replaceDimsAndSymbols(dims, {}, /*numResultDims=*/4, /*numResultSyms=*/0);
  }
  auto copy = cast<linalg::LinalgOp>(clone(rewriter, op, operands.back().getType(), operands));
  if (auto permuted = dyn_cast<linalg::GenericOp>(copy.getOperation())) {
    permuted.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
    permuted.setIteratorTypesAttr(rewriter.getArrayAttr(toChannelsLast(generic.getIteratorTypes().getValue())));
  }
  return copy;
}

static FailureOr<Value> padChannelsLast(RewriterBase &rewriter, tensor::PadOp op) {
  Value padding = op.getConstantPaddingValue();
  if (!padding || !isStatic4D(op.getSource()) || !isStatic4D(op.getResult()) || !op.getLow().empty() ||
      !op.getHigh().empty())
    return failure();
  Location loc = op.getLoc();
  Value source = createTranspose(rewriter, loc, op.getSource(), kToChannelsLast);
  auto type = op.getResultType().clone(toChannelsLast(op.getResultType().getShape()));
  if (Operation *constant = padding.getDefiningOp(); constant && constant->getBlock() == &op.getRegion().front())
    padding = rewriter.clone(*constant)->getResult(0);
  auto pad = tensor::PadOp::create(
      rewriter, loc, type, source, getAsIndexOpFoldResult(op.getContext(), toChannelsLast(op.getStaticLow())),
      getAsIndexOpFoldResult(op.getContext(), toChannelsLast(op.getStaticHigh())), padding, op.getNofold());
  copyName(op, pad);
  return pad.getResult();
}

static FailureOr<Value> concatChannelsLast(RewriterBase &rewriter, tensor::ConcatOp op) {
  if (!isStatic4D(op.getResult()) || !llvm::all_of(op.getInputs(), isStatic4D))
    return failure();
  auto inputs = llvm::map_to_vector(
      op.getInputs(), [&](Value input) { return createTranspose(rewriter, op.getLoc(), input, kToChannelsLast); });
  auto concat = tensor::ConcatOp::create(rewriter, op.getLoc(), kToChannelsFirst[op.getDim()], inputs);
  copyName(op, concat);
  return concat.getResult();
}

static FailureOr<Value> sliceChannelsLast(RewriterBase &rewriter, tensor::ExtractSliceOp op) {
  if (!isStatic4D(op.getSource()) || !isStatic4D(op.getResult()))
    return failure();
  Value source = createTranspose(rewriter, op.getLoc(), op.getSource(), kToChannelsLast);
  auto permuted = [](SmallVector<OpFoldResult> list) { return applyPermutation(list, kToChannelsLast); };
  auto slice = tensor::ExtractSliceOp::create(rewriter, op.getLoc(), source, permuted(op.getMixedOffsets()),
                                              permuted(op.getMixedSizes()), permuted(op.getMixedStrides()));
  copyName(op, slice);
  return slice.getResult();
}

/// The result of `op`, which is NCHW, computed in NHWC.
static FailureOr<Value> computeChannelsLast(RewriterBase &rewriter, Operation *op) {
  if (auto pad = dyn_cast<tensor::PadOp>(op))
    return padChannelsLast(rewriter, pad);
  if (auto concat = dyn_cast<tensor::ConcatOp>(op))
    return concatChannelsLast(rewriter, concat);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return sliceChannelsLast(rewriter, slice);
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp || !isElementwiseOnTensors(linalgOp))
    return failure();
  FailureOr<linalg::LinalgOp> permuted = permuteLoops(rewriter, linalgOp);
  if (failed(permuted))
    return failure();
  return (*permuted)->getResult(0);
}

/// True where `op` reads a tensor that came from NHWC, and would read it as it is if it computed in NHWC itself.
static bool readsChannelsLast(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return llvm::any_of(op->getOpOperands(), [&](OpOperand &operand) {
    return getToChannelsFirst(operand.get()) && (!linalgOp || linalgOp.getMatchingIndexingMap(&operand).isIdentity());
  });
}

namespace {
/// Moves transpositions to NCHW from an op's operands to its result.
struct SinkToChannelsFirst : RewritePattern {
  SinkToChannelsFirst(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (op->getNumResults() != 1 || !readsChannelsLast(op))
      return rewriter.notifyMatchFailure(op, "expected an operand that came from NHWC");
    FailureOr<Value> result = computeChannelsLast(rewriter, op);
    if (failed(result))
      return rewriter.notifyMatchFailure(op, "expected an op that can be computed in another layout");
    rewriter.replaceOp(op, createTranspose(rewriter, op->getLoc(), *result, kToChannelsFirst));
    return success();
  }
};

/// Takes transpositions to NCHW out of the operands of a reduction: its result has no layout.
struct SinkIntoReduction : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    if (!readsChannelsLast(op) || !op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 ||
        op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
      return rewriter.notifyMatchFailure(op, "expected a reduction of what came from NHWC");
    FailureOr<linalg::LinalgOp> permuted = permuteLoops(rewriter, op);
    if (failed(permuted))
      return rewriter.notifyMatchFailure(op, "expected static tensors of four dimensions");
    rewriter.replaceOp(op, *permuted);
    return success();
  }
};

/// Moves a transposition to NHWC from an op's result to its operands.
struct HoistToChannelsLast : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::TransposeOp op, PatternRewriter &rewriter) const override {
    Operation *producer = op.getInput().getDefiningOp();
    if (!isToChannelsLast(op))
      return rewriter.notifyMatchFailure(op, "expected a transposition to NHWC");
    if (!producer || producer->getNumResults() != 1 || !llvm::all_of(producer->getUsers(), isToChannelsLast))
      return rewriter.notifyMatchFailure(op, "expected a result of another op that is only read in NHWC");
    rewriter.setInsertionPointAfter(producer); // before all its users
    FailureOr<Value> result = computeChannelsLast(rewriter, producer);
    if (failed(result))
      return rewriter.notifyMatchFailure(op, "expected a producer that can be computed in another layout");
    for (Operation *user : llvm::make_early_inc_range(producer->getUsers()))
      rewriter.replaceOp(user, *result);
    return success();
  }
};

/// Makes an empty or filled tensor in the shape it is transposed to.
struct FoldTransposeOfFill : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::TransposeOp op, PatternRewriter &rewriter) const override {
    if (!op.getInput().getDefiningOp<linalg::FillOp>() && !op.getInput().getDefiningOp<tensor::EmptyOp>())
      return rewriter.notifyMatchFailure(op, "expected an empty or filled tensor");
    if (!getStaticTensorType(op.getInput()) || op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "expected a tensor of static shape");
    rewriter.replaceOp(op, createTranspose(rewriter, op.getLoc(), op.getInput(), op.getPermutation()));
    return success();
  }
};

struct PropagateTransposes
    : PatternPass<lowbit::impl::PropagateTransposesBase<PropagateTransposes>, populatePropagateTransposesPatterns> {};
} // namespace

void lowbit::populatePropagateTransposesPatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<SinkToChannelsFirst, SinkIntoReduction, HoistToChannelsLast, FoldTransposeOfFill>(context);
  // Two transpositions that meet become one, or none.
  linalg::TransposeOp::getCanonicalizationPatterns(patterns, context);
}
