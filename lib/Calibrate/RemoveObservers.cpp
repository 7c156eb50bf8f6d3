#include "lowbit/Calibrate/Moments.h"
#include "lowbit/Calibrate/Passes.h"
#include "lowbit/Calibrate/ProgramHash.h"
#include "lowbit/Dialect/LowbitDialect.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_REMOVEOBSERVERS
#include "lowbit/Calibrate/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
struct RemoveObservers : lowbit::impl::RemoveObserversBase<RemoveObservers> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (module->hasAttr(kObservedAttrName)) {
      module.emitOpError() << "expected observers to be 'lowbit.observe', but they are calls already: remove them "
                              "before code generation";
      return signalPassFailure();
    }
    module.walk([](ObserveOp op) { op.erase(); });
    module->removeAttr(kPatchesAttrName);
    module->removeAttr(kProgramHashAttrName);
  }
};
} // namespace
