// Ops that move values without combining them.

#include "Models.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {

/// The roles of ops with one source of values, their first operand.
SmallVector<OperandRole> getSourceRoles(Operation *op) {
  SmallVector<OperandRole> roles(op->getNumOperands(), OperandRole::other());
  if (!roles.empty())
    roles.front() = OperandRole::activation();
  return roles;
}

/// Ops that are the same on any element type.
template <typename OpTy> struct MovementModel : QuantizableOpInterface::ExternalModel<MovementModel<OpTy>, OpTy> {
  SmallVector<OperandRole> getOperandRoles(Operation *op) const {
    if (isa<tensor::ConcatOp>(op))
      return SmallVector<OperandRole>(op->getNumOperands(), OperandRole::activation());
    return getSourceRoles(op);
  }
  bool sharesScale(Operation *) const { return true; }
  LogicalResult verifyQuantizable(Operation *op, const QuantWidths &widths, std::string &reason) const {
    return verifyTensors(op, widths, reason);
  }
  FailureOr<Value> buildQuantized(Operation *op, OpBuilder &builder, const QuantizedParts &parts, std::string &) const {
    Operation *moved = builder.clone(*op);
    moved->setOperands(parts.operands);
    moved->getResult(0).setType(parts.resultType);
    return moved->getResult(0);
  }
};

/// Named ops of linalg that write what they move to an init.
template <typename OpTy>
struct InitMovementModel : QuantizableOpInterface::ExternalModel<InitMovementModel<OpTy>, OpTy> {
  SmallVector<OperandRole> getOperandRoles(Operation *op) const { return getSourceRoles(op); }
  bool sharesScale(Operation *) const { return true; }
  bool repeatsValues(Operation *) const { return std::is_same_v<OpTy, linalg::BroadcastOp>; }
  LogicalResult verifyQuantizable(Operation *op, const QuantWidths &widths, std::string &reason) const {
    if (op->getNumResults() == 1)
      return verifyTensors(op, widths, reason);
    reason = "it is not an op on tensors";
    return failure();
  }
  FailureOr<Value> buildQuantized(Operation *op, OpBuilder &builder, const QuantizedParts &parts, std::string &) const {
    Location loc = op->getLoc();
    Value init = tensor::EmptyOp::create(builder, loc, parts.resultType.getShape(), parts.resultType.getElementType());
    return OpTy::create(builder, loc, parts.operands[0], init, getDimensions(cast<OpTy>(op)))->getResult(0);
  }

private:
  static ArrayRef<int64_t> getDimensions(linalg::TransposeOp op) { return op.getPermutation(); }
  static ArrayRef<int64_t> getDimensions(linalg::BroadcastOp op) { return op.getDimensions(); }
};

struct PadModel : QuantizableOpInterface::ExternalModel<PadModel, tensor::PadOp> {
  SmallVector<OperandRole> getOperandRoles(Operation *op) const { return getSourceRoles(op); }
  bool sharesScale(Operation *) const { return true; }
  LogicalResult verifyQuantizable(Operation *op, const QuantWidths &widths, std::string &reason) const {
    FloatAttr attr;
    Value padding = cast<tensor::PadOp>(op).getConstantPaddingValue();
    if (padding && matchPattern(padding, m_Constant(&attr)))
      return verifyTensors(op, widths, reason);
    reason = "its padding is no constant";
    return failure();
  }
  FailureOr<Value> buildQuantized(Operation *op, OpBuilder &builder, const QuantizedParts &parts,
                                  std::string &reason) const {
    auto type = dyn_cast<quant::UniformQuantizedType>(parts.resultType.getElementType());
    FloatAttr attr;
    auto pad = cast<tensor::PadOp>(op);
    if (!type || !matchPattern(pad.getConstantPaddingValue(), m_Constant(&attr))) {
      reason = "its type has more than one scale";
      return failure();
    }
    const int64_t storage = quantizeScalar(attr.getValue().convertToFloat(), type);
    Value constant =
        arith::ConstantOp::create(builder, op->getLoc(), builder.getIntegerAttr(type.getStorageType(), storage));
    Value padding = quant::StorageCastOp::create(builder, op->getLoc(), type, constant);
    return tensor::PadOp::create(builder, op->getLoc(), parts.resultType, parts.operands[0], pad.getMixedLowPad(),
                                 pad.getMixedHighPad(), padding, pad.getNofold())
        .getResult();
  }
};

} // namespace

void lowbit::registerDataMovementModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *, tensor::TensorDialect *) {
    linalg::TransposeOp::attachInterface<InitMovementModel<linalg::TransposeOp>>(*context);
    linalg::BroadcastOp::attachInterface<InitMovementModel<linalg::BroadcastOp>>(*context);
    tensor::PadOp::attachInterface<PadModel>(*context);
    tensor::ConcatOp::attachInterface<MovementModel<tensor::ConcatOp>>(*context);
    tensor::CollapseShapeOp::attachInterface<MovementModel<tensor::CollapseShapeOp>>(*context);
    tensor::ExpandShapeOp::attachInterface<MovementModel<tensor::ExpandShapeOp>>(*context);
    tensor::ExtractSliceOp::attachInterface<MovementModel<tensor::ExtractSliceOp>>(*context);
  });
}
