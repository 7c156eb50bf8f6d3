// Maximum over a window.

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
  FailureOr<Value> buildQuantized(Operation *op, OpBuilder &builder, const QuantizedParts &parts, std::string &) const {
    auto pool = cast<linalg::PoolingNhwcMaxOp>(op);
    auto inputType = cast<quant::QuantizedType>(getElementTypeOrSelf(parts.operands[0].getType()));
    auto getInts = [](DenseIntElementsAttr attr) { return llvm::to_vector(attr.getValues<int64_t>()); };
    Window window{llvm::to_vector(cast<RankedTensorType>(op->getOperand(1).getType()).getShape()),
                  getInts(pool.getStrides()), getInts(pool.getDilations())};
    WindowInput input =
        getWindowInput(builder, parts.operands[0], inputType.getStorageTypeMin(), window, parts.resultType.getShape());
    return MaxPool2DOp::create(builder, op->getLoc(), parts.resultType, input.source,
                               builder.getDenseI64ArrayAttr(window.kernel),
                               builder.getDenseI64ArrayAttr(window.strides),
                               builder.getDenseI64ArrayAttr(window.dilations), builder.getDenseI64ArrayAttr(input.pad))
        .getResult();
  }
};

} // namespace

void lowbit::registerPoolingModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    linalg::PoolingNhwcMaxOp::attachInterface<MaxPoolModel>(*context);
  });
}
