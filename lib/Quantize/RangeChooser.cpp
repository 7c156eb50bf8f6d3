#include "Methods/GroupScales.h"
#include "Methods/Methods.h"
#include "Methods/ZeroPoints.h"
#include "Plan.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/GroupMultipliers.h"
#include "lowbit/Support/QuantScheme.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

static quant::UniformQuantizedType getRangeType(MLIRContext *context, FloatRange range, const RecipeRule &rule) {
  const QuantScheme &scheme = *QuantScheme::get(rule.activations);
  if (!rule.isSymmetric)
    return getActivationType(context, scheme, *chooseAsymmetric(range, scheme.activations));
  const float largest = std::max(std::fabs(range.min), std::fabs(range.max));
  return getActivationType(context, scheme, {*chooseSymmetricScale(largest, scheme.weights), 0});
}

/// The range of a tensor that depends on no argument, where it is a constant, or one that fills or is broadcast into a
/// larger tensor. Nothing where it is none or a value is not finite.
static std::optional<FloatRange> getConstantRange(Value value) {
  if (auto broadcast = value.getDefiningOp<linalg::BroadcastOp>())
    return getConstantRange(broadcast.getInput());
  FloatAttr attr;
  if (auto fill = value.getDefiningOp<linalg::FillOp>();
      fill && matchPattern(fill.getInputs().front(), m_Constant(&attr))) {
    const float constant = attr.getValue().convertToFloat();
    return std::isfinite(constant) ? std::optional<FloatRange>({constant, constant}) : std::nullopt;
  }
  auto values = getConstantValues<float>(value);
  if (!values || values->get().empty() ||
      !llvm::all_of(values->get(), [](float value) { return std::isfinite(value); }))
    return std::nullopt;
  auto [min, max] = std::minmax_element(values->get().begin(), values->get().end());
  return FloatRange{*min, *max};
}

/// True where no argument of a block reaches `value`.
static bool isComputedOfConstants(Value value) {
  SmallVector<Value> worklist = {value};
  llvm::DenseSet<Value> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    Operation *op = next.getDefiningOp();
    if (!op || op->getNumRegions() > 1)
      return false;
    llvm::append_range(worklist, op->getOperands());
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    llvm::append_range(worklist, captured);
  }
  return true;
}

bool RangeChooser::isConstant(Value tensor) const { return isComputedOfConstants(tensor); }

FailureOr<quant::UniformQuantizedType> RangeChooser::choose(Value activation, const RecipeRule &rule,
                                                            std::string &reason, bool &isMissing) const {
  isMissing = false;
  MLIRContext *context = activation.getContext();
  if (auto producer = activation.getDefiningOp<QuantizableOpInterface>())
    if (std::optional<FloatRange> range = producer.getFixedResultRange())
      return getRangeType(context, *range, rule);
  if (isComputedOfConstants(activation)) {
    if (std::optional<FloatRange> range = getConstantRange(activation))
      return getRangeType(context, *range, rule);
    reason = "it reads a tensor computed of constants whose range is not known";
    return failure();
  }
  StringRef name = names.lookup(activation);
  if (!table.lookup(name)) {
    reason = ("the calibration table has no tensor '" + name + "'").str();
    isMissing = true;
    return failure();
  }
  RangeOptions options;
  options.storage = QuantScheme::get(rule.activations)->activations;
  options.symmetric = rule.isSymmetric;
  options.percentile = rule.percentile;
  llvm::Expected<FloatRange> range = getRange(table, name, rule.method, options);
  if (!range) {
    reason = llvm::toString(range.takeError());
    return failure();
  }
  return getRangeType(context, *range, rule);
}

/// How much an error of each weight counts: the mean square of the activations it is multiplied with. Empty where that
/// is not known.
static SmallVector<float, 0> getImportance(OpOperand &weight, const PatchMoments *moments) {
  auto op = dyn_cast<linalg::LinalgOp>(weight.getOwner());
  auto patches = op && moments ? ContractionPatches::get(op) : std::nullopt;
  if (!patches || patches->elements.getCount() != moments->size)
    return {};
  SmallVector<float, 0> importance(cast<RankedTensorType>(weight.get().getType()).getNumElements(), 0.0f);
  for (int64_t channel = 0, end = patches->channels.getCount(); channel < end; ++channel)
    for (int64_t k = 0; k < moments->size; ++k)
      importance[patches->channels.getOffset(channel) + patches->weights.getOffset(k)] =
          static_cast<float>(moments->getProduct(k, k));
  return importance;
}

int64_t RangeChooser::chooseGroup(OperandRole role, ArrayRef<int64_t> shape, const RecipeRule &rule) {
  if (rule.granularity != Granularity::Group || !role.takesGroups)
    return 0;
  const int64_t size = shape[GroupMultipliers::getGroupAxis(shape.size(), role.channelAxis)];
  for (int64_t group = rule.group; group >= RecipeRule::kSmallestGroup; group /= 2)
    if (size % group == 0)
      return group;
  return 0;
}

/// The weights of each of `count` groups, which `getGroup` gives, with how much their errors count.
static SmallVector<WeightGroup, 0> collectGroups(ArrayRef<float> values, ArrayRef<float> importance, int64_t count,
                                                 llvm::function_ref<int64_t(int64_t)> getGroup) {
  SmallVector<WeightGroup, 0> groups(count);
  for (auto [index, value] : llvm::enumerate(values)) {
    WeightGroup &group = groups[getGroup(index)];
    group.weights.push_back(value);
    if (!importance.empty())
      group.importance.push_back(importance[index]);
  }
  return groups;
}

/// The type of weights in groups of `group`; nothing where a weight is NaN or infinite.
static std::optional<quant::QuantizedType> chooseGroupType(OpOperand &operand, ArrayRef<float> values,
                                                           int64_t channelAxis, int64_t group, const RecipeRule &rule,
                                                           const PatchMoments *moments) {
  MLIRContext *context = operand.get().getContext();
  const QuantScheme &scheme = *QuantScheme::get(rule.weights);
  ArrayRef<int64_t> shape = cast<RankedTensorType>(operand.get().getType()).getShape();
  const ElementParameters places = getGroupPlaces(context, shape, channelAxis, group);
  const SmallVector<unsigned, 0> groups = places.getIndices(shape);
  const SmallVector<float, 0> importance = getImportance(operand, moments);
  const int64_t count = computeProduct(places.shape), channels = shape[channelAxis];
  auto getGroup = [&](int64_t index) { return groups[index]; };
  SmallVector<WeightGroup, 0> weights = collectGroups(values, importance, count, getGroup);
  const bool fits = rule.scales == WeightScales::MSE;
  std::optional<SmallVector<float>> wanted;
  SmallVector<int64_t> zeroPoints;
  if (rule.zeroPoints == WeightZeroPoints::Integer) {
    if (auto params = chooseWeightParams(weights, scheme.weights, rule.zeroPoints, rule.scales)) {
      wanted.emplace();
      for (auto [weight, group] : llvm::zip_equal(weights, *params)) {
        wanted->push_back(group.scale);
        weight.zeroPoint = static_cast<int64_t>(group.zeroPoint);
        zeroPoints.push_back(weight.zeroPoint);
      }
    }
  } else {
    wanted = fits ? chooseMSEScales(values, importance, getGroup, count, scheme.weights)
                  : chooseAbsMaxScales(values, getGroup, count, scheme.weights);
  }
  if (!wanted)
    return std::nullopt;
  const int64_t stride = computeProduct(ArrayRef<int64_t>(places.shape).drop_front(channelAxis + 1));
  SmallVector<SmallVector<int64_t>, 0> groupsOfChannel(channels);
  for (int64_t index = 0; index < count; ++index)
    groupsOfChannel[index / stride % channels].push_back(index);
  SmallVector<float> scales(count);
  for (ArrayRef<int64_t> indices : groupsOfChannel) {
    SmallVector<float> channelWanted = llvm::map_to_vector(indices, [&](int64_t index) { return (*wanted)[index]; });
    SmallVector<WeightGroup, 0> channelWeights;
    for (int64_t index : indices)
      channelWeights.push_back(std::move(weights[index]));
    const GroupScales found = fits ? fitGroupScales(channelWeights, channelWanted, scheme.weights)
                                   : coverGroupScales(channelWeights, channelWanted, scheme.weights);
    for (auto [index, multiplier] : llvm::zip_equal(indices, found.multipliers))
      scales[index] = static_cast<float>(multiplier) * found.channelScale;
  }
  return getGroupType(context, scheme, scales, shape, channelAxis, group, zeroPoints);
}

/// The channel, of those that `getChannel` gives, all of whose weights are 0; nothing where there is none.
static std::optional<int64_t> findZeroChannel(ArrayRef<float> weights, int64_t channels,
                                              llvm::function_ref<int64_t(int64_t)> getChannel) {
  SmallVector<bool> hasOther(channels, false);
  for (auto [index, weight] : llvm::enumerate(weights))
    if (weight != 0.0f)
      hasOther[getChannel(index)] = true;
  auto found = llvm::find(hasOther, false);
  return found == hasOther.end() ? std::nullopt : std::optional<int64_t>(found - hasOther.begin());
}

/// The type of weights with a scale and a zero point for each index of `axis`, or for all where that is -1; nothing
/// where a weight is NaN or infinite.
static std::optional<quant::QuantizedType> chooseTypeWithZeroPoints(OpOperand &operand, ArrayRef<float> values,
                                                                    int64_t axis,
                                                                    llvm::function_ref<int64_t(int64_t)> getChannel,
                                                                    const RecipeRule &rule,
                                                                    const PatchMoments *moments) {
  const QuantScheme &scheme = *QuantScheme::get(rule.weights);
  const SmallVector<float, 0> importance = getImportance(operand, moments);
  ArrayRef<int64_t> shape = cast<RankedTensorType>(operand.get().getType()).getShape();
  const SmallVector<WeightGroup, 0> channels =
      collectGroups(values, importance, axis < 0 ? 1 : shape[axis], getChannel);
  auto params = chooseWeightParams(channels, scheme.weights, rule.zeroPoints, rule.scales);
  if (!params)
    return std::nullopt;
  SmallVector<float> scales;
  SmallVector<int64_t> zeroPoints;
  for (const WeightParams &channel : *params) {
    scales.push_back(channel.scale);
    zeroPoints.push_back(static_cast<int64_t>(channel.zeroPoint));
  }
  MLIRContext *context = operand.get().getContext();
  return rule.zeroPoints == WeightZeroPoints::Half ? getHalfStepType(context, scales, axis)
                                                   : getWeightType(context, scheme, scales, axis, zeroPoints);
}

FailureOr<quant::QuantizedType> RangeChooser::chooseWeight(OpOperand &operand, OperandRole role, const RecipeRule &rule,
                                                           const PatchMoments *moments, std::string &reason) const {
  Value weight = operand.get();
  auto values = getConstantValues<float>(weight);
  if (!values) {
    reason = weight.getDefiningOp<DequantizeOp>() ? "its weights are integers already" : "its weights can't be read";
    return failure();
  }
  const QuantScheme &scheme = *QuantScheme::get(rule.weights);
  const int64_t axis = rule.granularity == Granularity::Tensor ? -1 : role.channelAxis;
  ArrayRef<int64_t> shape = cast<RankedTensorType>(weight.getType()).getShape();
  const int64_t group = chooseGroup(role, shape, rule);
  if (rule.granularity == Granularity::Group && group != rule.group)
    emitRemark(operand.getOwner()->getLoc())
        << "weights are quantized "
        << (group ? "in groups of " + std::to_string(group) : std::string("with one scale for each output channel"))
        << " instead of groups of " << rule.group << ": "
        << (role.takesGroups ? "their input channels are no multiple of that" : "the op takes no groups");
  if (group) {
    if (auto type = chooseGroupType(operand, values->get(), role.channelAxis, group, rule, moments))
      return *type;
    reason = "a weight is NaN or infinite";
    return failure();
  }
  const int64_t channels = axis < 0 ? 1 : shape[axis];
  const int64_t stride = axis < 0 ? 1 : computeProduct(shape.drop_front(axis + 1));
  auto getChannel = [&](int64_t index) { return axis < 0 ? 0 : index / stride % channels; };
  std::optional<int64_t> zeroChannel;
  if (rule.zeroPoints == WeightZeroPoints::Half)
    zeroChannel = findZeroChannel(values->get(), channels, getChannel);
  if (zeroChannel)
    emitRemark(operand.getOwner()->getLoc()) << "weights are quantized without half steps, of which none is 0: all "
                                             << "weights of output channel " << *zeroChannel << " are";
  if (rule.zeroPoints != WeightZeroPoints::None && !zeroChannel) {
    if (auto type = chooseTypeWithZeroPoints(operand, values->get(), axis, getChannel, rule, moments))
      return *type;
    reason = "a weight is NaN or infinite";
    return failure();
  }
  std::optional<SmallVector<float>> scales;
  if (rule.scales == WeightScales::MSE) {
    scales = chooseMSEScales(values->get(), getImportance(operand, moments), getChannel, channels, scheme.weights);
  } else {
    scales = chooseWeightScales(values->get(), shape, axis, scheme.weights);
  }
  if (!scales) {
    reason = "a weight is NaN or infinite";
    return failure();
  }
  return getWeightType(weight.getContext(), scheme, *scales, axis);
}
