#include "lowbit/Analysis/AccumulatorRange.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/GroupMultipliers.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();

/// `a + b` and `a * b` of values that are not negative, saturating.
static int64_t addSaturating(int64_t a, int64_t b) {
  int64_t result;
  return llvm::AddOverflow(a, b, result) ? kUnbounded : result;
}
static int64_t multiplySaturating(int64_t a, int64_t b) {
  int64_t result;
  return llvm::MulOverflow(a, b, result) ? kUnbounded : result;
}

int64_t StorageValues::getLargestMagnitude() const {
  return std::max(std::abs(range.min - zeroPoint), std::abs(range.max - zeroPoint));
}

std::optional<StorageValues> lowbit::getStorageValues(quant::QuantizedType type) {
  StorageValues values{{type.getStorageTypeMin(), type.getStorageTypeMax()}, 0};
  if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type)) {
    values.zeroPoint = perTensor.getZeroPoint();
    return values;
  }
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  if (!perAxis)
    return std::nullopt;
  int64_t largest = 0;
  for (int64_t zeroPoint : perAxis.getZeroPoints()) {
    StorageValues channel{values.range, zeroPoint};
    if (channel.getLargestMagnitude() >= largest) {
      largest = channel.getLargestMagnitude();
      values.zeroPoint = zeroPoint;
    }
  }
  return values;
}

std::optional<StorageValues> lowbit::getWeightValues(quant::QuantizedType type, int64_t channelAxis) {
  auto groups = dyn_cast<quant::UniformQuantizedSubChannelType>(type);
  if (!groups)
    return getStorageValues(type);
  std::string reason;
  FailureOr<GroupMultipliers> multipliers = GroupMultipliers::get(groups, channelAxis, reason);
  if (failed(multipliers))
    return std::nullopt;
  return StorageValues{{-multipliers->getLargestMagnitude(), multipliers->getLargestMagnitude()}, 0};
}

bool AccumulatorBound::fits() const { return magnitude <= std::numeric_limits<int32_t>::max(); }

AccumulatorBound lowbit::boundAccumulator(ArrayRef<int8_t> weights, ArrayRef<int64_t> shape, int64_t channelAxis,
                                          ArrayRef<int64_t> weightZeroPoints, const StorageValues &input,
                                          ArrayRef<int32_t> bias) {
  const int64_t channels = shape[channelAxis];
  const int64_t stride = computeProduct(shape.drop_front(channelAxis + 1));
  SmallVector<int64_t> sums(channels, 0);
  for (auto [index, weight] : llvm::enumerate(weights)) {
    const int64_t channel = index / stride % channels;
    const int64_t zeroPoint = weightZeroPoints[weightZeroPoints.size() == 1 ? 0 : channel];
    sums[channel] = addSaturating(sums[channel], std::abs(static_cast<int64_t>(weight) - zeroPoint));
  }
  AccumulatorBound bound;
  for (int64_t channel = 0; channel < channels; ++channel) {
    int64_t magnitude = multiplySaturating(sums[channel], input.getLargestMagnitude());
    if (!bias.empty())
      magnitude = addSaturating(magnitude, std::abs(static_cast<int64_t>(bias[channel])));
    if (magnitude > bound.magnitude)
      bound = {magnitude, channel};
  }
  return bound;
}

AccumulatorBound lowbit::boundAccumulator(const StorageValues &lhs, const StorageValues &rhs, int64_t count,
                                          int64_t largestBias) {
  const int64_t product = multiplySaturating(lhs.getLargestMagnitude(), rhs.getLargestMagnitude());
  return {addSaturating(multiplySaturating(product, count), largestBias), /*channel=*/-1};
}

/// The constant integers that a quantized tensor of weights holds: those of the constant behind a `quant.scast`, or of
/// groups the effective weights.
static std::optional<ConstantValues<int8_t>> getWeightConstant(Value value, int64_t channelAxis) {
  auto cast = value.getDefiningOp<quant::StorageCastOp>();
  auto constant = getConstantValues<int8_t>(cast ? cast.getInput() : value);
  auto tensor = mlir::cast<RankedTensorType>(value.getType());
  auto groups = dyn_cast<quant::UniformQuantizedSubChannelType>(tensor.getElementType());
  if (!constant || !groups)
    return constant;
  std::string reason;
  FailureOr<GroupMultipliers> multipliers = GroupMultipliers::get(groups, channelAxis, reason);
  if (failed(multipliers))
    return std::nullopt;
  return ConstantValues<int8_t>(multipliers->expand(constant->get(), tensor.getShape()));
}

namespace {
/// What bounds the accumulator of a contraction: its operands, the axis of the right one that holds the output
/// channels, and how many products one sum has.
struct Contraction {
  Value lhs, rhs, bias;
  int64_t channelAxis = 0;
  int64_t count = 0;
};
} // namespace

/// The contraction that `op` is. Shapes are static.
static std::optional<Contraction> getContraction(Operation *op) {
  auto shapeOf = [](Value value) { return cast<RankedTensorType>(value.getType()).getShape(); };
  return TypeSwitch<Operation *, std::optional<Contraction>>(op)
      .Case([&](MatmulOp matmul) -> std::optional<Contraction> {
        return Contraction{matmul.getLhs(), matmul.getRhs(), matmul.getBias(), 1, shapeOf(matmul.getRhs())[0]};
      })
      .Case([&](BatchMatmulOp matmul) -> std::optional<Contraction> {
        return Contraction{matmul.getLhs(), matmul.getRhs(), Value(), 2, shapeOf(matmul.getRhs())[1]};
      })
      .Case([&](Conv2DOp conv) -> std::optional<Contraction> {
        ArrayRef<int64_t> shape = shapeOf(conv.getFilter());
        return Contraction{conv.getInput(), conv.getFilter(), conv.getBias(), 0, computeProduct(shape.drop_front())};
      })
      .Case([&](DepthwiseConv2DOp conv) -> std::optional<Contraction> {
        ArrayRef<int64_t> shape = shapeOf(conv.getFilter());
        return Contraction{conv.getInput(), conv.getFilter(), conv.getBias(), 2, computeProduct(shape.drop_back())};
      })
      .Default([](Operation *) { return std::nullopt; });
}

std::optional<int64_t> lowbit::getTermCount(Operation *op) {
  std::optional<Contraction> contraction = getContraction(op);
  return contraction ? std::optional(contraction->count) : std::nullopt;
}

/// How many elements one accumulator of a pool or mean sums.
static int64_t getMeanCount(Operation *op) {
  if (auto pool = dyn_cast<AvgPool2DOp>(op))
    return computeProduct(pool.getKernel());
  auto mean = cast<ReduceMeanOp>(op);
  auto shape = cast<RankedTensorType>(mean.getInput().getType()).getShape();
  int64_t count = 1;
  for (int64_t dim : mean.getDims())
    count = multiplySaturating(count, shape[dim]);
  return count;
}

static LogicalResult checkBound(AccumulatorBound bound, std::string &reason) {
  if (bound.fits())
    return success();
  reason = "the accumulator";
  if (bound.channel >= 0)
    reason += " of output channel " + std::to_string(bound.channel);
  reason += " may reach " + std::to_string(bound.magnitude) + ", more than " +
            std::to_string(std::numeric_limits<int32_t>::max());
  return failure();
}

static quant::QuantizedType getQuantizedType(Value value) {
  return cast<quant::QuantizedType>(getElementTypeOrSelf(value.getType()));
}

/// The zero point of each output channel, or one for all; effective weights have none.
static SmallVector<int64_t> getZeroPoints(quant::QuantizedType type) {
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return llvm::to_vector(perAxis.getZeroPoints());
  if (isa<quant::UniformQuantizedSubChannelType>(type))
    return {0};
  return {cast<quant::UniformQuantizedType>(type).getZeroPoint()};
}

static LogicalResult verifyContraction(const Contraction &contraction, std::string &reason) {
  std::optional<StorageValues> lhs = getStorageValues(getQuantizedType(contraction.lhs));
  std::optional<StorageValues> rhs = getWeightValues(getQuantizedType(contraction.rhs), contraction.channelAxis);
  if (!lhs || !rhs) {
    reason = "no bound is known for an accumulator of sub-channel operands";
    return failure();
  }
  ArrayRef<int64_t> shape = cast<RankedTensorType>(contraction.rhs.getType()).getShape();
  const int64_t channels = shape[contraction.channelAxis];
  auto bias = getConstantValues<int32_t>(contraction.bias);
  ArrayRef<int32_t> biasValues = bias ? bias->get() : ArrayRef<int32_t>();
  if (contraction.bias && static_cast<int64_t>(biasValues.size()) != channels) {
    reason = "the bias is no constant of " + std::to_string(channels) + " values, so it may be any i32";
    return failure();
  }
  SmallVector<int64_t> zeroPoints = getZeroPoints(getQuantizedType(contraction.rhs));
  const bool hasZeroPoints = zeroPoints.size() == 1 || static_cast<int64_t>(zeroPoints.size()) == channels;
  if (auto weights = getWeightConstant(contraction.rhs, contraction.channelAxis); weights && hasZeroPoints)
    return checkBound(boundAccumulator(weights->get(), shape, contraction.channelAxis, zeroPoints, *lhs, biasValues),
                      reason);
  int64_t largestBias = 0;
  for (int32_t value : biasValues)
    largestBias = std::max(largestBias, std::abs(static_cast<int64_t>(value)));
  return checkBound(boundAccumulator(*lhs, *rhs, contraction.count, largestBias), reason);
}

LogicalResult lowbit::verifyAccumulator(Operation *op, std::string &reason) {
  if (!isa<MatmulOp, BatchMatmulOp, Conv2DOp, DepthwiseConv2DOp, MulOp, AvgPool2DOp, ReduceMeanOp>(op))
    return success();
  for (Type type : op->getOperandTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type); !tensor || !tensor.hasStaticShape()) {
      reason = "the shape of an operand is not static";
      return failure();
    }
  if (std::optional<Contraction> contraction = getContraction(op))
    return verifyContraction(*contraction, reason);
  const bool isProduct = isa<MulOp>(op);
  std::optional<StorageValues> lhs = getStorageValues(getQuantizedType(op->getOperand(0)));
  std::optional<StorageValues> rhs = StorageValues{{1, 1}, 0};
  if (isProduct)
    rhs = getStorageValues(getQuantizedType(op->getOperand(1)));
  if (!lhs || !rhs) {
    reason = "no bound is known for an accumulator of sub-channel operands";
    return failure();
  }
  return checkBound(boundAccumulator(*lhs, *rhs, isProduct ? 1 : getMeanCount(op)), reason);
}
