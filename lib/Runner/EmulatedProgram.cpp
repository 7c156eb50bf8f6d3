#include "lowbit/Execution/Library.h"
#include "lowbit/Runner/Program.h"
#include "lowbit/Support/AtomicFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// A directory that is gone when this is.
class TemporaryDirectory {
public:
  TemporaryDirectory(TemporaryDirectory &&other) : path(std::move(other.path)) { other.path.clear(); }
  ~TemporaryDirectory() {
    if (!path.empty())
      llvm::sys::fs::remove_directories(path);
  }
  static llvm::Expected<TemporaryDirectory> create() {
    TemporaryDirectory directory;
    if (std::error_code error = llvm::sys::fs::createUniqueDirectory("lowbit", directory.path))
      return llvm::createStringError(error, "cannot make a temporary directory");
    return directory;
  }
  StringRef get() const { return path; }

private:
  TemporaryDirectory() = default;
  SmallString<128> path;
};

class EmulatedProgram : public Program {
public:
  EmulatedProgram(Signature signature, std::string emulator, TemporaryDirectory directory, std::string executable)
      : Program(std::move(signature)), emulator(std::move(emulator)), directory(std::move(directory)),
        executable(std::move(executable)) {}

  llvm::Error run(ArrayRef<const char *> inputs, ArrayRef<char *> outputs, size_t samples,
                  ProgressFunction progress) override {
    const std::string inputPath = (directory.get() + "/inputs").str(),
                      outputPath = (directory.get() + "/outputs").str();
    if (llvm::Error error = writeFileAtomically(inputPath, [&](raw_ostream &os) {
          for (size_t sample = 0; sample < samples; ++sample)
            for (auto [input, spec] : llvm::zip_equal(inputs, getSignature().inputs))
              os.write(input + sample * spec.getBytes(), spec.getBytes());
        }))
      return error;
    if (llvm::Error error = runCommandLine(emulator, {executable, inputPath, outputPath, std::to_string(samples)}))
      return error;
    llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = llvm::MemoryBuffer::getFile(outputPath);
    if (!buffer)
      return llvm::createFileError(outputPath, buffer.getError());
    size_t expected = 0;
    for (const TensorSpec &spec : getSignature().outputs)
      expected += spec.getBytes() * samples;
    if ((*buffer)->getBufferSize() != expected)
      return llvm::createStringError("expected " + Twine(expected) + " bytes from the emulator, but got " +
                                     Twine((*buffer)->getBufferSize()));
    const char *data = (*buffer)->getBufferStart();
    for (size_t sample = 0; sample < samples; ++sample)
      for (auto [output, spec] : llvm::zip_equal(outputs, getSignature().outputs)) {
        std::copy_n(data, spec.getBytes(), output + sample * spec.getBytes());
        data += spec.getBytes();
      }
    progress(samples);
    return llvm::Error::success();
  }

private:
  std::string emulator;
  TemporaryDirectory directory;
  std::string executable;
};
} // namespace

llvm::Expected<std::unique_ptr<Program>> lowbit::loadEmulated(LoadedModule &module, const LoadOptions &options) {
  llvm::Expected<std::vector<Signature>> signatures = module.getSignatures();
  if (!signatures)
    return signatures.takeError();
  llvm::Expected<Signature> signature = selectSignature(*signatures, options.function);
  if (!signature)
    return llvm::createStringError(module.getPath() + ": " + llvm::toString(signature.takeError()));
  // The driver is C, and has a `main` of its own.
  if (!isValidCName(signature->function) &&
      failed(renameFunction(module.get(), *signature, makeCName(signature->function))))
    return llvm::createStringError(module.getPath() + ": cannot compile the program");
  llvm::Expected<CompiledModule> compiled = module.compile(signature->function);
  if (!compiled)
    return compiled.takeError();
  llvm::Expected<TemporaryDirectory> directory = TemporaryDirectory::create();
  if (!directory)
    return directory.takeError();
  llvm::Expected<std::string> executable = buildDriver(compiled->object, compiled->signature, directory->get());
  if (!executable)
    return executable.takeError();
  return std::make_unique<EmulatedProgram>(std::move(compiled->signature), options.emulator, std::move(*directory),
                                           std::move(*executable));
}
