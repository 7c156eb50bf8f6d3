#ifndef LOWBIT_SUPPORT_FASTFLOAT_H
#define LOWBIT_SUPPORT_FASTFLOAT_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// The flags of float arithmetic in the program that `op` is part of: `contract` where the module has
/// `lowbit.fast_float`, none otherwise.
arith::FastMathFlags getFloatFlags(Operation *op);

/// Gives the float arithmetic in `root` these flags: products, sums and differences. What other ops have is removed, so
/// that no flag of an input program changes a bit.
void setFloatFlags(Operation *root, arith::FastMathFlags flags);

/// Gives the body of a named op, which is no part of the text of a program, the flags of the program.
void setFloatFlagsOfNamedOp(linalg::LinalgOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_FASTFLOAT_H
