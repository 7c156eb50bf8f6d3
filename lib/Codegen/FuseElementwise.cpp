#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;

static bool hasReduction(Operation *op) {
  auto linalgOp = dyn_cast_or_null<linalg::LinalgOp>(op);
  return linalgOp && linalgOp.getNumReductionLoops() > 0;
}

/// True where `op` computes each element of its result from one element of what an op with a reduction gives to it
/// alone: it is computed in the tiles of that op.
static bool isEpilogue(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return generic && llvm::any_of(generic.getDpsInputOperands(), [&](OpOperand *operand) {
           Operation *producer = operand->get().getDefiningOp();
           return hasReduction(producer) && producer->hasOneUse() &&
                  generic.getMatchingIndexingMap(operand).isIdentity();
         });
}

namespace {
struct FuseElementwise : lowbit::impl::FuseElementwiseBase<FuseElementwise> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    auto hasOneUse = [](OpOperand *operand) {
      Operation *producer = operand->get().getDefiningOp();
      return producer && producer->hasOneUse();
    };
    // An op with a reduction has a kernel in the form it has and in no other.
    auto mayReshape = [&](OpOperand *operand) {
      return hasOneUse(operand) && !hasReduction(operand->get().getDefiningOp()) && !hasReduction(operand->getOwner());
    };
    // As upstream's pass, two ops become one where the first has no other user; but what a product is rounded to stays
    // with the product, whose sums would lie in memory before another reduction reads them.
    auto mayFuse = [&](OpOperand *operand) {
      return hasOneUse(operand) && !(hasReduction(operand->getOwner()) && isEpilogue(operand->get().getDefiningOp()));
    };
    linalg::populateElementwiseOpsFusionPatterns(patterns, mayFuse);
    linalg::populateFoldReshapeOpsByExpansionPatterns(patterns, mayReshape);
    affine::AffineApplyOp::getCanonicalizationPatterns(patterns, context);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, context);
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
    context->getLoadedDialect<linalg::LinalgDialect>()->getCanonicalizationPatterns(patterns);
    linalg::populateConstantFoldLinalgOperations(patterns, hasOneUse);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
