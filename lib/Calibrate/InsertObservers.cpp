#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Analysis/VaryingResults.h"
#include "lowbit/Calibrate/Moments.h"
#include "lowbit/Calibrate/Passes.h"
#include "lowbit/Calibrate/ProgramHash.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/JSON.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_INSERTOBSERVERS
#include "lowbit/Calibrate/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Puts an observer of `value` behind its definition, unless it is there.
static LogicalResult observe(Value value, StringRef name, llvm::StringMap<ObserveOp> &observers) {
  Location loc = value.getLoc();
  auto type = cast<RankedTensorType>(value.getType());
  if (!type.hasStaticShape())
    return emitError(loc) << "expected tensor '" << name << "' to have a static shape to be observed, but got " << type;
  if (!llvm::json::isUTF8(name))
    return emitError(loc) << "expected the name of a tensor to be UTF-8, for calibration tables are, but got '" << name
                          << "'";
  if (ObserveOp other = observers.lookup(name)) {
    if (other.getInput() == value)
      return success();
    InFlightDiagnostic diag = other.emitOpError() << "observes as '" << name << "' what is not the tensor of that name";
    diag.attachNote(loc) << "the tensor '" << name << "' is here";
    return diag;
  }
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  observers[name] = ObserveOp::create(builder, loc, value, builder.getStringAttr(name));
  return success();
}

static LogicalResult insertObservers(FunctionOpInterface function) {
  llvm::StringMap<ObserveOp> observers;
  function.walk([&](ObserveOp op) { observers[op.getName()] = op; });
  DenseSet<Value> varying = findVaryingResults(function);
  // Arguments from the last to the first: each observer is put at the start of the block.
  TensorNames names(function);
  for (const auto &[value, name] : llvm::reverse(names.getNames())) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || !type.getElementType().isF32() || (isa<OpResult>(value) && !varying.contains(value)))
      continue;
    if (failed(observe(value, name, observers)))
      return failure();
  }
  return success();
}

namespace {
struct InsertObservers : lowbit::impl::InsertObserversBase<InsertObservers> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    std::string hash = computeProgramHash(module);
    for (auto function : module.getOps<FunctionOpInterface>())
      if (!function.isExternal() && failed(insertObservers(function)))
        return signalPassFailure();
    if (ArrayAttr patches = getPatchReadersAttr(module); !patches.empty())
      module->setAttr(kPatchesAttrName, patches);
    module->setAttr(kProgramHashAttrName, StringAttr::get(&getContext(), hash));
  }
};
} // namespace
