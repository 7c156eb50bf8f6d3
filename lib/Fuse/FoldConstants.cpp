#include "FoldConstants.h"
#include "lowbit/Reference/Arithmetic.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {

/// The scale and the zero point of each element of a tensor of a per-tensor or a per-axis type.
class ElementParams {
public:
  ElementParams(quant::QuantizedType type, ArrayRef<int64_t> shape) {
    if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type)) {
      scales = llvm::to_vector(perAxis.getScales());
      zeroPoints = llvm::to_vector(perAxis.getZeroPoints());
      stride = computeProduct(shape.drop_front(perAxis.getQuantizedDimension() + 1));
    } else if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type)) {
      scales = {perTensor.getScale()};
      zeroPoints = {perTensor.getZeroPoint()};
    }
  }
  bool isValid() const { return !scales.empty(); }
  float getScale(size_t element) const { return static_cast<float>(scales[getIndex(element)]); }
  int64_t getZeroPoint(size_t element) const { return zeroPoints[getIndex(element)]; }

private:
  size_t getIndex(size_t element) const { return element / stride % scales.size(); }

  SmallVector<double> scales;
  SmallVector<int64_t> zeroPoints;
  size_t stride = 1;
};

} // namespace

/// The name of the resource that holds `constant`, to name what is made of it.
static std::string getResourceName(Value constant) {
  Attribute attr;
  if (matchPattern(constant, m_Constant(&attr)))
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
      return resource.getRawHandle().getKey().str();
  return "constant";
}

/// The storage integers of a constant that `quantize` quantizes; null where it is none or has another storage type.
template <typename T>
static Value createStorage(QuantizeOp quantize) {
  auto type = cast<RankedTensorType>(quantize.getType());
  auto elementType = cast<quant::QuantizedType>(type.getElementType());
  auto values = getConstantValues<float>(quantize.getInput());
  if (!values || values->get().empty() || elementType.getStorageTypeIntegralWidth() != 8 * sizeof(T))
    return {};
  ElementParams params(elementType, type.getShape());
  if (!params.isValid())
    return {};
  const reference::Bounds bounds{elementType.getStorageTypeMin(), elementType.getStorageTypeMax()};
  SmallVector<T, 0> storage;
  storage.reserve(values->get().size());
  for (auto [index, value] : llvm::enumerate(values->get()))
    storage.push_back(
        static_cast<T>(reference::quantize(value, params.getScale(index), params.getZeroPoint(index), bounds)));
  OpBuilder builder(quantize);
  return createConstant<T>(builder, quantize.getLoc(), type.clone(elementType.getStorageType()), storage,
                           getResourceName(quantize.getInput()));
}

Value ConstantFolder::fold(Value quantized) {
  auto quantize = quantized.getDefiningOp<QuantizeOp>();
  if (!quantize)
    return quantized;
  Value &known = folded[{quantize.getInput(), quantize.getType()}];
  if (known)
    return known;
  Value storage = createStorage<int8_t>(quantize);
  if (!storage)
    return known = quantized;
  OpBuilder builder(quantize);
  return known = quant::StorageCastOp::create(builder, quantize.getLoc(), quantize.getType(), storage);
}

Value ConstantFolder::foldBias(Value quantized) {
  auto quantize = quantized.getDefiningOp<QuantizeOp>();
  return quantize ? createStorage<int32_t>(quantize) : Value();
}
