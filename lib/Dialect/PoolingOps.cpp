#include "Verifiers.h"
#include "lowbit/Dialect/AccumulatorType.h"
#include "llvm/Support/CheckedArithmetic.h"
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

static int64_t getSize(Type tensor, int64_t dim) { return cast<RankedTensorType>(tensor).getDimSize(dim); }

/// The product of sizes, saturating.
static int64_t multiply(ArrayRef<int64_t> sizes) {
  int64_t product = 1;
  for (int64_t size : sizes)
    product = llvm::checkedMul(product, size).value_or(std::numeric_limits<int64_t>::max());
  return product;
}

/// The result of a mean of `count` elements of `input`: of one scale, or the accumulator.
static LogicalResult verifyMeanResult(Operation *op, Type input, Type result, int64_t count) {
  if (isAccumulatorType(getElementTypeOrSelf(result)))
    return verifyAccumulators(op, result, getMeanAccumulatorType(getQuantizedType(input), count));
  return verifyPerTensor(op, "the result", result);
}

LogicalResult MaxPool2DOp::verify() {
  Type input = getInput().getType(), result = getType();
  if (failed(verifyWindow(*this, {getKernel(), getStrides(), getDilations(), getPad()}, input, result)) ||
      failed(verifyPerTensor(*this, "the input", input)) ||
      failed(verifySameSize(*this, "the channels of the result", getSize(result, 3), getSize(input, 3))))
    return failure();
  if (getQuantizedType(input) != getQuantizedType(result))
    return emitOpError() << "expected input and result of one element type, but got " << getQuantizedType(input)
                         << " and " << getQuantizedType(result);
  return success();
}

LogicalResult AvgPool2DOp::verify() {
  Type input = getInput().getType(), result = getType();
  const int64_t dilations[] = {1, 1};
  if (failed(verifyWindow(*this, {getKernel(), getStrides(), dilations, getPad()}, input, result)) ||
      failed(verifyPerTensor(*this, "the input", input)) ||
      failed(verifyMeanResult(*this, input, result, multiply(getKernel()))) ||
      failed(verifySameSize(*this, "the channels of the result", getSize(result, 3), getSize(input, 3))))
    return failure();
  return verifySumFitsI32(*this, cast<quant::UniformQuantizedType>(getQuantizedType(input)), multiply(getKernel()));
}

LogicalResult ReduceMeanOp::verify() {
  auto input = getInput().getType(), result = getType();
  if (failed(verifyPerTensor(*this, "the input", input)))
    return failure();
  SmallVector<int64_t> kept(input.getShape()), reduced;
  for (auto [index, dim] : llvm::enumerate(getDims())) {
    if (dim < 0 || dim >= input.getRank() || (index > 0 && dim <= getDims()[index - 1]))
      return emitOpError() << "expected 'dims' to be ascending dimensions of an input of rank " << input.getRank()
                           << ", but got [" << getDims() << "]";
    reduced.push_back(input.getDimSize(dim));
    if (ShapedType::isDynamic(reduced.back()) || reduced.back() == 0)
      return emitOpError() << "expected a known, positive number of elements to average along dimension " << dim
                           << ", but got " << input;
  }
  for (int64_t dim : llvm::reverse(getDims()))
    kept.erase(kept.begin() + dim);
  if (failed(verifyCompatibleShape(result, input.clone(kept))))
    return emitOpError() << "expected a result of shape " << input.clone(kept) << " but for its scale, but got "
                         << result;
  if (failed(verifyMeanResult(*this, input, result, multiply(reduced))))
    return failure();
  return verifySumFitsI32(*this, cast<quant::UniformQuantizedType>(getQuantizedType(input)), multiply(reduced));
}
