#include "lowbit/Dialect/LowbitDialect.h"

using namespace mlir;
using namespace mlir::lowbit;

OpFoldResult QuantizeOp::fold(FoldAdaptor) {
  // quantize(dequantize(q)) is q where both have one type: (q - z) * s divided by s is q - z to within half a step.
  auto dequantize = getInput().getDefiningOp<DequantizeOp>();
  if (dequantize && dequantize.getInput().getType() == getType())
    return dequantize.getInput();
  return {};
}

OpFoldResult RequantizeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  return {};
}

OpFoldResult ClampOp::fold(FoldAdaptor) {
  return {};
}
