#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;

#include "lowbit/Dialect/LowbitDialect.cpp.inc"
#include "lowbit/Dialect/LowbitEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "lowbit/Dialect/LowbitAttrs.cpp.inc"

void LowbitDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "lowbit/Dialect/LowbitAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "lowbit/Dialect/LowbitOps.cpp.inc"
      >();
}
