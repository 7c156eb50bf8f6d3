#include "lowbit/Execution/Library.h"
#include "lowbit/Runner/Commands.h"
#include "lowbit/Support/AtomicFile.h"
#include "lowbit/Target/MachineLevel.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include <sys/resource.h>

using namespace mlir;
using namespace mlir::lowbit;

/// Gives the functions names that C can have: the one asked for, their own, or, where that is `main`, the library's.
static llvm::Error nameFunctions(ModuleOp module, MutableArrayRef<Signature> signatures, StringRef asked,
                                 StringRef stem) {
  if (!asked.empty() && !isValidCName(asked))
    return llvm::createStringError("--name: '" + asked + "' cannot be the name of a C function");
  if (!asked.empty() && signatures.size() != 1)
    return llvm::createStringError("--name: the program has " + Twine(signatures.size()) + " functions");
  for (Signature &signature : signatures) {
    std::string name = signature.function;
    if (!asked.empty())
      name = asked.str();
    else if (name == "main")
      name = makeCName(stem);
    else if (!isValidCName(name))
      name = makeCName(name);
    if (failed(renameFunction(module, signature, name)))
      return llvm::createStringError("cannot name the function '" + name + "'");
  }
  return llvm::Error::success();
}

namespace {
/// Measures a command, if asked to, and prints what it found when it ends: each pass, the longest first.
class Stopwatch {
public:
  explicit Stopwatch(bool isEnabled) : isEnabled(isEnabled) {
    manager.setEnabled(isEnabled);
    manager.setDisplayMode(DefaultTimingManager::DisplayMode::List);
    root = manager.getRootScope();
  }
  ~Stopwatch() {
    if (!isEnabled)
      return;
    root.stop();
    manager.print();
    // It would print once more when it ends.
    manager.setEnabled(false);
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
      llvm::errs() << "peak memory: " << usage.ru_maxrss / 1024 << " MiB\n";
  }
  TimingScope nest(StringRef step) { return root.nest(step); }

private:
  const bool isEnabled;
  DefaultTimingManager manager;
  TimingScope root;
};
} // namespace

/// The program with the passes run that are left for a machine, its functions named.
static llvm::Expected<std::unique_ptr<LoadedModule>> prepare(const CommandOptions &options,
                                                             const PipelineOptions &pipeline, Stopwatch &stopwatch,
                                                             std::vector<Signature> &signatures) {
  TimingScope step = stopwatch.nest("Parser");
  llvm::Expected<std::unique_ptr<LoadedModule>> module = LoadedModule::parse(options.programs.front());
  if (!module)
    return module.takeError();
  step.stop();
  if (llvm::Error error = (*module)->lower(pipeline, stopwatch.nest("Passes")))
    return std::move(error);
  llvm::Expected<std::vector<Signature>> found = (*module)->getSignatures();
  if (!found)
    return found.takeError();
  signatures = std::move(*found);
  if (llvm::Error error =
          nameFunctions((*module)->get(), signatures, options.symbol, llvm::sys::path::stem(options.output)))
    return std::move(error);
  if (options.lineNumbers && failed(addLineNumbers((*module)->get())))
    return llvm::createStringError((*module)->getPath() + ": cannot add line numbers");
  return module;
}

static llvm::Expected<ObjectCode> compileOne(const CommandOptions &options, Stopwatch &stopwatch,
                                             std::vector<Signature> &signatures) {
  llvm::Expected<std::unique_ptr<LoadedModule>> module = prepare(options, options.load.pipeline, stopwatch, signatures);
  if (!module)
    return module.takeError();
  FailureOr<ObjectCode> object = compileToObject((*module)->get(), signatures, stopwatch.nest("Object"));
  if (failed(object))
    return llvm::createStringError(options.programs.front() + ": cannot compile the program");
  return std::move(*object);
}

/// A version for each level that was asked for.
static llvm::Expected<ObjectCode> compileVersions(const CommandOptions &options, Stopwatch &stopwatch,
                                                  std::vector<Signature> &signatures) {
  llvm::Expected<SmallVector<const MachineLevel *>> levels = parseMachineLevels(options.levels);
  if (!levels)
    return llvm::createStringError("--multi-target: " + llvm::toString(levels.takeError()));
  if (llvm::Triple triple(llvm::Triple::normalize(options.load.pipeline.triple.empty() ? llvm::sys::getProcessTriple()
                                                                                       : options.load.pipeline.triple));
      triple.getArch() != llvm::Triple::x86_64)
    return llvm::createStringError("--multi-target: expected a target of x86_64, but got " + triple.str());
  std::vector<std::unique_ptr<LoadedModule>> modules;
  std::vector<ProgramVersion> versions;
  for (const MachineLevel *level : *levels) {
    PipelineOptions pipeline = options.load.pipeline;
    pipeline.cpu = level->cpu.str();
    pipeline.features = level->features.str();
    ProgramVersion version{nullptr, {}, level};
    llvm::Expected<std::unique_ptr<LoadedModule>> module = prepare(options, pipeline, stopwatch, version.signatures);
    if (!module)
      return module.takeError();
    modules.push_back(std::move(*module));
    version.module = modules.back()->get();
    versions.push_back(std::move(version));
  }
  signatures = joinSignatures(versions);
  FailureOr<ObjectCode> object = compileToObject(versions, signatures, stopwatch.nest("Object"));
  if (failed(object))
    return llvm::createStringError(options.programs.front() + ": cannot compile the program");
  return std::move(*object);
}

/// All that a call of the function of `signature` has in memory: it allocates nothing.
static void printMemory(raw_ostream &os, StringRef path, const Signature &signature, const ObjectSizes &sizes) {
  const int64_t total = sizes.constants + sizes.code + signature.arenaBytes;
  int64_t buffers = 0;
  for (const TensorSpec &spec : llvm::concat<const TensorSpec>(signature.inputs, signature.outputs))
    buffers += spec.getBytes();
  os << path << ": " << total + buffers << " bytes of memory in a call of " << signature.function
     << ", beside the stack: constants " << sizes.constants << ", code " << sizes.code << ", arena "
     << signature.arenaBytes << ", inputs and outputs " << buffers << "\n";
}

llvm::Error lowbit::compileCommand(const CommandOptions &options, raw_ostream &os) {
  StringRef path = options.output, extension = llvm::sys::path::extension(path);
  if (extension != ".o" && extension != ".a" && extension != ".so")
    return llvm::createStringError(path + ": expected a name that ends in .o, .a or .so");
  Stopwatch stopwatch(options.timing);
  std::vector<Signature> signatures;
  llvm::Expected<ObjectCode> object = options.levels.empty() ? compileOne(options, stopwatch, signatures)
                                                             : compileVersions(options, stopwatch, signatures);
  if (!object)
    return object.takeError();
  StringRef stem = llvm::sys::path::stem(path);
  TimingScope step = stopwatch.nest("Output");
  if (llvm::Error error = writeLibrary(path, *object, signatures.front()))
    return error;
  SmallString<128> headerPath(path);
  llvm::sys::path::replace_extension(headerPath, ".h");
  if (llvm::Error error =
          writeFileAtomically(headerPath, [&](raw_ostream &header) { header << generateHeader(signatures, stem); }))
    return error;
  llvm::Expected<ObjectSizes> sizes = getSizes(*object);
  if (!sizes)
    return sizes.takeError();
  for (const Signature &signature : signatures) {
    os << path << ": " << signature.function << ", arena of " << signature.arenaBytes << " bytes, for " << signature.cpu
       << (signature.needsOpenMP() ? ", " + std::to_string(signature.threads) + " threads" : "")
       << (signature.fastFloat ? ", fast float" : "") << "\n";
    printMemory(os, path, signature, *sizes);
  }
  return llvm::Error::success();
}
