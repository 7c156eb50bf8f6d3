#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Dialect/AccumulatorType.h"

using namespace mlir;
using namespace mlir::lowbit;

Value lowbit::getQuantized(Value value) {
  auto dequantize = value.getDefiningOp<DequantizeOp>();
  return dequantize ? dequantize.getInput() : Value();
}

DequantizeOp lowbit::createQuantizedPair(OpBuilder &builder, Value value, quant::QuantizedType elementType) {
  auto type = cast<RankedTensorType>(value.getType());
  Value quantized = QuantizeOp::create(builder, value.getLoc(), type.clone(elementType), value);
  return DequantizeOp::create(builder, value.getLoc(), type, quantized);
}

DynamicDequantizeOp lowbit::getDynamicDequantization(Value value) { return value.getDefiningOp<DynamicDequantizeOp>(); }

DynamicDequantizeOp lowbit::createDynamicPair(OpBuilder &builder, Value value, quant::QuantizedType elementType,
                                              int64_t rowRank) {
  auto type = cast<RankedTensorType>(value.getType());
  auto scaleType = RankedTensorType::get(type.getShape().take_front(rowRank), type.getElementType());
  auto quantize = DynamicQuantizeOp::create(builder, value.getLoc(), type.clone(elementType), scaleType,
                                            /*zeroPoint=*/Type(), value);
  return DynamicDequantizeOp::create(builder, value.getLoc(), type, quantize.getResult(), quantize.getScale(),
                                     /*bias=*/Value());
}

QuantizeOp lowbit::getOnlyQuantization(Value value) {
  QuantizeOp only;
  for (Operation *user : value.getUsers()) {
    if (isa<ObserveOp>(user))
      continue;
    auto quantize = dyn_cast<QuantizeOp>(user);
    if (!quantize || only)
      return {};
    only = quantize;
  }
  return only;
}

OpOperand *lowbit::getFirstOperand(QuantizableOpInterface op, OperandRole::Kind kind) {
  for (auto [role, operand] : llvm::zip(op.getOperandRoles(), op->getOpOperands()))
    if (role.kind == kind)
      return &operand;
  return nullptr;
}

static quant::UniformQuantizedType getPerTensorType(Value value) {
  return value ? dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(value.getType()))
               : quant::UniformQuantizedType();
}

quant::QuantizedType lowbit::getBiasType(QuantizableOpInterface op) {
  OpOperand *activation = getFirstOperand(op, OperandRole::Kind::Activation);
  OpOperand *weight = getFirstOperand(op, OperandRole::Kind::Weight);
  if (!activation || !weight)
    return {};
  quant::UniformQuantizedType type = getPerTensorType(getQuantized(activation->get()));
  Value quantizedWeight = getQuantized(weight->get());
  if (!type || !quantizedWeight)
    return {};
  return getAccumulatorType(type, cast<quant::QuantizedType>(getElementTypeOrSelf(quantizedWeight.getType())),
                            op.getOperandRoles()[weight->getOperandNumber()].channelAxis, /*channelAxis=*/0);
}

ScaleConstraints::ScaleConstraints(FunctionOpInterface function) {
  function.walk([&](Operation *op) {
    if (auto dequantize = dyn_cast<DequantizeOp>(op))
      if (getPerTensorType(dequantize.getInput()))
        getVariable(dequantize.getInput());
    if (auto model = dyn_cast<QuantizableOpInterface>(op))
      addGroup(model);
  });
  markCombined();
}

unsigned ScaleConstraints::getVariable(Value quantized) {
  auto [it, isNew] = indices.try_emplace(quantized, variables.size());
  if (!isNew)
    return it->second;
  ScaleVariable variable;
  variable.type = getPerTensorType(quantized);
  auto type = cast<RankedTensorType>(quantized.getType());
  variable.numElements = type.hasStaticShape() ? type.getNumElements() : 1;
  auto quantize = quantized.getDefiningOp<QuantizeOp>();
  auto producer = quantize ? quantize.getInput().getDefiningOp<QuantizableOpInterface>() : QuantizableOpInterface();
  variable.isFixed = !quantize || (producer && producer.getFixedResultRange());
  problem.variables.push_back(variable);
  variables.push_back(quantized);
  return it->second;
}

/// A result is no finer than the values it is made of: a scale of its own would gain nothing.
void ScaleConstraints::inheritType(unsigned result, ArrayRef<ScaleEdge> operands) {
  ScaleVariable &variable = problem.variables[result];
  if (variable.isFixed)
    return;
  SmallVector<quant::UniformQuantizedType> types = {variable.type};
  for (const ScaleEdge &edge : operands)
    types.push_back(problem.variables[edge.variable].type);
  if (quant::UniformQuantizedType joined = joinTypes(types))
    variable.type = joined;
}

void ScaleConstraints::addGroup(QuantizableOpInterface op) {
  if (!op.sharesScale() || op->getNumResults() != 1)
    return;
  SharingOp sharing{op, {}};
  for (auto [role, operand] : llvm::zip(op.getOperandRoles(), op->getOpOperands())) {
    if (role.kind != OperandRole::Kind::Activation)
      continue;
    Value quantized = getQuantized(operand.get());
    if (!getPerTensorType(quantized))
      return;
    sharing.edges.push_back({getVariable(quantized), &operand});
  }
  QuantizeOp quantize = getOnlyQuantization(op->getResult(0));
  if (!quantize || !getPerTensorType(quantize.getResult()) || sharing.edges.empty())
    return;
  const unsigned result = getVariable(quantize.getResult());
  inheritType(result, sharing.edges);
  sharing.edges.push_back({result, nullptr});
  ScaleGroup group;
  for (const ScaleEdge &edge : sharing.edges)
    group.variables.push_back(edge.variable);
  problem.groups.push_back(std::move(group));
  groups.push_back(std::move(sharing));
}

void ScaleConstraints::markCombined() {
  llvm::DenseSet<Operation *> sharing;
  for (const SharingOp &group : groups)
    sharing.insert(group.op);
  for (auto [value, variable] : llvm::zip_equal(variables, problem.variables))
    for (Operation *user : value.getUsers())
      variable.isCombined |= !isa<DequantizeOp>(user) || !llvm::all_of(user->getUsers(), [&](Operation *reader) {
        return sharing.contains(reader);
      });
}
