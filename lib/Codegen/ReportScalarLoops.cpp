#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_REPORTSCALARLOOPS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// A vector of one element is none.
static bool isVector(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector && vector.getNumElements() > 1;
}

namespace {
struct ReportScalarLoops : lowbit::impl::ReportScalarLoopsBase<ReportScalarLoops> {
  void runOnOperation() override {
    getOperation().walk([](LoopLikeOpInterface loop) {
      bool hasInnerLoop = false, storesScalar = false, hasVectors = false;
      loop->walk([&](Operation *op) {
        hasInnerLoop |= op != loop.getOperation() && isa<LoopLikeOpInterface>(op);
        storesScalar |= isa<memref::StoreOp, vector::TransferWriteOp>(op);
        hasVectors |= llvm::any_of(op->getOperandTypes(), isVector) || llvm::any_of(op->getResultTypes(), isVector);
      });
      // A loop that carries a scalar computes one element at a time as one that stores it does.
      const bool carriesScalar =
          llvm::any_of(loop->getResultTypes(), [](Type type) { return isa<IntegerType, FloatType, VectorType>(type); });
      if (!hasInnerLoop && !hasVectors && (storesScalar || carriesScalar))
        loop->emitRemark() << "this loop is not vectorized: it computes one element at a time";
    });
  }
};
} // namespace
