#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_CONVERTNCHWTONHWC
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// True where `op` is on tensors of static shape, of which the shape of a transposition is known.
static bool hasStaticTensors(Operation *op) {
  return op->getNumResults() == 1 &&
         llvm::all_of(op->getOperands(), [](Value operand) { return getStaticTensorType(operand) != nullptr; });
}

namespace {
/// A convolution with another layout of its operands: FROM's input and result go through `kToChannelsLast` where they
/// are NCHW, its weights through `weightPermutation`.
template <typename FromOp, typename ToOp> struct ConvertConvolution : OpRewritePattern<FromOp> {
  ConvertConvolution(MLIRContext *context, ArrayRef<int64_t> weightPermutation, bool isChannelsFirst)
      : OpRewritePattern<FromOp>(context), weightPermutation(weightPermutation), isChannelsFirst(isChannelsFirst) {}

  LogicalResult matchAndRewrite(FromOp op, PatternRewriter &rewriter) const override {
    if (!hasStaticTensors(op))
      return rewriter.notifyMatchFailure(op, "expected tensors of static shape");
    Location loc = op.getLoc();
    Value input = op.getInputs()[0], init = op.getOutputs()[0];
    if (isChannelsFirst) {
      input = createTranspose(rewriter, loc, input, kToChannelsLast);
      init = createTranspose(rewriter, loc, init, kToChannelsLast);
    }
    Value weight = createTranspose(rewriter, loc, op.getInputs()[1], weightPermutation);
    auto conv = ToOp::create(rewriter, loc, TypeRange{init.getType()}, ValueRange{input, weight}, ValueRange{init},
                             op.getStrides(), op.getDilations());
    copyName(op, conv);
    Value result = conv->getResult(0);
    if (isChannelsFirst)
      result = createTranspose(rewriter, loc, result, kToChannelsFirst);
    rewriter.replaceOp(op, result);
    return success();
  }

  SmallVector<int64_t> weightPermutation;
  bool isChannelsFirst;
};

/// A pooling op; its window has no layout.
template <typename FromOp, typename ToOp> struct ConvertPooling : OpRewritePattern<FromOp> {
  using OpRewritePattern<FromOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(FromOp op, PatternRewriter &rewriter) const override {
    if (!hasStaticTensors(op))
      return rewriter.notifyMatchFailure(op, "expected tensors of static shape");
    Location loc = op.getLoc();
    Value input = createTranspose(rewriter, loc, op.getInputs()[0], kToChannelsLast);
    Value init = createTranspose(rewriter, loc, op.getOutputs()[0], kToChannelsLast);
    auto pool = ToOp::create(rewriter, loc, TypeRange{init.getType()}, ValueRange{input, op.getInputs()[1]},
                             ValueRange{init}, op.getStrides(), op.getDilations());
    copyName(op, pool);
    rewriter.replaceOp(op, createTranspose(rewriter, loc, pool->getResult(0), kToChannelsFirst));
    return success();
  }
};

struct ConvertNchwToNhwc
    : PatternPass<lowbit::impl::ConvertNchwToNhwcBase<ConvertNchwToNhwc>, populateConvertNchwToNhwcPatterns> {};
} // namespace

void lowbit::populateConvertNchwToNhwcPatterns(RewritePatternSet &patterns) {
  using namespace linalg;
  MLIRContext *context = patterns.getContext();
  patterns.add<ConvertConvolution<Conv2DNchwFchwOp, Conv2DNhwcFhwcOp>>(context, ArrayRef<int64_t>{0, 2, 3, 1},
                                                                       /*isChannelsFirst=*/true);
  patterns.add<ConvertConvolution<Conv2DNhwcHwcfOp, Conv2DNhwcFhwcOp>>(context, ArrayRef<int64_t>{3, 0, 1, 2},
                                                                       /*isChannelsFirst=*/false);
  patterns.add<ConvertConvolution<DepthwiseConv2DNchwChwOp, DepthwiseConv2DNhwcHwcOp>>(
      context, ArrayRef<int64_t>{1, 2, 0}, /*isChannelsFirst=*/true);
  patterns.add<ConvertPooling<PoolingNchwMaxOp, PoolingNhwcMaxOp>, ConvertPooling<PoolingNchwSumOp, PoolingNhwcSumOp>>(
      context);
}
