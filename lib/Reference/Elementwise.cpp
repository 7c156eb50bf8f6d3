#include "Evaluator.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

namespace {
/// Operands and result of an elementwise op.
struct Binary {
  const Tensor &lhs, &rhs;
  QuantizedElements lhsElements, rhsElements, resultElements;
  Bounds bounds;
  Tensor result;
};
} // namespace

template <typename OpTy> static FailureOr<Binary> prepare(OpTy op, const Scope &scope) {
  FailureOr<QuantizedElements> lhs = QuantizedElements::get(op, op.getLhs().getType());
  FailureOr<QuantizedElements> rhs = QuantizedElements::get(op, op.getRhs().getType());
  FailureOr<QuantizedElements> result = QuantizedElements::get(op, op.getType());
  FailureOr<Tensor> tensor = createTensor(op, op.getType());
  if (failed(lhs) || failed(rhs) || failed(result) || failed(tensor))
    return failure();
  FailureOr<Bounds> bounds = getClampedBounds(op, *result, op.getClamp());
  if (failed(bounds))
    return failure();
  return Binary{scope.get(op.getLhs()), scope.get(op.getRhs()), *lhs, *rhs, *result, *bounds, std::move(*tensor)};
}

/// The operand's element at `index`, scaled to the result's group.
static ScaledOperand getOperand(const Tensor &tensor, const QuantizedElements &elements, int64_t index,
                                double resultScale) {
  const int64_t group = elements.getGroup(index);
  return {elements.read(tensor, index), elements.getZeroPoint(group),
          roundMultiplier(computeRatio(elements.getScale(group), resultScale))};
}

/// Sums and differences.
template <typename OpTy, typename Combine>
static FailureOr<Tensor> evaluateSum(OpTy op, const Scope &scope, Combine combine) {
  FailureOr<Binary> binary = prepare(op, scope);
  if (failed(binary))
    return failure();
  for (int64_t index = 0, end = binary->result.getNumElements(); index < end; ++index) {
    const int64_t group = binary->resultElements.getGroup(index);
    const double scale = binary->resultElements.getScale(group);
    binary->resultElements.write(binary->result, index,
                                 combine(getOperand(binary->lhs, binary->lhsElements, index, scale),
                                         getOperand(binary->rhs, binary->rhsElements, index, scale),
                                         binary->resultElements.getZeroPoint(group), binary->bounds));
  }
  return std::move(binary->result);
}

static FailureOr<Tensor> evaluateProduct(MulOp op, const Scope &scope) {
  FailureOr<Binary> binary = prepare(op, scope);
  if (failed(binary))
    return failure();
  const QuantizedElements &lhs = binary->lhsElements, &rhs = binary->rhsElements, &result = binary->resultElements;
  for (int64_t index = 0, end = binary->result.getNumElements(); index < end; ++index) {
    const int64_t group = result.getGroup(index);
    const double ratio = computeProductRatio(lhs.getScale(lhs.getGroup(index)), rhs.getScale(rhs.getGroup(index)),
                                             result.getScale(group));
    FailureOr<int32_t> product =
        narrowAccumulator(op, lhs.readValue(binary->lhs, index) * rhs.readValue(binary->rhs, index));
    if (failed(product))
      return failure();
    result.write(
        binary->result, index,
        requantize(*product, Multiplier::get(ratio, /*isFixed=*/false), result.getZeroPoint(group), binary->bounds));
  }
  return std::move(binary->result);
}

Evaluation reference::evaluateElementwise(Operation *op, const Scope &scope) {
  return TypeSwitch<Operation *, Evaluation>(op)
      .Case([&](AddOp op) -> Evaluation { return toResults(evaluateSum(op, scope, add)); })
      .Case([&](SubOp op) -> Evaluation { return toResults(evaluateSum(op, scope, subtract)); })
      .Case([&](MulOp op) -> Evaluation { return toResults(evaluateProduct(op, scope)); })
      .Default([](Operation *) { return std::nullopt; });
}
