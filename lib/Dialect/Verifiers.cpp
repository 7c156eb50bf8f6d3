#include "Verifiers.h"
#include "lowbit/Support/GroupMultipliers.h"
#include "llvm/Support/CheckedArithmetic.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

quant::QuantizedType lowbit::getQuantizedType(Type tensor) {
  return dyn_cast<quant::QuantizedType>(getElementTypeOrSelf(tensor));
}

static LogicalResult verifyScale(Operation *op, StringRef name, double scale) {
  const auto rounded = static_cast<float>(scale);
  if (rounded > 0.0f && std::isfinite(rounded))
    return success();
  return op->emitOpError() << "expected scales of " << name << " to be positive, finite f32, but got " << scale;
}

static LogicalResult verifyAxis(Operation *op, StringRef name, RankedTensorType tensor, int64_t axis, int64_t scales) {
  if (axis < 0 || axis >= tensor.getRank())
    return op->emitOpError() << "expected the quantized axis of " << name << " to be one of its " << tensor.getRank()
                             << " dimensions, but got " << axis;
  const int64_t size = tensor.getDimSize(axis);
  if (ShapedType::isStatic(size) && size != scales)
    return op->emitOpError() << "expected " << size << " scales along axis " << axis << " of " << name << ", but got "
                             << scales;
  return success();
}

static LogicalResult verifyBlocks(Operation *op, StringRef name, RankedTensorType tensor,
                                  quant::UniformQuantizedSubChannelType type) {
  ArrayRef<int64_t> blocks = type.getScales().getType().getShape();
  if (static_cast<int64_t>(blocks.size()) != tensor.getRank())
    return op->emitOpError() << "expected scales of rank " << tensor.getRank() << " for " << name << ", but got rank "
                             << blocks.size();
  SmallVector<int64_t> blockSizes(tensor.getShape());
  for (auto [dim, size] : llvm::zip_equal(type.getQuantizedDimensions(), type.getBlockSizes())) {
    if (dim < 0 || dim >= tensor.getRank() || size <= 0)
      return op->emitOpError() << "expected blocks of positive size along dimensions of " << name << ", but got size "
                               << size << " along dimension " << dim;
    blockSizes[dim] = size;
  }
  for (auto [dim, size, block, count] : llvm::enumerate(tensor.getShape(), blockSizes, blocks)) {
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(block))
      continue;
    const std::optional<int64_t> covered = llvm::checkedMul(block, count);
    if (!covered || *covered != size)
      return op->emitOpError() << "expected the " << count << " blocks of " << block << " along dimension " << dim
                               << " of " << name << " to cover its " << size << " elements";
  }
  return success();
}

LogicalResult lowbit::verifyQuantizedType(Operation *op, StringRef name, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  quant::QuantizedType quantized = getQuantizedType(type);
  if (!quantized)
    return op->emitOpError() << "expected " << name << " to be quantized, but got " << type;
  if (!quantized.getExpressedType().isF32())
    return op->emitOpError() << "expected " << name << " to stand for f32, but got " << quantized.getExpressedType();
  if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(quantized))
    return verifyScale(op, name, perTensor.getScale());
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(quantized)) {
    for (double scale : perAxis.getScales())
      if (failed(verifyScale(op, name, scale)))
        return failure();
    return verifyAxis(op, name, tensor, perAxis.getQuantizedDimension(), perAxis.getScales().size());
  }
  auto blocks = dyn_cast<quant::UniformQuantizedSubChannelType>(quantized);
  if (!blocks)
    return op->emitOpError() << "expected " << name << " to be uniformly quantized, but got " << quantized;
  for (const APFloat &scale : blocks.getScales().getValues<APFloat>())
    if (failed(verifyScale(op, name, scale.convertToDouble())))
      return failure();
  return verifyBlocks(op, name, tensor, blocks);
}

LogicalResult lowbit::verifyPerTensor(Operation *op, StringRef name, Type tensor) {
  if (failed(verifyQuantizedType(op, name, tensor)))
    return failure();
  if (isa<quant::UniformQuantizedType>(getQuantizedType(tensor)))
    return success();
  return op->emitOpError() << "expected " << name << " to have one scale, but got " << getQuantizedType(tensor);
}

LogicalResult lowbit::verifyPerTensorOrAxis(Operation *op, StringRef name, Type tensor, int64_t axis) {
  if (failed(verifyQuantizedType(op, name, tensor)))
    return failure();
  quant::QuantizedType type = getQuantizedType(tensor);
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  if (isa<quant::UniformQuantizedType>(type) || (perAxis && perAxis.getQuantizedDimension() == axis))
    return success();
  return op->emitOpError() << "expected " << name << " to have one scale, or one for each index of dimension " << axis
                           << ", but got " << type;
}

LogicalResult lowbit::verifyWeights(Operation *op, StringRef name, Type tensor, int64_t channelAxis) {
  auto groups = dyn_cast_or_null<quant::UniformQuantizedSubChannelType>(getQuantizedType(tensor));
  if (!groups)
    return verifyPerTensorOrAxis(op, name, tensor, channelAxis);
  std::string reason;
  if (failed(verifyQuantizedType(op, name, tensor)))
    return failure();
  if (failed(GroupMultipliers::get(groups, channelAxis, reason)))
    return op->emitOpError() << "expected " << name << " to have one scale for each output channel and group, but "
                             << reason;
  return success();
}

/// The scales of a type with one scale, or one for each index of a dimension.
static ArrayRef<double> getScales(const quant::QuantizedType &type, double &single) {
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return perAxis.getScales();
  single = cast<quant::UniformQuantizedType>(type).getScale();
  return single;
}

/// Whether types of one kind have the same scales, as f32.
static bool haveSameScales(quant::QuantizedType a, quant::QuantizedType b) {
  double singleA = 0.0, singleB = 0.0;
  return llvm::equal(getScales(a, singleA), getScales(b, singleB),
                     [](double x, double y) { return static_cast<float>(x) == static_cast<float>(y); });
}

/// Whether types of one kind have the same zero points, and the same axis.
static bool haveSameLayout(quant::QuantizedType a, quant::QuantizedType b) {
  if (auto axisA = dyn_cast<quant::UniformQuantizedPerAxisType>(a)) {
    auto axisB = cast<quant::UniformQuantizedPerAxisType>(b);
    return axisA.getZeroPoints() == axisB.getZeroPoints() &&
           axisA.getQuantizedDimension() == axisB.getQuantizedDimension();
  }
  return cast<quant::UniformQuantizedType>(a).getZeroPoint() == cast<quant::UniformQuantizedType>(b).getZeroPoint();
}

LogicalResult lowbit::verifyAccumulators(Operation *op, Type tensor, quant::QuantizedType expected) {
  if (failed(verifyQuantizedType(op, "the result", tensor)))
    return failure();
  quant::QuantizedType type = getQuantizedType(tensor);
  if (!expected)
    return op->emitOpError() << "has no scales of accumulators, which the result's type " << type << " would have";
  if (type.getTypeID() == expected.getTypeID() && type.isSigned() && haveSameLayout(type, expected) &&
      haveSameScales(type, expected) && type.getStorageTypeMin() == expected.getStorageTypeMin() &&
      type.getStorageTypeMax() == expected.getStorageTypeMax())
    return success();
  return op->emitOpError() << "expected a result of 32 bits to have the type of the accumulators, " << expected
                           << ", but got " << type;
}

LogicalResult lowbit::verifyRank(Operation *op, StringRef name, Type tensor, int64_t rank) {
  const int64_t actual = cast<RankedTensorType>(tensor).getRank();
  if (actual == rank)
    return success();
  return op->emitOpError() << "expected " << name << " of rank " << rank << ", but got rank " << actual;
}

LogicalResult lowbit::verifySameSize(Operation *op, StringRef what, int64_t size, int64_t expected) {
  if (size == expected || ShapedType::isDynamic(size) || ShapedType::isDynamic(expected))
    return success();
  return op->emitOpError() << "expected " << what << " to be " << expected << ", but got " << size;
}

LogicalResult lowbit::verifyClamp(Operation *op, std::optional<ArrayRef<int64_t>> clamp, Type type) {
  if (!clamp)
    return success();
  quant::QuantizedType quantized = getQuantizedType(type);
  if (!quantized)
    return op->emitOpError() << "expected a quantized result to clamp, but got " << type;
  if (clamp->size() != 2)
    return op->emitOpError() << "expected 'clamp' to be a minimum and a maximum, but got " << clamp->size()
                             << " numbers";
  const int64_t min = clamp->front(), max = clamp->back();
  const int64_t least = quantized.getStorageTypeMin(), most = quantized.getStorageTypeMax();
  if (min <= max && min >= least && max <= most)
    return success();
  return op->emitOpError() << "expected clamp bounds in ascending order within [" << least << ", " << most
                           << "], but got [" << min << ", " << max << "]";
}

int64_t lowbit::getLargestMagnitude(quant::UniformQuantizedType type) {
  return std::max(std::abs(type.getStorageTypeMin() - type.getZeroPoint()),
                  std::abs(type.getStorageTypeMax() - type.getZeroPoint()));
}

LogicalResult lowbit::verifySumFitsI32(Operation *op, quant::UniformQuantizedType type, int64_t count, int64_t factor) {
  const std::optional<int64_t> term = llvm::checkedMul(getLargestMagnitude(type), factor);
  const std::optional<int64_t> sum = term ? llvm::checkedMul(*term, count) : std::nullopt;
  if (sum && *sum <= std::numeric_limits<int32_t>::max())
    return success();
  auto diagnostic = op->emitOpError() << "expected an accumulator that fits i32, but ";
  if (term)
    return diagnostic << count << " terms of up to " << *term << " do not";
  return diagnostic << "one term does not";
}

std::optional<int64_t> lowbit::computeOutputSize(int64_t size, int64_t before, int64_t after, int64_t kernel,
                                                 int64_t stride, int64_t dilation) {
  if (ShapedType::isDynamic(size) || ShapedType::isDynamic(kernel))
    return ShapedType::kDynamic;
  std::optional<int64_t> padded = llvm::checkedAdd(size, before);
  if (padded)
    padded = llvm::checkedAdd(*padded, after);
  const std::optional<int64_t> reach = llvm::checkedMul(dilation, kernel - 1);
  if (!padded || !reach || *padded <= *reach)
    return std::nullopt;
  return (*padded - *reach - 1) / stride + 1;
}

/// A list of `count` numbers that are at least `least`.
static LogicalResult verifyNumbers(Operation *op, StringRef name, ArrayRef<int64_t> numbers, size_t count,
                                   int64_t least) {
  if (numbers.size() != count)
    return op->emitOpError() << "expected '" << name << "' to have " << count << " numbers, but got " << numbers.size();
  for (int64_t number : numbers)
    if (number < least && !(name == "kernel" && ShapedType::isDynamic(number)))
      return op->emitOpError() << "expected the numbers of '" << name << "' to be at least " << least << ", but got "
                               << number;
  return success();
}

LogicalResult lowbit::verifyWindow(Operation *op, const WindowAttributes &window, Type input, Type result) {
  if (failed(verifyRank(op, "the input", input, 4)) || failed(verifyRank(op, "the result", result, 4)) ||
      failed(verifyNumbers(op, "kernel", window.kernel, 2, 1)) ||
      failed(verifyNumbers(op, "strides", window.strides, 2, 1)) ||
      failed(verifyNumbers(op, "dilations", window.dilations, 2, 1)) ||
      failed(verifyNumbers(op, "pad", window.pad, 4, 0)))
    return failure();
  auto from = cast<RankedTensorType>(input), to = cast<RankedTensorType>(result);
  if (failed(verifySameSize(op, "the batch of the result", to.getDimSize(0), from.getDimSize(0))))
    return failure();
  for (unsigned axis : {0u, 1u}) {
    const StringRef what = axis == 0 ? "the height of the result" : "the width of the result";
    const int64_t before = window.pad[2 * axis], after = window.pad[2 * axis + 1];
    std::optional<int64_t> size = computeOutputSize(from.getDimSize(1 + axis), before, after, window.kernel[axis],
                                                    window.strides[axis], window.dilations[axis]);
    if (!size)
      return op->emitOpError() << "expected a window of " << window.kernel[axis] << " with dilation "
                               << window.dilations[axis] << " to fit into " << from.getDimSize(1 + axis)
                               << " elements padded by " << before << " and " << after;
    if (failed(verifySameSize(op, what, to.getDimSize(1 + axis), *size)))
      return failure();
  }
  return success();
}
