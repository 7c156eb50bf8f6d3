// The computations that float form spells as linalg.generic.

#include "FunctionTable.h"
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

/// A clamp of storage integers; the operand itself where its type holds the bounds.
static FailureOr<Value> buildClamp(OpBuilder &builder, Location loc, FloatRange bounds, const QuantizedParts &parts,
                                   std::string &reason) {
  auto type = dyn_cast<quant::UniformQuantizedType>(parts.resultType.getElementType());
  if (!type) {
    reason = "it is no clamp of a tensor of one scale";
    return failure();
  }
  std::optional<StorageRange> storage = getStorageClamp(bounds, type);
  if (!storage)
    return parts.operands[0];
  return ClampOp::create(builder, loc, parts.resultType, parts.operands[0], builder.getI64IntegerAttr(storage->min),
                         builder.getI64IntegerAttr(storage->max))
      .getResult();
}

static LogicalResult verifyFunction(Operation *op, const QuantWidths &widths, std::string &reason) {
  if (widths.activation == 8)
    return verifyTensors(op, widths, reason);
  reason = "a table has 8-bit codes, not " + std::to_string(widths.activation) + "-bit ones";
  return failure();
}

static FailureOr<Value> buildLookup(OpBuilder &builder, linalg::LinalgOp op, const QuantizedParts &parts,
                                    std::string &reason) {
  auto from = dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(parts.operands[0].getType()));
  auto to = dyn_cast<quant::UniformQuantizedType>(parts.resultType.getElementType());
  if (!from || !to || from.getStorageTypeIntegralWidth() != 8 || to.getStorageTypeIntegralWidth() != 8) {
    reason = "a table maps 8-bit tensors of one scale";
    return failure();
  }
  FailureOr<SmallVector<int8_t>> table = tabulate(op, from, to);
  if (failed(table)) {
    reason = "the interpreter can't compute it";
    return failure();
  }
  auto type = RankedTensorType::get({static_cast<int64_t>(table->size())}, builder.getI8Type());
  auto entries = cast<DenseIntElementsAttr>(DenseElementsAttr::get(type, ArrayRef<int8_t>(*table)));
  return LookupOp::create(builder, op.getLoc(), parts.resultType, parts.operands[0], entries).getResult();
}

namespace {

/// `linalg.generic` is one op to MLIR, so that one model stands for a clamp, for a mean, for a function of each
/// element, and for what is none of them.
struct GenericModel : QuantizableOpInterface::ExternalModel<GenericModel, linalg::GenericOp> {
  SmallVector<OperandRole> getOperandRoles(Operation *op) const {
    auto generic = cast<linalg::GenericOp>(op);
    SmallVector<OperandRole> roles(op->getNumOperands(), OperandRole::other());
    if (matchClamp(generic) || matchMean(generic) || isFunction(generic))
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
  bool needsIntegerNeighbors(Operation *op) const {
    auto generic = cast<linalg::GenericOp>(op);
    return !matchClamp(generic) && (isFunction(generic) || matchMean(generic));
  }
  LogicalResult verifyQuantizable(Operation *op, const QuantWidths &widths, std::string &reason) const {
    auto generic = cast<linalg::GenericOp>(op);
    if (matchClamp(generic) || matchMean(generic))
      return verifyTensors(op, widths, reason);
    if (isFunction(generic))
      return verifyFunction(op, widths, reason);
    reason = "it is neither a clamp nor a mean nor a function of the elements of one tensor";
    return failure();
  }
  FailureOr<Value> buildQuantized(Operation *op, OpBuilder &builder, const QuantizedParts &parts,
                                  std::string &reason) const {
    auto generic = cast<linalg::GenericOp>(op);
    if (std::optional<MeanForm> mean = matchMean(generic))
      return buildMean(builder, op->getLoc(), *mean, parts);
    if (std::optional<FloatRange> bounds = matchClamp(generic))
      return buildClamp(builder, op->getLoc(), *bounds, parts, reason);
    return buildLookup(builder, generic, parts, reason);
  }
};

/// A named op that computes one function.
template <typename OpTy> struct FunctionModel : QuantizableOpInterface::ExternalModel<FunctionModel<OpTy>, OpTy> {
  SmallVector<OperandRole> getOperandRoles(Operation *op) const {
    SmallVector<OperandRole> roles(op->getNumOperands(), OperandRole::other());
    roles.front() = OperandRole::activation();
    return roles;
  }
  bool needsIntegerNeighbors(Operation *) const { return true; }
  LogicalResult verifyQuantizable(Operation *op, const QuantWidths &widths, std::string &reason) const {
    if (isFunction(cast<linalg::LinalgOp>(op)))
      return verifyFunction(op, widths, reason);
    reason = "it is no function of the elements of one tensor of f32";
    return failure();
  }
  FailureOr<Value> buildQuantized(Operation *op, OpBuilder &builder, const QuantizedParts &parts,
                                  std::string &reason) const {
    return buildLookup(builder, cast<linalg::LinalgOp>(op), parts, reason);
  }
};

} // namespace

void lowbit::registerGenericModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    linalg::GenericOp::attachInterface<GenericModel>(*context);
    auto attach = [&](auto... ops) {
      (decltype(ops)::template attachInterface<FunctionModel<decltype(ops)>>(*context), ...);
    };
    attach(linalg::AbsOp(), linalg::CeilOp(), linalg::ErfOp(), linalg::ExpOp(), linalg::FloorOp(), linalg::LogOp(),
           linalg::NegFOp(), linalg::ReciprocalOp(), linalg::RoundOp(), linalg::RsqrtOp(), linalg::SqrtOp(),
           linalg::SquareOp(), linalg::TanhOp());
  });
}
