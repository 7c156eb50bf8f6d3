#include "lowbit/Propagate/Pipeline.h"
#include "lowbit/Propagate/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

void lowbit::buildPropagatePipeline(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createPropagateScales());
  manager.addNestedPass<func::FuncOp>(createValidateScales());
}
