#ifndef LOWBIT_SUPPORT_ATOMICFILE_H
#define LOWBIT_SUPPORT_ATOMICFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::lowbit {

/// Writes what `write` prints to the file `path`, which has the whole content afterwards, or, where an error is
/// returned (a full disk, say), what it had before. "-" is the standard output; what is no regular file, as a pipe or a
/// device, is written directly. Errors name the path.
llvm::Error writeFileAtomically(llvm::StringRef path, llvm::function_ref<void(llvm::raw_ostream &)> write);

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_ATOMICFILE_H
