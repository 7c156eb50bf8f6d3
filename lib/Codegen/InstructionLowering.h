#ifndef LOWBIT_LIB_CODEGEN_INSTRUCTIONLOWERING_H
#define LOWBIT_LIB_CODEGEN_INSTRUCTIONLOWERING_H

#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::lowbit {

/// Applies `Pattern`, which replaces ops of type `OpTy` by the instruction of the target that their attribute names, to
/// `function`. Fails with an error at an op that still names one: what runs after this would compute it some other way,
/// which is right but slow.
template <typename OpTy, typename Pattern> LogicalResult lowerInstructions(func::FuncOp function) {
  FailureOr<Target> target = Target::get(function->getParentOfType<ModuleOp>());
  if (failed(target))
    return failure();
  RewritePatternSet patterns(function.getContext());
  patterns.add<Pattern>(function.getContext(), *target);
  if (failed(applyPatternsGreedily(function, std::move(patterns))))
    return failure();
  WalkResult result = function.walk([](OpTy op) {
    auto name = op->template getAttrOfType<StringAttr>(kInstructionAttrName);
    if (!name)
      return WalkResult::advance();
    op.emitOpError() << "can't be computed by the instruction " << name << " it names";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_INSTRUCTIONLOWERING_H
