#include "Patterns.h"
#include "lowbit/Support/FixedPoint.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

/// The per-tensor type of a value; null where it has more than one scale.
static quant::UniformQuantizedType getPerTensorType(Value value) {
  return dyn_cast<quant::UniformQuantizedType>(getQuantizedType(value));
}

/// True where the product of any two values of these types, in steps, fits i32.
static bool fitsI32(quant::UniformQuantizedType lhs, quant::UniformQuantizedType rhs) {
  auto getMagnitude = [](quant::UniformQuantizedType type) {
    return std::max(std::abs(type.getStorageTypeMin() - type.getZeroPoint()),
                    std::abs(type.getStorageTypeMax() - type.getZeroPoint()));
  };
  return lhs.getStorageTypeIntegralWidth() <= 16 && rhs.getStorageTypeIntegralWidth() <= 16 &&
         getMagnitude(lhs) * getMagnitude(rhs) <= std::numeric_limits<int32_t>::max();
}

namespace {

/// An operand of a sum: its distance from the zero point times its scale in steps of the result.
struct Term {
  Storage storage;
  ZeroPoint zeroPoint;
  float multiplier;

  static Term get(quant::UniformQuantizedType type, quant::UniformQuantizedType resultType) {
    return {getStorage(type),
            {type.getZeroPoint(), Value()},
            roundMultiplier(computeRatio(getScale(type), getScale(resultType)))};
  }
  /// Whether every product is finite.
  bool isFinite() const {
    const float steps = static_cast<float>(storage.bounds.max - storage.bounds.min);
    return std::isfinite(steps * multiplier);
  }
  Value build(BodyBuilder b, Value q) const {
    Value steps = subtractZeroPoint(b, q, storage, zeroPoint);
    Value number = arith::SIToFPOp::create(b.builder, b.loc, b.builder.getF32Type(), steps);
    return arith::MulFOp::create(b.builder, b.loc, number, b.getFloat(multiplier));
  }
};

/// `lowbit.add` and `lowbit.sub`; `Combine` is the float op of the two products.
template <typename OpTy, typename Combine> struct SumLowering : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    quant::UniformQuantizedType lhsType = getPerTensorType(op.getLhs()), rhsType = getPerTensorType(op.getRhs()),
                                resultType = getPerTensorType(op.getResult());
    if (!lhsType || !rhsType || !resultType)
      return rewriter.notifyMatchFailure(op, "expected types quantized per tensor");
    const Term lhs = Term::get(lhsType, resultType), rhs = Term::get(rhsType, resultType);
    const Storage storage = getStorage(resultType, op.getClamp());
    // Infinite products of opposite signs would add up to NaN.
    const bool canBeNaN = !lhs.isFinite() && !rhs.isFinite();
    ElementwiseBuilder elementwise(rewriter, op.getLoc(), op.getType().clone(storage.type));
    elementwise.addInput(adaptor.getLhs());
    elementwise.addInput(adaptor.getRhs());
    rewriter.replaceOp(op, elementwise.build([&](BodyBuilder b, ValueRange args) {
      Value left = lhs.build(b, args[0]), right = rhs.build(b, args[1]);
      Value sum = Combine::create(b.builder, b.loc, left, right);
      return roundAndClamp(b, sum, {resultType.getZeroPoint(), Value()}, storage, canBeNaN);
    }));
    return success();
  }
};

struct MulLowering : OpConversionPattern<MulOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(MulOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    quant::UniformQuantizedType lhsType = getPerTensorType(op.getLhs()), rhsType = getPerTensorType(op.getRhs()),
                                resultType = getPerTensorType(op.getResult());
    if (!lhsType || !rhsType || !resultType)
      return rewriter.notifyMatchFailure(op, "expected types quantized per tensor");
    const Storage lhsStorage = getStorage(lhsType), rhsStorage = getStorage(rhsType);
    const Storage storage = getStorage(resultType, op.getClamp());
    if (!fitsI32(lhsType, rhsType))
      return rewriter.notifyMatchFailure(op, "expected operands whose products fit 32 bits");
    const float multiplier =
        roundMultiplier(computeProductRatio(getScale(lhsType), getScale(rhsType), getScale(resultType)));
    ElementwiseBuilder elementwise(rewriter, op.getLoc(), op.getType().clone(storage.type));
    elementwise.addInput(adaptor.getLhs());
    elementwise.addInput(adaptor.getRhs());
    rewriter.replaceOp(op, elementwise.build([&](BodyBuilder b, ValueRange args) {
      Value left = subtractZeroPoint(b, args[0], lhsStorage, {lhsType.getZeroPoint(), Value()});
      Value right = subtractZeroPoint(b, args[1], rhsStorage, {rhsType.getZeroPoint(), Value()});
      Value product = arith::MulIOp::create(b.builder, b.loc, left, right);
      Value number = arith::SIToFPOp::create(b.builder, b.loc, b.builder.getF32Type(), product);
      Value scaled = arith::MulFOp::create(b.builder, b.loc, number, b.getFloat(multiplier));
      return roundAndClamp(b, scaled, {resultType.getZeroPoint(), Value()}, storage, /*canBeNaN=*/false);
    }));
    return success();
  }
};

} // namespace

void lowbit::populateElementwisePatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<SumLowering<AddOp, arith::AddFOp>, SumLowering<SubOp, arith::SubFOp>, MulLowering>(
      converter, patterns.getContext());
}
