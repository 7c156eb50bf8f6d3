#ifndef LOWBIT_LIB_EXECUTION_DISPATCH_H
#define LOWBIT_LIB_EXECUTION_DISPATCH_H

#include "lowbit/Target/MachineLevel.h"
#include "llvm/IR/Module.h"

namespace mlir::lowbit {

/// The name of the version of a function for a level.
std::string getVersionName(StringRef function, const MachineLevel &level);

/// Defines `int32 lowbit.level()` in the module: the index of the last of `levels` whose needs this machine meets, 0
/// where it meets none. It asks the processor; what the operating system gives only where it is asked, a constructor
/// has asked for.
llvm::Function *addLevelFunction(llvm::Module &module, ArrayRef<const MachineLevel *> levels);

/// Whether the module multiplies in tile registers.
bool usesTileRegisters(const llvm::Module &module);

/// Adds a constructor that asks the operating system for the tile registers when the module is loaded. Returns a byte
/// that is not 0 once they are granted.
llvm::GlobalVariable *addTileRequest(llvm::Module &module);

/// Defines `function`, which calls the version of it for this machine. Which one that is is found by the first call and
/// kept in a pointer: every thread that finds it anew stores the same value.
void addDispatcher(llvm::Module &module, StringRef function, ArrayRef<const MachineLevel *> levels,
                   llvm::Function &getLevel);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_EXECUTION_DISPATCH_H
