#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/InitAllPasses.h"

using namespace mlir;

void lowbit::registerAllDialects(DialectRegistry &registry) { registry.insert<LowbitDialect>(); }

void lowbit::registerAllPasses() {}
