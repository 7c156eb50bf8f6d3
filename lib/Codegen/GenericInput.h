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

/// For each element of a tensor of `shape`, over which `generic` loops, the constant with which its body computes as
/// `value`: a number of the body, or an element of a constant input at `d`, `d floordiv G` or 0 in each dimension. T is
/// as for `getConstantValues`. Nothing where `value` is neither.
template <typename T>
std::optional<SmallVector<T, 0>> getConstantParameter(linalg::GenericOp generic, Value value, ArrayRef<int64_t> shape);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_GENERICINPUT_H
