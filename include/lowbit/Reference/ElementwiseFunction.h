#ifndef LOWBIT_REFERENCE_ELEMENTWISEFUNCTION_H
#define LOWBIT_REFERENCE_ELEMENTWISEFUNCTION_H

#include "lowbit/Reference/Interpreter.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit::reference {

/// True where `op` applies one function to every element of its one tensor: an elementwise op with identity maps whose
/// body computes with nothing but the element, constants, and scalar ops that the interpreter knows.
bool isElementwiseFunction(linalg::LinalgOp op);

/// The function of `op`, which `isElementwiseFunction`, of each of `elements`, a vector. Fails after an error where the
/// interpreter does.
FailureOr<Tensor> applyElementwiseFunction(linalg::LinalgOp op, const Tensor &elements);

} // namespace mlir::lowbit::reference

#endif // LOWBIT_REFERENCE_ELEMENTWISEFUNCTION_H
