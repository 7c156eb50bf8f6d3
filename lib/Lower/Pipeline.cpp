#include "lowbit/Lower/Pipeline.h"
#include "lowbit/Lower/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void lowbit::buildLowerPipeline(OpPassManager &manager) {
  manager.addPass(createLowerToLinalg());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}
