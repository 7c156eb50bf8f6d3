#include "lowbit/Pipelines/Passes.h"
#include "lowbit/Pipelines/Stage.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_MARKSTAGE
#include "lowbit/Pipelines/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
struct MarkStage : lowbit::impl::MarkStageBase<MarkStage> {
  using MarkStageBase::MarkStageBase;

  LogicalResult initialize(MLIRContext *context) override { return checkStageName(stage, UnknownLoc::get(context)); }

  void runOnOperation() override { getOperation()->setAttr(kStageAttrName, StringAttr::get(&getContext(), stage)); }
};
} // namespace
