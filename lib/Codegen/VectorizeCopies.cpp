#include "TileKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_VECTORIZECOPIES
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Copies and fills of contiguous buffers, as one dimension.
static linalg::LinalgOp flatten(RewriterBase &rewriter, linalg::LinalgOp op) {
  auto isFlattenable = [](Value value) {
    auto type = dyn_cast<MemRefType>(value.getType());
    return type && type.hasStaticShape() && type.getRank() > 1 && type.getLayout().isIdentity();
  };
  auto collapse = [&](Value value) -> Value {
    const int64_t rank = cast<MemRefType>(value.getType()).getRank();
    SmallVector<ReassociationIndices> all(1, llvm::to_vector(llvm::seq<int64_t>(0, rank)));
    return memref::CollapseShapeOp::create(rewriter, op.getLoc(), value, all);
  };
  Value output = op.getDpsInits().front();
  if (!isFlattenable(output))
    return op;
  rewriter.setInsertionPoint(op);
  if (auto fill = dyn_cast<linalg::FillOp>(op.getOperation())) {
    auto flat = linalg::FillOp::create(rewriter, op.getLoc(), fill.getInputs(), ValueRange{collapse(output)});
    rewriter.eraseOp(op);
    return cast<linalg::LinalgOp>(flat.getOperation());
  }
  if (auto copy = dyn_cast<linalg::CopyOp>(op.getOperation()); copy && isFlattenable(copy.getInputs().front())) {
    auto flat = linalg::CopyOp::create(rewriter, op.getLoc(), ValueRange{collapse(copy.getInputs().front())},
                                       ValueRange{collapse(output)});
    rewriter.eraseOp(op);
    return cast<linalg::LinalgOp>(flat.getOperation());
  }
  return op;
}

namespace {
struct VectorizeCopies : lowbit::impl::VectorizeCopiesBase<VectorizeCopies> {
  using VectorizeCopiesBase::VectorizeCopiesBase;

  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) {
      auto type = op.getNumDpsInits() == 1 ? dyn_cast<MemRefType>(op.getDpsInits().front().getType()) : MemRefType();
      if (type && type.hasStaticShape() && type.getRank() >= 1 && type.getNumElements() > 0 &&
          op.getNumReductionLoops() == 0 && type.areTrailingDimsContiguous(1) &&
          op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isPermutation())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops) {
      op = flatten(rewriter, op);
      const unsigned bits = getElementTypeOrSelf(op.getDpsInits().front().getType()).getIntOrFloatBitWidth();
      TileShape shape{/*rows=*/1, /*vectors=*/1, /*lanes=*/target->getVectorBits() / std::max(8u, bits)};
      if (std::unique_ptr<TileKernel> kernel = createBodyKernel(rewriter, op, shape))
        emitTileLoops(rewriter, op, /*epilogue=*/{}, shape, *kernel);
    }
  }
};
} // namespace
