#include "lowbit/Calibrate/Passes.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Codegen/Pipeline.h"
#include "lowbit/Dialect/BufferizableOpInterfaceImpl.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Fuse/Passes.h"
#include "lowbit/Import/Passes.h"
#include "lowbit/Import/Pipeline.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/InitAllPasses.h"
#include "lowbit/Lower/Passes.h"
#include "lowbit/OpModels/OpModels.h"
#include "lowbit/Pipelines/Passes.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "lowbit/Propagate/Passes.h"
#include "lowbit/Quantize/Passes.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

void lowbit::registerAllDialects(DialectRegistry &registry) {
  registry.insert<LowbitDialect>();
  registerQuantizableOpModels(registry);
  registerBufferizableOpInterfaceExternalModels(registry);
}

namespace {
struct CodegenPipelineOptions : PassPipelineOptions<CodegenPipelineOptions> {
  Option<std::string> cpu{*this, "cpu", llvm::cl::desc("LLVM name of the CPU, or 'native'"), llvm::cl::init("native")};
  Option<std::string> triple{*this, "triple", llvm::cl::desc("LLVM target triple; empty for the host's")};
  Option<std::string> features{*this, "features", llvm::cl::desc("further LLVM features, as '+x,-y'")};
  Option<unsigned> threads{*this, "threads", llvm::cl::desc("how many threads share the work of one call"),
                           llvm::cl::init(1)};
};
} // namespace

void lowbit::registerAllPasses() {
  registerLowbitImportPasses();
  registerLowbitCalibratePasses();
  registerLowbitQuantizePasses();
  registerLowbitPropagatePasses();
  registerLowbitFusePasses();
  registerLowbitLowerPasses();
  registerLowbitCodegenPasses();
  PassPipelineRegistration<>("lowbit-import-pipeline", "TOSA and linalg to float form",
                             [](OpPassManager &manager) { buildImportPipeline(manager, /*equalize=*/false); });
  registerLowbitPipelinesPasses();
  registerPipelines();
  PassPipelineRegistration<CodegenPipelineOptions>(
      "lowbit-codegen-pipeline", "integer or float form to the LLVM dialect",
      [](OpPassManager &manager, const CodegenPipelineOptions &options) {
        buildCodegenPipeline(manager, {options.cpu, options.triple, options.features, options.threads});
      });
}
