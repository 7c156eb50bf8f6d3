#include "ContractionLoops.h"
#include "lowbit/Dialect/AccumulatorType.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

/// Pools have the geometry of a convolution whose channels stay apart.
template <typename OpTy> static FailureOr<WindowGeometry> getGeometry(OpTy op, const Scope &scope) {
  WindowGeometry geometry;
  geometry.input = scope.get(op.getInput()).shape;
  llvm::append_range(geometry.output, op.getType().getShape());
  geometry.kernel = llvm::to_vector(op.getKernel());
  geometry.strides = llvm::to_vector(op.getStrides());
  geometry.pad = llvm::to_vector(op.getPad());
  if constexpr (std::is_same_v<OpTy, MaxPool2DOp>)
    geometry.dilations = llvm::to_vector(op.getDilations());
  if (failed(geometry.verify(op)))
    return failure();
  if (geometry.input[3] != geometry.output[3])
    return op.emitError() << "expected " << geometry.input[3] << " channels in the result, but got "
                          << geometry.output[3];
  return geometry;
}

static FailureOr<Tensor> evaluate(MaxPool2DOp op, const Scope &scope) {
  const Tensor &input = scope.get(op.getInput());
  FailureOr<WindowGeometry> geometry = getGeometry(op, scope);
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, op.getType());
  FailureOr<Tensor> result = createTensor(op, op.getType());
  if (failed(geometry) || failed(elements) || failed(result))
    return failure();
  for (int64_t index = 0, end = result->getNumElements(); index < end; ++index)
    elements->write(*result, index, elements->getBounds().min);
  visitWindows(*geometry, [&](int64_t in, int64_t out, int64_t) {
    for (int64_t c = 0; c < geometry->input[3]; ++c)
      elements->write(*result, out + c, std::max(elements->read(*result, out + c), elements->read(input, in + c)));
  });
  return result;
}

/// Storage integers for the means that `sums` are `count` times of; the sums themselves in a type of accumulators.
template <typename OpTy>
static FailureOr<Tensor> finishMean(OpTy op, ArrayRef<int64_t> sums, int64_t count, const QuantizedElements &from) {
  FailureOr<QuantizedElements> to = QuantizedElements::get(op, op.getType());
  FailureOr<Tensor> result = createTensor(op, op.getType());
  if (failed(to) || failed(result))
    return failure();
  if (from.getGroupCount() != 1 || to->getGroupCount() != 1)
    return op.emitError() << "expected one scale in the input and one in the result";
  const bool isAccumulator = isAccumulatorType(op.getType().getElementType());
  const Multiplier multiplier =
      Multiplier::get(computeMeanRatio(from.getScale(0), to->getScale(0), count), /*isFixed=*/false);
  for (auto [index, sum] : llvm::enumerate(sums)) {
    FailureOr<int32_t> accumulator = narrowAccumulator(op, sum);
    if (failed(accumulator))
      return failure();
    to->write(*result, index,
              isAccumulator ? *accumulator
                            : requantize(*accumulator, multiplier, to->getZeroPoint(0), to->getBounds()));
  }
  return result;
}

static FailureOr<Tensor> evaluate(AvgPool2DOp op, const Scope &scope) {
  const Tensor &input = scope.get(op.getInput());
  FailureOr<WindowGeometry> geometry = getGeometry(op, scope);
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, op.getInput().getType());
  FailureOr<Tensor> shape = createTensor(op, op.getType());
  if (failed(geometry) || failed(elements) || failed(shape))
    return failure();
  std::vector<int64_t> sums(shape->getNumElements());
  visitWindows(*geometry, [&](int64_t in, int64_t out, int64_t) {
    for (int64_t c = 0; c < geometry->input[3]; ++c)
      sums[out + c] += elements->readValue(input, in + c);
  });
  return finishMean(op, sums, geometry->kernel[0] * geometry->kernel[1], *elements);
}

static FailureOr<Tensor> evaluate(ReduceMeanOp op, const Scope &scope) {
  const Tensor &input = scope.get(op.getInput());
  FailureOr<QuantizedElements> elements = QuantizedElements::get(op, op.getInput().getType());
  FailureOr<Tensor> shape = createTensor(op, op.getType());
  if (failed(elements) || failed(shape))
    return failure();
  // The stride in the result of each dimension of the input: 0 where it is averaged away.
  const int64_t rank = input.shape.size();
  SmallVector<int64_t> strides(rank, 0), kept;
  int64_t count = 1, stride = 1;
  for (int64_t dim = rank - 1; dim >= 0; --dim) {
    if (llvm::is_contained(op.getDims(), dim)) {
      count *= input.shape[dim];
      continue;
    }
    strides[dim] = stride;
    stride *= input.shape[dim];
    kept.insert(kept.begin(), input.shape[dim]);
  }
  if (kept != shape->shape || count == 0)
    return op.emitError() << "expected a result of the dimensions that are kept, and at least one element to average";
  std::vector<int64_t> sums(shape->getNumElements());
  for (int64_t index = 0, end = input.getNumElements(); index < end; ++index) {
    int64_t position = 0, rest = index;
    for (int64_t dim = rank - 1; dim >= 0; --dim) {
      position += rest % input.shape[dim] * strides[dim];
      rest /= input.shape[dim];
    }
    sums[position] += elements->readValue(input, index);
  }
  return finishMean(op, sums, count, *elements);
}

Evaluation reference::evaluatePool(Operation *op, const Scope &scope) {
  return TypeSwitch<Operation *, Evaluation>(op)
      .Case<MaxPool2DOp, AvgPool2DOp, ReduceMeanOp>(
          [&](auto op) -> Evaluation { return toResults(evaluate(op, scope)); })
      .Default([](Operation *) { return std::nullopt; });
}
