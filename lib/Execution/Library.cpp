#include "lowbit/Execution/Library.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/Path.h"
#include <dlfcn.h>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StringLiteral kSignatureSuffix = "_signature";

/// The bytes of the object that a dynamic symbol names, with the zero at their end.
static llvm::Expected<StringRef> readSymbol(const llvm::object::ELFSymbolRef &symbol,
                                            const llvm::object::ObjectFile &file) {
  llvm::Expected<llvm::object::section_iterator> section = symbol.getSection();
  if (!section)
    return section.takeError();
  if (*section == file.section_end())
    return StringRef();
  llvm::Expected<StringRef> contents = (*section)->getContents();
  if (!contents)
    return contents.takeError();
  llvm::Expected<uint64_t> address = symbol.getAddress();
  if (!address)
    return address.takeError();
  const uint64_t start = (*section)->getAddress();
  if (*address < start || *address - start > contents->size() ||
      symbol.getSize() > contents->size() - (*address - start))
    return llvm::createStringError("a symbol reaches out of its section");
  return contents->substr(*address - start, symbol.getSize());
}

llvm::Expected<std::vector<Signature>> lowbit::readSignatures(StringRef path) {
  auto fail = [&](llvm::Error error) {
    return llvm::createStringError(path + ": " + llvm::toString(std::move(error)));
  };
  llvm::Expected<llvm::object::OwningBinary<llvm::object::ObjectFile>> binary =
      llvm::object::ObjectFile::createObjectFile(path);
  if (!binary)
    return fail(binary.takeError());
  auto *file = dyn_cast<llvm::object::ELFObjectFileBase>(binary->getBinary());
  if (!file)
    return llvm::createStringError(path + ": expected an ELF shared library");
  std::vector<Signature> signatures;
  for (const llvm::object::ELFSymbolRef &symbol : file->getDynamicSymbolIterators()) {
    llvm::Expected<StringRef> name = symbol.getName();
    if (!name)
      return fail(name.takeError());
    if (!name->ends_with(kSignatureSuffix))
      continue;
    llvm::Expected<StringRef> text = readSymbol(symbol, *file);
    if (!text)
      return fail(text.takeError());
    llvm::Expected<Signature> signature = Signature::fromJSON(text->rtrim('\0'));
    if (!signature)
      return llvm::createStringError(path + ": symbol '" + *name + "': " + llvm::toString(signature.takeError()));
    if (signature->getSymbol() != *name)
      return llvm::createStringError(path + ": symbol '" + *name + "' is the signature of '" + signature->function +
                                     "'");
    signatures.push_back(std::move(*signature));
  }
  if (signatures.empty())
    return llvm::createStringError(path + ": expected a shared library made by quant-runner compile");
  llvm::sort(signatures, [](const Signature &a, const Signature &b) { return a.function < b.function; });
  return signatures;
}

llvm::Expected<std::unique_ptr<Library>> Library::load(StringRef path) {
  llvm::Expected<std::vector<Signature>> signatures = readSignatures(path);
  if (!signatures)
    return signatures.takeError();
  std::unique_ptr<Library> library(new Library(path));
  library->signatures = std::move(*signatures);
  // A name without a slash would be searched for in the system's directories.
  const std::string file = path.contains('/') ? path.str() : "./" + path.str();
  library->handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library->handle)
    return llvm::createStringError(path + ": " + StringRef(dlerror()));
  return library;
}

Library::~Library() {
  if (handle)
    dlclose(handle);
}

llvm::Expected<PackedFunction> Library::lookup(const Signature &signature) {
  void *address = dlsym(handle, signature.getPackedSymbol().c_str());
  if (!address)
    return llvm::createStringError(path + ": no symbol '" + signature.getPackedSymbol() + "'");
  return reinterpret_cast<PackedFunction>(address);
}
