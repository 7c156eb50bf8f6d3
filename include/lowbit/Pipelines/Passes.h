#ifndef LOWBIT_PIPELINES_PASSES_H
#define LOWBIT_PIPELINES_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::lowbit {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lowbit/Pipelines/Passes.h.inc"
} // namespace mlir::lowbit

#endif // LOWBIT_PIPELINES_PASSES_H
