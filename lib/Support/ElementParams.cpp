#include "lowbit/Support/ElementParams.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace mlir::lowbit;

ElementParams::ElementParams(quant::QuantizedType type, ArrayRef<int64_t> shape) {
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type)) {
    scales = llvm::to_vector(perAxis.getScales());
    zeroPoints = llvm::to_vector(perAxis.getZeroPoints());
    stride = computeProduct(shape.drop_front(perAxis.getQuantizedDimension() + 1));
  } else if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type)) {
    scales = {perTensor.getScale()};
    zeroPoints = {perTensor.getZeroPoint()};
  }
}
