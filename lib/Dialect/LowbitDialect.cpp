#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
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

LogicalResult TileAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t vectors,
                               StringAttr instruction) {
  // More accumulators than this can't stay in the registers of any machine.
  constexpr int64_t kMaxAccumulators = 64;
  if (rows < 1 || vectors < 1 || rows > kMaxAccumulators || vectors > kMaxAccumulators ||
      rows * vectors > kMaxAccumulators)
    return emitError() << "expected a tile of 1 to " << kMaxAccumulators << " accumulators, but got " << rows
                       << " rows of " << vectors << " vectors";
  return success();
}

LogicalResult LowbitDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() == kTileAttrName && !isa<TileAttr>(attribute.getValue()))
    return op->emitOpError() << "expected '" << kTileAttrName << "' to be a #lowbit.tile, but got "
                             << attribute.getValue();
  return success();
}
