#include "BiasQuantization.h"
#include "lowbit/Analysis/AccumulatorRange.h"
#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Reference/Arithmetic.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/ElementParameters.h"
#include "lowbit/Support/GroupMultipliers.h"
#include "lowbit/Support/QuantScheme.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

namespace {

/// The operands of a contraction and what their types say.
struct Contraction {
  OpOperand *weight;
  /// The float weight and its quantized element type.
  Value weightValues;
  quant::QuantizedType weightType;
  int64_t channelAxis;
  float activationScale;
  /// The largest absolute value that the sum of products of one output element can reach.
  int64_t largestSum;
};

} // namespace

/// The largest sum that products with `weights`, as `type` holds them, can reach; nothing where they can't be read.
static std::optional<int64_t> boundSums(Value weights, quant::QuantizedType type, int64_t channelAxis,
                                        const StorageValues &inputs) {
  auto values = getConstantValues<float>(weights);
  ArrayRef<int64_t> shape = cast<RankedTensorType>(weights.getType()).getShape();
  std::optional<ElementParameters> parameters = ElementParameters::get(type, shape.size());
  // Groups multiply their integers: what bounds them is their type.
  if (!values || !parameters || type.getStorageTypeIntegralWidth() > 8 ||
      isa<quant::UniformQuantizedSubChannelType>(type))
    return std::nullopt;
  const reference::Bounds bounds{type.getStorageTypeMin(), type.getStorageTypeMax()};
  SmallVector<int8_t, 0> storage;
  for (auto [index, value] : llvm::zip_equal(parameters->getIndices(shape), values->get()))
    storage.push_back(static_cast<int8_t>(reference::quantize(value, static_cast<float>(parameters->scales[index]),
                                                              parameters->zeroPoints[index], bounds)));
  SmallVector<int64_t> zeroPoints = llvm::to_vector(parameters->zeroPoints);
  return boundAccumulator(storage, shape, channelAxis, zeroPoints, inputs, /*bias=*/{}).magnitude;
}

static std::optional<Contraction> getContraction(QuantizableOpInterface op) {
  OpOperand *activation = getFirstOperand(op, OperandRole::Kind::Activation);
  OpOperand *weight = getFirstOperand(op, OperandRole::Kind::Weight);
  if (!activation || !weight)
    return std::nullopt;
  Value input = getQuantized(activation->get()), filter = getQuantized(weight->get());
  auto quantize = filter ? filter.getDefiningOp<QuantizeOp>() : QuantizeOp();
  auto type = input ? dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(input.getType()))
                    : quant::UniformQuantizedType();
  if (!quantize || !type)
    return std::nullopt;
  auto filterType = cast<RankedTensorType>(filter.getType());
  std::optional<StorageValues> inputs = getStorageValues(type);
  const int64_t axis = op.getOperandRoles()[weight->getOperandNumber()].channelAxis;
  const auto weightType = cast<quant::QuantizedType>(filterType.getElementType());
  std::optional<StorageValues> weights = getWeightValues(weightType, axis);
  if (!inputs || !weights || axis < 0 || filterType.getDimSize(axis) == 0)
    return std::nullopt;
  const int64_t terms = filterType.getNumElements() / filterType.getDimSize(axis);
  const std::optional<int64_t> sum = boundSums(quantize.getInput(), weightType, axis, *inputs);
  return Contraction{weight,
                     quantize.getInput(),
                     weightType,
                     axis,
                     static_cast<float>(type.getScale()),
                     sum ? *sum : boundAccumulator(*inputs, *weights, terms).magnitude};
}

/// The smallest f32 weight scale with which `bias` fits; nothing where none does.
static std::optional<float> getSmallestScale(float bias, const Contraction &contraction) {
  constexpr int64_t kLargest = std::numeric_limits<int32_t>::max();
  if (!std::isfinite(bias) || contraction.largestSum >= kLargest)
    return std::nullopt;
  // One step of room for each rounding on the way to the stored bias.
  const double room = static_cast<double>(kLargest - contraction.largestSum) * (1.0 - 0x1p-21);
  const double smallest =
      std::max(std::fabs(static_cast<double>(bias)) / room, static_cast<double>(std::numeric_limits<float>::min()));
  const float scale = static_cast<float>(smallest / contraction.activationScale);
  const float above = std::nextafter(scale, std::numeric_limits<float>::infinity());
  return std::isfinite(above) ? std::optional<float>(above) : std::nullopt;
}

/// The scales of the weights' channels, each large enough for its channel's bias; nothing where there are none such.
static std::optional<SmallVector<float>> widenScales(ArrayRef<float> biases, const Contraction &contraction) {
  std::optional<SmallVector<double>> current = getChannelScales(contraction.weightType, contraction.channelAxis);
  if (!current || (current->size() != 1 && current->size() != biases.size()))
    return std::nullopt;
  SmallVector<float> scales = llvm::map_to_vector(*current, [](double scale) { return static_cast<float>(scale); });
  for (auto [channel, bias] : llvm::enumerate(biases)) {
    std::optional<float> smallest = getSmallestScale(bias, contraction);
    float &scale = scales[scales.size() == 1 ? 0 : channel];
    if (!smallest || !std::isfinite(std::max(scale, *smallest) * contraction.activationScale))
      return std::nullopt;
    scale = std::max(scale, *smallest);
  }
  return scales;
}

/// `type` with other scales for its channels; null where they would not be finite.
static quant::QuantizedType withScales(quant::QuantizedType type, ArrayRef<float> scales, int64_t channelAxis) {
  if (auto groups = dyn_cast<quant::UniformQuantizedSubChannelType>(type))
    return withChannelScales(groups, channelAxis, scales);
  SmallVector<double> values = llvm::map_to_vector(scales, [](float scale) { return static_cast<double>(scale); });
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return quant::UniformQuantizedPerAxisType::get(type.getFlags(), type.getStorageType(), type.getExpressedType(),
                                                   values, perAxis.getZeroPoints(), perAxis.getQuantizedDimension(),
                                                   type.getStorageTypeMin(), type.getStorageTypeMax());
  return quant::UniformQuantizedType::get(type.getFlags(), type.getStorageType(), type.getExpressedType(),
                                          values.front(), cast<quant::UniformQuantizedType>(type).getZeroPoint(),
                                          type.getStorageTypeMin(), type.getStorageTypeMax());
}

/// The operand of the bias, of an op that no other than `op` reads.
static OpOperand *isolateBias(QuantizableOpInterface op) {
  OpOperand *bias = op.getBiasOperand();
  Operation *broadcast = bias->getOwner();
  if (broadcast == op || broadcast->hasOneUse())
    return bias;
  OpBuilder builder(op);
  Operation *clone = builder.clone(*broadcast);
  op->replaceUsesOfWith(broadcast->getResult(0), clone->getResult(0));
  return &clone->getOpOperand(bias->getOperandNumber());
}

void lowbit::quantizeBias(QuantizableOpInterface op) {
  if (op->hasAttr(kFloatAttrName)) // It adds floats, whatever its operands are dequantized from.
    return;
  OpOperand *bias = op.getBiasOperand();
  std::optional<Contraction> contraction = getContraction(op);
  if (!bias || !contraction)
    return;
  auto values = getConstantValues<float>(bias->get());
  if (!values) // Quantized already, or unreadable.
    return;
  std::optional<SmallVector<float>> scales = widenScales(values->get(), *contraction);
  if (!scales)
    return;

  OpBuilder builder(op);
  quant::QuantizedType widened = withScales(contraction->weightType, *scales, contraction->channelAxis);
  if (!widened)
    return;
  if (widened != contraction->weightType)
    contraction->weight->set(createQuantizedPair(builder, contraction->weightValues, widened));
  quant::QuantizedType biasType = getBiasType(op);
  if (!biasType)
    return;
  bias = isolateBias(op);
  builder.setInsertionPoint(bias->getOwner());
  bias->set(createQuantizedPair(builder, bias->get(), biasType));
}
