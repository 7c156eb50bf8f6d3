#include "lowbit-c/Dialect.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/InitAllPasses.h"
#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Registration.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"

MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(Lowbit, lowbit, mlir::lowbit::LowbitDialect)

void lowbitRegisterAllDialects(MlirDialectRegistry registry) {
  mlir::registerAllDialects(*unwrap(registry));
  mlir::registerAllExtensions(*unwrap(registry));
  mlir::lowbit::registerAllDialects(*unwrap(registry));
}

void lowbitRegisterAllPasses() { mlir::lowbit::registerAllPasses(); }
