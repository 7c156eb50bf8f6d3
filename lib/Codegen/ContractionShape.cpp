#include "ContractionShape.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

static void setMatmul(ContractionShape &shape, RankedTensorType input, RankedTensorType weights) {
  MLIRContext *context = input.getContext();
  SmallVector<int64_t> strides = mlir::computeStrides(weights.getShape());
  shape.run = input.getDimSize(1);
  // (m, n, element) -> (m, element)
  shape.activationMap = AffineMap::get(3, 0, {getAffineDimExpr(0, context), getAffineDimExpr(2, context)}, context);
  shape.channelStride = strides[1];
  shape.elementStride = strides[0];
  shape.elementDim = 0;
  shape.channelDim = 1;
}

static void setBatchMatmul(ContractionShape &shape, RankedTensorType input, RankedTensorType weights) {
  MLIRContext *context = input.getContext();
  auto dim = [&](unsigned position) { return getAffineDimExpr(position, context); };
  SmallVector<int64_t> strides = mlir::computeStrides(weights.getShape());
  shape.run = input.getDimSize(2);
  shape.hasBatch = true;
  // (batch, m, n, element) -> (batch, m, element)
  shape.activationMap = AffineMap::get(4, 0, {dim(0), dim(1), dim(3)}, context);
  shape.channelStride = strides[2];
  shape.elementStride = strides[1];
  shape.elementDim = 1;
  shape.channelDim = 2;
}

static void setConvolution(ContractionShape &shape, linalg::Conv2DNhwcFhwcOp conv, RankedTensorType input,
                           RankedTensorType weights, bool separatesColumns) {
  MLIRContext *context = conv.getContext();
  auto dim = [&](unsigned position) { return getAffineDimExpr(position, context); };
  auto strides = llvm::to_vector(conv.getStrides().getValues<int64_t>());
  auto dilations = llvm::to_vector(conv.getDilations().getValues<int64_t>());
  const int64_t windowRows = weights.getDimSize(1), windowColumns = weights.getDimSize(2);
  const int64_t inputChannels = input.getDimSize(3);
  const bool columnsAreSteps = separatesColumns || (dilations[1] != 1 && windowColumns > 1);
  shape.steps = {windowRows};
  shape.run = inputChannels * (columnsAreSteps ? 1 : windowColumns);
  if (columnsAreSteps)
    shape.steps.push_back(windowColumns);
  shape.collapsed = {{0}, {1}, {2, 3}};
  // (n, oh, ow, f, window row[, window column], element)
  AffineExpr element = dim(columnsAreSteps ? 6 : 5);
  AffineExpr column = dim(2) * strides[1];
  if (columnsAreSteps)
    column = column + dim(5) * dilations[1];
  shape.activationMap =
      AffineMap::get(columnsAreSteps ? 7 : 6, 0,
                     {dim(0), dim(1) * strides[0] + dim(4) * dilations[0], column * inputChannels + element}, context);
  // Steps and runs walk the window in the order of the filter's memory.
  shape.channelStride = mlir::computeStrides(weights.getShape())[0];
  shape.stepStride = shape.run;
  shape.elementStride = 1;
  shape.elementDim = 3;
  shape.channelDim = 0;
}

std::optional<ContractionShape> ContractionShape::get(linalg::LinalgOp op, bool separatesColumns) {
  if (op->getNumOperands() != 3)
    return std::nullopt;
  auto input = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  auto weights = dyn_cast<RankedTensorType>(op->getOperand(1).getType());
  auto output = dyn_cast<RankedTensorType>(op->getOperand(2).getType());
  if (!input || !weights || !output || !output.hasStaticShape() || !input.hasStaticShape() || !weights.hasStaticShape())
    return std::nullopt;
  // Kernels extend integers by their signs.
  auto cast = op->getAttrOfType<linalg::TypeFnAttr>("cast");
  if (cast && cast.getValue() != linalg::TypeFn::cast_signed && input.getElementType().isInteger())
    return std::nullopt;
  // Named matrix products with maps of their own are other ones: transposed, broadcast.
  auto maps = op.getIndexingMapsArray();
  MLIRContext *context = op.getContext();
  if ((isa<linalg::MatmulOp>(op) && maps != linalg::MatmulOp::getDefaultIndexingMaps(context)) ||
      (isa<linalg::BatchMatmulOp>(op) && maps != linalg::BatchMatmulOp::getDefaultIndexingMaps(context)))
    return std::nullopt;
  ContractionShape shape;
  if (isa<linalg::MatmulOp>(op))
    setMatmul(shape, input, weights);
  else if (isa<linalg::BatchMatmulOp>(op))
    setBatchMatmul(shape, input, weights);
  else if (auto conv = dyn_cast<linalg::Conv2DNhwcFhwcOp>(op.getOperation()))
    setConvolution(shape, conv, input, weights, separatesColumns);
  else
    return std::nullopt;
  shape.channels = output.getShape().back();
  if (shape.run == 0 || output.getNumElements() == 0)
    return std::nullopt;
  return shape;
}

template <typename T> std::optional<SmallVector<T>> lowbit::getConstantInit(linalg::LinalgOp op, int64_t channels) {
  Value source = op.getDpsInits().front();
  if (auto fill = source.getDefiningOp<linalg::FillOp>())
    if (std::optional<T> value = getConstantScalar<T>(fill.getInputs().front()))
      return SmallVector<T>(channels, *value);
  auto broadcast = source.getDefiningOp<linalg::BroadcastOp>();
  if (!broadcast)
    return std::nullopt;
  const int64_t rank = cast<ShapedType>(source.getType()).getRank();
  auto bias = getConstantValues<T>(broadcast.getInput());
  if (!bias || llvm::is_contained(broadcast.getDimensions(), rank - 1) ||
      static_cast<int64_t>(bias->get().size()) != channels)
    return std::nullopt;
  return SmallVector<T>(bias->get());
}

template std::optional<SmallVector<float>> lowbit::getConstantInit<float>(linalg::LinalgOp, int64_t);
template std::optional<SmallVector<int32_t>> lowbit::getConstantInit<int32_t>(linalg::LinalgOp, int64_t);
