#include "lowbit-c/Dialect.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/InitAllPasses.h"
#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Registration.h"

MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(Lowbit, lowbit, mlir::lowbit::LowbitDialect)

void lowbitRegisterAllDialects(MlirDialectRegistry registry) { mlir::lowbit::registerAllDialects(*unwrap(registry)); }

void lowbitRegisterAllPasses() { mlir::lowbit::registerAllPasses(); }
