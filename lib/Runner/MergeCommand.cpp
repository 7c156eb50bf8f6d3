#include "lowbit/Calibrate/CalibrationTable.h"
#include "lowbit/Calibrate/Moments.h"
#include "lowbit/Runner/Commands.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Reads all files, merges them into the first, and writes that.
template <typename FileTy> static llvm::Error merge(ArrayRef<std::string> paths, StringRef output) {
  std::optional<FileTy> merged;
  for (const std::string &path : paths) {
    llvm::Expected<FileTy> file = FileTy::read(path);
    if (!file)
      return file.takeError();
    if (!merged)
      merged = std::move(*file);
    else if (llvm::Error error = merged->merge(*file))
      return llvm::createStringError(path + ": " + toString(std::move(error)));
  }
  return merged->write(output);
}

llvm::Error lowbit::mergeCommand(const CommandOptions &options, raw_ostream &os) {
  auto first = llvm::MemoryBuffer::getFile(options.programs.front(), /*IsText=*/false,
                                           /*RequiresNullTerminator=*/false);
  if (!first)
    return llvm::createFileError(options.programs.front(), first.getError());
  const bool areMoments = Moments::isMoments((*first)->getBuffer());
  if (llvm::Error error = areMoments ? merge<Moments>(options.programs, options.output)
                                     : merge<CalibrationTable>(options.programs, options.output))
    return error;
  os << "merged: " << options.programs.size() << "\n";
  return llvm::Error::success();
}
