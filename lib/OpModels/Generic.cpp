// The computations that float form spells as linalg.generic.

#include "Models.h"
#include "lowbit/Dialect/AccumulatorType.h"
#include "lowbit/OpModels/StorageClamp.h"
#include "lowbit/Support/FloatForm.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::lowbit;

static Value buildMean(OpBuilder &builder, Location loc, const MeanForm &mean, const QuantizedParts &parts) {
  Value input = parts.operands[0];
  if (!mean.isWindowed())
    return ReduceMeanOp::create(builder, loc, parts.resultType, input, builder.getDenseI64ArrayAttr(mean.dims));
  // Padding counts as the value 0 in a windowed mean.
  auto type = cast<quant::UniformQuantizedType>(getElementTypeOrSelf(input.getType()));
  Window window{mean.kernel, mean.strides, /*dilations=*/{1, 1}};
  WindowInput windowInput = getWindowInput(builder, input, type.getZeroPoint(), window, parts.resultType.getShape());
  return AvgPool2DOp::create(builder, loc, parts.resultType, windowInput.source,
                             builder.getDenseI64ArrayAttr(window.kernel), builder.getDenseI64ArrayAttr(window.strides),
                             builder.getDenseI64ArrayAttr(windowInput.pad));
}

namespace {

/// `linalg.generic` is one op to MLIR, so that one model stands for a clamp, for a mean, and for what is neither.
struct GenericModel : QuantizableOpInterface::ExternalModel<GenericModel, linalg::GenericOp> {
  SmallVector<OperandRole> getOperandRoles(Operation *op) const {
    auto generic = cast<linalg::GenericOp>(op);
    SmallVector<OperandRole> roles(op->getNumOperands(), OperandRole::other());
    if (matchClamp(generic) || matchMean(generic))
      roles.front() = OperandRole::activation();
    return roles;
  }
  bool sharesScale(Operation *op) const { return getClampBounds(op).has_value(); }
  bool returnsAccumulators(Operation *op) const { return matchMean(cast<linalg::GenericOp>(op)).has_value(); }
  quant::QuantizedType getAccumulatorType(Operation *op, ValueRange operands) const {
    std::optional<MeanForm> mean = matchMean(cast<linalg::GenericOp>(op));
    if (!mean)
      return {};
    return getMeanAccumulatorType(cast<quant::QuantizedType>(getElementTypeOrSelf(operands[0].getType())), mean->count);
  }
  std::optional<FloatRange> getClampBounds(Operation *op) const { return matchClamp(cast<linalg::GenericOp>(op)); }
  LogicalResult verifyQuantizable(Operation *op, const QuantWidths &widths, std::string &reason) const {
    auto generic = cast<linalg::GenericOp>(op);
    if (matchClamp(generic) || matchMean(generic))
      return verifyTensors(op, widths, reason);
    reason = "it is neither a clamp nor a mean";
    return failure();
  }
  FailureOr<Value> buildQuantized(Operation *op, OpBuilder &builder, const QuantizedParts &parts,
                                  std::string &reason) const {
    auto generic = cast<linalg::GenericOp>(op);
    if (std::optional<MeanForm> mean = matchMean(generic))
      return buildMean(builder, op->getLoc(), *mean, parts);
    std::optional<FloatRange> bounds = matchClamp(generic);
    auto type = dyn_cast<quant::UniformQuantizedType>(parts.resultType.getElementType());
    if (!bounds || !type) {
      reason = "it is no clamp of a tensor of one scale";
      return failure();
    }
    std::optional<StorageRange> storage = getStorageClamp(*bounds, type);
    if (!storage) // The type itself holds the bounds.
      return parts.operands[0];
    return ClampOp::create(builder, op->getLoc(), parts.resultType, parts.operands[0],
                           builder.getI64IntegerAttr(storage->min), builder.getI64IntegerAttr(storage->max))
        .getResult();
  }
};

} // namespace

void lowbit::registerGenericModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    linalg::GenericOp::attachInterface<GenericModel>(*context);
  });
}
