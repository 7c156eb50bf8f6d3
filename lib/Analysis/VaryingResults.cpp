#include "lowbit/Analysis/VaryingResults.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

DenseSet<Value> lowbit::findVaryingResults(FunctionOpInterface function) {
  DenseSet<Value> varying;
  auto varies = [&](Value value) { return isa<BlockArgument>(value) || varying.contains(value); };
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == function)
      return;
    bool found = llvm::any_of(op->getOperands(), varies);
    visitUsedValuesDefinedAbove(op->getRegions(), [&](OpOperand *use) { found |= varies(use->get()); });
    if (found)
      varying.insert_range(op->getResults());
  });
  return varying;
}
