#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_BUFFERIZE
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// tensor.pad as a fill and an insertion.
static LogicalResult lowerPads(Operation *root) {
  IRRewriter rewriter(root->getContext());
  SmallVector<tensor::PadOp> pads;
  root->walk([&](tensor::PadOp pad) { pads.push_back(pad); });
  for (tensor::PadOp pad : pads) {
    rewriter.setInsertionPoint(pad);
    if (failed(linalg::rewriteInDestinationPassingStyle(rewriter, pad)))
      return pad.emitOpError() << "can't be written into a buffer";
  }
  return success();
}

/// Writes what is reshaped in the shape it has before, into the buffer reshaped the other way: then it can be computed
/// in place.
static void foldReshapesIntoDestinations(Operation *root) {
  IRRewriter rewriter(root->getContext());
  root->walk([&](bufferization::MaterializeInDestinationOp write) {
    while (auto type = dyn_cast<MemRefType>(write.getDest().getType())) {
      if (!type.hasStaticShape() || !type.getLayout().isIdentity())
        return;
      Location loc = write.getLoc();
      rewriter.setInsertionPoint(write);
      Value dest;
      if (auto expand = write.getSource().getDefiningOp<tensor::ExpandShapeOp>()) {
        dest = memref::CollapseShapeOp::create(rewriter, loc, write.getDest(), expand.getReassociationIndices());
        write.getSourceMutable().assign(expand.getSrc());
      } else if (auto collapse = write.getSource().getDefiningOp<tensor::CollapseShapeOp>()) {
        dest = memref::ExpandShapeOp::create(rewriter, loc, collapse.getSrcType().getShape(), write.getDest(),
                                             collapse.getReassociationIndices());
        write.getSourceMutable().assign(collapse.getSrc());
      } else {
        return;
      }
      write.getDestMutable().assign(dest);
    }
  });
}

namespace {
struct Bufferize : lowbit::impl::BufferizeBase<Bufferize> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    RewritePatternSet patterns(&getContext());
    tensor::populateDecomposeTensorConcatPatterns(patterns);
    if (failed(applyPatternsGreedily(module, std::move(patterns))) || failed(lowerPads(module)))
      return signalPassFailure();
    foldReshapesIntoDestinations(module);

    bufferization::OneShotBufferizationOptions options;
    options.allowUnknownOps = true;
    options.bufferAlignment = 64;
    options.memCpyFn = [](OpBuilder &builder, Location loc, Value from, Value to) {
      linalg::CopyOp::create(builder, loc, from, to);
      return success();
    };
    IRRewriter rewriter(&getContext());
    {
      bufferization::OneShotAnalysisState state(module, options);
      if (failed(bufferization::analyzeOp(module, state)) ||
          failed(bufferization::eliminateEmptyTensors(rewriter, module, state)))
        return signalPassFailure();
    }
    bufferization::BufferizationState state;
    if (failed(bufferization::runOneShotBufferize(module, options, state)))
      signalPassFailure();
  }
};
} // namespace
