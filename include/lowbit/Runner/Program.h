#ifndef LOWBIT_RUNNER_PROGRAM_H
#define LOWBIT_RUNNER_PROGRAM_H

#include "lowbit/Execution/JIT.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::lowbit {

/// Told how many samples are done.
using ProgressFunction = llvm::function_ref<void(size_t)>;

/// A program that can be run, however it came to be.
class Program {
public:
  explicit Program(Signature signature) : signature(std::move(signature)) {}
  virtual ~Program() = default;

  const Signature &getSignature() const { return signature; }
  /// Runs `samples` samples in order: each pointer is to an input's or output's samples, one after the other.
  virtual llvm::Error run(ArrayRef<const char *> inputs, ArrayRef<char *> outputs, size_t samples,
                          ProgressFunction progress) = 0;

  /// The scale of the output of that index, where the program quantizes it and says so.
  std::optional<double> getStep(size_t output) const { return output < steps.size() ? steps[output] : std::nullopt; }
  void setSteps(std::vector<std::optional<double>> values) { steps = std::move(values); }

private:
  Signature signature;
  std::vector<std::optional<double>> steps;
};

/// How to make a program of a file.
struct LoadOptions {
  /// The target; the stages that are left.
  PipelineOptions pipeline;
  /// The function, where there are several.
  std::string function;
  /// Interpret the program in the form it has, instead of compiling it.
  bool reference = false;
  /// The command that runs another machine's executable, its arguments separated by spaces.
  std::string emulator;
  /// What observers call.
  ObserveFunction observe = nullptr;
};

/// Machine code, and the function of it to run.
struct CompiledModule {
  ObjectCode object;
  Signature signature;
};

/// A module and what it lives in. Diagnostics go to stderr.
class LoadedModule {
public:
  /// Parses textual IR or bytecode. Diagnostics say what is wrong.
  static llvm::Expected<std::unique_ptr<LoadedModule>> parse(StringRef path);
  /// Runs the stages that are left to the LLVM dialect. `timing` gets the time of each pass.
  llvm::Error lower(const PipelineOptions &options, TimingScope timing = TimingScope());
  /// Compiles the module, which is in the form that code generation leaves.
  llvm::Expected<CompiledModule> compile(StringRef function);
  /// The signatures of its functions, in that form.
  llvm::Expected<std::vector<Signature>> getSignatures();
  ModuleOp get() { return *module; }
  StringRef getPath() const { return path; }

private:
  LoadedModule(StringRef path);

  std::string path;
  MLIRContext context;
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics;
  OwningOpRef<ModuleOp> module;
};

/// The module, which is in the form that code generation leaves, compiled and loaded into this process.
llvm::Expected<std::unique_ptr<Program>> loadCompiled(LoadedModule &module, const LoadOptions &options);
/// The same, but compiled into an executable that the emulator runs.
llvm::Expected<std::unique_ptr<Program>> loadEmulated(LoadedModule &module, const LoadOptions &options);
/// A shared library that `compile` made.
llvm::Expected<std::unique_ptr<Program>> loadLibrary(StringRef path, const LoadOptions &options);
/// The module, which is in float, Q/DQ or quantized form, interpreted.
llvm::Expected<std::unique_ptr<Program>> loadReference(std::unique_ptr<LoadedModule> module,
                                                       const LoadOptions &options);
/// A file of any form: IR at any stage or a shared library, run as the options say.
llvm::Expected<std::unique_ptr<Program>> loadProgram(StringRef path, const LoadOptions &options);

/// The scales of the outputs of the function (or of the only one) where they are dequantized last.
std::vector<std::optional<double>> getOutputSteps(ModuleOp module, StringRef function);

} // namespace mlir::lowbit

#endif // LOWBIT_RUNNER_PROGRAM_H
