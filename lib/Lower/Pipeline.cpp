#include "lowbit/Lower/Pipeline.h"
#include "lowbit/Lower/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void lowbit::buildLowerPipeline(OpPassManager &manager, bool fastFloat) {
  // First: later the arithmetic of casts can't be told from that of float ops.
  manager.addPass(createSetFloatFlags({fastFloat}));
  manager.addPass(createLowerToLinalg());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}
