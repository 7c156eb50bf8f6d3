#ifndef LOWBIT_OPMODELS_FUNCTIONTABLE_H
#define LOWBIT_OPMODELS_FUNCTIONTABLE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"

namespace mlir::lowbit {

/// True where `op` applies one function to every element of its one f32 tensor: an elementwise op with identity maps
/// whose body computes with nothing but the element, constants, and scalar ops that the reference interpreter knows.
bool isFunction(linalg::LinalgOp op);

/// The storage integers, in `to`, of the function of `op` of every 8-bit storage integer of `from`, in the order of
/// `lowbit.lookup`: what the Q/DQ form computes, by the reference interpreter, to the bit. Both types have 8 bits of
/// storage. Fails after an error where the interpreter does.
FailureOr<SmallVector<int8_t>> tabulate(linalg::LinalgOp op, quant::UniformQuantizedType from,
                                        quant::UniformQuantizedType to);

} // namespace mlir::lowbit

#endif // LOWBIT_OPMODELS_FUNCTIONTABLE_H
