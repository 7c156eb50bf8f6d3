#include "Evaluator.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Support/Constants.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

static FailureOr<Tensor> evaluate(QuantizeOp op, const Scope &scope) {
  const Tensor &input = scope.get(op.getInput());
  FailureOr<Tensor> result = createTensor(op, op.getType());
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, op.getType());
  if (failed(result) || failed(elements))
    return failure();
  for (auto [index, x] : llvm::enumerate(input.get<float>())) {
    const int64_t group = elements->getGroup(index);
    elements->write(*result, index,
                    quantize(x, static_cast<float>(elements->getScale(group)), elements->getZeroPoint(group),
                             elements->getBounds()));
  }
  return result;
}

static FailureOr<Tensor> evaluate(DequantizeOp op, const Scope &scope) {
  const Tensor &input = scope.get(op.getInput());
  FailureOr<Tensor> result = createTensor(op, op.getType());
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, op.getInput().getType());
  if (failed(result) || failed(elements))
    return failure();
  for (auto [index, x] : llvm::enumerate(result->get<float>())) {
    const int64_t group = elements->getGroup(index);
    x = dequantize(elements->read(input, index), static_cast<float>(elements->getScale(group)),
                   elements->getZeroPoint(group));
  }
  return result;
}

static FailureOr<Tensor> evaluate(RequantizeOp op, const Scope &scope) {
  const Tensor &input = scope.get(op.getInput());
  FailureOr<Tensor> result = createTensor(op, op.getType());
  FailureOr<QuantizedElements> from = QuantizedElements::get(op, op.getInput().getType());
  FailureOr<QuantizedElements> to = QuantizedElements::get(op, op.getType());
  if (failed(result) || failed(from) || failed(to))
    return failure();
  for (int64_t index = 0, end = result->getNumElements(); index < end; ++index) {
    const int64_t group = to->getGroup(index);
    const double ratio = computeRatio(from->getScale(from->getGroup(index)), to->getScale(group));
    FailureOr<int32_t> value = narrowAccumulator(op, from->readValue(input, index));
    if (failed(value))
      return failure();
    to->write(*result, index,
              requantize(*value, Multiplier::get(ratio, op.getMode() == RequantizeMode::Fixed), to->getZeroPoint(group),
                         to->getBounds()));
  }
  return result;
}

/// True where the shape of `scales` is the first sizes of that of `input`.
static bool hasLeadingShape(const Tensor &scales, const Tensor &input) {
  return scales.shape.size() <= input.shape.size() &&
         ArrayRef(input.shape).take_front(scales.shape.size()) == ArrayRef(scales.shape);
}

/// The scales of rows and the steps in them.
static LogicalResult quantizeRows(DynamicQuantizeOp op, const Tensor &input, Tensor &result, Tensor &scales) {
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, op.getResult().getType());
  if (failed(elements))
    return failure();
  const int64_t rows = scales.getNumElements(), size = rows == 0 ? 0 : input.getNumElements() / rows;
  for (int64_t row = 0; row < rows; ++row) {
    ArrayRef<float> values = input.get<float>().slice(row * size, size);
    float absMax = 0.0f;
    for (float x : values)
      absMax = std::isfinite(x) ? std::max(absMax, std::fabs(x)) : absMax;
    const float scale = chooseDynamicScale(absMax, elements->getBounds().max);
    scales.get<float>()[row] = scale;
    for (auto [index, x] : llvm::enumerate(values))
      elements->write(result, row * size + index, quantizeDynamic(x, scale, elements->getBounds()));
  }
  return success();
}

static FailureOr<Results> evaluate(DynamicQuantizeOp op, const Scope &scope) {
  Results results;
  for (Type type : op->getResultTypes()) {
    FailureOr<Tensor> result = createTensor(op, type);
    if (failed(result))
      return failure();
    results.push_back(std::move(*result));
  }
  const Tensor &input = scope.get(op.getInput());
  if (!op.getZeroPoint()) {
    if (results[0].shape != input.shape || !hasLeadingShape(results[1], input))
      return op.emitError() << "expected a result of the input's shape and scales of its leading sizes";
    return failed(quantizeRows(op, input, results[0], results[1])) ? FailureOr<Results>() : std::move(results);
  }
  if (results[0].shape != input.shape || results[1].getNumElements() != 1 || results[2].getNumElements() != 1)
    return op.emitError() << "expected a result of the input's shape and one scale and zero point";
  // The comparisons are false for NaN, which is then passed over.
  float min = 0.0f, max = 0.0f;
  for (float x : input.get<float>()) {
    min = x < min ? x : min;
    max = x > max ? x : max;
  }
  const DynamicParams params = chooseDynamicParams(min, max);
  for (auto [index, x] : llvm::enumerate(input.get<float>()))
    writeInteger(results[0], index, quantize(x, params.scale, params.zeroPoint, {0, 255}));
  results[1].get<float>()[0] = params.scale;
  writeInteger(results[2], 0, params.zeroPoint);
  return results;
}

static FailureOr<Tensor> evaluate(DynamicDequantizeOp op, const Scope &scope) {
  const Tensor &input = scope.get(op.getInput()), &scales = scope.get(op.getScale());
  FailureOr<Tensor> result = createTensor(op, op.getType());
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, op.getInput().getType());
  if (failed(result) || failed(elements))
    return failure();
  if (result->shape != input.shape || !hasLeadingShape(scales, input))
    return op.emitError() << "expected a result of the input's shape and scales of its leading sizes";
  ArrayRef<float> bias;
  if (op.getBias()) {
    const Tensor &values = scope.get(op.getBias());
    if (input.shape.empty() || values.getNumElements() != input.shape.back())
      return op.emitError() << "expected a bias for each index of the last dimension";
    bias = values.get<float>();
  }
  const int64_t rows = scales.getNumElements(), size = rows == 0 ? 1 : input.getNumElements() / rows;
  for (auto [index, x] : llvm::enumerate(result->get<float>())) {
    const int64_t group = elements->getGroup(index);
    const float value = dequantize(elements->read(input, index), static_cast<float>(elements->getScale(group)),
                                   elements->getZeroPoint(group));
    x = value * scales.get<float>()[static_cast<int64_t>(index) / size];
    if (!bias.empty())
      x = x + bias[index % bias.size()];
  }
  return result;
}

static FailureOr<Tensor> evaluate(ClampOp op, const Scope &scope) {
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, op.getType());
  if (failed(elements))
    return failure();
  Tensor result = scope.get(op.getInput());
  const Bounds bounds = {static_cast<int64_t>(op.getMin()), static_cast<int64_t>(op.getMax())};
  for (int64_t index = 0, end = result.getNumElements(); index < end; ++index)
    elements->write(result, index, clamp(elements->read(result, index), bounds));
  return result;
}

static FailureOr<Tensor> evaluate(LookupOp op, const Scope &scope) {
  const Tensor &input = scope.get(op.getInput());
  FailureOr<Tensor> result = createTensor(op, op.getType());
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, op.getInput().getType());
  if (failed(result) || failed(elements))
    return failure();
  auto table = getConstantValues<int8_t>(op.getTable());
  if (!table || table->get().size() != 256 || input.kind != ElementKind::I8 || result->kind != ElementKind::I8 ||
      input.shape != result->shape)
    return op.emitError() << "expected 8-bit tensors of one shape and a table of 256 entries";
  const int64_t smallest = elements->isSigned() ? -128 : 0;
  for (int64_t index = 0, end = input.getNumElements(); index < end; ++index)
    writeInteger(*result, index, table->get()[elements->read(input, index) - smallest]);
  return result;
}

Evaluation reference::evaluateCast(Operation *op, const Scope &scope) {
  return TypeSwitch<Operation *, Evaluation>(op)
      .Case<QuantizeOp, DequantizeOp, DynamicDequantizeOp, RequantizeOp, ClampOp, LookupOp>(
          [&](auto op) -> Evaluation { return toResults(evaluate(op, scope)); })
      .Case([&](DynamicQuantizeOp op) -> Evaluation { return evaluate(op, scope); })
      .Default([](Operation *) { return std::nullopt; });
}
