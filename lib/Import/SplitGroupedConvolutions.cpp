#include "PatternPass.h"
#include "Utils.h"
#include "lowbit/Import/Passes.h"
#include "lowbit/Import/Patterns.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_SPLITGROUPEDCONVOLUTIONS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// More groups than this stay one op: a convolution for each would be all overhead.
static constexpr int64_t kMaxGroups = 64;

/// `size` places of `dim`, the `index`-th part of as many, of a tensor of static shape.
static Value createPart(OpBuilder &builder, Location loc, Value value, int64_t dim, int64_t index, int64_t size) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> offsets(type.getRank(), 0), sizes(type.getShape()), strides(type.getRank(), 1);
  offsets[dim] = index * size;
  sizes[dim] = size;
  MLIRContext *context = builder.getContext();
  return tensor::ExtractSliceOp::create(builder, loc, value, getAsIndexOpFoldResult(context, offsets),
                                        getAsIndexOpFoldResult(context, sizes),
                                        getAsIndexOpFoldResult(context, strides));
}

/// A tensor of groups of channels, [n, g, c, h, w], as one of channels; what it was expanded from, if it was.
static Value mergeGroups(OpBuilder &builder, Location loc, Value value) {
  SmallVector<ReassociationIndices> groups = {{0}, {1, 2}, {3}, {4}};
  if (auto expand = value.getDefiningOp<tensor::ExpandShapeOp>(); expand && expand.getReassociationIndices() == groups)
    return expand.getSrc();
  return tensor::CollapseShapeOp::create(builder, loc, value, groups);
}

/// The part of NCHW `init` that group `index` starts its sums from. Of a broadcast bias it is the broadcast of a part.
static Value createInitPart(OpBuilder &builder, Location loc, Value init, int64_t index, int64_t channels) {
  auto broadcast = init.getDefiningOp<linalg::BroadcastOp>();
  if (!broadcast || broadcast.getDimensions() != ArrayRef<int64_t>{0, 2, 3})
    return createPart(builder, loc, init, 1, index, channels);
  auto type = cast<RankedTensorType>(init.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[1] = channels;
  Value bias = createPart(builder, loc, broadcast.getInput(), 0, index, channels);
  Value empty = tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
  return linalg::BroadcastOp::create(builder, loc, bias, empty, broadcast.getDimensions())->getResult(0);
}

namespace {
/// A grouped NCHW convolution. The dimensions of its weights that number groups and output channels of a group are
/// GROUP_DIM and the other of the first two.
template <typename OpTy, int64_t GROUP_DIM> struct SplitGroups : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    if (op->getNumResults() != 1 ||
        !llvm::all_of(op->getOperands(), [](Value operand) { return getStaticTensorType(operand) != nullptr; }))
      return rewriter.notifyMatchFailure(op, "expected tensors of static shape");
    auto weightType = cast<RankedTensorType>(op.getInputs()[1].getType());
    auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
    int64_t groups = resultType.getDimSize(1), channels = resultType.getDimSize(2);
    if (groups < 1 || groups > kMaxGroups || weightType.getDimSize(GROUP_DIM) != groups)
      return rewriter.notifyMatchFailure(op, "expected between 1 and 64 groups");

    Location loc = op.getLoc();
    Value input = mergeGroups(rewriter, loc, op.getInputs()[0]);
    Value init = mergeGroups(rewriter, loc, op.getOutputs()[0]);
    int64_t inputChannels = cast<RankedTensorType>(op.getInputs()[0].getType()).getDimSize(2);
    SmallVector<ReassociationIndices> dropGroup = {{0, 1}, {2}, {3}, {4}};
    SmallVector<Value> parts;
    for (int64_t group = 0; group < groups; ++group) {
      Value x = createPart(rewriter, loc, input, 1, group, inputChannels);
      Value w = createPart(rewriter, loc, op.getInputs()[1], GROUP_DIM, group, 1);
      w = tensor::CollapseShapeOp::create(rewriter, loc, w, dropGroup);
      Value start = createInitPart(rewriter, loc, init, group, channels);
      parts.push_back(linalg::Conv2DNchwFchwOp::create(rewriter, loc, TypeRange{start.getType()}, ValueRange{x, w},
                                                       ValueRange{start}, op.getStrides(), op.getDilations())
                          ->getResult(0));
    }
    auto concat = tensor::ConcatOp::create(rewriter, loc, /*dim=*/1, parts);
    copyName(op, concat);
    rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(op, resultType, concat,
                                                       SmallVector<ReassociationIndices>{{0}, {1, 2}, {3}, {4}});
    return success();
  }
};

struct SplitGroupedConvolutions : PatternPass<lowbit::impl::SplitGroupedConvolutionsBase<SplitGroupedConvolutions>,
                                              populateSplitGroupedConvolutionsPatterns> {};
} // namespace

void lowbit::populateSplitGroupedConvolutionsPatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<SplitGroups<linalg::Conv2DNgchwGfchwOp, 0>, SplitGroups<linalg::Conv2DNgchwFgchwOp, 1>>(context);
  // The concatenation of the groups is what the program reads.
  tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
}
