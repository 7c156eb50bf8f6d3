#include "FoldConstants.h"
#include "lowbit/Reference/Arithmetic.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/ElementParameters.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The storage integers of a constant that `quantize` quantizes, T the integer that holds one; null where it is no
/// constant or T is not the smallest such integer.
template <typename T> static Value createStorage(QuantizeOp quantize) {
  auto type = cast<RankedTensorType>(quantize.getType());
  auto elementType = cast<quant::QuantizedType>(type.getElementType());
  auto values = getConstantValues<float>(quantize.getInput());
  const unsigned width = elementType.getStorageTypeIntegralWidth();
  if (!values || values->get().empty() || llvm::PowerOf2Ceil(std::max(8u, width)) != 8 * sizeof(T))
    return {};
  std::optional<ElementParameters> parameters = ElementParameters::get(elementType, type.getRank());
  if (!parameters)
    return {};
  const SmallVector<unsigned, 0> indices = parameters->getIndices(type.getShape());
  const reference::Bounds bounds{elementType.getStorageTypeMin(), elementType.getStorageTypeMax()};
  SmallVector<T, 0> storage;
  storage.reserve(values->get().size());
  for (auto [index, value] : llvm::zip_equal(indices, values->get()))
    storage.push_back(static_cast<T>(reference::quantize(value, static_cast<float>(parameters->scales[index]),
                                                         parameters->zeroPoints[index], bounds)));
  OpBuilder builder(quantize);
  return createConstant<T>(builder, quantize.getLoc(), type.clone(elementType.getStorageType()), storage,
                           getConstantName(quantize.getInput()));
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
    storage = createStorage<int16_t>(quantize);
  if (!storage)
    return known = quantized;
  OpBuilder builder(quantize);
  return known = quant::StorageCastOp::create(builder, quantize.getLoc(), quantize.getType(), storage);
}

Value ConstantFolder::foldBias(Value quantized) {
  auto quantize = quantized.getDefiningOp<QuantizeOp>();
  return quantize ? createStorage<int32_t>(quantize) : Value();
}
