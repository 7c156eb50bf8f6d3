#include "lowbit-c/Program.h"
#include "lowbit/Runner/Program.h"
#include <cstring>

using namespace mlir;
using namespace mlir::lowbit;

struct LowbitProgram {
  std::unique_ptr<Program> program;
};

/// Hands the message to the caller, who frees it.
static void report(llvm::Error error, char **message) {
  const std::string text = llvm::toString(std::move(error));
  if (message)
    *message = strdup(text.c_str());
}

static std::string getString(const char *text, StringRef otherwise = "") { return text ? text : otherwise.str(); }

static LowbitTensor describe(const TensorSpec &spec) {
  return {spec.name.c_str(), spec.type->name.data(), spec.shape.data(), spec.shape.size(), spec.getBytes()};
}

LowbitProgram *lowbitProgramLoad(const char *path, const LowbitOptions *options, char **error) {
  LoadOptions load;
  if (options) {
    load.pipeline.cpu = getString(options->cpu, "native");
    load.pipeline.calibration = getString(options->calibration);
    load.pipeline.recipe = getString(options->recipe, "w8a8");
    load.function = getString(options->function);
    load.pipeline.threads = std::max(options->threads, 1u);
    load.pipeline.fastFloat = options->fastFloat != 0;
  }
  llvm::Expected<std::unique_ptr<Program>> program = loadProgram(path, load);
  if (!program) {
    report(program.takeError(), error);
    return nullptr;
  }
  return new LowbitProgram{std::move(*program)};
}

void lowbitProgramDestroy(LowbitProgram *program) { delete program; }

size_t lowbitProgramGetNumInputs(const LowbitProgram *program) {
  return program->program->getSignature().inputs.size();
}

size_t lowbitProgramGetNumOutputs(const LowbitProgram *program) {
  return program->program->getSignature().outputs.size();
}

LowbitTensor lowbitProgramGetInput(const LowbitProgram *program, size_t index) {
  return describe(program->program->getSignature().inputs[index]);
}

LowbitTensor lowbitProgramGetOutput(const LowbitProgram *program, size_t index) {
  return describe(program->program->getSignature().outputs[index]);
}

int lowbitProgramRun(LowbitProgram *program, const void *const *inputs, void *const *outputs, size_t samples,
                     char **error) {
  SmallVector<const char *> inputPointers;
  SmallVector<char *> outputPointers;
  for (size_t index = 0; index < lowbitProgramGetNumInputs(program); ++index)
    inputPointers.push_back(static_cast<const char *>(inputs[index]));
  for (size_t index = 0; index < lowbitProgramGetNumOutputs(program); ++index)
    outputPointers.push_back(static_cast<char *>(outputs[index]));
  llvm::Error failed = program->program->run(inputPointers, outputPointers, samples, [](size_t) {});
  if (!failed)
    return 0;
  report(std::move(failed), error);
  return 1;
}

void lowbitErrorDestroy(char *error) { free(error); }
