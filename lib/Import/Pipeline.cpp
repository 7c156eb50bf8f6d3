#include "lowbit/Import/Pipeline.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void lowbit::buildImportPipeline(OpPassManager &manager) {
  // One name for each computation.
  manager.addPass(createLinalgSpecializeGenericOpsPass());
  // One layout.
  manager.addPass(createConvertNchwToNhwc());
  manager.addPass(createPropagateTransposes());
  manager.addPass(createFoldConstants());
  manager.addPass(createFoldFlattenedTransposes());
  manager.addPass(createFoldUnitTransposes());
  manager.addPass(createFoldConstants());
  // One op where the source had several.
  manager.addPass(createFoldChannelAffine());
  manager.addPass(createCanonicalizeClamps());
  manager.addPass(createFoldMeans());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}
