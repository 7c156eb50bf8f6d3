#ifndef LOWBIT_IMPORT_PASSES_H
#define LOWBIT_IMPORT_PASSES_H

#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace mlir::lowbit {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

#endif // LOWBIT_IMPORT_PASSES_H
