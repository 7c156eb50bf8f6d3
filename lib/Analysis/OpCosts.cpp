#include "lowbit/Analysis/OpCosts.h"
#include "lowbit/Analysis/AccumulatorRange.h"
#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Analysis/VaryingResults.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Support/GroupMultipliers.h"
#include "lowbit/Support/QuantScheme.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::lowbit;

std::optional<TensorCost> TensorCost::get(Value value) {
  if (Value quantized = getQuantized(value))
    value = quantized;
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  Type element = type.getElementType();
  TensorCost cost{type.getNumElements(), 0, isa<FloatType>(element)};
  if (auto quantized = dyn_cast<quant::QuantizedType>(element)) {
    cost.bits = getRestingBits(quantized);
    if (auto groups = dyn_cast<quant::UniformQuantizedSubChannelType>(element)) {
      const bool hasZeroPoints =
          llvm::any_of(groups.getZeroPoints().getValues<APInt>(), [](const APInt &point) { return !point.isZero(); });
      cost.groupBits =
          groups.getScales().getNumElements() * (GroupMultipliers::getPackedBits(cost.bits) + (hasZeroPoints ? 8 : 0));
    }
  } else if (element.isIntOrFloat())
    cost.bits = element.getIntOrFloatBitWidth();
  else
    return std::nullopt;
  return cost;
}

/// How many products `op` sums: every point of the loops of a contraction or convolution.
static int64_t countMultiplyAdds(Operation *op) {
  if (std::optional<int64_t> terms = getTermCount(op))
    return *terms * cast<RankedTensorType>(op->getResult(0).getType()).getNumElements();
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp || linalgOp.hasDynamicShape() ||
      (!linalg::isaContractionOpInterface(linalgOp) && !linalg::isaConvolutionOpInterface(linalgOp)))
    return 0;
  // A pool has the interface of a convolution, but multiplies nothing.
  const bool multiplies =
      !linalgOp.getBlock()->getOps<arith::MulFOp>().empty() || !linalgOp.getBlock()->getOps<arith::MulIOp>().empty();
  return multiplies ? llvm::product_of(linalgOp.getStaticLoopRanges(), int64_t(1)) : 0;
}

static std::optional<OpCost> getCost(Operation *op, const TensorNames &names, const DenseSet<Value> &varying) {
  if (op->getNumResults() != 1 || isa<QuantizeOp, DequantizeOp>(op) || !varying.contains(op->getResult(0)))
    return std::nullopt;
  std::optional<TensorCost> result = TensorCost::get(op->getResult(0));
  if (!result)
    return std::nullopt;
  OpCost cost{op, names.lookup(op->getResult(0)).str(), countMultiplyAdds(op), std::nullopt, {}, *result};
  for (OpOperand &operand : op->getOpOperands()) {
    std::optional<TensorCost> tensor = TensorCost::get(operand.get());
    if (!tensor)
      continue;
    if (isa<BlockArgument>(operand.get()) || varying.contains(operand.get()))
      cost.activations.push_back(*tensor);
    else if (operand.getOperandNumber() == 1 && cost.multiplyAdds > 0)
      cost.weights = *tensor;
  }
  return cost;
}

SmallVector<OpCost, 0> lowbit::getOpCosts(FunctionOpInterface function) {
  SmallVector<OpCost, 0> costs;
  const TensorNames names(function);
  const DenseSet<Value> varying = findVaryingResults(function);
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == function)
      return WalkResult::advance();
    if (std::optional<OpCost> cost = getCost(op, names, varying))
      costs.push_back(std::move(*cost));
    // The bodies of structured ops hold scalars.
    return isa<linalg::LinalgOp>(op) ? WalkResult::skip() : WalkResult::advance();
  });
  return costs;
}

static llvm::json::Value toJSON(const TensorCost &cost) {
  return llvm::json::Object{{"elements", cost.elements},
                            {"bits", cost.bits},
                            {"float", cost.isFloat},
                            {"bytes", cost.getBytes()},
                            {"group_bits", cost.groupBits}};
}

llvm::json::Value lowbit::toJSON(const OpCost &cost) {
  llvm::json::Array activations;
  for (const TensorCost &activation : cost.activations)
    activations.push_back(::toJSON(activation));
  return llvm::json::Object{{"name", cost.name},
                            {"op", cost.op->getName().getStringRef()},
                            {"multiply_adds", cost.multiplyAdds},
                            {"weights", cost.weights ? ::toJSON(*cost.weights) : llvm::json::Value(nullptr)},
                            {"activations", std::move(activations)},
                            {"result", ::toJSON(cost.result)}};
}
