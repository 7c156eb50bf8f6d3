#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/Runner/Program.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::lowbit;

static const DialectRegistry &getRegistry() {
  static const DialectRegistry registry = [] {
    DialectRegistry all;
    mlir::registerAllDialects(all);
    mlir::registerAllExtensions(all);
    lowbit::registerAllDialects(all);
    return all;
  }();
  return registry;
}

LoadedModule::LoadedModule(StringRef path) : path(path), context(getRegistry()), diagnostics(sources, &context) {}

llvm::Expected<std::unique_ptr<LoadedModule>> LoadedModule::parse(StringRef path) {
  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> buffer = openInputFile(path, &error);
  if (!buffer)
    return llvm::createStringError(error);
  std::unique_ptr<LoadedModule> loaded(new LoadedModule(path));
  // The place is enough; whole programs are too long to print.
  loaded->context.printOpOnDiagnostic(false);
  loaded->sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  loaded->module = parseSourceFile<ModuleOp>(loaded->sources, ParserConfig(&loaded->context));
  if (!loaded->module)
    return llvm::createStringError(path + ": expected a program in MLIR");
  return loaded;
}

llvm::Error LoadedModule::lower(const PipelineOptions &options, TimingScope timing) {
  std::optional<Stage> done = getStage(*module);
  if (!done && (*module)->hasAttr(kStageAttrName))
    return llvm::createStringError(path + ": unknown stage in '" + kStageAttrName + "'");
  if (options.fastFloat && done && *done >= Stage::Lower && !(*module)->hasAttr(kFastFloatAttrName))
    return llvm::createStringError(path + ": fast-float has to be chosen before a program is lowered to integer form");
  std::optional<Stage> next = done ? getNextStage(*done) : Stage::Import;
  if (!next)
    return llvm::Error::success();
  PassManager manager(&context);
  manager.enableTiming(timing);
  buildPipeline(manager, *next, Stage::Codegen, options);
  if (failed(manager.run(*module)))
    return llvm::createStringError(path + ": cannot compile the program");
  return llvm::Error::success();
}

llvm::Expected<std::vector<Signature>> LoadedModule::getSignatures() {
  FailureOr<std::vector<Signature>> signatures = lowbit::getSignatures(*module);
  if (failed(signatures))
    return llvm::createStringError(path + ": cannot compile the program");
  return *signatures;
}

llvm::Expected<CompiledModule> LoadedModule::compile(StringRef function) {
  llvm::Expected<std::vector<Signature>> signatures = getSignatures();
  if (!signatures)
    return signatures.takeError();
  llvm::Expected<Signature> signature = selectSignature(*signatures, function);
  if (!signature)
    return llvm::createStringError(path + ": " + llvm::toString(signature.takeError()));
  FailureOr<ObjectCode> object = compileToObject(*module, *signatures);
  if (failed(object))
    return llvm::createStringError(path + ": cannot compile the program");
  return CompiledModule{std::move(*object), std::move(*signature)};
}
