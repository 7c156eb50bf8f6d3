#include "Patterns.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/FixedPoint.h"
#include "lowbit/Support/QuantScheme.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

quant::QuantizedType lowbit::getQuantizedType(Value tensor) {
  return cast<quant::QuantizedType>(getElementTypeOrSelf(tensor.getType()));
}

Value lowbit::getNarrowConstant(Value quantized) {
  auto cast = quantized.getDefiningOp<quant::StorageCastOp>();
  const bool isNarrow = cast && getElementTypeOrSelf(cast.getInput().getType()).getIntOrFloatBitWidth() < 8;
  return isNarrow && getConstantValues<int8_t>(cast.getInput()) ? cast.getInput() : Value();
}

double lowbit::getScale(quant::UniformQuantizedType type) { return static_cast<float>(type.getScale()); }

/// The multiplication of an integer by `ratios`: f32 or fixed-point numbers, one or a tensor of them.
static std::function<Value(BodyBuilder, ValueRange, Value, ZeroPoint)>
addMultiplication(ElementwiseBuilder &elementwise, ArrayRef<double> ratios, ArrayRef<int64_t> shape, AffineMap map,
                  RequantizeMode mode, const Storage &storage) {
  using Parameter = ElementwiseBuilder::Parameter;
  if (mode == RequantizeMode::F32) {
    SmallVector<float> values = llvm::map_to_vector(ratios, roundMultiplier);
    Parameter multiplier = elementwise.addParameter<float>(values, shape, map, "multipliers");
    return [=](BodyBuilder b, ValueRange args, Value integer, ZeroPoint zeroPoint) {
      Value number = arith::SIToFPOp::create(b.builder, b.loc, b.builder.getF32Type(), integer);
      Value product =
          arith::MulFOp::create(b.builder, b.loc, number, ElementwiseBuilder::materialize(b, multiplier, args));
      // The multiplier is finite: there is no NaN.
      return roundAndClamp(b, product, zeroPoint, storage, /*canBeNaN=*/false);
    };
  }
  SmallVector<int32_t> mantissas, shifts;
  for (double ratio : ratios) {
    FixedPointMultiplier multiplier = decomposeMultiplier(ratio);
    mantissas.push_back(multiplier.mantissa);
    shifts.push_back(multiplier.shift);
  }
  Parameter mantissa = elementwise.addParameter<int32_t>(mantissas, shape, map, "mantissas");
  Parameter shift = elementwise.addParameter<int32_t>(shifts, shape, map, "shifts");
  return [=](BodyBuilder b, ValueRange args, Value integer, ZeroPoint zeroPoint) {
    return requantizeFixed(b, integer, ElementwiseBuilder::materialize(b, mantissa, args),
                           ElementwiseBuilder::materialize(b, shift, args), zeroPoint, storage);
  };
}

Value lowbit::requantizeAccumulators(OpBuilder &builder, Location loc, Value accumulators, ArrayRef<double> ratios,
                                     RequantizeMode mode, quant::UniformQuantizedType type,
                                     std::optional<ArrayRef<int64_t>> clamp) {
  auto accumulatorType = cast<RankedTensorType>(accumulators.getType());
  const Storage storage = getStorage(type, clamp);
  const int64_t rank = accumulatorType.getRank();
  ElementwiseBuilder elementwise(builder, loc, accumulatorType.clone(storage.type));
  elementwise.addInput(accumulators);
  AffineMap map = rank == 0 ? builder.getEmptyAffineMap() : AffineMap::get(rank, 0, builder.getAffineDimExpr(rank - 1));
  auto multiply = addMultiplication(elementwise, ratios, {static_cast<int64_t>(ratios.size())}, map, mode, storage);
  const ZeroPoint zeroPoint{type.getZeroPoint(), Value()};
  return elementwise.build([&](BodyBuilder b, ValueRange args) { return multiply(b, args, args.front(), zeroPoint); });
}

Value lowbit::clampIntegers(OpBuilder &builder, Location loc, Value integers, bool isSigned, StorageRange bounds) {
  auto type = cast<RankedTensorType>(integers.getType());
  ElementwiseBuilder elementwise(builder, loc, type);
  elementwise.addInput(integers);
  return elementwise.build([&](BodyBuilder b, ValueRange args) -> Value {
    Value low = b.getInt(type.getElementType(), bounds.min), high = b.getInt(type.getElementType(), bounds.max);
    if (isSigned) {
      Value bounded = arith::MaxSIOp::create(b.builder, b.loc, args.front(), low);
      return arith::MinSIOp::create(b.builder, b.loc, bounded, high);
    }
    Value bounded = arith::MaxUIOp::create(b.builder, b.loc, args.front(), low);
    return arith::MinUIOp::create(b.builder, b.loc, bounded, high);
  });
}

/// From the indices of an element of `tensor` to those of its row's scale.
static AffineMap getRowMap(RankedTensorType tensor, RankedTensorType scales) {
  MLIRContext *context = tensor.getContext();
  auto dims = llvm::map_to_vector(llvm::seq<unsigned>(0, scales.getRank()),
                                  [&](unsigned dim) { return getAffineDimExpr(dim, context); });
  return AffineMap::get(tensor.getRank(), 0, dims, context);
}

namespace {

struct QuantizeLowering : OpConversionPattern<QuantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(QuantizeOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    auto elementType = cast<quant::QuantizedType>(type.getElementType());
    auto parameters = ElementParameters::get(elementType, type.getRank());
    if (!parameters)
      return rewriter.notifyMatchFailure(op, "expected a uniform quantized type");
    const Storage storage = getStorage(elementType);
    ElementwiseBuilder elementwise(rewriter, op.getLoc(), type.clone(storage.type));
    elementwise.addInput(adaptor.getInput());
    auto scale = elementwise.addScales(*parameters), zeroPoint = elementwise.addZeroPoints(*parameters);
    rewriter.replaceOp(op, elementwise.build([&](BodyBuilder b, ValueRange args) {
      Value quotient =
          arith::DivFOp::create(b.builder, b.loc, args.front(), ElementwiseBuilder::materialize(b, scale, args));
      return roundAndClamp(b, quotient, ElementwiseBuilder::getZeroPoint(zeroPoint, args), storage, /*canBeNaN=*/true);
    }));
    return success();
  }
};

/// True where `use` is that of the weights of a contraction which unpacks them itself.
static bool isContractionWeight(OpOperand &use) {
  return use.getOperandNumber() == 1 && isa<linalg::MatmulOp, linalg::Conv2DNhwcFhwcOp>(use.getOwner());
}

struct DequantizeLowering : OpConversionPattern<DequantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(DequantizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    quant::QuantizedType elementType = getQuantizedType(op.getInput());
    auto parameters = ElementParameters::get(elementType, op.getType().getRank());
    if (!parameters)
      return rewriter.notifyMatchFailure(op, "expected a uniform quantized type");
    const Storage storage = getStorage(elementType);
    ElementwiseBuilder elementwise(rewriter, op.getLoc(), op.getType());
    const bool isUnpacked =
        QuantScheme::get(elementType.getStorageTypeIntegralWidth()) && llvm::all_of(op->getUses(), isContractionWeight);
    Value narrow = isUnpacked ? getNarrowConstant(op.getInput()) : Value();
    elementwise.addInput(narrow ? narrow : adaptor.getInput());
    auto scale = elementwise.addScales(*parameters), zeroPoint = elementwise.addZeroPoints(*parameters);
    rewriter.replaceOp(op, elementwise.build([&](BodyBuilder b, ValueRange args) -> Value {
      Value steps = subtractZeroPoint(b, args.front(), storage, ElementwiseBuilder::getZeroPoint(zeroPoint, args));
      Value number = arith::SIToFPOp::create(b.builder, b.loc, b.builder.getF32Type(), steps);
      return arith::MulFOp::create(b.builder, b.loc, number, ElementwiseBuilder::materialize(b, scale, args));
    }));
    return success();
  }
};

struct RequantizeLowering : OpConversionPattern<RequantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(RequantizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    quant::QuantizedType fromType = getQuantizedType(op.getInput()), toType = getQuantizedType(op.getResult());
    auto from = ElementParameters::get(fromType, type.getRank()), to = ElementParameters::get(toType, type.getRank());
    if (!from || !to)
      return rewriter.notifyMatchFailure(op, "expected uniform quantized types");
    if (fromType.getStorageTypeIntegralWidth() > 16)
      return rewriter.notifyMatchFailure(op, "expected an input of at most 16 bits");
    if (!from->isPerTensor() && !to->isPerTensor() && (from->map != to->map || from->shape != to->shape))
      return rewriter.notifyMatchFailure(op, "expected one of the types to have one scale, or scales of one layout");

    const ElementParameters &layout = from->isPerTensor() ? *to : *from;
    SmallVector<double> ratios;
    for (size_t index = 0, end = layout.scales.size(); index < end; ++index)
      ratios.push_back(
          computeRatio(from->scales[from->isPerTensor() ? 0 : index], to->scales[to->isPerTensor() ? 0 : index]));
    const Storage fromStorage = getStorage(fromType), storage = getStorage(toType);
    ElementwiseBuilder elementwise(rewriter, op.getLoc(), type.clone(storage.type));
    elementwise.addInput(adaptor.getInput());
    auto fromZero = elementwise.addZeroPoints(*from), toZero = elementwise.addZeroPoints(*to);
    auto multiply = addMultiplication(elementwise, ratios, layout.shape, layout.map, op.getMode(), storage);
    rewriter.replaceOp(op, elementwise.build([&](BodyBuilder b, ValueRange args) {
      Value steps = subtractZeroPoint(b, args.front(), fromStorage, ElementwiseBuilder::getZeroPoint(fromZero, args));
      return multiply(b, args, steps, ElementwiseBuilder::getZeroPoint(toZero, args));
    }));
    return success();
  }
};

struct ClampLowering : OpConversionPattern<ClampOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ClampOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    const StorageRange bounds{op.getMinAttr().getInt(), op.getMaxAttr().getInt()};
    rewriter.replaceOp(op, clampIntegers(rewriter, op.getLoc(), adaptor.getInput(),
                                         getQuantizedType(op.getInput()).isSigned(), bounds));
    return success();
  }
};

struct LookupLowering : OpConversionPattern<LookupOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(LookupOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    const Storage storage = getStorage(getQuantizedType(op.getInput()));
    auto type = cast<RankedTensorType>(op.getType());
    Type resultStorage = getContainer(cast<quant::QuantizedType>(type.getElementType()));
    std::optional<ConstantValues<int8_t>> entries = getConstantValues<int8_t>(op.getTable());
    if (!entries)
      return rewriter.notifyMatchFailure(op, "expected a table whose bytes are known");
    // The table begins with the smallest integer of the storage type; the lowered one with 0, so that a byte is the
    // index of its entry without arithmetic, whatever its signedness.
    SmallVector<int8_t> byByte(entries->get());
    if (storage.isSigned)
      std::rotate(byByte.begin(), byByte.begin() + byByte.size() / 2, byByte.end());
    Value table =
        createConstant<int8_t>(rewriter, op.getLoc(), cast<RankedTensorType>(op.getTable().getType()), byByte, "table");
    ElementwiseBuilder elementwise(rewriter, op.getLoc(), type.clone(resultStorage));
    elementwise.addInput(adaptor.getInput());
    rewriter.replaceOp(op, elementwise.build([&](BodyBuilder b, ValueRange args) -> Value {
      Value index = arith::IndexCastUIOp::create(b.builder, b.loc, b.builder.getIndexType(), args.front());
      return tensor::ExtractOp::create(b.builder, b.loc, table, index);
    }));
    return success();
  }
};

struct DynamicQuantizeLowering : OpConversionPattern<DynamicQuantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(DynamicQuantizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;

private:
  static void lowerRows(DynamicQuantizeOp op, Value input, ConversionPatternRewriter &rewriter);
};

struct DynamicDequantizeLowering : OpConversionPattern<DynamicDequantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(DynamicDequantizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    quant::QuantizedType elementType = getQuantizedType(op.getInput());
    auto parameters = ElementParameters::get(elementType, op.getType().getRank());
    if (!parameters)
      return rewriter.notifyMatchFailure(op, "expected a uniform quantized type");
    const Storage storage = getStorage(elementType);
    ElementwiseBuilder elementwise(rewriter, op.getLoc(), op.getType());
    elementwise.addInput(adaptor.getInput());
    const unsigned row = elementwise.addInput(adaptor.getScale(), getRowMap(op.getType(), op.getScale().getType()));
    const int64_t rank = op.getType().getRank();
    std::optional<unsigned> bias;
    if (op.getBias())
      bias = elementwise.addInput(adaptor.getBias(), AffineMap::get(rank, 0, rewriter.getAffineDimExpr(rank - 1)));
    auto scale = elementwise.addScales(*parameters), zeroPoint = elementwise.addZeroPoints(*parameters);
    rewriter.replaceOp(op, elementwise.build([&](BodyBuilder b, ValueRange args) -> Value {
      Value steps = subtractZeroPoint(b, args.front(), storage, ElementwiseBuilder::getZeroPoint(zeroPoint, args));
      Value number = arith::SIToFPOp::create(b.builder, b.loc, b.builder.getF32Type(), steps);
      Value value = arith::MulFOp::create(b.builder, b.loc, number, ElementwiseBuilder::materialize(b, scale, args));
      Value product = arith::MulFOp::create(b.builder, b.loc, value, args[row]);
      return bias ? arith::AddFOp::create(b.builder, b.loc, product, args[*bias]) : product;
    }));
    return success();
  }
};

} // namespace

/// min(0, elements) or max(0, elements), NaN passed over: a tensor of rank 0.
template <typename Reduce> static Value reduceToScalar(OpBuilder &builder, Location loc, Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0.0f));
  Value empty = tensor::EmptyOp::create(builder, loc, ArrayRef<int64_t>{}, type.getElementType());
  Value init = linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
  const int64_t rank = type.getRank();
  SmallVector<AffineMap> maps = {builder.getMultiDimIdentityMap(rank), AffineMap::get(rank, 0, builder.getContext())};
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::reduction);
  return linalg::GenericOp::create(builder, loc, init.getType(), input, init, maps, iterators,
                                   [](OpBuilder &builder, Location loc, ValueRange args) {
                                     Value reduced = Reduce::create(builder, loc, args[1], args[0]);
                                     linalg::YieldOp::create(builder, loc, reduced);
                                   })
      ->getResult(0);
}

/// The dimensions of a tensor where those from `rowRank` on are one: the elements of a row, which lie side by side.
static SmallVector<ReassociationIndices> getRowGroups(int64_t rank, int64_t rowRank) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim <= rowRank)
      groups.push_back({dim});
    else
      groups.back().push_back(dim);
  return groups;
}

/// The largest magnitude of the finite elements of each row, as the bits of an f32: among those of finite numbers that
/// are not negative the order of integers is that of the numbers, and no NaN needs care.
static Value findLargestBits(OpBuilder &builder, Location loc, Value input, RankedTensorType scaleType) {
  constexpr int64_t kMagnitude = 0x7fffffff, kInfinity = 0x7f800000;
  auto type = cast<RankedTensorType>(input.getType());
  Type i32 = builder.getI32Type();
  Value zero = arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  Value empty = tensor::EmptyOp::create(builder, loc, scaleType.getShape(), i32);
  Value init = linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
  SmallVector<AffineMap> maps = {builder.getMultiDimIdentityMap(type.getRank()), getRowMap(type, scaleType)};
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::reduction);
  std::fill_n(iterators.begin(), scaleType.getRank(), utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, init.getType(), input, init, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               BodyBuilder b{builder, loc};
               Value bits = arith::BitcastOp::create(builder, loc, i32, args[0]);
               Value magnitude = arith::AndIOp::create(builder, loc, bits, b.getInt(i32, kMagnitude));
               Value isFinite =
                   arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, magnitude, b.getInt(i32, kInfinity));
               Value finite = arith::SelectOp::create(builder, loc, isFinite, magnitude, b.getInt(i32, 0));
               Value largest = arith::MaxSIOp::create(builder, loc, args[1], finite);
               linalg::YieldOp::create(builder, loc, largest);
             })
      ->getResult(0);
}

void DynamicQuantizeLowering::lowerRows(DynamicQuantizeOp op, Value input, ConversionPatternRewriter &rewriter) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getResult().getType());
  auto scaleType = op.getScale().getType();
  const Storage storage = getStorage(cast<quant::QuantizedType>(type.getElementType()));
  const auto groups = getRowGroups(type.getRank(), scaleType.getRank());
  const bool hasLongRows = static_cast<int64_t>(groups.size()) < type.getRank();
  if (hasLongRows)
    input = tensor::CollapseShapeOp::create(rewriter, loc, input, groups);
  auto rowType = cast<RankedTensorType>(input.getType());

  ElementwiseBuilder scaleBuilder(rewriter, loc, scaleType);
  scaleBuilder.addInput(findLargestBits(rewriter, loc, input, scaleType));
  Value scale = scaleBuilder.build([&](BodyBuilder b, ValueRange args) -> Value {
    Value largest = arith::BitcastOp::create(b.builder, b.loc, b.builder.getF32Type(), args[0]);
    Value step = arith::DivFOp::create(b.builder, b.loc, largest, b.getFloat(static_cast<float>(storage.bounds.max)));
    return arith::MaximumFOp::create(b.builder, b.loc, step, b.getFloat(std::numeric_limits<float>::min()));
  });

  // A tensor of its own: a division for each row, not for each element.
  ElementwiseBuilder reciprocalBuilder(rewriter, loc, scaleType);
  reciprocalBuilder.addInput(scale);
  Value reciprocal = reciprocalBuilder.build([&](BodyBuilder b, ValueRange args) -> Value {
    return arith::DivFOp::create(b.builder, b.loc, b.getFloat(1.0f), args[0]);
  });

  ElementwiseBuilder elementwise(rewriter, loc, rowType.clone(storage.type));
  elementwise.addInput(input);
  elementwise.addInput(reciprocal, getRowMap(rowType, scaleType));
  Value result = elementwise.build([&](BodyBuilder b, ValueRange args) {
    Value product = arith::MulFOp::create(b.builder, b.loc, args[0], args[1]);
    return roundAndClamp(b, product, ZeroPoint(), storage, /*canBeNaN=*/true);
  });
  if (hasLongRows)
    result = tensor::ExpandShapeOp::create(rewriter, loc, type.clone(storage.type), result, groups);
  rewriter.replaceOp(op, {result, scale});
}

LogicalResult DynamicQuantizeLowering::matchAndRewrite(DynamicQuantizeOp op, OpAdaptor adaptor,
                                                       ConversionPatternRewriter &rewriter) const {
  Location loc = op.getLoc();
  if (!op.getZeroPoint()) {
    lowerRows(op, adaptor.getInput(), rewriter);
    return success();
  }
  Value min = reduceToScalar<arith::MinNumFOp>(rewriter, loc, adaptor.getInput());
  Value max = reduceToScalar<arith::MaxNumFOp>(rewriter, loc, adaptor.getInput());
  const Storage storage{rewriter.getI8Type(), /*isSigned=*/false, {0, 255}};

  ElementwiseBuilder scaleBuilder(rewriter, loc, op.getScale().getType());
  scaleBuilder.addInput(min);
  scaleBuilder.addInput(max);
  Value scale = scaleBuilder.build([&](BodyBuilder b, ValueRange args) -> Value {
    Value range = arith::SubFOp::create(b.builder, b.loc, args[1], args[0]);
    Value steps = arith::DivFOp::create(b.builder, b.loc, range, b.getFloat(255.0f));
    Value isEmpty = arith::CmpFOp::create(b.builder, b.loc, arith::CmpFPredicate::OEQ, args[0], args[1]);
    return arith::SelectOp::create(b.builder, b.loc, isEmpty, b.getFloat(1.0f), steps);
  });

  ElementwiseBuilder zeroPointBuilder(rewriter, loc, op.getZeroPoint().getType());
  zeroPointBuilder.addInput(min);
  zeroPointBuilder.addInput(scale);
  Value zeroPoint = zeroPointBuilder.build([&](BodyBuilder b, ValueRange args) {
    Value negated = arith::NegFOp::create(b.builder, b.loc, args[0]);
    Value quotient = arith::DivFOp::create(b.builder, b.loc, negated, args[1]);
    return roundAndClamp(b, quotient, ZeroPoint(), storage, /*canBeNaN=*/true);
  });

  auto type = cast<RankedTensorType>(op.getResult().getType());
  AffineMap toScalar = AffineMap::get(type.getRank(), 0, rewriter.getContext());
  ElementwiseBuilder elementwise(rewriter, loc, type);
  elementwise.addInput(adaptor.getInput());
  elementwise.addInput(scale, toScalar);
  elementwise.addInput(zeroPoint, toScalar);
  Value result = elementwise.build([&](BodyBuilder b, ValueRange args) {
    Value quotient = arith::DivFOp::create(b.builder, b.loc, args[0], args[1]);
    const ZeroPoint zero{0, b.extend(args[2], b.builder.getI32Type(), /*isSigned=*/false)};
    return roundAndClamp(b, quotient, zero, storage, /*canBeNaN=*/true);
  });
  rewriter.replaceOp(op, {result, scale, zeroPoint});
  return success();
}

void lowbit::populateCastPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<QuantizeLowering, DequantizeLowering, RequantizeLowering, ClampLowering, LookupLowering,
               DynamicQuantizeLowering, DynamicDequantizeLowering>(converter, patterns.getContext());
}
