#include "Patterns.h"
#include "lowbit/Dialect/AccumulatorType.h"
#include "lowbit/Support/FixedPoint.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The means of `count` elements each whose sums are `sums`; the sums themselves in a type of accumulators.
static Value finishMean(OpBuilder &builder, Location loc, Value sums, quant::UniformQuantizedType inputType,
                        quant::UniformQuantizedType resultType, int64_t count) {
  if (isAccumulatorType(resultType))
    return sums;
  const double ratio = computeMeanRatio(getScale(inputType), getScale(resultType), count);
  return requantizeAccumulators(builder, loc, sums, ratio, RequantizeMode::F32, resultType);
}

namespace {

struct MaxPoolLowering : OpConversionPattern<MaxPool2DOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(MaxPool2DOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    const Storage storage = getStorage(getQuantizedType(op.getInput()));
    Value input = padImage(rewriter, loc, adaptor.getInput(), op.getPad(), storage.bounds.min);
    Value init = createFilled(rewriter, loc, op.getType().getShape(), storage.type, storage.bounds.min);
    Value window = tensor::EmptyOp::create(rewriter, loc, op.getKernel(), storage.type);
    auto strides = rewriter.getI64TensorAttr(op.getStrides()), dilations = rewriter.getI64TensorAttr(op.getDilations());
    if (storage.isSigned)
      rewriter.replaceOpWithNewOp<linalg::PoolingNhwcMaxOp>(op, init.getType(), ValueRange{input, window}, init,
                                                            strides, dilations);
    else
      rewriter.replaceOpWithNewOp<linalg::PoolingNhwcMaxUnsignedOp>(op, init.getType(), ValueRange{input, window}, init,
                                                                    strides, dilations);
    return success();
  }
};

struct AvgPoolLowering : OpConversionPattern<AvgPool2DOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(AvgPool2DOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    auto inputType = dyn_cast<quant::UniformQuantizedType>(getQuantizedType(op.getInput()));
    auto resultType = dyn_cast<quant::UniformQuantizedType>(getQuantizedType(op.getResult()));
    if (!inputType || !resultType)
      return rewriter.notifyMatchFailure(op, "expected types quantized per tensor");
    Location loc = op.getLoc();
    SignedOperand input = convertToSigned(rewriter, loc, adaptor.getInput(), inputType);
    Value padded = padImage(rewriter, loc, input.value, op.getPad(), input.zeroPoint);
    const int64_t count = op.getKernel()[0] * op.getKernel()[1];
    Value init = createFilled(rewriter, loc, op.getType().getShape(), rewriter.getI32Type(),
                              static_cast<int32_t>(-input.zeroPoint * count));
    Value window = tensor::EmptyOp::create(rewriter, loc, op.getKernel(), getContainer(inputType));
    Value sums =
        linalg::PoolingNhwcSumOp::create(rewriter, loc, init.getType(), ValueRange{padded, window}, init,
                                         rewriter.getI64TensorAttr(op.getStrides()), rewriter.getI64TensorAttr({1, 1}))
            .getResult(0);
    rewriter.replaceOp(op, finishMean(rewriter, loc, sums, inputType, resultType, count));
    return success();
  }
};

struct ReduceMeanLowering : OpConversionPattern<ReduceMeanOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ReduceMeanOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto inputType = dyn_cast<quant::UniformQuantizedType>(getQuantizedType(op.getInput()));
    auto resultType = dyn_cast<quant::UniformQuantizedType>(getQuantizedType(op.getResult()));
    if (!inputType || !resultType)
      return rewriter.notifyMatchFailure(op, "expected types quantized per tensor");
    Location loc = op.getLoc();
    ArrayRef<int64_t> shape = op.getInput().getType().getShape();
    const int64_t rank = shape.size();
    SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
    int64_t count = 1;
    for (int64_t dim : op.getDims()) {
      iterators[dim] = utils::IteratorType::reduction;
      count *= shape[dim];
    }
    SmallVector<AffineExpr> kept;
    for (int64_t dim = 0; dim < rank; ++dim)
      if (iterators[dim] == utils::IteratorType::parallel)
        kept.push_back(rewriter.getAffineDimExpr(dim));
    SmallVector<AffineMap> maps = {rewriter.getMultiDimIdentityMap(rank),
                                   AffineMap::get(rank, 0, kept, rewriter.getContext())};
    Value init = createFilled(rewriter, loc, op.getType().getShape(), rewriter.getI32Type(),
                              static_cast<int32_t>(-inputType.getZeroPoint() * count));
    Value sums =
        linalg::GenericOp::create(rewriter, loc, init.getType(), adaptor.getInput(), init, maps, iterators,
                                  [&](OpBuilder &builder, Location loc, ValueRange args) {
                                    BodyBuilder b{builder, loc};
                                    Value wide = b.extend(args[0], builder.getI32Type(), inputType.isSigned());
                                    linalg::YieldOp::create(
                                        builder, loc, arith::AddIOp::create(builder, loc, args[1], wide).getResult());
                                  })
            .getResult(0);
    rewriter.replaceOp(op, finishMean(rewriter, loc, sums, inputType, resultType, count));
    return success();
  }
};

} // namespace

void lowbit::populatePoolingPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<MaxPoolLowering, AvgPoolLowering, ReduceMeanLowering>(converter, patterns.getContext());
}
