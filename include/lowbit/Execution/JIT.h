#ifndef LOWBIT_EXECUTION_JIT_H
#define LOWBIT_EXECUTION_JIT_H

#include "lowbit/Execution/ObjectCode.h"
#include <memory>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace mlir::lowbit {

/// A compiled function that takes its buffers in an array: inputs, outputs, arena. Returns 0, or 1 where the program
/// read a tensor at an index outside of it, which its inputs decide: the outputs then are not the program's.
using PackedFunction = int (*)(void *const *buffers);
/// What the status 1 of a sample means.
inline constexpr StringLiteral kOutsideError =
    "the inputs make the program read a tensor at an index outside of it; the interpreter says which and where";
/// What a program with observers calls with a tensor: its index in `lowbit.observed`, its elements, how many.
using ObserveFunction = void (*)(int64_t index, const float *data, int64_t count);

/// Object code loaded into this process, bound to its libc and libm, and to libomp where threads share its work.
class JIT {
public:
  /// `signature` is one of the functions of `object`; `observe` is what the symbol `lowbit_observe` is bound to, if the
  /// program has observers.
  static llvm::Expected<std::unique_ptr<JIT>> create(const ObjectCode &object, const Signature &signature,
                                                     ObserveFunction observe = nullptr);
  ~JIT();

  llvm::Expected<PackedFunction> lookup(const Signature &signature);

private:
  explicit JIT(std::unique_ptr<llvm::orc::LLJIT> jit);
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace mlir::lowbit

#endif // LOWBIT_EXECUTION_JIT_H
