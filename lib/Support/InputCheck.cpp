#include "lowbit/Support/InputCheck.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <cstring>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;

/// More seconds of computing than reading `bytes` takes on any machine.
static rlim_t getMostSeconds(size_t bytes) {
  constexpr rlim_t kLeast = 10;
  constexpr size_t kBytesPerSecond = 4 << 20;
  return kLeast + bytes / kBytesPerSecond;
}

/// Reads, verifies and prints `buffer`, writes what is wrong with it to `file`, and ends the process: by a signal where
/// that can't be done.
[[noreturn]] static void readInChild(llvm::MemoryBufferRef buffer, const DialectRegistry &registry, int file) {
  // No handler of the parent's is to print a stack trace.
  for (int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGXCPU})
    std::signal(signal, SIG_DFL);
  const rlim_t seconds = getMostSeconds(buffer.getBufferSize());
  const rlimit limit{seconds, seconds};
  setrlimit(RLIMIT_CPU, &limit);
  if (!freopen("/dev/null", "w", stderr))
    _exit(0);

  llvm::raw_fd_ostream errors(file, /*shouldClose=*/false, /*unbuffered=*/true);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  llvm::SourceMgr sources;
  // Printing an error prints attributes, which may be damaged too.
  SourceMgrDiagnosticHandler handler(sources, &context, errors);
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(buffer), llvm::SMLoc());
  Block block;
  if (failed(parseSourceFile(sources, &block, ParserConfig(&context))))
    _exit(1);
  for (Operation &op : block)
    op.print(llvm::nulls());
  _exit(0);
}

/// Everything that is written to the other end of a pipe.
static std::string readToEnd(int file) {
  std::string text;
  char part[4096];
  ssize_t count = 0;
  while ((count = read(file, part, sizeof(part))) > 0 || (count < 0 && errno == EINTR))
    text.append(part, std::max<ssize_t>(count, 0));
  return text;
}

LogicalResult lowbit::checkInput(llvm::MemoryBufferRef buffer, const DialectRegistry &registry) {
  int ends[2];
  if (pipe(ends) != 0)
    return success();
  llvm::outs().flush();
  const pid_t child = fork();
  if (child == 0)
    readInChild(buffer, registry, ends[1]);
  close(ends[1]);
  const std::string errors = readToEnd(ends[0]);
  close(ends[0]);
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const bool isCrash = child > 0 && WIFSIGNALED(status);
  const bool isSilent = child > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 0 && errors.empty();
  if (!isCrash && !isSilent)
    return success();
  llvm::errs() << errors;
  llvm::WithColor::error(llvm::errs(), (buffer.getBufferIdentifier() + ":0:0").str()) << "damaged program: ";
  if (isCrash)
    llvm::errs() << "reading it ends with signal '" << strsignal(WTERMSIG(status)) << "'\n";
  else
    llvm::errs() << "it can't be read\n";
  return failure();
}

LogicalResult lowbit::checkInputs(ArrayRef<char *> arguments, const DialectRegistry &registry) {
  StringRef previous;
  for (StringRef argument : arguments) {
    const bool isOutput = previous == "-o";
    previous = argument;
    if (isOutput)
      continue;
    // The magic number first: tools take files of many kinds, and large ones.
    auto start = llvm::MemoryBuffer::getFileSlice(argument, /*MapSize=*/4, /*Offset=*/0);
    if (!start || !(argument.ends_with(".mlir") || isBytecode((*start)->getMemBufferRef())))
      continue;
    auto buffer = llvm::MemoryBuffer::getFile(argument);
    if (buffer && failed(checkInput((*buffer)->getMemBufferRef(), registry)))
      return failure();
  }
  return success();
}
