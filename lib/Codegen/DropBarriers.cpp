#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_DROPBARRIERS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;

namespace {
struct DropBarriers : lowbit::impl::DropBarriersBase<DropBarriers> {
  void runOnOperation() override {
    getOperation().walk([](omp::WsloopOp loop) {
      if (isa<omp::ParallelOp>(loop->getParentOp()) && isa<omp::TerminatorOp>(loop->getNextNode()))
        loop.setNowait(true);
    });
  }
};
} // namespace
