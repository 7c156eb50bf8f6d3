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

/// Writes `source`, a C program that includes `header`, links it with `object` and runs it: `emulator`, if not empty, is
/// the command line before the executable's name. The executable gets `arguments`.
llvm::Error runDriver(StringRef source, StringRef header, const ObjectCode &object, const Signature &signature,
                      StringRef emulator, ArrayRef<std::string> arguments, StringRef directory);

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
