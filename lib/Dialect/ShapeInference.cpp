#include "lowbit/Dialect/ShapeInference.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// From sizes to shapes
//===----------------------------------------------------------------------===//

/// The value of `size` where its sources have the sizes `values`; nothing where it overflows or is too small.
static std::optional<int64_t> evaluate(const ResultSize &size, ArrayRef<int64_t> values) {
  if (llvm::any_of(values, ShapedType::isDynamic))
    return ShapedType::kDynamic;
  MLIRContext *context = size.expr.getContext();
  auto constants = llvm::map_to_vector(values, [&](int64_t value) { return getAffineConstantExpr(value, context); });
  auto result = dyn_cast<AffineConstantExpr>(size.expr.replaceDims(constants));
  if (!result || result.getValue() < size.least)
    return std::nullopt;
  return result.getValue();
}

LogicalResult lowbit::inferShape(FailureOr<ResultSizes> sizes, ValueShapeRange operands, StringRef name,
                                 std::optional<Location> location, SmallVectorImpl<ShapedTypeComponents> &components) {
  if (failed(sizes))
    return emitOptionalError(location, "'", name, "' op has attributes that no shape follows from");
  SmallVector<int64_t> shape;
  for (const ResultSize &size : *sizes) {
    SmallVector<int64_t> values;
    for (auto [operand, dim] : size.sources) {
      const ShapeAdaptor from = operands.getShape(operand);
      if (!from.hasRank() || dim >= from.getRank())
        return emitOptionalError(location, "'", name, "' op expected operand ", operand, " to have a dimension ", dim);
      values.push_back(from.getDimSize(dim));
    }
    const std::optional<int64_t> value = evaluate(size, values);
    if (!value)
      return emitOptionalError(location, "'", name, "' op has no result of dimension ", shape.size());
    shape.push_back(*value);
  }
  components.emplace_back(shape);
  return success();
}

LogicalResult lowbit::reifyShape(FailureOr<ResultSizes> sizes, OpBuilder &builder, Operation *op,
                                 ReifiedRankedShapedTypeDims &shapes) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (failed(sizes) || static_cast<int64_t>(sizes->size()) != type.getRank())
    return failure();
  SmallVector<OpFoldResult> shape;
  for (auto [dim, size] : llvm::enumerate(*sizes)) {
    if (!type.isDynamicDim(dim)) {
      shape.push_back(builder.getIndexAttr(type.getDimSize(dim)));
      continue;
    }
    auto values = llvm::map_to_vector(size.sources, [&](const ResultSize::Source &source) {
      return tensor::getMixedSize(builder, op->getLoc(), op->getOperand(source.operand), source.dim);
    });
    shape.push_back(getValueOrCreateConstantIndexOp(
        builder, op->getLoc(), affine::makeComposedFoldedAffineApply(builder, op->getLoc(), size.expr, values)));
  }
  shapes.push_back(std::move(shape));
  return success();
}

//===----------------------------------------------------------------------===//
// The ops
//===----------------------------------------------------------------------===//

/// A size that is one of an operand's.
static ResultSize getSame(MLIRContext *context, unsigned operand, int64_t dim) {
  return {getAffineDimExpr(0, context), {{operand, dim}}};
}

/// All sizes of the first operand.
static FailureOr<ResultSizes> getSameSizes(ValueRange operands) {
  auto type = dyn_cast<RankedTensorType>(operands.front().getType());
  if (!type)
    return failure();
  return llvm::map_to_vector(llvm::seq<int64_t>(0, type.getRank()),
                             [&](int64_t dim) { return getSame(type.getContext(), 0, dim); });
}

/// `floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1`, of the sizes of an image and a kernel.
static AffineExpr getWindowCount(AffineExpr size, AffineExpr kernel, ArrayRef<int64_t> strides,
                                 ArrayRef<int64_t> dilations, ArrayRef<int64_t> pad, unsigned axis) {
  return (size + pad[2 * axis] + pad[2 * axis + 1] - (kernel - 1) * dilations[axis] - 1).floorDiv(strides[axis]) + 1;
}

/// Whether the numbers are those of a window, and so small that sums and products with them don't overflow.
static bool isWindow(ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations, ArrayRef<int64_t> pad) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  auto isPositive = [&](int64_t number) { return number > 0 && number <= kMost; };
  auto isPadding = [&](int64_t number) { return number >= 0 && number <= kMost; };
  return strides.size() == 2 && dilations.size() == 2 && pad.size() == 4 && llvm::all_of(strides, isPositive) &&
         llvm::all_of(dilations, isPositive) && llvm::all_of(pad, isPadding);
}

/// A convolution whose kernel is the filter's dimensions from `kernelDim` on, its output channels dimension
/// `channelDim`.
template <typename Adaptor>
static FailureOr<ResultSizes> getConvolutionSizes(Adaptor op, int64_t kernelDim, int64_t channelDim) {
  if (!isWindow(op.getStrides(), op.getDilations(), op.getPad()))
    return failure();
  MLIRContext *context = op.getInput().getContext();
  ResultSizes sizes = {getSame(context, 0, 0)};
  for (unsigned axis : {0u, 1u})
    sizes.push_back({getWindowCount(getAffineDimExpr(0, context), getAffineDimExpr(1, context), op.getStrides(),
                                    op.getDilations(), op.getPad(), axis),
                     {{0, 1 + axis}, {1, kernelDim + axis}},
                     /*least=*/1});
  sizes.push_back(getSame(context, 1, channelDim));
  return sizes;
}

template <typename Adaptor> static FailureOr<ResultSizes> getPoolSizes(Adaptor op, ArrayRef<int64_t> dilations) {
  if (!isWindow(op.getStrides(), dilations, op.getPad()) || op.getKernel().size() != 2)
    return failure();
  MLIRContext *context = op.getInput().getContext();
  ResultSizes sizes = {getSame(context, 0, 0)};
  for (unsigned axis : {0u, 1u}) {
    AffineExpr kernel = getAffineConstantExpr(op.getKernel()[axis], context);
    sizes.push_back(
        {getWindowCount(getAffineDimExpr(0, context), kernel, op.getStrides(), dilations, op.getPad(), axis),
         {{0, 1 + axis}},
         /*least=*/1});
  }
  sizes.push_back(getSame(context, 0, 3));
  return sizes;
}

FailureOr<ResultSizes> QuantizeOp::getResultSizes(Adaptor op) { return getSameSizes(op.getOperands()); }
FailureOr<ResultSizes> DequantizeOp::getResultSizes(Adaptor op) { return getSameSizes(op.getOperands()); }
FailureOr<ResultSizes> RequantizeOp::getResultSizes(Adaptor op) { return getSameSizes(op.getOperands()); }
FailureOr<ResultSizes> DynamicDequantizeOp::getResultSizes(Adaptor op) { return getSameSizes(op.getOperands()); }
FailureOr<ResultSizes> AddOp::getResultSizes(Adaptor op) { return getSameSizes(op.getOperands()); }
FailureOr<ResultSizes> SubOp::getResultSizes(Adaptor op) { return getSameSizes(op.getOperands()); }
FailureOr<ResultSizes> MulOp::getResultSizes(Adaptor op) { return getSameSizes(op.getOperands()); }
FailureOr<ResultSizes> ClampOp::getResultSizes(Adaptor op) { return getSameSizes(op.getOperands()); }
FailureOr<ResultSizes> LookupOp::getResultSizes(Adaptor op) { return getSameSizes(op.getOperands()); }

FailureOr<ResultSizes> MatmulOp::getResultSizes(Adaptor op) {
  MLIRContext *context = op.getLhs().getContext();
  return ResultSizes{getSame(context, 0, 0), getSame(context, 1, 1)};
}

FailureOr<ResultSizes> BatchMatmulOp::getResultSizes(Adaptor op) {
  MLIRContext *context = op.getLhs().getContext();
  return ResultSizes{getSame(context, 0, 0), getSame(context, 0, 1), getSame(context, 1, 2)};
}

FailureOr<ResultSizes> Conv2DOp::getResultSizes(Adaptor op) {
  return getConvolutionSizes(op, /*kernelDim=*/1, /*channelDim=*/0);
}

FailureOr<ResultSizes> DepthwiseConv2DOp::getResultSizes(Adaptor op) {
  return getConvolutionSizes(op, /*kernelDim=*/0, /*channelDim=*/2);
}

FailureOr<ResultSizes> MaxPool2DOp::getResultSizes(Adaptor op) { return getPoolSizes(op, op.getDilations()); }

FailureOr<ResultSizes> AvgPool2DOp::getResultSizes(Adaptor op) { return getPoolSizes(op, {1, 1}); }

FailureOr<ResultSizes> ReduceMeanOp::getResultSizes(Adaptor op) {
  FailureOr<ResultSizes> sizes = getSameSizes(op.getOperands());
  if (failed(sizes) || !llvm::is_sorted(op.getDims(), std::less_equal<int64_t>()))
    return failure();
  for (int64_t dim : llvm::reverse(op.getDims())) {
    if (dim < 0 || dim >= static_cast<int64_t>(sizes->size()))
      return failure();
    sizes->erase(sizes->begin() + dim);
  }
  return sizes;
}

LogicalResult DequantizeOp::inferReturnTypes(MLIRContext *context, std::optional<Location>, ValueRange operands,
                                             DictionaryAttr, OpaqueProperties, RegionRange,
                                             SmallVectorImpl<Type> &types) {
  auto input = dyn_cast<RankedTensorType>(operands.front().getType());
  if (!input)
    return failure();
  types.push_back(input.clone(Float32Type::get(context)));
  return success();
}

bool DequantizeOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange actual) {
  return succeeded(verifyCompatibleShapes(inferred, actual)) &&
         getElementTypeOrSelf(inferred.front()) == getElementTypeOrSelf(actual.front());
}
