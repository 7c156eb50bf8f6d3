#ifndef LOWBIT_EXECUTION_LIBRARY_H
#define LOWBIT_EXECUTION_LIBRARY_H

#include "lowbit/Execution/JIT.h"

namespace mlir::lowbit {

/// The C header of a library with these functions; `name` is the file's stem, from which the include guard derives.
std::string generateHeader(ArrayRef<Signature> signatures, StringRef name);

/// Whether `name` can be the name of a function in C and C++.
bool isValidCName(StringRef name);
/// The closest valid name.
std::string makeCName(StringRef name);

/// Writes `object` as what the end of `path` says: `.o` an object file, `.a` a static library, `.so` a shared library,
/// linked with the C compiler for the target that is found on PATH, or with lld.
llvm::Error writeLibrary(StringRef path, const ObjectCode &object, const Signature &signature);

/// A C program that runs the function on raw samples: its arguments are a file of inputs, a file of outputs to write
/// and the number of samples. It includes the function's header as "program.h".
std::string generateDriver(const Signature &signature);
/// Builds the driver of `signature` with `object` in `directory`, for the machine that `object` is for. Returns the
/// path of the executable, which is linked statically: an emulator needs no libraries of the other machine.
llvm::Expected<std::string> buildDriver(const ObjectCode &object, const Signature &signature, StringRef directory);
/// Runs a command line, quoted as for a shell, with further arguments. What it prints on stderr becomes the error.
llvm::Error runCommandLine(StringRef commandLine, ArrayRef<std::string> arguments);

/// A shared library in this process, made by `writeLibrary`.
class Library {
public:
  static llvm::Expected<std::unique_ptr<Library>> load(StringRef path);
  ~Library();
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;

  ArrayRef<Signature> getSignatures() const { return signatures; }
  llvm::Expected<PackedFunction> lookup(const Signature &signature);

private:
  explicit Library(StringRef path) : path(path) {}

  std::string path;
  void *handle = nullptr;
  std::vector<Signature> signatures;
};

/// The functions of a shared library, from its symbol table, without loading it: it may be for another machine.
llvm::Expected<std::vector<Signature>> readSignatures(StringRef path);

} // namespace mlir::lowbit

#endif // LOWBIT_EXECUTION_LIBRARY_H
