#include "Evaluator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cstring>

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

static void writeFloat(Tensor &tensor, int64_t index, const APFloat &value) {
  if (tensor.kind == ElementKind::F32)
    tensor.get<float>()[index] = value.convertToFloat();
  else
    tensor.get<double>()[index] = value.convertToDouble();
}

static FailureOr<Tensor> evaluate(arith::ConstantOp op, const Scope &) {
  FailureOr<Tensor> result = createTensor(op, op.getType());
  if (failed(result))
    return failure();
  Attribute value = op.getValue();
  if (auto scalar = dyn_cast<FloatAttr>(value)) {
    writeFloat(*result, 0, scalar.getValue());
    return result;
  }
  if (auto scalar = dyn_cast<IntegerAttr>(value)) {
    writeInteger(*result, 0, scalar.getValue().sextOrTrunc(64).getSExtValue());
    return result;
  }
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != result->bytes.size())
      return op.emitError() << "expected a resource of " << result->bytes.size() << " bytes, but it "
                            << (blob ? "has another size" : "is missing");
    llvm::copy(blob->getData(), result->bytes.begin());
    return result;
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense || !isa<FloatType, IntegerType, IndexType>(dense.getElementType()))
    return op.emitError() << "expected a dense constant";
  if (isa<FloatType>(dense.getElementType())) {
    for (auto [index, element] : llvm::enumerate(dense.getValues<APFloat>()))
      writeFloat(*result, index, element);
    return result;
  }
  for (auto [index, element] : llvm::enumerate(dense.getValues<APInt>()))
    writeInteger(*result, index, element.sextOrTrunc(64).getSExtValue());
  return result;
}

/// The same elements in the same order under the type of the result.
static FailureOr<Tensor> reinterpret(Operation *op, const Scope &scope) {
  FailureOr<Tensor> result = createTensor(op, op->getResult(0).getType());
  if (failed(result))
    return failure();
  const Tensor &input = scope.get(op->getOperand(0));
  if (input.kind != result->kind || input.bytes.size() != result->bytes.size())
    return op->emitError() << "expected as many elements in the result as in the operand";
  result->bytes = input.bytes;
  return result;
}

/// A box of elements inside a tensor: `offsets + i * strides` for i in `sizes`.
namespace {
struct Box {
  SmallVector<int64_t> offsets, sizes, strides;
};
} // namespace

/// Copies the elements of `from` under `fromBox` to those of `to` under `toBox`; sizes are equal.
static LogicalResult copyBox(Operation *op, const Tensor &from, const Box &fromBox, Tensor &to, const Box &toBox) {
  const size_t rank = fromBox.sizes.size();
  auto isInside = [&](const Tensor &tensor, const Box &box) {
    if (tensor.shape.size() != rank || box.offsets.size() != rank || box.strides.size() != rank)
      return false;
    for (auto [size, offset, count, stride] : llvm::zip_equal(tensor.shape, box.offsets, box.sizes, box.strides))
      if (offset < 0 || count < 0 || stride < 1 || offset > size ||
          (count > 0 && (count - 1 > (size - 1 - offset) / stride || offset >= size)))
        return false;
    return true;
  };
  if (from.kind != to.kind || fromBox.sizes != toBox.sizes || !isInside(from, fromBox) || !isInside(to, toBox))
    return op->emitError() << "expected a box inside the tensor";
  const int64_t elementSize = getElementSize(from.kind), count = computeProduct(fromBox.sizes);
  SmallVector<int64_t> fromStrides = computeStrides(from.shape), toStrides = computeStrides(to.shape);
  for (int64_t index = 0; index < count; ++index) {
    int64_t rest = index, source = 0, target = 0;
    for (int64_t dim = static_cast<int64_t>(rank) - 1; dim >= 0; --dim) {
      const int64_t i = rest % fromBox.sizes[dim];
      rest /= fromBox.sizes[dim];
      source += (fromBox.offsets[dim] + i * fromBox.strides[dim]) * fromStrides[dim];
      target += (toBox.offsets[dim] + i * toBox.strides[dim]) * toStrides[dim];
    }
    std::memcpy(to.bytes.data() + target * elementSize, from.bytes.data() + source * elementSize, elementSize);
  }
  return success();
}

/// The whole of a tensor of shape `sizes`, placed at `offsets`.
static Box getBoxAt(ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes) {
  return {SmallVector<int64_t>(offsets), SmallVector<int64_t>(sizes), SmallVector<int64_t>(sizes.size(), 1)};
}

/// The box of a slice, whose offsets may be values.
template <typename OpTy> static FailureOr<Box> getSlice(OpTy op, const Scope &scope) {
  Box box{llvm::to_vector(op.getStaticOffsets()), llvm::to_vector(op.getStaticSizes()),
          llvm::to_vector(op.getStaticStrides())};
  for (ArrayRef<int64_t> values : {ArrayRef(box.sizes), ArrayRef(box.strides)})
    if (llvm::any_of(values, ShapedType::isDynamic))
      return op.emitError() << "expected static sizes and strides";
  OperandRange dynamic = op.getOffsets();
  for (int64_t &offset : box.offsets)
    if (ShapedType::isDynamic(offset)) {
      offset = readInteger(scope.get(dynamic.front()), 0);
      dynamic = dynamic.drop_front();
    }
  return box;
}

static FailureOr<Tensor> evaluate(tensor::ExtractSliceOp op, const Scope &scope) {
  FailureOr<Tensor> result = createTensor(op, op.getType());
  FailureOr<Box> box = getSlice(op, scope);
  if (failed(result) || failed(box))
    return failure();
  // A slice may drop dimensions of size 1: copied with them, then renamed.
  SmallVector<int64_t> shape = result->shape;
  if (computeProduct(shape) != computeProduct(box->sizes))
    return op.emitError() << "expected as many elements in the result as in the slice";
  result->shape = box->sizes;
  SmallVector<int64_t> origin(box->sizes.size(), 0);
  if (failed(copyBox(op, scope.get(op.getSource()), *box, *result, getBoxAt(origin, box->sizes))))
    return failure();
  result->shape = shape;
  return result;
}

static FailureOr<Tensor> evaluate(tensor::InsertSliceOp op, const Scope &scope) {
  FailureOr<Box> box = getSlice(op, scope);
  if (failed(box))
    return failure();
  Tensor result = scope.get(op.getDest()), source = scope.get(op.getSource());
  if (source.getNumElements() != computeProduct(box->sizes))
    return op.emitError() << "expected as many elements in the source as in the slice";
  source.shape = box->sizes;
  SmallVector<int64_t> origin(box->sizes.size(), 0);
  if (failed(copyBox(op, source, getBoxAt(origin, box->sizes), result, *box)))
    return failure();
  return result;
}

static FailureOr<Tensor> evaluate(tensor::ConcatOp op, const Scope &scope) {
  FailureOr<Tensor> result = createTensor(op, op.getType());
  if (failed(result))
    return failure();
  SmallVector<int64_t> offsets(result->shape.size(), 0);
  for (Value input : op.getInputs()) {
    const Tensor &tensor = scope.get(input);
    SmallVector<int64_t> origin(tensor.shape.size(), 0);
    if (failed(copyBox(op, tensor, getBoxAt(origin, tensor.shape), *result, getBoxAt(offsets, tensor.shape))))
      return failure();
    offsets[op.getDim()] += tensor.shape[op.getDim()];
  }
  return result;
}

/// The value that a `tensor.pad` yields for every element: defined outside its body, or by ops on constants inside.
static FailureOr<Tensor> getPadding(tensor::PadOp op, const Scope &scope) {
  Value value = op.getConstantPaddingValue();
  if (!value)
    return op.emitError() << "expected one padding value for all elements";
  if (const Tensor *known = scope.lookup(value))
    return *known;
  auto cast = value.getDefiningOp<quant::StorageCastOp>();
  auto constant = (cast ? cast.getInput() : value).getDefiningOp<arith::ConstantOp>();
  if (!constant)
    return op.emitError() << "expected a constant padding value";
  return evaluate(constant, scope);
}

static FailureOr<Tensor> evaluate(tensor::PadOp op, const Scope &scope) {
  FailureOr<Tensor> result = createTensor(op, op.getType());
  FailureOr<Tensor> padding = getPadding(op, scope);
  if (failed(result) || failed(padding))
    return failure();
  if (llvm::any_of(op.getStaticLow(), ShapedType::isDynamic) || padding->kind != result->kind)
    return op.emitError() << "expected static padding of the tensor's element type";
  for (size_t position = 0; position < result->bytes.size(); position += padding->bytes.size())
    llvm::copy(padding->bytes, result->bytes.begin() + position);
  const Tensor &source = scope.get(op.getSource());
  SmallVector<int64_t> origin(source.shape.size(), 0);
  if (failed(copyBox(op, source, getBoxAt(origin, source.shape), *result, getBoxAt(op.getStaticLow(), source.shape))))
    return failure();
  return result;
}

static FailureOr<Tensor> evaluate(tensor::SplatOp op, const Scope &scope) {
  FailureOr<Tensor> result = createTensor(op, op.getType());
  if (failed(result))
    return failure();
  const Tensor &value = scope.get(op.getInput());
  for (size_t position = 0; position < result->bytes.size(); position += value.bytes.size())
    llvm::copy(value.bytes, result->bytes.begin() + position);
  return result;
}

static FailureOr<Tensor> evaluate(tensor::FromElementsOp op, const Scope &scope) {
  FailureOr<Tensor> result = createTensor(op, op.getType());
  if (failed(result))
    return failure();
  for (auto [index, element] : llvm::enumerate(op.getElements())) {
    const Tensor &value = scope.get(element);
    llvm::copy(value.bytes, result->bytes.begin() + index * value.bytes.size());
  }
  return result;
}

static FailureOr<Tensor> evaluate(tensor::ExtractOp op, const Scope &scope) {
  FailureOr<Tensor> result = createTensor(op, op.getType());
  if (failed(result))
    return failure();
  const Tensor &source = scope.get(op.getTensor());
  int64_t position = 0;
  for (auto [size, index] : llvm::zip_equal(source.shape, op.getIndices())) {
    const int64_t value = readInteger(scope.get(index), 0);
    if (value < 0 || value >= size)
      return op.emitError() << "index " << value << " is outside a dimension of size " << size;
    position = position * size + value;
  }
  const int64_t elementSize = getElementSize(source.kind);
  std::memcpy(result->bytes.data(), source.bytes.data() + position * elementSize, elementSize);
  return result;
}

Evaluation reference::evaluateDataMovement(Operation *op, const Scope &scope) {
  return TypeSwitch<Operation *, Evaluation>(op)
      .Case<arith::ConstantOp, tensor::ExtractSliceOp, tensor::InsertSliceOp, tensor::ConcatOp, tensor::PadOp,
            tensor::SplatOp, tensor::FromElementsOp, tensor::ExtractOp>(
          [&](auto op) -> Evaluation { return toResults(evaluate(op, scope)); })
      .Case<quant::StorageCastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp, tensor::ReshapeOp>(
          [&](Operation *op) -> Evaluation { return toResults(reinterpret(op, scope)); })
      .Case([&](tensor::EmptyOp op) -> Evaluation { return toResults(createTensor(op, op.getType())); })
      .Default([](Operation *) { return std::nullopt; });
}
