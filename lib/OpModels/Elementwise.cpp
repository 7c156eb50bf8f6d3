// Sums, differences and products of two tensors.

#include "Models.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {

template <typename OpTy, typename QuantizedOp>
struct BinaryModel : QuantizableOpInterface::ExternalModel<BinaryModel<OpTy, QuantizedOp>, OpTy> {
  SmallVector<OperandRole> getOperandRoles(Operation *) const {
    return {OperandRole::activation(), OperandRole::activation(), OperandRole::other()};
  }
  bool acceptsClamp(Operation *) const { return true; }
  bool needsIntegerNeighbors(Operation *) const { return true; }
  LogicalResult verifyQuantizable(Operation *op, const QuantWidths &widths, std::string &reason) const {
    if (op->getNumOperands() == 3 && op->getNumResults() == 1 &&
        llvm::all_of(op->getOperandTypes(), [&](Type type) { return type == op->getResult(0).getType(); }))
      return verifyTensors(op, widths, reason);
    reason = "its operands are not tensors of the shape of its result";
    return failure();
  }
  FailureOr<Value> buildQuantized(Operation *op, OpBuilder &builder, const QuantizedParts &parts, std::string &) const {
    return QuantizedOp::create(builder, op->getLoc(), parts.resultType, parts.operands[0], parts.operands[1],
                               getClampAttr(builder, parts.clamp))
        .getResult();
  }
};

} // namespace

void lowbit::registerElementwiseModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    linalg::AddOp::attachInterface<BinaryModel<linalg::AddOp, AddOp>>(*context);
    linalg::SubOp::attachInterface<BinaryModel<linalg::SubOp, SubOp>>(*context);
    linalg::MulOp::attachInterface<BinaryModel<linalg::MulOp, MulOp>>(*context);
  });
}
