#include "Patterns.h"
#include "lowbit/Lower/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_LOWERTOLINALG
#include "lowbit/Lower/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The patterns compute sizes and strides: they need to know the shapes.
static LogicalResult verifyStaticShapes(ModuleOp module) {
  WalkResult result = module.walk([](Operation *op) {
    if (!isa_and_nonnull<LowbitDialect>(op->getDialect()))
      return WalkResult::advance();
    for (Type type : llvm::concat<Type>(op->getOperandTypes(), op->getResultTypes())) {
      auto shaped = dyn_cast<ShapedType>(type);
      if (!shaped || shaped.hasStaticShape())
        continue;
      op->emitOpError() << "expected static shapes, but got " << type;
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
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
    if (failed(verifyStaticShapes(getOperation())))
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
