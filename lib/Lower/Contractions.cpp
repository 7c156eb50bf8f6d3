#include "Patterns.h"
#include "lowbit/Dialect/AccumulatorType.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/FixedPoint.h"
#include "lowbit/Support/GroupMultipliers.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

namespace {

/// A contraction of storage integers, independent of which one it is.
struct Contraction {
  Location loc;
  /// Storage of the operands; the left one signed, padded, with one zero point.
  SignedOperand lhs;
  Value rhs;
  /// The constant that `rhs` was widened from, where that holds integers of less than 8 bits; null otherwise.
  Value narrowRhs;
  quant::UniformQuantizedType lhsType;
  quant::QuantizedType rhsType;
  /// i32 of one element for each output channel, or null.
  Value bias;
  /// The dimension of `rhs` that holds the output channels.
  int64_t channelAxis;
  RankedTensorType accumulatorType;
  /// The effective weights that `rhs` holds, where it is computed from constants; empty otherwise.
  SmallVector<int8_t, 0> effectiveWeights = {};
  /// Whether `rhs` has other weights for each index of the first dimension.
  bool hasBatch = false;

  int64_t getChannels() const { return accumulatorType.getShape().back(); }
};

/// Builds the named op of a contraction on the given operands.
using NamedOpBuilder = llvm::function_ref<linalg::LinalgOp(OpBuilder &, Value lhs, Value rhs, Value init)>;

} // namespace

/// The zero points of elements as bytes, with the layout of `places`.
static Value createZeroPoints(OpBuilder &builder, Location loc, const ElementParameters &places) {
  return createConstant<int8_t>(builder, loc, RankedTensorType::get(places.shape, builder.getI8Type()),
                                SmallVector<int8_t>(llvm::to_vector_of<int8_t>(places.zeroPoints)), "zero_points");
}

static bool hasZeroPoints(const ElementParameters &parameters) {
  return llvm::any_of(parameters.zeroPoints, [](int64_t zeroPoint) { return zeroPoint != 0; });
}

/// Lets `contraction` multiply with what an elementwise op on the constant `weights` computes: `multiplier * (q - z)`,
/// without multipliers where they are null, in bytes.
static void expandWeights(OpBuilder &builder, Contraction &contraction, Value weights, Value multipliers,
                          const ElementParameters &places) {
  auto type = cast<RankedTensorType>(contraction.rhs.getType()).clone(builder.getI8Type());
  ElementwiseBuilder elementwise(builder, contraction.loc, type);
  elementwise.addInput(weights);
  if (multipliers)
    elementwise.addInput(multipliers, places.map);
  const bool subtracts = hasZeroPoints(places);
  if (subtracts)
    elementwise.addInput(createZeroPoints(builder, contraction.loc, places), places.map);
  contraction.rhs = elementwise.build([&](BodyBuilder b, ValueRange args) -> Value {
    Value weight = b.extend(args[0], b.builder.getI8Type(), /*isSigned=*/true);
    if (subtracts)
      weight = arith::SubIOp::create(b.builder, b.loc, weight, args[multipliers ? 2 : 1]);
    return multipliers ? arith::MulIOp::create(b.builder, b.loc, weight, args[1]).getResult() : weight;
  });
  contraction.narrowRhs = Value();
}

/// Makes the weights of `contraction`, which have a scale for each group, 8-bit weights with a scale for each channel.
static void expandGroups(OpBuilder &builder, Contraction &contraction, const GroupMultipliers &multipliers) {
  const ElementParameters &groups = multipliers.getParameters();
  Value weights = contraction.narrowRhs ? contraction.narrowRhs : contraction.rhs;
  if (auto constant = getConstantValues<int8_t>(weights))
    contraction.effectiveWeights =
        multipliers.expand(constant->get(), cast<RankedTensorType>(contraction.rhs.getType()).getShape());
  Value factors =
      createConstant<int8_t>(builder, contraction.loc, RankedTensorType::get(groups.shape, builder.getI8Type()),
                             multipliers.getMultipliers(), "multipliers");
  expandWeights(builder, contraction, weights, factors, groups);
  constexpr int64_t kLargest = GroupMultipliers::kLargestMagnitude;
  ArrayRef<double> scales = multipliers.getChannelScales();
  contraction.rhsType = quant::UniformQuantizedPerAxisType::get(
      quant::QuantizationFlags::Signed, builder.getI8Type(), builder.getF32Type(), scales,
      SmallVector<int64_t>(scales.size(), 0), static_cast<int32_t>(contraction.channelAxis), -kLargest, kLargest);
}

/// `q - z` of constant weights where all of that fits a byte; empty elsewhere.
static SmallVector<int8_t, 0> subtractZeroPoints(const Contraction &contraction, const ElementParameters &parameters) {
  auto constant = getConstantValues<int8_t>(contraction.narrowRhs ? contraction.narrowRhs : contraction.rhs);
  SmallVector<int8_t, 0> differences;
  if (!constant)
    return differences;
  auto indices = parameters.getIndices(cast<RankedTensorType>(contraction.rhs.getType()).getShape());
  for (auto [weight, index] : llvm::zip_equal(constant->get(), indices)) {
    const int64_t integer = contraction.rhsType.isSigned() ? weight : static_cast<uint8_t>(weight);
    const int64_t difference = integer - parameters.zeroPoints[index];
    if (difference != static_cast<int8_t>(difference))
      return {};
    differences.push_back(static_cast<int8_t>(difference));
  }
  return differences;
}

/// Makes the weights of `contraction`, where all are -3, -1, 1 or 3, what an elementwise op computes from integers of 2
/// bits: `2 * q + 1`. Half steps are such.
static void expandHalfSteps(OpBuilder &builder, Contraction &contraction) {
  auto isHalfStep = [](int8_t weight) { return weight % 2 != 0 && std::abs(weight) <= 3; };
  auto constant = contraction.narrowRhs ? getConstantValues<int8_t>(contraction.narrowRhs) : std::nullopt;
  if (!constant || !getElementTypeOrSelf(contraction.narrowRhs.getType()).isInteger(4) ||
      !llvm::all_of(constant->get(), isHalfStep))
    return;
  auto type = cast<RankedTensorType>(contraction.rhs.getType());
  SmallVector<int8_t, 0> integers;
  for (int8_t weight : constant->get())
    integers.push_back(static_cast<int8_t>((weight - 1) / 2));
  ElementwiseBuilder elementwise(builder, contraction.loc, type.clone(builder.getI8Type()));
  elementwise.addInput(
      createConstant<int8_t>(builder, contraction.loc, type.clone(builder.getIntegerType(2)), integers, "half_steps"));
  contraction.rhs = elementwise.build([](BodyBuilder b, ValueRange args) -> Value {
    Type byte = b.builder.getI8Type();
    Value integer = b.extend(args[0], byte, /*isSigned=*/true);
    Value twice = arith::MulIOp::create(b.builder, b.loc, integer, b.getInt(byte, 2));
    return arith::SubIOp::create(b.builder, b.loc, twice, b.getInt(byte, -1));
  });
  contraction.effectiveWeights.assign(constant->get().begin(), constant->get().end());
  contraction.narrowRhs = Value();
}

/// Makes the constant weights of `contraction` 8-bit weights without zero points, and signed, where they fit.
static void expandZeroPoints(OpBuilder &builder, Contraction &contraction, const ElementParameters &parameters) {
  if (contraction.rhsType.isSigned() && !hasZeroPoints(parameters))
    return expandHalfSteps(builder, contraction);
  SmallVector<int8_t, 0> differences = subtractZeroPoints(contraction, parameters);
  if (differences.empty())
    return;
  if (contraction.narrowRhs)
    expandWeights(builder, contraction, contraction.narrowRhs, /*multipliers=*/Value(), parameters);
  else
    contraction.rhs = createConstant<int8_t>(
        builder, contraction.loc, cast<RankedTensorType>(contraction.rhs.getType()), differences, "differences");
  contraction.effectiveWeights = std::move(differences);
  Type storage = builder.getI8Type(), expressed = builder.getF32Type();
  constexpr int64_t kMin = std::numeric_limits<int8_t>::min(), kMax = std::numeric_limits<int8_t>::max();
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(contraction.rhsType))
    contraction.rhsType = quant::UniformQuantizedPerAxisType::get(
        quant::QuantizationFlags::Signed, storage, expressed, perAxis.getScales(),
        SmallVector<int64_t>(perAxis.getScales().size(), 0), perAxis.getQuantizedDimension(), kMin, kMax);
  else
    contraction.rhsType = quant::UniformQuantizedType::get(quant::QuantizationFlags::Signed, storage, expressed,
                                                           parameters.scales.front(), 0, kMin, kMax);
}

/// Broadcasts one value for each output channel to the accumulators.
static Value broadcastChannels(OpBuilder &builder, const Contraction &contraction, Value channels) {
  RankedTensorType type = contraction.accumulatorType;
  Value empty = tensor::EmptyOp::create(builder, contraction.loc, type.getShape(), type.getElementType());
  SmallVector<int64_t> dimensions = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank() - 1));
  return linalg::BroadcastOp::create(builder, contraction.loc, channels, empty, dimensions)->getResult(0);
}

/// `bias[f] - z * sum(w[f])` for constant bias and weights. Wraps as the accumulator does: the sum of both is exact.
/// Nothing where an operand is not constant, or the weights differ by batch.
static std::optional<SmallVector<int32_t>> computeChannelInit(const Contraction &contraction) {
  if (contraction.hasBatch)
    return std::nullopt;
  auto constant = getConstantValues<int8_t>(contraction.narrowRhs ? contraction.narrowRhs : contraction.rhs);
  ArrayRef<int8_t> weights = constant ? constant->get() : ArrayRef<int8_t>(contraction.effectiveWeights);
  const int64_t channels = contraction.getChannels();
  SmallVector<int32_t> init(channels, 0);
  if (contraction.bias) {
    auto bias = getConstantValues<int32_t>(contraction.bias);
    if (!bias || static_cast<int64_t>(bias->get().size()) != channels)
      return std::nullopt;
    llvm::copy(bias->get(), init.begin());
  }
  if (weights.empty())
    return std::nullopt;
  ArrayRef<int64_t> shape = cast<RankedTensorType>(contraction.rhs.getType()).getShape();
  const int64_t stride = computeProduct(shape.drop_front(contraction.channelAxis + 1));
  SmallVector<uint32_t> sums(channels, 0);
  for (auto [index, weight] : llvm::enumerate(weights))
    sums[index / stride % channels] += static_cast<uint32_t>(static_cast<int32_t>(weight));
  for (auto [value, sum] : llvm::zip_equal(init, sums))
    value = static_cast<int32_t>(static_cast<uint32_t>(value) - static_cast<uint32_t>(contraction.lhs.zeroPoint) * sum);
  return init;
}

/// The tensor that a contraction on storage integers starts from, so that it ends with the accumulators; null where
/// that is not known at compile time.
static Value createInit(OpBuilder &builder, const Contraction &contraction, const ElementParameters &rhsParameters) {
  if (!contraction.rhsType.isSigned() || hasZeroPoints(rhsParameters))
    return {};
  ArrayRef<int64_t> shape = contraction.accumulatorType.getShape();
  if (contraction.lhs.zeroPoint == 0 && !contraction.bias)
    return createFilled(builder, contraction.loc, shape, builder.getI32Type(), 0);
  auto init = computeChannelInit(contraction);
  if (!init)
    return {};
  auto type = RankedTensorType::get({contraction.getChannels()}, builder.getI32Type());
  return broadcastChannels(builder, contraction,
                           createConstant<int32_t>(builder, contraction.loc, type, *init, "bias"));
}

/// The contraction of `q - z` on both sides, as a generic with the indexing of `named`.
static Value createCentered(OpBuilder &builder, const Contraction &contraction, const ElementParameters &rhsParameters,
                            NamedOpBuilder named) {
  Location loc = contraction.loc;
  Value init = contraction.bias
                   ? broadcastChannels(builder, contraction, contraction.bias)
                   : createFilled(builder, loc, contraction.accumulatorType.getShape(), builder.getI32Type(), 0);
  // Only the indexing of the named op is of use.
  OpBuilder detached(builder.getContext());
  linalg::LinalgOp indexing = named(detached, contraction.lhs.value, contraction.rhs, init);
  SmallVector<AffineMap> maps = indexing.getIndexingMapsArray();
  SmallVector<utils::IteratorType> iterators = indexing.getIteratorTypesArray();
  indexing->erase();

  SmallVector<Value> inputs = {contraction.lhs.value, contraction.rhs};
  const bool hasOneZeroPoint = llvm::all_equal(rhsParameters.zeroPoints);
  if (!hasOneZeroPoint) {
    SmallVector<int32_t> zeroPoints = llvm::to_vector_of<int32_t>(rhsParameters.zeroPoints);
    auto type = RankedTensorType::get(rhsParameters.shape, builder.getI32Type());
    inputs.push_back(createConstant<int32_t>(builder, loc, type, zeroPoints, "zero_points"));
    maps.insert(maps.begin() + 2, rhsParameters.map.compose(maps[1]));
  }
  const Storage lhsStorage{getContainer(contraction.lhsType), /*isSigned=*/true, {}};
  const Storage rhsStorage = getStorage(contraction.rhsType);
  return linalg::GenericOp::create(
             builder, loc, init.getType(), inputs, init, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               BodyBuilder b{builder, loc};
               const ZeroPoint rhsZero =
                   hasOneZeroPoint ? ZeroPoint{rhsParameters.zeroPoints.front(), Value()} : ZeroPoint{0, args[2]};
               Value left = subtractZeroPoint(b, args[0], lhsStorage, {contraction.lhs.zeroPoint, Value()});
               Value right = subtractZeroPoint(b, args[1], rhsStorage, rhsZero);
               Value product = arith::MulIOp::create(builder, loc, left, right);
               linalg::YieldOp::create(builder, loc,
                                       arith::AddIOp::create(builder, loc, args.back(), product).getResult());
             })
      ->getResult(0);
}

/// The accumulators, then their requantization where they are not the result of `op`.
template <typename OpTy>
static LogicalResult lower(OpTy op, ConversionPatternRewriter &rewriter, Contraction &contraction,
                           NamedOpBuilder named) {
  if (contraction.lhsType.getStorageTypeIntegralWidth() > 16 || contraction.rhsType.getStorageTypeIntegralWidth() > 8)
    return rewriter.notifyMatchFailure(op, "expected an operand of at most 16 bits and one of at most 8");
  if (auto groups = dyn_cast<quant::UniformQuantizedSubChannelType>(contraction.rhsType)) {
    std::string reason;
    FailureOr<GroupMultipliers> multipliers = GroupMultipliers::get(groups, contraction.channelAxis, reason);
    if (failed(multipliers))
      return rewriter.notifyMatchFailure(op, reason);
    expandGroups(rewriter, contraction, *multipliers);
  }
  auto parameters = ElementParameters::get(contraction.rhsType, cast<ShapedType>(contraction.rhs.getType()).getRank());
  if (!parameters)
    return rewriter.notifyMatchFailure(op, "expected one scale, or one for each output channel or group");
  expandZeroPoints(rewriter, contraction, *parameters);
  parameters = ElementParameters::get(contraction.rhsType, cast<ShapedType>(contraction.rhs.getType()).getRank());

  Value accumulators;
  if (Value init = createInit(rewriter, contraction, *parameters))
    accumulators =
        named(rewriter, contraction.lhs.value, contraction.narrowRhs ? contraction.narrowRhs : contraction.rhs, init)
            ->getResult(0);
  else
    accumulators = createCentered(rewriter, contraction, *parameters, named);
  if (isAccumulatorType(op.getType().getElementType())) {
    if (std::optional<ArrayRef<int64_t>> clamp = op.getClamp())
      accumulators =
          clampIntegers(rewriter, op.getLoc(), accumulators, /*isSigned=*/true, {clamp->front(), clamp->back()});
    rewriter.replaceOp(op, accumulators);
    return success();
  }
  auto resultType = dyn_cast<quant::UniformQuantizedType>(op.getType().getElementType());
  if (!resultType)
    return rewriter.notifyMatchFailure(op, "expected a result quantized per tensor");
  SmallVector<double> ratios = llvm::map_to_vector(parameters->scales, [&](double scale) {
    return computeProductRatio(getScale(contraction.lhsType), scale, getScale(resultType));
  });
  rewriter.replaceOp(
      op, requantizeAccumulators(rewriter, op.getLoc(), accumulators, ratios, op.getMode(), resultType, op.getClamp()));
  return success();
}

static RankedTensorType getAccumulatorType(RankedTensorType type) {
  return type.clone(IntegerType::get(type.getContext(), 32));
}

namespace {

struct MatmulLowering : OpConversionPattern<MatmulOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(MatmulOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    auto lhsType = dyn_cast<quant::UniformQuantizedType>(getQuantizedType(op.getLhs()));
    if (!lhsType)
      return rewriter.notifyMatchFailure(op, "expected a left operand quantized per tensor");
    Contraction contraction{op.getLoc(),       convertToSigned(rewriter, op.getLoc(), adaptor.getLhs(), lhsType),
                            adaptor.getRhs(),  getNarrowConstant(op.getRhs()),
                            lhsType,           getQuantizedType(op.getRhs()),
                            adaptor.getBias(),
                            /*channelAxis=*/1, getAccumulatorType(op.getType())};
    return lower(op, rewriter, contraction, [&](OpBuilder &builder, Value lhs, Value rhs, Value init) {
      return cast<linalg::LinalgOp>(
          linalg::MatmulOp::create(builder, op.getLoc(), init.getType(), ValueRange{lhs, rhs}, init).getOperation());
    });
  }
};

struct BatchMatmulLowering : OpConversionPattern<BatchMatmulOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(BatchMatmulOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto lhsType = dyn_cast<quant::UniformQuantizedType>(getQuantizedType(op.getLhs()));
    auto rhsType = dyn_cast<quant::UniformQuantizedType>(getQuantizedType(op.getRhs()));
    if (!lhsType || !rhsType)
      return rewriter.notifyMatchFailure(op, "expected operands quantized per tensor");
    Contraction contraction{op.getLoc(),
                            convertToSigned(rewriter, op.getLoc(), adaptor.getLhs(), lhsType),
                            adaptor.getRhs(),
                            /*narrowRhs=*/Value(),
                            lhsType,
                            rhsType,
                            /*bias=*/Value(),
                            /*channelAxis=*/2,
                            getAccumulatorType(op.getType()),
                            /*effectiveWeights=*/{},
                            /*hasBatch=*/true};
    return lower(op, rewriter, contraction, [&](OpBuilder &builder, Value lhs, Value rhs, Value init) {
      return cast<linalg::LinalgOp>(
          linalg::BatchMatmulOp::create(builder, op.getLoc(), init.getType(), ValueRange{lhs, rhs}, init)
              .getOperation());
    });
  }
};

/// `lowbit.conv_2d` and `lowbit.depthwise_conv_2d`.
template <typename OpTy, typename NamedOp, int64_t kChannelAxis> struct ConvLowering : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto inputType = dyn_cast<quant::UniformQuantizedType>(getQuantizedType(op.getInput()));
    if (!inputType)
      return rewriter.notifyMatchFailure(op, "expected an input quantized per tensor");
    constexpr bool isDepthwise = std::is_same_v<OpTy, DepthwiseConv2DOp>;
    SignedOperand input = convertToSigned(rewriter, op.getLoc(), adaptor.getInput(), inputType);
    input.value = padImage(rewriter, op.getLoc(), input.value, op.getPad(), input.zeroPoint);
    Contraction contraction{op.getLoc(),
                            input,
                            adaptor.getFilter(),
                            isDepthwise ? Value() : getNarrowConstant(op.getFilter()),
                            inputType,
                            getQuantizedType(op.getFilter()),
                            adaptor.getBias(),
                            kChannelAxis,
                            getAccumulatorType(op.getType())};
    return lower(op, rewriter, contraction, [&](OpBuilder &builder, Value lhs, Value rhs, Value init) {
      return cast<linalg::LinalgOp>(NamedOp::create(builder, op.getLoc(), init.getType(), ValueRange{lhs, rhs}, init,
                                                    builder.getI64TensorAttr(op.getStrides()),
                                                    builder.getI64TensorAttr(op.getDilations()))
                                        .getOperation());
    });
  }
};

} // namespace

void lowbit::populateContractionPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<MatmulLowering, BatchMatmulLowering, ConvLowering<Conv2DOp, linalg::Conv2DNhwcFhwcOp, 0>,
               ConvLowering<DepthwiseConv2DOp, linalg::DepthwiseConv2DNhwcHwcOp, 2>>(converter, patterns.getContext());
}
