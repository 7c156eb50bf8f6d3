#include "lowbit/Pipelines/Pipelines.h"
#include "lowbit/Calibrate/Pipeline.h"
#include "lowbit/Codegen/Pipeline.h"
#include "lowbit/Fuse/Pipeline.h"
#include "lowbit/Import/Pipeline.h"
#include "lowbit/Lower/Pipeline.h"
#include "lowbit/Pipelines/Passes.h"
#include "lowbit/Propagate/Pipeline.h"
#include "lowbit/Quantize/Pipeline.h"
#include "lowbit/Support/Recipe.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace mlir::lowbit;

std::optional<Stage> lowbit::getStage(ModuleOp module) {
  auto name = module->getAttrOfType<StringAttr>(kStageAttrName);
  return name ? parseStage(name) : std::nullopt;
}

std::optional<Stage> lowbit::getNextStage(Stage stage) {
  if (stage == Stage::Codegen)
    return std::nullopt;
  return static_cast<Stage>(static_cast<unsigned>(stage) + 1);
}

static void buildStage(OpPassManager &manager, Stage stage, const PipelineOptions &options) {
  switch (stage) {
  case Stage::Import:
    return buildImportPipeline(manager, options.equalize);
  case Stage::Calibrate:
    return buildCalibratePipeline(manager, options.observe);
  case Stage::Quantize:
    return buildQuantizePipeline(manager, options.recipe, options.calibration, options.moments);
  case Stage::Propagate:
    return buildPropagatePipeline(manager);
  case Stage::Fuse:
    return buildFusePipeline(manager, options.requireInteger);
  case Stage::Lower:
    return buildLowerPipeline(manager, options.fastFloat);
  case Stage::Codegen:
    return buildCodegenPipeline(manager, {options.cpu, options.triple, options.features, options.threads});
  }
}

/// Whether the recipe asks the calibration table for ranges. Of one that can't be read, `lowbit-quantize` says why.
static bool needsTable(StringRef recipe) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  ScopedDiagnosticHandler ignore(&context, [](Diagnostic &) { return success(); });
  FailureOr<Recipe> loaded = Recipe::load(recipe, UnknownLoc::get(&context));
  return succeeded(loaded) && loaded->needsRanges();
}

/// Whether the program is never quantized on its way to `to`: without a table that the recipe needs nothing can be, and
/// a program that goes all the way to code stays float.
static bool staysFloat(Stage to, const PipelineOptions &options) {
  return to == Stage::Codegen && options.calibration.empty() && needsTable(options.recipe);
}

void lowbit::buildPipeline(OpPassManager &manager, Stage from, Stage to, const PipelineOptions &options) {
  const bool skipsQuantization = from <= Stage::Quantize && staysFloat(to, options);
  for (std::optional<Stage> stage = from; stage && *stage <= to; stage = getNextStage(*stage)) {
    if (skipsQuantization && *stage >= Stage::Quantize && *stage <= Stage::Fuse)
      continue;
    buildStage(manager, *stage, options);
    const std::string name = stringifyStage(*stage).str();
    manager.addPass(createMarkStage({name}));
    manager.addPass(createVerifyStage({name}));
  }
}

namespace {
struct RegisteredOptions : PassPipelineOptions<RegisteredOptions> {
  Option<std::string> from{*this, "from", llvm::cl::desc("the first stage"), llvm::cl::init("import")};
  Option<std::string> to{*this, "to", llvm::cl::desc("the last stage"), llvm::cl::init("codegen")};
  Option<std::string> recipe{*this, "recipe", llvm::cl::desc("a preset's name or the path of a recipe"),
                             llvm::cl::init("w8a8")};
  Option<std::string> calibration{*this, "calibration", llvm::cl::desc("the path of the calibration table")};
  Option<std::string> moments{*this, "moments", llvm::cl::desc("the path of the moments of patches")};
  Option<bool> requireInteger{*this, "require-integer", llvm::cl::desc("an op that stays float is an error")};
  Option<bool> observe{*this, "observe", llvm::cl::desc("put observers into the program")};
  Option<std::string> cpu{*this, "cpu", llvm::cl::desc("LLVM name of the CPU, or 'native'"), llvm::cl::init("native")};
  Option<std::string> triple{*this, "triple", llvm::cl::desc("LLVM target triple; empty for the host's")};
  Option<std::string> features{*this, "features", llvm::cl::desc("further LLVM features, as '+x,-y'")};
  Option<unsigned> threads{*this, "threads", llvm::cl::desc("how many threads share the work of one call"),
                           llvm::cl::init(1)};
  Option<bool> fastFloat{*this, "fast-float",
                         llvm::cl::desc("let products and sums of floats be contracted to fused multiply-adds")};
  Option<bool> equalize{*this, "equalize", llvm::cl::desc("equalize channels at the end of the import")};
};
} // namespace

static LogicalResult buildRegisteredPipeline(OpPassManager &manager, StringRef text,
                                             function_ref<LogicalResult(const Twine &)> error) {
  RegisteredOptions options;
  if (failed(options.parseFromString(text)))
    return failure();
  std::optional<Stage> from = parseStage(options.from), to = parseStage(options.to);
  if (!from || !to)
    return error("unknown stage '" + (from ? options.to : options.from) +
                 "': expected one of import, calibrate, quantize, propagate, fuse, lower, codegen");
  if (*from > *to)
    return error("stage '" + options.from + "' comes after stage '" + options.to + "'");
  if (options.fastFloat && (*from > Stage::Lower || *to < Stage::Lower))
    return error("'fast-float' needs stage 'lower', which is not between '" + options.from + "' and '" + options.to +
                 "'");
  buildPipeline(manager, *from, *to,
                {options.recipe, options.calibration, options.moments, options.requireInteger, options.observe,
                 options.cpu, options.triple, options.features, options.threads, options.equalize, options.fastFloat});
  return success();
}

void lowbit::registerPipelines() {
  registerPassPipeline("lowbit-pipeline", "every stage from `from` to `to`, each followed by the check of its contract",
                       buildRegisteredPipeline, [](function_ref<void(const mlir::detail::PassOptions &)> process) {
                         RegisteredOptions options;
                         process(options);
                       });
}
