#include "lowbit/Codegen/Pipeline.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

static void cleanUp(OpPassManager &manager) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

/// Loops over vectors of tensors' elements, no op that allocates inside.
static void buildVectorizePipeline(OpPassManager &manager, const lowbit::CodegenOptions &options) {
  // First: folds of constants would compute functions with the C library of the machine that compiles.
  manager.addPass(lowbit::createExpandMath());
  manager.addPass(createInlinerPass());
  manager.addNestedPass<func::FuncOp>(lowbit::createCheckIndices());
  manager.addNestedPass<func::FuncOp>(lowbit::createSeparateZeroPoints());
  manager.addNestedPass<func::FuncOp>(lowbit::createSplitReductions());
  manager.addNestedPass<func::FuncOp>(lowbit::createFuseElementwise());
  cleanUp(manager);
  manager.addNestedPass<func::FuncOp>(lowbit::createMergeRows());
  cleanUp(manager);
  manager.addPass(lowbit::createSpaceToDepth({options.cpu, options.triple, options.features}));
  manager.addPass(lowbit::createSelectTiles({options.cpu, options.triple, options.features}));
  manager.addNestedPass<func::FuncOp>(lowbit::createPlanShortSums());
  manager.addNestedPass<func::FuncOp>(lowbit::createBlockRows({options.threads}));
  manager.addNestedPass<func::FuncOp>(lowbit::createOffsetActivations());
  manager.addNestedPass<func::FuncOp>(lowbit::createFuseRequantization());
  manager.addNestedPass<func::FuncOp>(lowbit::createTabulateFunctions());
  manager.addNestedPass<func::FuncOp>(lowbit::createVectorizeRegisterTiles());
  // Signed activations that no kernel read as unsigned ones.
  manager.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
  // Before bufferization, which keeps no attribute of a gather.
  manager.addNestedPass<func::FuncOp>(lowbit::createLowerLookups());
  cleanUp(manager);
  manager.addNestedPass<func::FuncOp>(lowbit::createFuseScaledSums());
  manager.addNestedPass<func::FuncOp>(lowbit::createSimplifyRounding());
  manager.addNestedPass<func::FuncOp>(lowbit::createPackResults());
  manager.addNestedPass<func::FuncOp>(createLoopInvariantCodeMotionPass());
}

static void buildBufferizePipeline(OpPassManager &manager, unsigned threads) {
  manager.addPass(lowbit::createExportSignatures());
  manager.addPass(lowbit::createBufferize());
  // Makes one of equal views: a copy of a buffer to itself, which is what is left of an insertion in place, goes then.
  manager.addPass(createCSEPass());
  cleanUp(manager);
  manager.addNestedPass<func::FuncOp>(lowbit::createVectorizeTransposes());
  manager.addNestedPass<func::FuncOp>(lowbit::createVectorizeCopies());
  manager.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  cleanUp(manager);
  manager.addNestedPass<func::FuncOp>(lowbit::createPlanMemory({threads}));
  manager.addNestedPass<func::FuncOp>(lowbit::createReportScalarLoops());
  manager.addNestedPass<func::FuncOp>(lowbit::createInsertPrefetches());
  manager.addNestedPass<func::FuncOp>(lowbit::createParallelizeLoops({threads}));
  manager.addNestedPass<func::FuncOp>(lowbit::createLowerIndexChecks());
  manager.addPass(lowbit::createLowerObservers());
}

static void buildLLVMPipeline(OpPassManager &manager, unsigned threads) {
  if (threads > 1) {
    manager.addNestedPass<func::FuncOp>(createForallToParallelLoopPass());
    ConvertSCFToOpenMPPassOptions scfToOpenMP;
    scfToOpenMP.numThreads = threads;
    manager.addPass(createConvertSCFToOpenMPPass(scfToOpenMP));
    manager.addNestedPass<func::FuncOp>(lowbit::createMergeParallelRegions());
    manager.addPass(lowbit::createScheduleSharedLoops());
    // Removes the scopes of stack memory, which bodies of several blocks can't be in: nothing is allocated in them yet.
    manager.addPass(createCanonicalizerPass());
  }
  manager.addNestedPass<func::FuncOp>(lowbit::createLowerTiles());
  manager.addNestedPass<func::FuncOp>(lowbit::createLowerContractions());
  cleanUp(manager);
  manager.addNestedPass<func::FuncOp>(createLoopInvariantCodeMotionPass());
  VectorTransferToSCFOptions vectorToSCF;
  vectorToSCF.enableFullUnroll();
  manager.addNestedPass<func::FuncOp>(createConvertVectorToSCFPass(vectorToSCF));
  manager.addPass(createLowerAffinePass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  cleanUp(manager);
  manager.addNestedPass<func::FuncOp>(createLoopInvariantCodeMotionPass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions funcToLLVM;
  funcToLLVM.useBarePtrCallConv = true;
  manager.addPass(createConvertFuncToLLVMPass(funcToLLVM));
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createUBToLLVMConversionPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createConvertIndexToLLVMPass());
  if (threads > 1)
    manager.addPass(createConvertOpenMPToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  cleanUp(manager);
}

void lowbit::buildCodegenPipeline(OpPassManager &manager, const CodegenOptions &options) {
  buildVectorizePipeline(manager, options);
  buildBufferizePipeline(manager, options.threads);
  buildLLVMPipeline(manager, options.threads);
}
