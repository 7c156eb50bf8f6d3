#ifndef LOWBIT_LIB_CODEGEN_GENERICINPUT_H
#define LOWBIT_LIB_CODEGEN_GENERICINPUT_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// The input of `generic` whose element `value` is; null where it is none.
inline OpOperand *getInput(linalg::GenericOp generic, Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != generic.getBody() || argument.getArgNumber() >= generic.getNumDpsInputs())
    return nullptr;
  return generic.getDpsInputOperand(argument.getArgNumber());
}

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_GENERICINPUT_H
