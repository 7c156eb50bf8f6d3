#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Constants of more elements than this become resources: they are never printed in full by default, and no copy is
/// uniqued in the context.
static constexpr int64_t kMaxInlineElements = 256;

template <typename T> static bool hasElementType(Type type) {
  if constexpr (std::is_same_v<T, float>)
    return type.isF32();
  else if constexpr (std::is_same_v<T, int8_t>)
    return isa<IntegerType>(type) && type.getIntOrFloatBitWidth() > 1 && type.getIntOrFloatBitWidth() <= 8;
  else
    return type.isInteger(8 * sizeof(T));
}

template <typename T> std::optional<ConstantValues<T>> lowbit::getConstantValues(Attribute attr) {
  auto elements = dyn_cast_or_null<ElementsAttr>(attr);
  if (!elements || !hasElementType<T>(elements.getElementType()))
    return std::nullopt;
  size_t count = elements.getNumElements();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != count * sizeof(T) ||
        reinterpret_cast<uintptr_t>(blob->getData().data()) % alignof(T) != 0)
      return std::nullopt;
    return ConstantValues<T>(ArrayRef<T>(reinterpret_cast<const T *>(blob->getData().data()), count));
  }
  auto dense = dyn_cast<DenseElementsAttr>(attr);
  if (!dense)
    return std::nullopt;
  SmallVector<T, 0> copy;
  copy.reserve(count);
  if constexpr (std::is_same_v<T, float>)
    llvm::append_range(copy, dense.getValues<float>());
  else
    for (const APInt &value : dense.getValues<APInt>())
      copy.push_back(static_cast<T>(value.getSExtValue()));
  return ConstantValues<T>(std::move(copy));
}

template <typename T> std::optional<ConstantValues<T>> lowbit::getConstantValues(Value value) {
  Attribute attr;
  if (!value || !matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  return getConstantValues<T>(attr);
}

template <typename T> std::optional<T> lowbit::getConstantScalar(Value value) {
  Attribute attr;
  if (!matchPattern(value, m_Constant(&attr)) || !hasElementType<T>(value.getType()))
    return std::nullopt;
  if constexpr (std::is_same_v<T, float>)
    return cast<FloatAttr>(attr).getValue().convertToFloat();
  else
    return static_cast<T>(cast<IntegerAttr>(attr).getValue().getSExtValue());
}

std::string lowbit::getConstantName(Value value) {
  Attribute attr;
  if (matchPattern(value, m_Constant(&attr)))
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
      return resource.getRawHandle().getKey().str();
  return "constant";
}

template <typename T> static DenseElementsAttr getDense(RankedTensorType type, ArrayRef<T> values) {
  if constexpr (std::is_same_v<T, int8_t>) {
    const unsigned bits = type.getElementTypeBitWidth();
    if (bits < 8)
      return DenseElementsAttr::get(type, llvm::map_to_vector(values, [&](int8_t value) {
                                      return APInt(bits, value, /*isSigned=*/true, /*implicitTrunc=*/true);
                                    }));
  }
  return DenseElementsAttr::get(type, values);
}

template <typename T>
Value lowbit::createConstant(OpBuilder &builder, Location loc, RankedTensorType type, ArrayRef<T> values,
                             StringRef name) {
  assert(static_cast<int64_t>(values.size()) == type.getNumElements() && "a value for every element");
  TypedAttr attr;
  if (type.getNumElements() <= kMaxInlineElements)
    attr = getDense(type, values);
  else
    attr = DenseResourceElementsAttr::get(
        type, name,
        HeapAsmResourceBlob::allocateAndCopyWithAlign(
            ArrayRef<char>(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)),
            /*align=*/64, /*dataIsMutable=*/false));
  return arith::ConstantOp::create(builder, loc, attr);
}

#define LOWBIT_INSTANTIATE(T)                                                                                          \
  template std::optional<ConstantValues<T>> lowbit::getConstantValues<T>(Attribute);                                   \
  template std::optional<ConstantValues<T>> lowbit::getConstantValues<T>(Value);                                       \
  template std::optional<T> lowbit::getConstantScalar<T>(Value);                                                       \
  template Value lowbit::createConstant<T>(OpBuilder &, Location, RankedTensorType, ArrayRef<T>, StringRef);
LOWBIT_INSTANTIATE(float)
LOWBIT_INSTANTIATE(int8_t)
LOWBIT_INSTANTIATE(int16_t)
LOWBIT_INSTANTIATE(int32_t)
#undef LOWBIT_INSTANTIATE
