#include "lowbit/Execution/Library.h"
#include "lowbit/Runner/Program.h"
#include "lowbit/Target/Target.h"
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
  CompiledProgram(Signature signature, std::shared_ptr<void> code, PackedFunction function)
      : Program(std::move(signature)), code(std::move(code)), function(function), arena(getSignature().arenaBytes) {}

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
      if (function(arguments.data()) != 0)
        return llvm::createStringError("sample " + Twine(sample) + ": " + kOutsideError);
      progress(sample + 1);
    }
    return llvm::Error::success();
  }

private:
  /// Keeps what holds the function alive.
  std::shared_ptr<void> code;
  PackedFunction function;
  Arena arena;
};
} // namespace

static llvm::Error checkRunsHere(const Signature &signature, StringRef path) {
  std::string error;
  FailureOr<Target> target = Target::get(signature.triple, signature.cpu, signature.features, error);
  if (failed(target))
    return llvm::createStringError(path + ": " + error);
  std::vector<std::string> missing = target->getFeaturesMissingHere();
  if (missing.empty())
    return llvm::Error::success();
  return llvm::createStringError(path + ": this machine lacks " + llvm::join(missing, ", ") + ", which code for cpu '" +
                                 signature.cpu + "' may use; --emulator can run it");
}

llvm::Expected<std::unique_ptr<Program>> lowbit::loadCompiled(LoadedModule &module, const LoadOptions &options) {
  llvm::Expected<CompiledModule> compiled = module.compile(options.function);
  if (!compiled)
    return compiled.takeError();
  if (llvm::Error error = checkRunsHere(compiled->signature, module.getPath()))
    return std::move(error);
  llvm::Expected<std::unique_ptr<JIT>> jit = JIT::create(compiled->object, compiled->signature, options.observe);
  if (!jit)
    return jit.takeError();
  llvm::Expected<PackedFunction> function = (*jit)->lookup(compiled->signature);
  if (!function)
    return function.takeError();
  return std::make_unique<CompiledProgram>(std::move(compiled->signature), std::move(*jit), *function);
}

llvm::Expected<std::unique_ptr<Program>> lowbit::loadLibrary(StringRef path, const LoadOptions &options) {
  if (options.reference)
    return llvm::createStringError(path + ": a compiled program cannot be interpreted");
  llvm::Expected<std::vector<Signature>> signatures = readSignatures(path);
  if (!signatures)
    return signatures.takeError();
  llvm::Expected<Signature> signature = selectSignature(*signatures, options.function);
  if (!signature)
    return llvm::createStringError(path + ": " + llvm::toString(signature.takeError()));
  if (llvm::Error error = checkRunsHere(*signature, path))
    return std::move(error);
  llvm::Expected<std::unique_ptr<Library>> library = Library::load(path);
  if (!library)
    return library.takeError();
  llvm::Expected<PackedFunction> function = (*library)->lookup(*signature);
  if (!function)
    return function.takeError();
  return std::make_unique<CompiledProgram>(std::move(*signature), std::move(*library), *function);
}
