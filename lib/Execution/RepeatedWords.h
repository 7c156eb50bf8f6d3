#ifndef LOWBIT_LIB_EXECUTION_REPEATEDWORDS_H
#define LOWBIT_LIB_EXECUTION_REPEATEDWORDS_H

#include "llvm/IR/Function.h"

namespace mlir::lowbit {

/// Moves bitwise operations with constants behind the shuffles of bytes that repeat four neighbouring bytes of their
/// result: instruction selection of LLVM 22 for AVX-512 does not end on the order that LLVM's own passes prefer. They
/// meet such a shuffle where a group of activations is read back from a vector that was just stored.
///
///     shufflevector (xor <64 x i8> %v, C), <60, 61, 62, 63, 60, 61, ...>
///     // becomes
///     xor (bitcast (shufflevector (bitcast %v to <16 x i32>), <15, 15, ...>) to <64 x i8>), C'
void repeatWordsBeforeOffsets(llvm::Function &function);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_EXECUTION_REPEATEDWORDS_H
