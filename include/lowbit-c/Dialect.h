#ifndef LOWBIT_C_DIALECT_H
#define LOWBIT_C_DIALECT_H

#include "mlir-c/IR.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The handle of the dialect `lowbit`.
MLIR_DECLARE_CAPI_DIALECT_REGISTRATION(Lowbit, lowbit);

/// Registers the dialect, every dialect and extension of MLIR, and every external model of Lowbit.
MLIR_CAPI_EXPORTED void lowbitRegisterAllDialects(MlirDialectRegistry registry);

/// Registers every pass and every pipeline of Lowbit with the global registry.
MLIR_CAPI_EXPORTED void lowbitRegisterAllPasses(void);

#ifdef __cplusplus
}
#endif

#endif // LOWBIT_C_DIALECT_H
