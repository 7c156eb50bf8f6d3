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

LogicalResult DynamicQuantizeOp::verify() {
  if (failed(verifyCompatibleShape(getInput().getType(), getResult().getType())))
    return emitOpError() << "expected a result of the input's shape, but got " << getResult().getType() << " for "
                         << getInput().getType();
  if (failed(verifyRank(*this, "the scale", getScale().getType(), 0)))
    return failure();
  return verifyRank(*this, "the zero point", getZeroPoint().getType(), 0);
}

LogicalResult ObserveOp::verify() {
  if (getName().empty())
    return emitOpError() << "expected a name that is not empty";
  return success();
}
