#include "OpStatus.h"
#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Dialect/AccumulatorType.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Dialect/LowbitInterfaces.h"
#include "lowbit/Support/QuantScheme.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

static quant::QuantizedType getQuantizedType(Value value) {
  return dyn_cast<quant::QuantizedType>(getElementTypeOrSelf(value.getType()));
}

static std::string describeScales(quant::QuantizedType type) {
  const std::string halves = isHalfStepType(type) ? " in half steps" : "";
  if (auto groups = dyn_cast<quant::UniformQuantizedSubChannelType>(type))
    return std::to_string(groups.getScales().getNumElements()) + " scales, one for each group of " +
           std::to_string(llvm::product_of(groups.getBlockSizes()));
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return std::to_string(perAxis.getScales().size()) + " scales" + halves;
  return "one scale" + halves;
}

/// What an op on quantized tensors computes with.
static std::string describeInteger(Operation *op) {
  std::string text;
  bool hasAccumulator = false;
  for (Value operand : op->getOperands()) {
    if (operand.getDefiningOp<tensor::EmptyOp>())
      continue;
    quant::QuantizedType type = getQuantizedType(operand);
    if (!type) {
      hasAccumulator |= getElementTypeOrSelf(operand.getType()).isInteger(32);
      continue;
    }
    const bool isConstant = operand.getDefiningOp<quant::StorageCastOp>() != nullptr;
    const std::string bits = std::to_string(getRestingBits(type)) + "-bit ";
    if (!text.empty())
      text += ", ";
    text += bits + (isConstant ? "constant of " + describeScales(type) : std::string("activation"));
    if (operand.getDefiningOp<DynamicQuantizeOp>())
      text += " in scales found at run time";
  }
  if (hasAccumulator)
    text += ", 32-bit bias";
  if (op->getNumResults() == 1 && isAccumulatorType(getElementTypeOrSelf(op->getResult(0).getType())))
    text += ", exact 32-bit result";
  return text;
}

/// What a cast is from and to.
static std::string describeCast(Operation *op) {
  auto describe = [](Value value) {
    quant::QuantizedType type = getQuantizedType(value);
    return type ? std::to_string(type.getStorageTypeIntegralWidth()) + " bits" : std::string("float");
  };
  return describe(op->getOperand(0)) + " to " + describe(op->getResult(0));
}

/// True where a model of Q/DQ form has all it needs to become integer.
static bool isQuantized(QuantizableOpInterface op) {
  bool hasInput = false;
  for (auto [role, operand] : llvm::zip(op.getOperandRoles(), op->getOpOperands())) {
    if (role.kind != OperandRole::Kind::Activation && role.kind != OperandRole::Kind::Weight)
      continue;
    hasInput = true;
    if (getQuantized(operand.get()) || getDynamicDequantization(operand.get()))
      continue;
    // A clamp is computed inside its producer.
    auto producer = operand.get().getDefiningOp<QuantizableOpInterface>();
    if (!op.getClampBounds() || !producer || !producer.acceptsClamp() || !isQuantized(producer))
      return false;
  }
  return hasInput;
}

/// The integers that the weights of a float op are, where nothing else that it reads is quantized; empty elsewhere.
static std::string describeWeights(QuantizableOpInterface op) {
  std::string text;
  for (auto [role, operand] : llvm::zip_equal(op.getOperandRoles(), op->getOperands())) {
    if (role.kind == OperandRole::Kind::Activation && (getQuantized(operand) || getDynamicDequantization(operand)))
      return "";
    Value quantized = role.kind == OperandRole::Kind::Weight ? getQuantized(operand) : Value();
    if (!quantized)
      continue;
    quant::QuantizedType type = getQuantizedType(quantized);
    text = "weights are " + std::to_string(type.getStorageTypeIntegralWidth()) + "-bit integers of " +
           describeScales(type) + ", activations float: ";
  }
  return text;
}

/// Why a float op is one.
static std::string explainFloat(Operation *op) {
  auto model = dyn_cast<QuantizableOpInterface>(op);
  if (auto attr = op->getAttrOfType<StringAttr>(kFloatAttrName))
    return (model ? describeWeights(model) : "") + attr.str();
  if (!model)
    return "no quantized form of it is known";
  std::string reason;
  if (failed(model.verifyQuantizable(QuantWidths(), reason)))
    return reason;
  return "its tensors are not quantized";
}

static OpStatus getStatus(Operation *op) {
  if (isa<QuantizeOp, DequantizeOp, RequantizeOp, DynamicQuantizeOp, DynamicDequantizeOp>(op))
    return {op, OpStatus::Kind::Cast, describeCast(op)};
  if (llvm::any_of(op->getOperands(), getQuantizedType))
    return {op, OpStatus::Kind::Integer, describeInteger(op)};
  auto model = dyn_cast<QuantizableOpInterface>(op);
  if (model && !op->hasAttr(kFloatAttrName) && isQuantized(model))
    return {op, OpStatus::Kind::Integer, "between casts, to be fused"};
  return {op, OpStatus::Kind::Float, explainFloat(op)};
}

SmallVector<OpStatus, 0> lowbit::getOpStatuses(FunctionOpInterface function) {
  SmallVector<OpStatus, 0> statuses;
  llvm::DenseSet<Value> data;
  for (BlockArgument argument : function.getArguments())
    if (isa<TensorType>(argument.getType()))
      data.insert(argument);
  auto isNumeric = [](Value value) {
    auto type = dyn_cast<TensorType>(value.getType());
    return type && isa<FloatType, quant::QuantizedType>(type.getElementType());
  };
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == function)
      return WalkResult::advance();
    if (llvm::any_of(op->getOperands(), [&](Value operand) { return data.contains(operand); })) {
      data.insert(op->result_begin(), op->result_end());
      if (llvm::any_of(op->getResults(), isNumeric))
        statuses.push_back(getStatus(op));
    }
    // The bodies of structured ops hold scalars.
    return isa<linalg::LinalgOp>(op) ? WalkResult::skip() : WalkResult::advance();
  });
  return statuses;
}
