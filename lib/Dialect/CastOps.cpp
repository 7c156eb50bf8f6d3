#include "Verifiers.h"

using namespace mlir;
using namespace mlir::lowbit;

LogicalResult QuantizeOp::verify() { return verifyQuantizedType(*this, "the result", getType()); }

LogicalResult DequantizeOp::verify() { return verifyQuantizedType(*this, "the input", getInput().getType()); }

/// Whether one of two types has one scale, or both have scales for the same elements.
static bool haveCommonLayout(quant::QuantizedType a, quant::QuantizedType b) {
  if (isa<quant::UniformQuantizedType>(a) || isa<quant::UniformQuantizedType>(b))
    return true;
  auto axisA = dyn_cast<quant::UniformQuantizedPerAxisType>(a), axisB = dyn_cast<quant::UniformQuantizedPerAxisType>(b);
  if (axisA && axisB)
    return axisA.getQuantizedDimension() == axisB.getQuantizedDimension();
  auto blocksA = dyn_cast<quant::UniformQuantizedSubChannelType>(a),
       blocksB = dyn_cast<quant::UniformQuantizedSubChannelType>(b);
  return blocksA && blocksB && blocksA.getBlockSizeInfo() == blocksB.getBlockSizeInfo();
}

LogicalResult RequantizeOp::verify() {
  if (failed(verifyQuantizedType(*this, "the input", getInput().getType())) ||
      failed(verifyQuantizedType(*this, "the result", getType())))
    return failure();
  quant::QuantizedType from = getQuantizedType(getInput().getType()), to = getQuantizedType(getType());
  if (haveCommonLayout(from, to))
    return success();
  return emitOpError() << "expected one scale in the input or in the result, or scales along the same dimensions, but "
                          "got "
                       << from << " and " << to;
}

/// That `scale` has the leading sizes of `input`.
static LogicalResult verifyRowScales(Operation *op, Type input, Type scale) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(input).getShape(), rows = cast<RankedTensorType>(scale).getShape();
  auto isCompatible = [](auto sizes) {
    auto [row, size] = sizes;
    return row == size || ShapedType::isDynamic(row) || ShapedType::isDynamic(size);
  };
  if (rows.size() <= shape.size() && llvm::all_of(llvm::zip(rows, shape), isCompatible))
    return success();
  return op->emitOpError() << "expected scales of the leading sizes of " << input << ", but got " << scale;
}

/// A type that counts steps, both below and above zero.
static LogicalResult verifySteps(DynamicQuantizeOp op) {
  Type type = op.getResult().getType();
  if (failed(verifyPerTensor(op, "the result", type)))
    return failure();
  auto element = cast<quant::UniformQuantizedType>(getQuantizedType(type));
  if (element.isSigned() && element.getScale() == 1.0 && element.getZeroPoint() == 0 &&
      element.getStorageTypeMin() < 0 && element.getStorageTypeMax() > 0 && element.getStorageTypeIntegralWidth() <= 16)
    return success();
  return op.emitOpError() << "expected a result of signed storage of at most 16 bits, scale 1 and zero point 0, but "
                             "got "
                          << element;
}

LogicalResult DynamicQuantizeOp::verify() {
  if (failed(verifyCompatibleShape(getInput().getType(), getResult().getType())))
    return emitOpError() << "expected a result of the input's shape, but got " << getResult().getType() << " for "
                         << getInput().getType();
  const bool isQuantized = static_cast<bool>(getQuantizedType(getResult().getType()));
  if (isQuantized == static_cast<bool>(getZeroPoint()))
    return emitOpError() << "expected either a quantized result or a zero point";
  if (isQuantized) {
    if (failed(verifySteps(*this)))
      return failure();
    return verifyRowScales(*this, getInput().getType(), getScale().getType());
  }
  if (failed(verifyRank(*this, "the scale", getScale().getType(), 0)))
    return failure();
  return verifyRank(*this, "the zero point", getZeroPoint().getType(), 0);
}

LogicalResult DynamicDequantizeOp::verify() {
  if (failed(verifyQuantizedType(*this, "the input", getInput().getType())))
    return failure();
  if (failed(verifyRowScales(*this, getInput().getType(), getScale().getType())))
    return failure();
  if (!getBias())
    return success();
  auto type = cast<RankedTensorType>(getInput().getType());
  if (type.getRank() == 0)
    return emitOpError() << "expected an input of at least one dimension, which the bias is along";
  if (failed(verifyRank(*this, "the bias", getBias().getType(), 1)))
    return failure();
  return verifySameSize(*this, "the bias", getBias().getType().getDimSize(0), type.getShape().back());
}

LogicalResult ObserveOp::verify() {
  if (getName().empty())
    return emitOpError() << "expected a name that is not empty";
  return success();
}
