#include "lowbit/Runner/Program.h"
#include "llvm/Support/AlignOf.h"
#include "llvm/Support/MemAlloc.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// The scratch memory of one caller.
class Arena {
public:
  explicit Arena(size_t bytes)
      : bytes(std::max<size_t>(bytes, 1)), data(llvm::allocate_buffer(this->bytes, Signature::kArenaAlignment)) {}
  Arena(const Arena &) = delete;
  Arena &operator=(const Arena &) = delete;
  ~Arena() { llvm::deallocate_buffer(data, bytes, Signature::kArenaAlignment); }
  void *get() const { return data; }

private:
  size_t bytes;
  void *data;
};

class CompiledProgram : public Program {
public:
  CompiledProgram(Signature signature, std::unique_ptr<JIT> jit, PackedFunction function)
      : Program(std::move(signature)), jit(std::move(jit)), function(function), arena(getSignature().arenaBytes) {}

  llvm::Error run(ArrayRef<const char *> inputs, ArrayRef<char *> outputs, size_t samples,
                  ProgressFunction progress) override {
    // The code never writes to its inputs.
    SmallVector<char *> buffers;
    SmallVector<size_t> bytes;
    for (auto [input, spec] : llvm::zip_equal(inputs, getSignature().inputs)) {
      buffers.push_back(const_cast<char *>(input));
      bytes.push_back(spec.getBytes());
    }
    for (auto [output, spec] : llvm::zip_equal(outputs, getSignature().outputs)) {
      buffers.push_back(output);
      bytes.push_back(spec.getBytes());
    }
    SmallVector<void *> arguments(buffers.size() + 1, arena.get());
    for (size_t sample = 0; sample < samples; ++sample) {
      for (auto [index, buffer] : llvm::enumerate(buffers))
        arguments[index] = buffer + sample * bytes[index];
      function(arguments.data());
      progress(sample + 1);
    }
    return llvm::Error::success();
  }

private:
  /// Keeps the code alive.
  std::unique_ptr<JIT> jit;
  PackedFunction function;
  Arena arena;
};
} // namespace

llvm::Expected<std::unique_ptr<Program>> lowbit::loadCompiled(LoadedModule &module, const LoadOptions &options) {
  FailureOr<std::vector<Signature>> signatures = getSignatures(module.get());
  if (failed(signatures))
    return llvm::createStringError(module.getPath() + ": cannot compile the program");
  llvm::Expected<Signature> signature = selectSignature(*signatures, options.function);
  if (!signature)
    return llvm::createStringError(module.getPath() + ": " + llvm::toString(signature.takeError()));
  std::vector<std::string> missing = getFeaturesMissingHere(*signature);
  if (!missing.empty())
    return llvm::createStringError(module.getPath() + ": this machine lacks " + llvm::join(missing, ", ") +
                                   ", which code for cpu '" + signature->cpu + "' may use; give an --emulator");
  FailureOr<ObjectCode> object = compileToObject(module.get(), *signatures);
  if (failed(object))
    return llvm::createStringError(module.getPath() + ": cannot compile the program");
  llvm::Expected<std::unique_ptr<JIT>> jit = JIT::create(*object, options.observe);
  if (!jit)
    return jit.takeError();
  llvm::Expected<PackedFunction> function = (*jit)->lookup(*signature);
  if (!function)
    return function.takeError();
  return std::make_unique<CompiledProgram>(std::move(*signature), std::move(*jit), *function);
}

llvm::Expected<std::unique_ptr<Program>> lowbit::loadProgram(StringRef path, const LoadOptions &options) {
  llvm::Expected<std::unique_ptr<LoadedModule>> module = LoadedModule::parse(path);
  if (!module)
    return module.takeError();
  if (llvm::Error error = (*module)->lower(options.pipeline))
    return std::move(error);
  return loadCompiled(**module, options);
}
