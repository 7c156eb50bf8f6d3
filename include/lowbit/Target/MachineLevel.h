#ifndef LOWBIT_TARGET_MACHINELEVEL_H
#define LOWBIT_TARGET_MACHINELEVEL_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>

namespace mlir::lowbit {

/// The words in which an x86-64 processor, and the operating system that saves its registers, say what code may use.
enum class CpuidWord { Leaf1Ecx, Leaf7Ebx, Leaf7Ecx, Leaf7Edx, Leaf7Subleaf1Eax, Extended1Ecx, Xcr0 };

/// Bits of a word that must all be set.
struct CpuidBits {
  CpuidWord word;
  uint32_t bits;
};

/// A set of machines that a version of a program is made for, when one library is to serve several.
struct MachineLevel {
  StringLiteral name;
  /// LLVM's name of the CPU, and further features.
  StringLiteral cpu;
  StringLiteral features;
  /// What a machine must have to run the version; nothing for the first, which runs where no other does.
  ArrayRef<CpuidBits> needs;
  /// Whether the system gives a process the registers of the version only where it asks (`requestTileRegisters`).
  bool needsTileRegisters = false;
};

/// The levels of x86-64, each preferred to the ones before it where a machine has several.
ArrayRef<MachineLevel> getX86MachineLevels();

/// The levels that `names` lists, separated by commas, in the order of the table; `all` names each. The error lists
/// what there is.
llvm::Expected<SmallVector<const MachineLevel *>> parseMachineLevels(StringRef names);

} // namespace mlir::lowbit

#endif // LOWBIT_TARGET_MACHINELEVEL_H
