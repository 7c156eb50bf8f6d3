#include "Verifiers.h"
#include "lowbit/Dialect/AccumulatorType.h"

using namespace mlir;
using namespace mlir::lowbit;

static int64_t getSize(Type tensor, int64_t dim) { return cast<RankedTensorType>(tensor).getDimSize(dim); }

/// What all contractions share: the bias has one value for each output channel, which dimension `weightAxis` of the
/// right operand holds; the result is the accumulator, plain or with its scales, or has one scale and perhaps a clamp.
static LogicalResult verifyAccumulation(Operation *op, Value bias, Type result, int64_t weightAxis,
                                        std::optional<ArrayRef<int64_t>> clamp) {
  const int64_t channels = getSize(op->getOperand(1).getType(), weightAxis);
  if (bias && (failed(verifyRank(op, "the bias", bias.getType(), 1)) ||
               failed(verifySameSize(op, "the size of the bias", getSize(bias.getType(), 0), channels))))
    return failure();
  if (!isAccumulatorType(getElementTypeOrSelf(result))) {
    if (failed(verifyPerTensor(op, "the result", result)))
      return failure();
  } else if (getQuantizedType(result)) {
    const int64_t lastDim = cast<RankedTensorType>(result).getRank() - 1;
    quant::QuantizedType accumulators =
        getAccumulatorType(getQuantizedType(op->getOperand(0).getType()), getQuantizedType(op->getOperand(1).getType()),
                           weightAxis, lastDim);
    if (failed(verifyAccumulators(op, result, accumulators)))
      return failure();
  }
  return verifyClamp(op, clamp, result);
}

LogicalResult MatmulOp::verify() {
  Type lhs = getLhs().getType(), rhs = getRhs().getType(), result = getType();
  if (failed(verifyRank(*this, "the left operand", lhs, 2)) || failed(verifyRank(*this, "the right operand", rhs, 2)) ||
      failed(verifyRank(*this, "the result", result, 2)) || failed(verifyPerTensor(*this, "the left operand", lhs)) ||
      failed(verifyWeights(*this, "the right operand", rhs, 1)) ||
      failed(verifySameSize(*this, "the rows of the right operand", getSize(rhs, 0), getSize(lhs, 1))) ||
      failed(verifySameSize(*this, "the rows of the result", getSize(result, 0), getSize(lhs, 0))) ||
      failed(verifySameSize(*this, "the columns of the result", getSize(result, 1), getSize(rhs, 1))))
    return failure();
  return verifyAccumulation(*this, getBias(), result, /*weightAxis=*/1, getClamp());
}

LogicalResult BatchMatmulOp::verify() {
  Type lhs = getLhs().getType(), rhs = getRhs().getType(), result = getType();
  if (failed(verifyRank(*this, "the left operand", lhs, 3)) || failed(verifyRank(*this, "the right operand", rhs, 3)) ||
      failed(verifyRank(*this, "the result", result, 3)) || failed(verifyPerTensor(*this, "the left operand", lhs)) ||
      failed(verifyPerTensor(*this, "the right operand", rhs)) ||
      failed(verifySameSize(*this, "the batch of the right operand", getSize(rhs, 0), getSize(lhs, 0))) ||
      failed(verifySameSize(*this, "the batch of the result", getSize(result, 0), getSize(lhs, 0))) ||
      failed(verifySameSize(*this, "the rows of the right operand", getSize(rhs, 1), getSize(lhs, 2))) ||
      failed(verifySameSize(*this, "the rows of the result", getSize(result, 1), getSize(lhs, 1))) ||
      failed(verifySameSize(*this, "the columns of the result", getSize(result, 2), getSize(rhs, 2))))
    return failure();
  return verifyAccumulation(*this, Value(), result, /*weightAxis=*/2, getClamp());
}

LogicalResult Conv2DOp::verify() {
  Type input = getInput().getType(), filter = getFilter().getType(), result = getType();
  if (failed(verifyRank(*this, "the filter", filter, 4)))
    return failure();
  const int64_t kernel[] = {getSize(filter, 1), getSize(filter, 2)};
  if (failed(verifyWindow(*this, {kernel, getStrides(), getDilations(), getPad()}, input, result)) ||
      failed(verifyPerTensor(*this, "the input", input)) || failed(verifyWeights(*this, "the filter", filter, 0)) ||
      failed(verifySameSize(*this, "the input channels of the filter", getSize(filter, 3), getSize(input, 3))) ||
      failed(verifySameSize(*this, "the channels of the result", getSize(result, 3), getSize(filter, 0))))
    return failure();
  return verifyAccumulation(*this, getBias(), result, /*weightAxis=*/0, getClamp());
}

LogicalResult DepthwiseConv2DOp::verify() {
  Type input = getInput().getType(), filter = getFilter().getType(), result = getType();
  if (failed(verifyRank(*this, "the filter", filter, 3)))
    return failure();
  const int64_t kernel[] = {getSize(filter, 0), getSize(filter, 1)};
  if (failed(verifyWindow(*this, {kernel, getStrides(), getDilations(), getPad()}, input, result)) ||
      failed(verifyPerTensor(*this, "the input", input)) ||
      failed(verifyPerTensorOrAxis(*this, "the filter", filter, 2)) ||
      failed(verifySameSize(*this, "the channels of the filter", getSize(filter, 2), getSize(input, 3))) ||
      failed(verifySameSize(*this, "the channels of the result", getSize(result, 3), getSize(filter, 2))))
    return failure();
  return verifyAccumulation(*this, getBias(), result, /*weightAxis=*/2, getClamp());
}
