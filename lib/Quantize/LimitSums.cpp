#include "LimitSums.h"
#include "lowbit/Analysis/AccumulatorRange.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/ElementParameters.h"
#include "lowbit/Support/QuantScheme.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

/// What the sums of products may reach: half of what 32 bits hold, so that the bias has the other half.
static constexpr double kLargestSum = 0x1p30;

/// The largest sum of the magnitudes of an output channel's weights; nothing where they can't be read.
static std::optional<double> getLargestWeightSum(OpOperand &weight, quant::QuantizedType type, int64_t channelAxis) {
  auto values = getConstantValues<float>(weight.get());
  auto tensor = cast<RankedTensorType>(weight.get().getType());
  std::optional<ElementParameters> parameters = ElementParameters::get(type, tensor.getRank());
  if (!values || !parameters)
    return std::nullopt;
  const SmallVector<unsigned, 0> indices = parameters->getIndices(tensor.getShape());
  const int64_t channels = channelAxis < 0 ? 1 : tensor.getDimSize(channelAxis);
  const int64_t stride = channelAxis < 0 ? 1 : computeProduct(tensor.getShape().drop_front(channelAxis + 1));
  // What groups multiply their integers with is at most 127, and not known yet.
  const bool hasGroups = isa<quant::UniformQuantizedSubChannelType>(type);
  const auto largest = hasGroups ? 127.0 : static_cast<double>(getStorageValues(type)->getLargestMagnitude());
  // Whatever rounds it, a weight is hardly ever farther than one step from its value.
  const double error = isHalfStepType(type) ? 2.0 : 1.0;
  SmallVector<double, 0> sums(channels, 0.0);
  for (auto [index, value] : llvm::enumerate(values->get())) {
    const double steps = std::fabs(static_cast<double>(value)) / parameters->scales[indices[index]] + error;
    sums[channelAxis < 0 ? 0 : index / stride % channels] += hasGroups ? largest : std::min(steps, largest);
  }
  return *llvm::max_element(sums);
}

std::optional<int64_t> lowbit::getSumLimit(QuantizableOpInterface op, const QuantizePlan &plan) {
  for (auto [role, operand] : llvm::zip_equal(op.getOperandRoles(), op->getOpOperands())) {
    auto weight = plan.weights.find(&operand);
    if (role.kind != OperandRole::Kind::Weight || weight == plan.weights.end())
      continue;
    const std::optional<double> sum = getLargestWeightSum(operand, weight->second, role.channelAxis);
    if (!sum || *sum == 0.0)
      return std::nullopt;
    // One less than a power of two, so that tensors that share a scale have few types.
    const auto limit = static_cast<uint64_t>(std::min(kLargestSum / *sum, 0x1p15));
    return static_cast<int64_t>(llvm::bit_floor(limit + 1)) - 1;
  }
  return std::nullopt;
}

/// `type` with the integers from `-limit` to `limit`, for the same values.
static quant::UniformQuantizedType withLimit(quant::UniformQuantizedType type, int64_t limit) {
  const double scale = type.getScale() * static_cast<double>(type.getStorageTypeMax()) / static_cast<double>(limit);
  return quant::UniformQuantizedType::get(type.getFlags(), type.getStorageType(), type.getExpressedType(),
                                          static_cast<double>(static_cast<float>(scale)), type.getZeroPoint(), -limit,
                                          limit);
}

void lowbit::limitSums(QuantizePlan &plan) {
  // Eight bits are never narrowed: that sums of so few fit is proved where they are built.
  constexpr int64_t kLeast = 127;
  llvm::DenseMap<Value, int64_t> limits;
  auto limit = [&](Value value, int64_t most) {
    auto type = plan.activations.lookup(value);
    if (!type || type.getStorageTypeIntegralWidth() <= 8)
      return false;
    auto [it, isNew] = limits.try_emplace(value, type.getStorageTypeMax());
    if (it->second <= most)
      return false;
    it->second = std::max(most, kLeast);
    return it->second != type.getStorageTypeMax();
  };
  auto getTensors = [](QuantizableOpInterface op) {
    SmallVector<Value> tensors = {op->getResult(0)};
    for (auto [role, operand] : llvm::zip_equal(op.getOperandRoles(), op->getOperands()))
      if (role.kind == OperandRole::Kind::Activation)
        tensors.push_back(operand);
    return tensors;
  };
  for (auto [op, rule] : plan.ops) {
    QuantizableOpInterface model = op;
    if (std::optional<int64_t> most = getSumLimit(model, plan))
      for (Value operand : ArrayRef(getTensors(model)).drop_front())
        limit(operand, *most);
  }
  // Tensors of one scale have one type.
  for (bool changed = true; changed;) {
    changed = false;
    for (auto [op, rule] : plan.ops) {
      QuantizableOpInterface model = op;
      if (!model.sharesScale())
        continue;
      SmallVector<Value> tensors = getTensors(model);
      std::optional<int64_t> least;
      for (Value tensor : tensors)
        if (auto it = limits.find(tensor); it != limits.end())
          least = least ? std::min(*least, it->second) : it->second;
      for (Value tensor : tensors)
        changed |= least && limit(tensor, *least);
    }
  }
  for (auto [value, most] : limits)
    plan.activations[value] = withLimit(plan.activations.lookup(value), most);
}
