#include "Evaluator.h"
#include <cstring>

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

int64_t reference::getElementSize(ElementKind kind) {
  switch (kind) {
  case ElementKind::I1:
  case ElementKind::I8:
    return 1;
  case ElementKind::I16:
    return 2;
  case ElementKind::F32:
  case ElementKind::I32:
    return 4;
  case ElementKind::F64:
  case ElementKind::I64:
  case ElementKind::Index:
    return 8;
  }
  llvm_unreachable("unknown element kind");
}

std::optional<ElementKind> reference::getElementKind(Type elementType) {
  if (auto quantized = dyn_cast<quant::QuantizedType>(elementType))
    elementType = quantized.getStorageType();
  if (elementType.isF32())
    return ElementKind::F32;
  if (elementType.isF64())
    return ElementKind::F64;
  if (elementType.isIndex())
    return ElementKind::Index;
  auto integer = dyn_cast<IntegerType>(elementType);
  if (!integer || integer.getWidth() > 64)
    return std::nullopt;
  if (integer.getWidth() == 1)
    return ElementKind::I1;
  if (integer.getWidth() <= 8)
    return ElementKind::I8;
  if (integer.getWidth() <= 16)
    return ElementKind::I16;
  return integer.getWidth() <= 32 ? ElementKind::I32 : ElementKind::I64;
}

Tensor::Tensor(ArrayRef<int64_t> shape, ElementKind kind) : shape(shape), kind(kind) {
  bytes.resize(getNumElements() * getElementSize(kind));
}

int64_t Tensor::getNumElements() const { return llvm::product_of(shape, int64_t(1)); }

FailureOr<Tensor> reference::createTensor(Operation *op, Type type) {
  // Far beyond any program; keeps a malformed shape from exhausting memory.
  constexpr int64_t kMaxElements = int64_t(1) << 28;
  ArrayRef<int64_t> shape;
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    if (!tensor.hasStaticShape())
      return op->emitError() << "expected a static shape, but got " << type;
    shape = tensor.getShape();
  } else if (isa<ShapedType>(type)) {
    return op->emitError() << "expected a ranked tensor or a scalar, but got " << type;
  }
  std::optional<ElementKind> kind = getElementKind(getElementTypeOrSelf(type));
  if (!kind)
    return op->emitError() << "the interpreter has no values of type " << type;
  int64_t count = 1;
  for (int64_t size : shape)
    if (llvm::MulOverflow(count, size, count) || count > kMaxElements)
      return op->emitError() << "expected at most " << kMaxElements << " elements, but got " << type;
  return Tensor(shape, *kind);
}

int64_t reference::readInteger(const Tensor &tensor, int64_t index) {
  switch (tensor.kind) {
  case ElementKind::I1:
    return tensor.get<int8_t>()[index] & 1;
  case ElementKind::I8:
    return tensor.get<int8_t>()[index];
  case ElementKind::I16:
    return tensor.get<int16_t>()[index];
  case ElementKind::I32:
    return tensor.get<int32_t>()[index];
  default:
    return tensor.get<int64_t>()[index];
  }
}

void reference::writeInteger(Tensor &tensor, int64_t index, int64_t value) {
  // The low bytes come first on every machine this runs on.
  const int64_t size = getElementSize(tensor.kind);
  std::memcpy(tensor.bytes.data() + index * size, &value, size);
}

FailureOr<QuantizedElements> QuantizedElements::get(Operation *op, Type tensorType) {
  auto type = dyn_cast<quant::QuantizedType>(getElementTypeOrSelf(tensorType));
  if (!type)
    return op->emitError() << "expected a quantized tensor, but got " << tensorType;
  QuantizedElements elements;
  elements.bounds = {type.getStorageTypeMin(), type.getStorageTypeMax()};
  elements.storageBits = type.getStorageTypeIntegralWidth();
  elements.isStorageSigned = type.isSigned();

  ArrayRef<int64_t> shape;
  if (auto tensor = dyn_cast<RankedTensorType>(tensorType))
    shape = tensor.getShape();
  SmallVector<int64_t> blockSizes(shape);
  if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type)) {
    elements.scales = {perTensor.getScale()};
    elements.zeroPoints = {perTensor.getZeroPoint()};
    return elements;
  }
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type)) {
    llvm::append_range(elements.scales, perAxis.getScales());
    llvm::append_range(elements.zeroPoints, perAxis.getZeroPoints());
    if (perAxis.getQuantizedDimension() < static_cast<int32_t>(shape.size()))
      blockSizes[perAxis.getQuantizedDimension()] = 1;
  } else if (auto blocks = dyn_cast<quant::UniformQuantizedSubChannelType>(type)) {
    for (const APFloat &scale : blocks.getScales().getValues<APFloat>())
      elements.scales.push_back(scale.convertToDouble());
    for (const APInt &zeroPoint : blocks.getZeroPoints().getValues<APInt>())
      elements.zeroPoints.push_back(type.isSigned() ? zeroPoint.getSExtValue()
                                                    : static_cast<int64_t>(zeroPoint.getZExtValue()));
    for (auto [dim, size] : llvm::zip_equal(blocks.getQuantizedDimensions(), blocks.getBlockSizes()))
      if (dim < static_cast<int32_t>(shape.size()) && size > 0)
        blockSizes[dim] = size;
  } else {
    return op->emitError() << "expected uniform quantization, but got " << type;
  }

  int64_t stride = 1, groupStride = 1;
  for (auto [size, blockSize] : llvm::reverse(llvm::zip_equal(shape, blockSizes))) {
    elements.dims.push_back({stride, size, blockSize, groupStride});
    stride *= size;
    groupStride *= size == 0 ? 1 : llvm::divideCeil(size, blockSize);
  }
  if (groupStride != elements.getGroupCount() && stride != 0)
    return op->emitError() << "expected " << groupStride << " scales for " << tensorType << ", but got "
                           << elements.getGroupCount();
  return elements;
}

int64_t QuantizedElements::getGroup(int64_t index) const {
  int64_t group = 0;
  for (const Dim &dim : dims)
    group += index / dim.stride % dim.size / dim.blockSize * dim.groupStride;
  return group;
}

FailureOr<Bounds> reference::getClampedBounds(Operation *op, const QuantizedElements &elements,
                                              std::optional<ArrayRef<int64_t>> clamp) {
  Bounds bounds = elements.getBounds();
  if (!clamp)
    return bounds;
  if (clamp->size() != 2 || (*clamp)[0] > (*clamp)[1])
    return op->emitError() << "expected a clamp of two ordered bounds";
  // Twice clamped is clamped once to the intersection, and to the nearer bound where that is empty.
  return Bounds{reference::clamp(bounds.min, {(*clamp)[0], (*clamp)[1]}),
                reference::clamp(bounds.max, {(*clamp)[0], (*clamp)[1]})};
}

FailureOr<int32_t> reference::narrowAccumulator(Operation *op, int64_t accumulator) {
  if (!llvm::isInt<32>(accumulator))
    return op->emitError() << "accumulator " << accumulator << " does not fit i32";
  return static_cast<int32_t>(accumulator);
}

LogicalResult WindowGeometry::verify(Operation *op) const {
  if (input.size() != 4 || output.size() != 4 || kernel.size() != 2 || strides.size() != 2 || dilations.size() != 2 ||
      pad.size() != 4)
    return op->emitError() << "expected NHWC tensors, two sizes, strides and dilations of the window, and four pads";
  if (input[0] != output[0])
    return op->emitError() << "expected " << input[0] << " samples in the result, but got " << output[0];
  constexpr int64_t kLimit = int64_t(1) << 31;
  for (unsigned dim : {0u, 1u}) {
    for (int64_t value : {kernel[dim], strides[dim], dilations[dim]})
      if (value < 1 || value > kLimit)
        return op->emitError() << "expected window sizes, strides and dilations of at least 1, but got " << value;
    for (int64_t value : {pad[2 * dim], pad[2 * dim + 1]})
      if (value < 0 || value > kLimit)
        return op->emitError() << "expected pads of at least 0, but got " << value;
    const int64_t span = input[dim + 1] + pad[2 * dim] + pad[2 * dim + 1] - dilations[dim] * (kernel[dim] - 1) - 1;
    const int64_t expected = span < 0 ? 0 : span / strides[dim] + 1;
    if (output[dim + 1] != expected)
      return op->emitError() << "expected " << expected << " positions of the window, but the result has "
                             << output[dim + 1];
  }
  return success();
}
