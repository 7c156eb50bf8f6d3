#include "Models.h"
#include "lowbit/OpModels/OpModels.h"
#include "lowbit/OpModels/StorageClamp.h"
#include "lowbit/Reference/Arithmetic.h"
#include "lowbit/Support/QuantScheme.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

void lowbit::registerQuantizableOpModels(DialectRegistry &registry) {
  registerContractionModels(registry);
  registerDataMovementModels(registry);
  registerElementwiseModels(registry);
  registerGenericModels(registry);
  registerPoolingModels(registry);
}

bool lowbit::isQuantizableConstant(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<DequantizeOp, QuantizeOp, quant::StorageCastOp>(op))
      return matchPattern(op, m_Constant());
    value = op->getOperand(0);
  }
  return false;
}

LogicalResult lowbit::verifyTensors(Operation *op, const QuantWidths &widths, std::string &reason) {
  auto refuse = [&](const Twine &text) {
    reason = text.str();
    return failure();
  };
  const bool areActivationsFloat = widths.activation == 0;
  if (!QuantScheme::get(widths.weight) || (!areActivationsFloat && !QuantScheme::get(widths.activation)))
    return refuse("it has no kernel for " + Twine(widths.weight) + "-bit weights and " + Twine(widths.activation) +
                  "-bit activations");
  for (Type type :
       llvm::concat<Type>(SmallVector<Type>(op->getOperandTypes()), SmallVector<Type>(op->getResultTypes()))) {
    if (!isa<ShapedType>(type))
      continue;
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return refuse("its shapes are not static");
    if (tensor.getNumElements() == 0)
      return refuse("it has a tensor without elements");
    if (isa<FloatType>(tensor.getElementType()) && !tensor.getElementType().isF32())
      return refuse("it computes with another float type than f32");
  }
  return success();
}

DenseI64ArrayAttr lowbit::getClampAttr(OpBuilder &builder, std::optional<StorageRange> clamp) {
  return clamp ? builder.getDenseI64ArrayAttr({clamp->min, clamp->max}) : DenseI64ArrayAttr();
}

bool lowbit::isFilledWith(Value value, float constant) {
  auto fill = value.getDefiningOp<linalg::FillOp>();
  FloatAttr attr;
  return fill && matchPattern(fill.getInputs().front(), m_Constant(&attr)) && attr.getType().isF32() &&
         attr.getValue().convertToFloat() == constant;
}

int64_t lowbit::quantizeScalar(float value, quant::UniformQuantizedType type) {
  return reference::quantize(value, static_cast<float>(type.getScale()), type.getZeroPoint(),
                             {type.getStorageTypeMin(), type.getStorageTypeMax()});
}

/// The tensor that `value` pads with the storage integer `padding`; `value` itself where it is no such padding.
static WindowInput takeOffPadding(Value value, int64_t padding) {
  WindowInput whole{value};
  auto pad = value.getDefiningOp<tensor::PadOp>();
  if (!pad || pad.getType().getRank() != 4)
    return whole;
  SmallVector<int64_t> low = llvm::to_vector(pad.getStaticLow()), high = llvm::to_vector(pad.getStaticHigh());
  auto isUsable = [](int64_t amount) { return amount >= 0; }; // A dynamic amount is negative.
  if (!llvm::all_of(low, isUsable) || !llvm::all_of(high, isUsable) || low[0] || high[0] || low[3] || high[3])
    return whole;
  auto yield = cast<tensor::YieldOp>(pad.getBody()->getTerminator());
  auto cast = yield.getValue().getDefiningOp<quant::StorageCastOp>();
  IntegerAttr constant;
  if (!cast || !matchPattern(cast.getInput(), m_Constant(&constant)) || constant.getValue().getSExtValue() != padding)
    return whole;
  return {pad.getSource(), {low[1], high[1], low[2], high[2]}};
}

/// Takes from `input` what lies beyond the last window, from the padding first. Returns the shape that is left of the
/// source, which may be nothing where windows read padding alone.
static SmallVector<int64_t> cutToReach(WindowInput &input, const Window &window, ArrayRef<int64_t> resultShape) {
  SmallVector<int64_t> shape = llvm::to_vector(cast<RankedTensorType>(input.source.getType()).getShape());
  for (unsigned i : {0u, 1u}) {
    int64_t &size = shape[i + 1], &padAfter = input.pad[2 * i + 1];
    const int64_t reach =
        (resultShape[i + 1] - 1) * window.strides[i] + window.dilations[i] * (window.kernel[i] - 1) + 1;
    const int64_t rest = input.pad[2 * i] + size + padAfter - reach;
    if (rest < window.strides[i]) // No further window would fit.
      continue;
    const int64_t fromPadding = std::min(rest, padAfter);
    padAfter -= fromPadding;
    size -= rest - fromPadding;
  }
  return shape;
}

WindowInput lowbit::getWindowInput(OpBuilder &builder, Value input, int64_t padding, const Window &window,
                                   ArrayRef<int64_t> resultShape) {
  WindowInput result = takeOffPadding(input, padding);
  SmallVector<int64_t> shape = cutToReach(result, window, resultShape);
  if (llvm::any_of(shape, [](int64_t size) { return size <= 0; })) {
    result = WindowInput{input};
    shape = cutToReach(result, window, resultShape);
  }
  if (shape == cast<RankedTensorType>(result.source.getType()).getShape())
    return result;
  SmallVector<OpFoldResult> offsets(4, builder.getIndexAttr(0)), strides(4, builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(builder.getContext(), shape);
  result.source = tensor::ExtractSliceOp::create(builder, input.getLoc(), result.source, offsets, sizes, strides);
  return result;
}

std::optional<StorageRange> lowbit::getAccumulatorClamp(FloatRange bounds) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const bool isBoundedBelow = bounds.min == 0.0f, isBoundedAbove = bounds.max == 0.0f;
  if ((!isBoundedBelow && bounds.min != -kInfinity) || (!isBoundedAbove && bounds.max != kInfinity))
    return std::nullopt;
  return StorageRange{isBoundedBelow ? 0 : std::numeric_limits<int32_t>::min(),
                      isBoundedAbove ? 0 : std::numeric_limits<int32_t>::max()};
}

std::optional<StorageRange> lowbit::getStorageClamp(FloatRange bounds, quant::UniformQuantizedType type) {
  StorageRange storage{quantizeScalar(bounds.min, type), quantizeScalar(bounds.max, type)};
  if (storage.min == type.getStorageTypeMin() && storage.max == type.getStorageTypeMax())
    return std::nullopt;
  return storage;
}
