#ifndef LOWBIT_SUPPORT_INPUTCHECK_H
#define LOWBIT_SUPPORT_INPUTCHECK_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Support/LLVM.h"
#include "llvm/Support/MemoryBuffer.h"

/// MLIR's readers crash on some damaged files: that of bytecode trusts sizes and indices, parsers of upstream ops use
/// attributes that they failed to parse. Tools therefore read a program in a process of its own first.
namespace mlir::lowbit {

/// Success where the program in `buffer` can be read, or is refused with errors, which the caller will see again.
/// Failure, with an error on the standard error stream, where reading, verifying or printing it ends in a signal, takes
/// far longer than its size explains, or fails without a word. Forks: for the main function of a tool, before it has
/// threads.
LogicalResult checkInput(llvm::MemoryBufferRef buffer, const DialectRegistry &registry);

/// `checkInput` for every file among the arguments of a tool that is bytecode, or text by its suffix `.mlir`, but the
/// one it writes (`-o`). What comes from a pipe is not checked.
LogicalResult checkInputs(ArrayRef<char *> arguments, const DialectRegistry &registry);

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_INPUTCHECK_H
