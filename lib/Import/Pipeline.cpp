#include "lowbit/Import/Pipeline.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/TosaToLinalg/TosaToLinalg.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

/// TOSA to linalg, by upstream's patterns where they keep what an op is. A program without TOSA passes unchanged.
static void addTosaPasses(OpPassManager &manager) {
  manager.addPass(lowbit::createImportTosa());
  TosaToLinalgOptions options;
  TosaToLinalgNamedOptions namedOptions;
  tosa::addTosaToLinalgPasses(manager, options, namedOptions, /*validationOptions=*/std::nullopt);
  manager.addNestedPass<func::FuncOp>(createTosaToArithPass());
  manager.addNestedPass<func::FuncOp>(createTosaToTensorPass());
}

void lowbit::buildImportPipeline(OpPassManager &manager, bool equalize) {
  // Before any canonicalizer, which would fold upstream's casts away.
  manager.addPass(createConvertQuantCasts());
  // One function, so that scales and layouts go through what it calls. No cleaning up of parts yet.
  manager.addPass(createInlinerPass({}, [](OpPassManager &) {}));
  // One dialect.
  addTosaPasses(manager);
  manager.addPass(createConvertElementwiseToLinalgPass());
  // One name for each computation.
  manager.addPass(createSimplifyMath());
  manager.addPass(createCanonicalizeContractions());
  manager.addPass(createSpecializeGenerics());
  manager.addPass(createSimplifyDepthwiseConvPass());
  manager.addPass(createCanonicalizeClamps());
  manager.addPass(createSplitGroupedConvolutions());
  manager.addPass(createCanonicalizePads());
  // One layout.
  manager.addPass(createConvertNchwToNhwc());
  manager.addPass(createPropagateTransposes());
  manager.addPass(createFoldConstants());
  manager.addPass(createFoldFlattenedTransposes());
  manager.addPass(createFoldUnitTransposes());
  manager.addPass(createFoldConstants());
  // One op where the source had several.
  manager.addPass(createCanonicalizeInits());
  manager.addPass(createFoldChannelAffine());
  manager.addPass(createFoldMeans());
  manager.addPass(createFuseUnaryChains());
  if (equalize)
    manager.addNestedPass<func::FuncOp>(createEqualizeChannels());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}
