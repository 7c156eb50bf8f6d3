#ifndef LOWBIT_CODEGEN_PASSES_H
#define LOWBIT_CODEGEN_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::lowbit {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

#endif // LOWBIT_CODEGEN_PASSES_H
