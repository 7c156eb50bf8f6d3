#include "lowbit/Execution/Library.h"
#include "lowbit/Support/AtomicFile.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/StringSaver.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Names of C compilers that link for `triple`, best first.
static std::vector<std::string> getCompilerNames(const llvm::Triple &triple) {
  if (triple.getArch() == llvm::Triple(llvm::sys::getProcessTriple()).getArch())
    return {"cc", "gcc", "clang-22", "clang"};
  return {(triple.getArchName() + "-linux-gnu-gcc").str(), triple.str() + "-gcc"};
}

static llvm::Expected<std::string> findProgram(ArrayRef<std::string> names) {
  for (const std::string &name : names)
    if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(name))
      return *path;
  return llvm::createStringError("found none of " + llvm::join(names, ", ") + " on PATH");
}

/// Runs a command; what it prints on stderr becomes the error.
static llvm::Error execute(StringRef program, ArrayRef<std::string> arguments) {
  SmallString<128> log;
  if (std::error_code error = llvm::sys::fs::createTemporaryFile("lowbit", "log", log))
    return llvm::errorCodeToError(error);
  llvm::FileRemover remover(log);
  SmallVector<StringRef> command{program};
  llvm::append_range(command, arguments);
  const std::optional<StringRef> redirects[] = {std::nullopt, std::nullopt, StringRef(log)};
  std::string message;
  const int code = llvm::sys::ExecuteAndWait(program, command, std::nullopt, redirects, 0, 0, &message);
  if (code == 0)
    return llvm::Error::success();
  if (llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> text = llvm::MemoryBuffer::getFile(log))
    message += (*text)->getBuffer().rtrim();
  return llvm::createStringError(program +
                                 " failed: " + (message.empty() ? "exit code " + std::to_string(code) : message));
}

/// What the code is linked with, beside libc.
static std::vector<std::string> getLibraries(const Signature &signature) {
  std::vector<std::string> libraries = {"-lm"};
  if (signature.needsOpenMP())
    libraries.push_back("-lomp");
  return libraries;
}

static llvm::Error writeFile(StringRef path, StringRef contents) {
  return writeFileAtomically(path, [&](raw_ostream &os) { os << contents; });
}

static llvm::Error writeArchive(StringRef path, StringRef object) {
  const std::string member = (llvm::sys::path::stem(path) + ".o").str();
  llvm::NewArchiveMember contents(llvm::MemoryBufferRef(object, member));
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> archive =
      llvm::writeArchiveToBuffer(contents, llvm::SymtabWritingMode::NormalSymtab, llvm::object::Archive::K_GNU,
                                 /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return archive.takeError();
  return writeFile(path, (*archive)->getBuffer());
}

/// Links next to the library's place, then moves it there.
static llvm::Error linkShared(StringRef path, StringRef object, const Signature &signature) {
  const llvm::Triple triple(signature.triple);
  SmallString<128> objectPath, libraryPath;
  llvm::sys::fs::createUniquePath(path + "-%%%%%%.o", objectPath, /*MakeAbsolute=*/false);
  llvm::sys::fs::createUniquePath(path + "-%%%%%%.tmp", libraryPath, /*MakeAbsolute=*/false);
  llvm::FileRemover removeObject(objectPath), removeLibrary(libraryPath);
  if (llvm::Error error = writeFile(objectPath, object))
    return error;
  std::vector<std::string> arguments = {"-shared", "-o", libraryPath.str().str(), objectPath.str().str()};
  llvm::Expected<std::string> linker = findProgram(getCompilerNames(triple));
  if (linker) {
    llvm::append_range(arguments, getLibraries(signature));
  } else {
    llvm::consumeError(linker.takeError());
    // Without a C compiler's libraries: their functions are found when the library is loaded.
    linker = findProgram({"ld.lld-22", "ld.lld"});
    if (!linker)
      return llvm::createStringError("cannot link for " + triple.str() + ": " + llvm::toString(linker.takeError()));
  }
  if (llvm::Error error = execute(*linker, arguments))
    return error;
  if (std::error_code error = llvm::sys::fs::rename(libraryPath, path))
    return llvm::createFileError(path, error);
  return llvm::Error::success();
}

llvm::Error lowbit::writeLibrary(StringRef path, const ObjectCode &object, const Signature &signature) {
  StringRef bytes(object.data(), object.size());
  StringRef extension = llvm::sys::path::extension(path);
  if (extension == ".o")
    return writeFile(path, bytes);
  if (extension == ".a")
    return writeArchive(path, bytes);
  if (extension == ".so")
    return linkShared(path, bytes, signature);
  return llvm::createStringError(path + ": expected a name that ends in .o, .a or .so");
}

llvm::Expected<std::string> lowbit::buildDriver(const ObjectCode &object, const Signature &signature,
                                                StringRef directory) {
  auto inDirectory = [&](StringRef name) { return (directory + "/" + name).str(); };
  const std::string source = inDirectory("driver.c"), program = inDirectory("program.o"),
                    executable = inDirectory("driver");
  if (llvm::Error error = writeFile(source, generateDriver(signature)))
    return std::move(error);
  if (llvm::Error error = writeFile(inDirectory("program.h"), generateHeader(signature, "program")))
    return std::move(error);
  if (llvm::Error error = writeFile(program, StringRef(object.data(), object.size())))
    return std::move(error);
  llvm::Expected<std::string> compiler = findProgram(getCompilerNames(llvm::Triple(signature.triple)));
  if (!compiler)
    return compiler.takeError();
  std::vector<std::string> arguments = {"-O1", "-static", "-o", executable, source, program};
  llvm::append_range(arguments, getLibraries(signature));
  if (llvm::Error error = execute(*compiler, arguments))
    return std::move(error);
  return executable;
}

llvm::Error lowbit::runCommandLine(StringRef commandLine, ArrayRef<std::string> arguments) {
  llvm::BumpPtrAllocator allocator;
  llvm::StringSaver saver(allocator);
  SmallVector<const char *> words;
  llvm::cl::TokenizeGNUCommandLine(commandLine, saver, words);
  if (words.empty())
    return llvm::createStringError("expected a command, but got an empty one");
  llvm::Expected<std::string> program = findProgram({words.front()});
  if (!program)
    return program.takeError();
  std::vector<std::string> all(words.begin() + 1, words.end());
  llvm::append_range(all, arguments);
  return execute(*program, all);
}
