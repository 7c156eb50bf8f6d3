#ifndef LOWBIT_EXECUTION_OBJECTCODE_H
#define LOWBIT_EXECUTION_OBJECTCODE_H

#include "lowbit/Execution/Signature.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/Error.h"

namespace mlir::lowbit {

struct MachineLevel;

/// The bytes of an object file.
using ObjectCode = SmallVector<char, 0>;

/// Compiles a module of the LLVM dialect, as code generation leaves it, for the target that its attributes name. The
/// one way from IR to machine code: everything that runs was made here. Beside each function `f` of `signatures` the
/// object defines `f_packed`, which takes the buffers in an array, and `f_signature`, the signature as a JSON string.
/// Floating-point operations are contracted only where the IR has the flag for it. Errors are emitted at the module.
/// `timing` gets the time of each step.
FailureOr<ObjectCode> compileToObject(ModuleOp module, ArrayRef<Signature> signatures,
                                      TimingScope timing = TimingScope());

/// The bytes of an object that are in memory while its functions run.
struct ObjectSizes {
  int64_t code = 0;
  /// Packed weights, biases, scales, tables, signatures.
  int64_t constants = 0;
};
llvm::Expected<ObjectSizes> getSizes(const ObjectCode &object);

/// Makes objects say from which line of the program each instruction comes, for debuggers and profilers; the
/// instructions stay the same. Before `compileToObject`.
LogicalResult addLineNumbers(ModuleOp module);

/// A program as code generation leaves it for the machines of one level.
struct ProgramVersion {
  ModuleOp module;
  std::vector<Signature> signatures;
  const MachineLevel *level;
};

/// Compiles versions of one program, lowest level first, into an object whose functions choose among them by what the
/// machine has. All give the same bytes, but for floats that may be contracted. `signatures` are the joined ones.
FailureOr<ObjectCode> compileToObject(ArrayRef<ProgramVersion> versions, ArrayRef<Signature> signatures,
                                      TimingScope timing = TimingScope());

/// What a caller must know of a program in several versions: what the lowest says, and an arena that is enough for all.
std::vector<Signature> joinSignatures(ArrayRef<ProgramVersion> versions);

/// Renames the public function that `signature`, one of `getSignatures`, describes: in the module and in `signature`.
LogicalResult renameFunction(ModuleOp module, Signature &signature, StringRef name);

} // namespace mlir::lowbit

#endif // LOWBIT_EXECUTION_OBJECTCODE_H
