#include "lowbit/Execution/Library.h"
#include "lowbit/Runner/Commands.h"
#include "lowbit/Support/AtomicFile.h"
#include "llvm/Support/Path.h"

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

llvm::Error lowbit::compileCommand(const CommandOptions &options, raw_ostream &os) {
  StringRef path = options.output, extension = llvm::sys::path::extension(path);
  if (extension != ".o" && extension != ".a" && extension != ".so")
    return llvm::createStringError(path + ": expected a name that ends in .o, .a or .so");
  llvm::Expected<std::unique_ptr<LoadedModule>> module = LoadedModule::parse(options.programs.front());
  if (!module)
    return module.takeError();
  if (llvm::Error error = (*module)->lower(options.load.pipeline))
    return error;
  llvm::Expected<std::vector<Signature>> signatures = (*module)->getSignatures();
  if (!signatures)
    return signatures.takeError();
  StringRef stem = llvm::sys::path::stem(path);
  if (llvm::Error error = nameFunctions((*module)->get(), *signatures, options.symbol, stem))
    return error;
  FailureOr<ObjectCode> object = compileToObject((*module)->get(), *signatures);
  if (failed(object))
    return llvm::createStringError((*module)->getPath() + ": cannot compile the program");
  if (llvm::Error error = writeLibrary(path, *object, signatures->front()))
    return error;
  SmallString<128> headerPath(path);
  llvm::sys::path::replace_extension(headerPath, ".h");
  if (llvm::Error error =
          writeFileAtomically(headerPath, [&](raw_ostream &header) { header << generateHeader(*signatures, stem); }))
    return error;
  for (const Signature &signature : *signatures)
    os << path << ": " << signature.function << ", arena of " << signature.arenaBytes << " bytes, for " << signature.cpu
       << (signature.needsOpenMP() ? ", " + std::to_string(signature.threads) + " threads" : "") << "\n";
  return llvm::Error::success();
}
