#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Lower/Passes.h"
#include "lowbit/Pipelines/Stage.h"
#include "lowbit/Support/FastFloat.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_SETFLOATFLAGS
#include "lowbit/Lower/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
struct SetFloatFlags : lowbit::impl::SetFloatFlagsBase<SetFloatFlags> {
  using SetFloatFlagsBase::SetFloatFlagsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto stage = module->getAttrOfType<StringAttr>(kStageAttrName);
    if (stage && (stage == "lower" || stage == "codegen")) {
      emitError(module.getLoc()) << "expected a program that is not lowered yet, but got one of stage '"
                                 << stage.getValue() << "', where rounding to integers is float arithmetic too";
      return signalPassFailure();
    }
    if (fastFloat)
      module->setAttr(kFastFloatAttrName, UnitAttr::get(&getContext()));
    setFloatFlags(module, getFloatFlags(module));
  }
};
} // namespace
