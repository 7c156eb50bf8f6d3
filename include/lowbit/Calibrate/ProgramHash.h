#ifndef LOWBIT_CALIBRATE_PROGRAMHASH_H
#define LOWBIT_CALIBRATE_PROGRAMHASH_H

#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace mlir::lowbit {

/// The module attribute with the hash of an observed program, put there by `lowbit-insert-observers`.
inline constexpr StringLiteral kProgramHashAttrName = "lowbit.program_hash";

/// 32 hexadecimal digits that name what a program computes and how its tensors are called: operations, their order,
/// operands and inherent attributes, types, the bytes of constants, and tensor names. It does not depend on SSA names,
/// locations, `lowbit.observe` ops, discardable attributes (`lowbit.stage`, …) other than names, whether a constant is
/// `dense` or `dense_resource`, or printing flags. Not for security: two programs may be built to collide.
std::string computeProgramHash(ModuleOp module);

} // namespace mlir::lowbit

#endif // LOWBIT_CALIBRATE_PROGRAMHASH_H
