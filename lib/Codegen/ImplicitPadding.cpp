#include "ImplicitPadding.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

std::optional<ImplicitPadding> ImplicitPadding::get(linalg::LinalgOp op, Value activations, int8_t zero) {
  auto conv = dyn_cast<linalg::Conv2DNhwcFhwcOp>(op.getOperation());
  auto pad = activations.getDefiningOp<tensor::PadOp>();
  APInt fill;
  Value fillValue = pad ? pad.getConstantPaddingValue() : Value();
  if (!conv || !fillValue || !pad.getLow().empty() || !pad.getHigh().empty() || !pad.getSourceType().hasStaticShape() ||
      !matchPattern(fillValue, m_ConstantInt(&fill)) || fill.getSExtValue() != zero)
    return std::nullopt;
  auto isPadded = [&](int64_t dim) { return pad.getStaticLow()[dim] != 0 || pad.getStaticHigh()[dim] != 0; };
  if (isPadded(0) || isPadded(3))
    return std::nullopt;
  ImplicitPadding padding;
  padding.source = pad.getSource();
  auto strides = conv.getStrides().getValues<int64_t>(), dilations = conv.getDilations().getValues<int64_t>();
  auto weights = cast<ShapedType>(op->getOperand(1).getType());
  for (int64_t dim : {0, 1}) {
    padding.size[dim] = pad.getSourceType().getDimSize(dim + 1);
    padding.before[dim] = pad.getStaticLow()[dim + 1];
    padding.window[dim] = weights.getDimSize(dim + 1);
    padding.stride[dim] = strides[dim];
    padding.dilation[dim] = dilations[dim];
  }
  return padding;
}

ContractionShape ImplicitPadding::getShape(linalg::LinalgOp op) const {
  ContractionShape shape = *ContractionShape::get(op, /*separatesColumns=*/true);
  MLIRContext *context = op.getContext();
  const int64_t channels = cast<ShapedType>(source.getType()).getDimSize(3);
  SmallVector<AffineExpr> results(shape.activationMap.getResults());
  results[1] = results[1] - getAffineConstantExpr(before[0], context);
  results[2] = results[2] - getAffineConstantExpr(before[1] * channels, context);
  shape.activationMap = AffineMap::get(shape.activationMap.getNumDims(), 0, results, context);
  return shape;
}

std::pair<OpFoldResult, OpFoldResult> ImplicitPadding::getWindowRows(OpBuilder &builder, Location loc,
                                                                     OpFoldResult outputRow) const {
  MLIRContext *context = builder.getContext();
  auto constant = [&](int64_t value) { return getAffineConstantExpr(value, context); };
  // Row w of the window reads row `outputRow * stride + w * dilation - before` of the picture.
  AffineExpr start = builder.getAffineDimExpr(0) * stride[0];
  AffineExpr first = (constant(before[0]) - start).ceilDiv(dilation[0]);
  AffineExpr end = (constant(before[0] + size[0]) - start).ceilDiv(dilation[0]);
  return {affine::makeComposedFoldedAffineMax(builder, loc, AffineMap::get(1, 0, {first, constant(0)}, context),
                                              {outputRow}),
          affine::makeComposedFoldedAffineMin(builder, loc, AffineMap::get(1, 0, {end, constant(window[0])}, context),
                                              {outputRow})};
}

std::pair<int64_t, int64_t> ImplicitPadding::getOutputColumns(int64_t windowColumn, int64_t count) const {
  const int64_t start = before[1] - windowColumn * dilation[1];
  const int64_t first = llvm::divideCeilSigned(start, stride[1]),
                end = llvm::divideCeilSigned(start + size[1], stride[1]);
  return {std::clamp<int64_t>(first, 0, count), std::clamp<int64_t>(end, 0, count)};
}

/// How many columns more than a run is long `depth` elements reach.
static int64_t getColumns(const ContractionShape &contraction, Value picture, int64_t depth) {
  constexpr int64_t kChannels = 3;
  return llvm::divideCeil(depth - contraction.run, cast<ShapedType>(picture.getType()).getDimSize(kChannels));
}

static constexpr int64_t kColumns = 2;

static SmallVector<ReassociationIndices> getChannelGroups() { return {{0}, {1}, {2}, {3, 4}}; }

Value lowbit::collapseChannels(OpBuilder &builder, Value picture) {
  return tensor::CollapseShapeOp::create(builder, picture.getLoc(), picture, getChannelGroups());
}

/// A picture whose channels are two dimensions that are contiguous, before they become one: what makes it writes to a
/// padded picture in place. The picture itself, where it is another.
static Value getWithChannelsApart(Value picture) {
  auto collapse = picture.getDefiningOp<tensor::CollapseShapeOp>();
  return collapse && collapse.getReassociationIndices() == getChannelGroups() ? collapse.getSrc() : picture;
}

/// `source` with `low` and `high` of `fill` around it, and `columns` more of it behind each line.
static Value padColumns(OpBuilder &builder, Value source, ArrayRef<int64_t> low, ArrayRef<int64_t> high, Value fill,
                        int64_t columns) {
  MLIRContext *context = builder.getContext();
  SmallVector<int64_t> wider(high);
  wider[kColumns] += columns;
  Value padded =
      tensor::PadOp::create(builder, source.getLoc(), /*resultType=*/Type(), source,
                            getAsIndexOpFoldResult(context, low), getAsIndexOpFoldResult(context, wider), fill);
  return low.size() > 4 ? collapseChannels(builder, padded) : padded;
}

Value lowbit::widenPadding(RewriterBase &rewriter, const ContractionShape &contraction, Value picture, int64_t depth) {
  auto pad = getWithChannelsApart(picture).getDefiningOp<tensor::PadOp>();
  Value fill = pad ? pad.getConstantPaddingValue() : Value();
  if (contraction.run >= depth || contraction.collapsed.empty() || !fill || !pad.getLow().empty() ||
      !pad.getHigh().empty() || !pad.getSourceType().hasStaticShape())
    return {};
  return padColumns(rewriter, pad.getSource(), pad.getStaticLow(), pad.getStaticHigh(), fill,
                    getColumns(contraction, picture, depth));
}

Value lowbit::padLines(RewriterBase &rewriter, const ContractionShape &contraction, Value picture, int64_t depth) {
  if (Value wider = widenPadding(rewriter, contraction, picture, depth))
    return wider;
  Value source = getWithChannelsApart(picture);
  auto type = cast<RankedTensorType>(source.getType());
  Value zero = arith::ConstantOp::create(rewriter, source.getLoc(), rewriter.getZeroAttr(type.getElementType()));
  const SmallVector<int64_t> none(type.getRank(), 0);
  return padColumns(rewriter, source, none, none, zero, getColumns(contraction, picture, depth));
}
