#include "Patterns.h"
#include "lowbit/Analysis/AccumulatorRange.h"
#include "lowbit/Lower/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_LOWERTOLINALG
#include "lowbit/Lower/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The widest storage integers of operand `number` that `op` can be lowered for: differences of theirs, or products of
/// those, must be exact in the integers they are computed in.
static unsigned getWidestOperand(Operation *op, unsigned number) {
  if (isa<MatmulOp, BatchMatmulOp, Conv2DOp, DepthwiseConv2DOp>(op))
    return number == 0 ? 16 : 8;
  return isa<RequantizeOp, MulOp, AvgPool2DOp, ReduceMeanOp>(op) ? 16 : 32;
}

/// Shapes that are static, as the patterns compute sizes and strides, and operands that are not too wide.
static LogicalResult verifyLowerable(Operation *op) {
  for (Type type : llvm::concat<Type>(op->getOperandTypes(), op->getResultTypes())) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (shaped && !shaped.hasStaticShape())
      return op->emitOpError() << "expected static shapes, but got " << type;
  }
  bool isWide = false;
  for (auto [number, type] : llvm::enumerate(op->getOperandTypes())) {
    auto quantized = dyn_cast<quant::QuantizedType>(getElementTypeOrSelf(type));
    const unsigned width = quantized ? quantized.getStorageTypeIntegralWidth() : 0;
    if (width > getWidestOperand(op, number))
      return op->emitOpError() << "expected operand " << number << " to have at most " << getWidestOperand(op, number)
                               << " bits, but got " << width;
    isWide |= width > 8;
  }
  // Sums of 8-bit products fit unless they are of a hundred thousand terms; of wider ones it has to be proved.
  std::string reason;
  if (isWide && failed(verifyAccumulator(op, reason)))
    return op->emitOpError() << "has operands of more than 8 bits, but " << reason;
  for (Type type : llvm::concat<Type>(op->getOperandTypes(), op->getResultTypes())) {
    auto quantized = dyn_cast<quant::QuantizedType>(getElementTypeOrSelf(type));
    if (quantized && quantized.getStorageTypeIntegralWidth() < 8 && !quantized.isSigned())
      return op->emitOpError() << "expected storage of less than 8 bits to be signed, but got " << quantized;
  }
  return success();
}

/// Control flow would have to be rebuilt around storage integers, which no conversion here does.
static LogicalResult verifyNoControlFlow(Operation *op) {
  if (!isa<RegionBranchOpInterface, BranchOpInterface>(op))
    return success();
  for (Type type : llvm::concat<Type>(op->getOperandTypes(), op->getResultTypes()))
    if (isa<quant::QuantizedType>(getElementTypeOrSelf(type)))
      return op->emitOpError() << "is control flow on quantized tensors, which is not supported";
  return success();
}

namespace {

struct LowerToLinalg : lowbit::impl::LowerToLinalgBase<LowerToLinalg> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    populateCastPatterns(converter, set);
    populateContractionPatterns(converter, set);
    populateDataMovementPatterns(converter, set);
    populateElementwisePatterns(converter, set);
    populatePoolingPatterns(converter, set);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(set, converter);
    populateCallOpTypeConversionPattern(set, converter);
    populateReturnOpTypeConversionPattern(set, converter);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    WalkResult result = getOperation().walk([](Operation *op) {
      if (failed(verifyNoControlFlow(op)))
        return WalkResult::interrupt();
      const bool isLowered = isa_and_nonnull<LowbitDialect>(op->getDialect());
      return isLowered && failed(verifyLowerable(op)) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([this](Operation *op) { return isLegal(op); });
    if (failed(applyFullConversion(getOperation(), target, patterns)))
      signalPassFailure();
  }

private:
  bool isLegal(Operation *op) const {
    if (isa_and_nonnull<quant::QuantDialect>(op->getDialect()) ||
        (isa_and_nonnull<LowbitDialect>(op->getDialect()) && !isa<ObserveOp>(op)))
      return false;
    if (auto function = dyn_cast<FunctionOpInterface>(op))
      return converter.isLegal(function.getArgumentTypes()) && converter.isLegal(function.getResultTypes()) &&
             converter.isLegal(&function.getFunctionBody());
    return converter.isLegal(op) &&
           llvm::all_of(op->getRegions(), [&](Region &region) { return converter.isLegal(&region); });
  }

  StorageTypeConverter converter;
  FrozenRewritePatternSet patterns;
};

} // namespace
