//===- Pooling.cpp - maximum over a window --------------------------------------------------------------------------===//

#include "Models.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

namespace {

struct MaxPoolModel : QuantizableOpInterface::ExternalModel<MaxPoolModel, linalg::PoolingNhwcMaxOp> {
  SmallVector<OperandRole> getOperandRoles(Operation *) const {
    return {OperandRole::activation(), OperandRole::other(), OperandRole::other()};
  }
  bool sharesScale(Operation *) const { return true; }
  LogicalResult verifyQuantizable(Operation *op, const QuantWidths &widths, std::string &reason) const {
    if (op->getNumOperands() == 3 && op->getNumResults() == 1 &&
        isFilledWith(op->getOperand(2), -std::numeric_limits<float>::infinity()))
      return verifyTensors(op, widths, reason);
    reason = "its destination is not minus infinity";
    return failure();
  }
  FailureOr<Value> buildQuantized(Operation *op, OpBuilder &builder, const QuantizedParts &parts,
                                  std::string &) const {
    auto pool = cast<linalg::PoolingNhwcMaxOp>(op);
    auto inputType = cast<quant::QuantizedType>(getElementTypeOrSelf(parts.operands[0].getType()));
    Unpadded input = takeOffPadding(parts.operands[0], inputType.getStorageTypeMin());
    auto window = cast<RankedTensorType>(op->getOperand(1).getType());
    auto getInts = [&](DenseIntElementsAttr attr) {
      return builder.getDenseI64ArrayAttr(llvm::to_vector(attr.getValues<int64_t>()));
    };
    return MaxPool2DOp::create(builder, op->getLoc(), parts.resultType, input.source,
                               builder.getDenseI64ArrayAttr(window.getShape()), getInts(pool.getStrides()),
                               getInts(pool.getDilations()), builder.getDenseI64ArrayAttr(input.pad))
        .getResult();
  }
};

} // namespace

void lowbit::registerPoolingModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    linalg::PoolingNhwcMaxOp::attachInterface<MaxPoolModel>(*context);
  });
}
