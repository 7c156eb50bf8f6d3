#include "Verifiers.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Operands and result of one scale each, and a clamp of the result.
template <typename OpTy> static LogicalResult verifyBinary(OpTy op) {
  if (failed(verifyPerTensor(op, "the left operand", op.getLhs().getType())) ||
      failed(verifyPerTensor(op, "the right operand", op.getRhs().getType())) ||
      failed(verifyPerTensor(op, "the result", op.getType())))
    return failure();
  return verifyClamp(op, op.getClamp(), op.getType());
}

LogicalResult AddOp::verify() { return verifyBinary(*this); }

LogicalResult SubOp::verify() { return verifyBinary(*this); }

LogicalResult MulOp::verify() {
  if (failed(verifyBinary(*this)))
    return failure();
  auto lhs = cast<quant::UniformQuantizedType>(getQuantizedType(getLhs().getType()));
  auto rhs = cast<quant::UniformQuantizedType>(getQuantizedType(getRhs().getType()));
  return verifySumFitsI32(*this, lhs, /*count=*/1, getLargestMagnitude(rhs));
}

LogicalResult ClampOp::verify() {
  if (failed(verifyQuantizedType(*this, "the input", getInput().getType())))
    return failure();
  const int64_t bounds[] = {getMinAttr().getInt(), getMaxAttr().getInt()};
  return verifyClamp(*this, ArrayRef<int64_t>(bounds), getType());
}

LogicalResult LookupOp::verify() {
  if (failed(verifyCompatibleShape(getInput().getType(), getType())))
    return emitOpError() << "expected a result of the input's shape, but got " << getType() << " for "
                         << getInput().getType();
  if (failed(verifyQuantizedType(*this, "the input", getInput().getType())) ||
      failed(verifyQuantizedType(*this, "the result", getType())))
    return failure();
  quant::QuantizedType from = getQuantizedType(getInput().getType()), to = getQuantizedType(getType());
  for (quant::QuantizedType type : {from, to})
    if (type.getStorageTypeIntegralWidth() != 8)
      return emitOpError() << "expected 8-bit storage, but got " << type.getStorageTypeIntegralWidth() << " bits";
  constexpr int64_t kEntries = 256;
  auto table = dyn_cast<DenseElementsAttr>(getTable());
  if (!table || table.getType().getRank() != 1 || table.getNumElements() != kEntries)
    return emitOpError() << "expected a dense table of " << kEntries << " entries, but got "
                         << getTable().getShapedType();
  for (auto [index, entry] : llvm::enumerate(table.getValues<APInt>())) {
    const int64_t value = to.isSigned() ? entry.getSExtValue() : static_cast<int64_t>(entry.getZExtValue());
    if (value < to.getStorageTypeMin() || value > to.getStorageTypeMax())
      return emitOpError() << "expected entries within [" << to.getStorageTypeMin() << ", " << to.getStorageTypeMax()
                           << "], but entry " << index << " is " << value;
  }
  return success();
}
