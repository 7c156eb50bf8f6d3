#include "lowbit/Fuse/Pipeline.h"
#include "lowbit/Fuse/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

void lowbit::buildFusePipeline(OpPassManager &manager, bool requireInteger) {
  FuseOptions options;
  options.requireInteger = requireInteger;
  manager.addNestedPass<func::FuncOp>(createFuse(options));
}
