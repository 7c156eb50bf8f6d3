#include "Patterns.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

IntegerType lowbit::getContainer(quant::QuantizedType type) {
  return IntegerType::get(type.getContext(), std::max(8u, type.getStorageTypeIntegralWidth()));
}

/// The constant `narrow` with each integer sign-extended to that of `type`; null where it is no constant.
static Value widenConstant(OpBuilder &builder, RankedTensorType type, Value narrow, Location loc) {
  auto values = getConstantValues<int8_t>(narrow);
  return values ? createConstant<int8_t>(builder, loc, type, values->get(), getConstantName(narrow)) : Value();
}

/// `narrow`, integers of less than 8 bits, as bytes.
static Value widen(OpBuilder &builder, Type type, ValueRange inputs, Location loc) {
  if (inputs.size() != 1)
    return {};
  Value narrow = inputs.front();
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return builder.createOrFold<arith::ExtSIOp>(loc, type, narrow);
  if (Value constant = widenConstant(builder, tensor, narrow, loc))
    return constant;
  ElementwiseBuilder elementwise(builder, loc, tensor);
  elementwise.addInput(narrow);
  return elementwise.build([&](BodyBuilder b, ValueRange args) {
    return b.extend(args.front(), tensor.getElementType(), /*isSigned=*/true);
  });
}

StorageTypeConverter::StorageTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion([](quant::QuantizedType type) -> Type { return getContainer(type); });
  addConversion([](RankedTensorType type) -> Type {
    auto elementType = dyn_cast<quant::QuantizedType>(type.getElementType());
    return elementType ? type.clone(getContainer(elementType)) : type;
  });
  addTargetMaterialization(widen);
}

Value lowbit::createFilled(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape, IntegerType type, int64_t value) {
  Value constant = arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, value));
  Value empty = tensor::EmptyOp::create(builder, loc, shape, type);
  return linalg::FillOp::create(builder, loc, constant, empty).getResult(0);
}

Value lowbit::padImage(OpBuilder &builder, Location loc, Value image, ArrayRef<int64_t> pad, int64_t value) {
  if (llvm::all_of(pad, [](int64_t size) { return size == 0; }))
    return image;
  auto type = cast<RankedTensorType>(image.getType());
  SmallVector<OpFoldResult> low(4, builder.getIndexAttr(0)), high(4, builder.getIndexAttr(0));
  SmallVector<int64_t> shape(type.getShape());
  for (unsigned dim : {1u, 2u}) {
    const int64_t before = pad[2 * (dim - 1)], after = pad[2 * (dim - 1) + 1];
    low[dim] = builder.getIndexAttr(before);
    high[dim] = builder.getIndexAttr(after);
    shape[dim] += before + after;
  }
  Value constant = arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type.getElementType(), value));
  return tensor::PadOp::create(builder, loc, type.clone(shape), image, low, high, constant);
}

SignedOperand lowbit::convertToSigned(OpBuilder &builder, Location loc, Value value, quant::UniformQuantizedType type) {
  if (type.isSigned())
    return {value, type.getZeroPoint()};
  auto tensorType = cast<RankedTensorType>(value.getType());
  const int64_t half = int64_t(1) << (type.getStorageTypeIntegralWidth() - 1);
  ElementwiseBuilder elementwise(builder, loc, tensorType);
  elementwise.addInput(value);
  Value flipped = elementwise.build([&](BodyBuilder b, ValueRange args) -> Value {
    return arith::XOrIOp::create(b.builder, b.loc, args.front(), b.getInt(tensorType.getElementType(), half));
  });
  return {flipped, type.getZeroPoint() - half};
}

namespace {

/// Both directions of the cast are the same integers. Those of less than 8 bits are widened where they are computed
/// with, and not where a contraction reads them as they are.
struct StorageCastLowering : OpConversionPattern<quant::StorageCastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(quant::StorageCastOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (getElementTypeOrSelf(op.getType()).isInteger() &&
        getElementTypeOrSelf(op.getType()) != getElementTypeOrSelf(adaptor.getInput().getType()))
      return rewriter.notifyMatchFailure(op, "expected a result of at least 8 bits");
    rewriter.replaceOp(op, adaptor.getInput());
    return success();
  }
};

/// Rebuilds an op on other element types, as it is.
struct MovementLowering : ConversionPattern {
  MovementLowering(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (!isMovement(op))
      return rewriter.notifyMatchFailure(op, "expected an op that only moves values");
    SmallVector<Type> resultTypes;
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), resultTypes)))
      return rewriter.notifyMatchFailure(op, "expected types that have a storage type");
    OperationState state(op->getLoc(), op->getName(), operands, resultTypes, op->getAttrs());
    for (Region &region : op->getRegions())
      rewriter.inlineRegionBefore(region, *state.addRegion(), state.regions.back()->begin());
    Operation *moved = rewriter.create(state);
    for (Region &region : moved->getRegions())
      if (failed(rewriter.convertRegionTypes(&region, *getTypeConverter())))
        return failure();
    rewriter.replaceOp(op, moved->getResults());
    return success();
  }

private:
  static bool isMovement(Operation *op) {
    if (isa<linalg::TransposeOp, linalg::BroadcastOp, linalg::FillOp, linalg::CopyOp, linalg::YieldOp, arith::SelectOp>(
            op))
      return true;
    if (auto generic = dyn_cast<linalg::GenericOp>(op))
      return generic.getBody()->without_terminator().empty();
    return isa_and_nonnull<tensor::TensorDialect>(op->getDialect());
  }
};

} // namespace

void lowbit::populateDataMovementPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<StorageCastLowering, MovementLowering>(converter, patterns.getContext());
}
