#include "lowbit/Dialect/LowbitDialect.h"

using namespace mlir;
using namespace mlir::lowbit;

#define GET_OP_CLASSES
#include "lowbit/Dialect/LowbitOps.cpp.inc"
