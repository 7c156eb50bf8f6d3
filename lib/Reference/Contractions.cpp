#include "ContractionLoops.h"
#include "lowbit/Dialect/AccumulatorType.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Support/GroupMultipliers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

/// `q - z` of every element.
static FailureOr<std::vector<int32_t>> getValues(Operation *op, Value operand, const Scope &scope) {
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, operand.getType());
  if (failed(elements))
    return failure();
  const Tensor &tensor = scope.get(operand);
  std::vector<int32_t> values(tensor.getNumElements());
  for (int64_t index = 0, end = values.size(); index < end; ++index) {
    FailureOr<int32_t> value = narrowAccumulator(op, elements->readValue(tensor, index));
    if (failed(value))
      return failure();
    values[index] = *value;
  }
  return values;
}

/// The integers that weights are multiplied as: `q - z`, or of groups `c * (q - z)`.
static FailureOr<std::vector<int32_t>> getWeights(Operation *op, Value operand, int64_t channelAxis,
                                                  const Scope &scope) {
  FailureOr<std::vector<int32_t>> values = getValues(op, operand, scope);
  auto groups = dyn_cast<quant::UniformQuantizedSubChannelType>(getElementTypeOrSelf(operand.getType()));
  if (failed(values) || !groups)
    return values;
  std::string reason;
  FailureOr<GroupMultipliers> multipliers = GroupMultipliers::get(groups, channelAxis, reason);
  if (failed(multipliers))
    return op->emitError() << reason;
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, operand.getType());
  for (auto [index, value] : llvm::enumerate(*values))
    value *= multipliers->getMultipliers()[elements->getGroup(index)];
  return values;
}

namespace {
/// The accumulators of a contraction and what makes storage integers of them.
struct Accumulators {
  /// In the order of the result; the output channels are its last dimension.
  std::vector<int64_t> sums;
  int64_t channels = 0;
};
} // namespace

/// Accumulators that hold the bias of their channel.
static FailureOr<Accumulators> startAccumulators(Operation *op, RankedTensorType type, Value bias, const Scope &scope) {
  FailureOr<Tensor> shape = createTensor(op, type);
  if (failed(shape))
    return failure();
  Accumulators accumulators;
  accumulators.channels = type.getShape().back();
  accumulators.sums.resize(shape->getNumElements());
  if (!bias)
    return accumulators;
  const Tensor &values = scope.get(bias);
  if (values.getNumElements() != accumulators.channels)
    return op->emitError() << "expected a bias of " << accumulators.channels << " values, but got "
                           << values.getNumElements();
  for (auto [index, sum] : llvm::enumerate(accumulators.sums))
    sum = readInteger(values, index % accumulators.channels);
  return accumulators;
}

/// The multiplier of each output channel: the left operand has one scale, the right one has one or one for each
/// channel.
static FailureOr<SmallVector<Multiplier>> getMultipliers(Operation *op, Value lhs, Value rhs, int64_t rhsChannelAxis,
                                                         double resultScale, int64_t channels, bool isFixed) {
  FailureOr<QuantizedElements> lhsElements = QuantizedElements::get(op, lhs.getType());
  if (failed(lhsElements))
    return failure();
  std::optional<SmallVector<double>> scales =
      getChannelScales(cast<quant::QuantizedType>(getElementTypeOrSelf(rhs.getType())), rhsChannelAxis);
  if (lhsElements->getGroupCount() != 1 || !scales ||
      (scales->size() != 1 && static_cast<int64_t>(scales->size()) != channels))
    return op->emitError() << "expected one scale on the left, and one scale or " << channels
                           << " on the right, but got " << lhs.getType() << " and " << rhs.getType();
  SmallVector<Multiplier> multipliers;
  for (int64_t channel = 0; channel < channels; ++channel)
    multipliers.push_back(Multiplier::get(
        computeProductRatio(lhsElements->getScale(0), (*scales)[scales->size() == 1 ? 0 : channel], resultScale),
        isFixed));
  return multipliers;
}

/// The accumulators themselves, bounded by the clamp of `op`.
template <typename OpTy> static FailureOr<Tensor> keepAccumulators(OpTy op, ArrayRef<int64_t> sums) {
  FailureOr<Tensor> result = createTensor(op, op.getType());
  if (failed(result))
    return failure();
  Bounds bounds{std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
  if (std::optional<ArrayRef<int64_t>> limits = op.getClamp())
    bounds = {limits->front(), limits->back()};
  for (auto [index, sum] : llvm::enumerate(sums)) {
    FailureOr<int32_t> accumulator = narrowAccumulator(op, sum);
    if (failed(accumulator))
      return failure();
    writeInteger(*result, index, clamp(*accumulator, bounds));
  }
  return result;
}

/// The result of `op`: its accumulators in i32, or requantized and clamped.
template <typename OpTy>
static FailureOr<Tensor> finish(OpTy op, Value lhs, Value rhs, int64_t rhsChannelAxis,
                                const Accumulators &accumulators) {
  if (isAccumulatorType(op.getType().getElementType()))
    return keepAccumulators(op, accumulators.sums);
  FailureOr<Tensor> result = createTensor(op, op.getType());
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, op.getType());
  if (failed(result) || failed(elements))
    return failure();
  if (elements->getGroupCount() != 1)
    return op.emitError() << "expected one scale in the result";
  FailureOr<Bounds> bounds = getClampedBounds(op, *elements, op.getClamp());
  FailureOr<SmallVector<Multiplier>> multipliers =
      getMultipliers(op, lhs, rhs, rhsChannelAxis, elements->getScale(0), accumulators.channels,
                     op.getMode() == RequantizeMode::Fixed);
  if (failed(bounds) || failed(multipliers))
    return failure();
  for (auto [index, sum] : llvm::enumerate(accumulators.sums)) {
    FailureOr<int32_t> accumulator = narrowAccumulator(op, sum);
    if (failed(accumulator))
      return failure();
    elements->write(
        *result, index,
        requantize(*accumulator, (*multipliers)[index % accumulators.channels], elements->getZeroPoint(0), *bounds));
  }
  return result;
}

/// `lhs` is [B, M, K], `rhs` [B, K, N], each with or without B.
template <typename OpTy> static FailureOr<Tensor> evaluateMatmul(OpTy op, Value bias, const Scope &scope) {
  ArrayRef<int64_t> lhsShape = scope.get(op.getLhs()).shape, rhsShape = scope.get(op.getRhs()).shape;
  ArrayRef<int64_t> resultShape = op.getType().getShape();
  const size_t rank = isa<BatchMatmulOp>(op) ? 3 : 2;
  if (lhsShape.size() != rank || rhsShape.size() != rank || resultShape.size() != rank ||
      lhsShape.back() != rhsShape[rank - 2] || resultShape.back() != rhsShape.back() ||
      lhsShape.drop_back() != resultShape.drop_back() || lhsShape.drop_back(2) != rhsShape.drop_back(2))
    return op.emitError() << "shapes of the operands and the result are not those of a matrix product";
  const int64_t channelAxis = rank - 1;
  FailureOr<std::vector<int32_t>> lhs = getValues(op, op.getLhs(), scope);
  FailureOr<std::vector<int32_t>> rhs = getWeights(op, op.getRhs(), channelAxis, scope);
  FailureOr<Accumulators> accumulators = startAccumulators(op, op.getType(), bias, scope);
  if (failed(lhs) || failed(rhs) || failed(accumulators))
    return failure();
  multiplyMatrices<int32_t, int64_t>(rank == 3 ? lhsShape[0] : 1, lhsShape[rank - 2], rhsShape.back(), lhsShape.back(),
                                     *lhs, *rhs, accumulators->sums);
  return finish(op, op.getLhs(), op.getRhs(), channelAxis, *accumulators);
}

template <typename OpTy> static FailureOr<Tensor> evaluateConv(OpTy op, const Scope &scope) {
  constexpr bool isDepthwise = std::is_same_v<OpTy, DepthwiseConv2DOp>;
  ArrayRef<int64_t> filterShape = scope.get(op.getFilter()).shape;
  WindowGeometry geometry;
  geometry.input = scope.get(op.getInput()).shape;
  llvm::append_range(geometry.output, op.getType().getShape());
  geometry.strides = llvm::to_vector(op.getStrides());
  geometry.dilations = llvm::to_vector(op.getDilations());
  geometry.pad = llvm::to_vector(op.getPad());
  if (filterShape.size() != (isDepthwise ? 3 : 4))
    return op.emitError() << "expected a filter of rank " << (isDepthwise ? 3 : 4) << ", but got "
                          << filterShape.size();
  geometry.kernel = llvm::to_vector(isDepthwise ? filterShape.take_front(2) : filterShape.slice(1, 2));
  if (failed(geometry.verify(op)))
    return failure();
  const int64_t channels = geometry.output[3];
  if (filterShape.back() != geometry.input[3] || channels != (isDepthwise ? filterShape.back() : filterShape.front()))
    return op.emitError() << "channels of the filter are not those of the input and the result";

  FailureOr<std::vector<int32_t>> input = getValues(op, op.getInput(), scope);
  const int64_t channelAxis = isDepthwise ? 2 : 0;
  FailureOr<std::vector<int32_t>> filter = getWeights(op, op.getFilter(), channelAxis, scope);
  FailureOr<Accumulators> accumulators = startAccumulators(op, op.getType(), op.getBias(), scope);
  if (failed(input) || failed(filter) || failed(accumulators))
    return failure();
  if constexpr (isDepthwise)
    convolveDepthwise<int32_t, int64_t>(geometry, *input, *filter, accumulators->sums);
  else
    convolve<int32_t, int64_t>(geometry, *input, moveChannelsLast<int32_t>(*filter, channels), accumulators->sums);
  return finish(op, op.getInput(), op.getFilter(), channelAxis, *accumulators);
}

Evaluation reference::evaluateContraction(Operation *op, const Scope &scope) {
  return TypeSwitch<Operation *, Evaluation>(op)
      .Case([&](MatmulOp op) -> Evaluation { return toResults(evaluateMatmul(op, op.getBias(), scope)); })
      .Case([&](BatchMatmulOp op) -> Evaluation { return toResults(evaluateMatmul(op, Value(), scope)); })
      .Case<Conv2DOp, DepthwiseConv2DOp>([&](auto op) -> Evaluation { return toResults(evaluateConv(op, scope)); })
      .Default([](Operation *) { return std::nullopt; });
}
