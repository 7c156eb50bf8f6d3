#include "lowbit/Dialect/BufferizableOpInterfaceImpl.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::lowbit;

namespace {
/// `lowbit.observe` reads its operand, which stays where it is; only a buffer that isn't contiguous (a part of a
/// concatenation that is written in place) is copied, since the recorder takes a pointer and a count.
struct ObserveOpInterface : BufferizableOpInterface::ExternalModel<ObserveOpInterface, ObserveOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &, const AnalysisState &) const { return true; }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &, const AnalysisState &) const { return false; }
  AliasingValueList getAliasingValues(Operation *, OpOperand &, const AnalysisState &) const { return {}; }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto observe = cast<ObserveOp>(op);
    Location loc = op->getLoc();
    FailureOr<Value> buffer = getBuffer(rewriter, observe.getInput(), options, state);
    if (failed(buffer))
      return failure();
    auto type = dyn_cast<MemRefType>(buffer->getType());
    if (!type || !type.hasStaticShape())
      return op->emitOpError() << "expected a buffer of static shape, but got " << buffer->getType();
    Value contiguous = *buffer;
    if (!type.getLayout().isIdentity()) {
      auto contiguousType = MemRefType::get(type.getShape(), type.getElementType());
      FailureOr<Value> copy = options.createAlloc(rewriter, loc, contiguousType, /*dynShape=*/{});
      if (failed(copy) || failed(options.createMemCpy(rewriter, loc, *buffer, *copy)))
        return failure();
      contiguous = *copy;
    }
    rewriter.replaceOpWithNewOp<ObserveOp>(op, contiguous, observe.getNameAttr());
    return success();
  }
};

/// `lowbit.multiply_tiles` reads its operands where they are.
struct MultiplyTilesOpInterface : BufferizableOpInterface::ExternalModel<MultiplyTilesOpInterface, MultiplyTilesOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &, const AnalysisState &) const { return true; }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &, const AnalysisState &) const { return false; }
  AliasingValueList getAliasingValues(Operation *, OpOperand &, const AnalysisState &) const { return {}; }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &options,
                          BufferizationState &state) const {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = operand;
      if (isa<TensorType>(operand.getType()))
        buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
    }
    rewriter.modifyOpInPlace(op, [&] { op->setOperands(operands); });
    return success();
  }
};
} // namespace

void lowbit::registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, LowbitDialect *) {
    ObserveOp::attachInterface<ObserveOpInterface>(*context);
    MultiplyTilesOp::attachInterface<MultiplyTilesOpInterface>(*context);
    // What bufferize() creates.
    context->loadDialect<linalg::LinalgDialect, memref::MemRefDialect>();
  });
}
