#include "lowbit/Support/AtomicFile.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

/// Prints into `os` and returns whatever went wrong on the way; a stream must not be destroyed with an error in it.
static std::error_code print(raw_fd_ostream &os, function_ref<void(raw_ostream &)> write) {
  write(os);
  os.flush();
  std::error_code error = os.error();
  os.clear_error();
  return error;
}

static bool isSpecialFile(StringRef path) {
  sys::fs::file_status status;
  return !sys::fs::status(path, status) && sys::fs::exists(status) && !sys::fs::is_regular_file(status) &&
         !sys::fs::is_directory(status);
}

static Error writeDirectly(StringRef path, function_ref<void(raw_ostream &)> write) {
  std::error_code error;
  raw_fd_ostream os(path, error);
  if (!error)
    error = print(os, write);
  return error ? createFileError(path, error) : Error::success();
}

// llvm::writeToOutput ignores a failed write, and makes the file executable.
Error mlir::lowbit::writeFileAtomically(StringRef path, function_ref<void(raw_ostream &)> write) {
  if (path == "-" || isSpecialFile(path))
    return writeDirectly(path, write);
  Expected<sys::fs::TempFile> file = sys::fs::TempFile::create(path + ".%%%%%%.tmp");
  if (!file)
    return createFileError(path, file.takeError());
  std::error_code error;
  {
    raw_fd_ostream os(file->FD, /*shouldClose=*/false);
    error = print(os, write);
  }
  if (error) {
    consumeError(file->discard());
    return createFileError(path, error);
  }
  if (Error renamed = file->keep(path))
    return createFileError(path, std::move(renamed));
  return Error::success();
}
