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
                               StringAttr instruction, bool expandPanels, bool multiplySums, int64_t lines,
                               bool packRests) {
  // More accumulators than this can't stay in the registers of any machine.
  constexpr int64_t kMaxAccumulators = 64;
  auto isCount = [](int64_t number) { return number >= 1 && number <= kMaxAccumulators; };
  if (!isCount(rows) || !isCount(vectors) || !isCount(lines) || lines * rows * vectors > kMaxAccumulators) {
    InFlightDiagnostic error = emitError();
    error << "expected a tile of 1 to " << kMaxAccumulators << " accumulators, but got ";
    if (lines != 1)
      error << lines << " lines of ";
    return error << rows << " rows of " << vectors << " vectors";
  }
  if (multiplySums && (expandPanels || !instruction))
    return emitError() << "expected a tile that multiplies sums to have an instruction and no expanded panels";
  if (packRests && (!instruction || expandPanels || multiplySums || lines != 1))
    return emitError() << "expected a tile with packed rests to have an instruction, one line and weights of bytes";
  return success();
}

LogicalResult ShortSumsAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t width,
                                    ArrayRef<StringAttr> instructions, DenseIntElementsAttr counts,
                                    DenseIntElementsAttr order, DenseIntElementsAttr bounds) {
  const int64_t number = instructions.size();
  const int64_t panels = order.getType().getRank() == 2 ? order.getType().getDimSize(0) : 0;
  if (width < 1 || number == 0 || panels == 0)
    return emitError() << "expected a width, instructions and an order of two dimensions";
  auto i32 = IntegerType::get(order.getContext(), 32);
  if (order.getElementType() != i32 || counts.getType() != RankedTensorType::get({panels, number}, i32) ||
      bounds.getType() != RankedTensorType::get({panels, number, 2}, i32))
    return emitError() << "expected counts and bounds of i32 for " << panels << " panels and " << number
                       << " instructions, but got " << counts.getType() << " and " << bounds.getType();
  return success();
}

LogicalResult LowbitDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() == kTileAttrName && !isa<TileAttr>(attribute.getValue()))
    return op->emitOpError() << "expected '" << kTileAttrName << "' to be a #lowbit.tile, but got "
                             << attribute.getValue();
  if (attribute.getName() == kShortSumsAttrName && !isa<ShortSumsAttr>(attribute.getValue()))
    return op->emitOpError() << "expected '" << kShortSumsAttrName << "' to be a #lowbit.short_sums, but got "
                             << attribute.getValue();
  if (attribute.getName() == kFastFloatAttrName && !(isa<ModuleOp>(op) && isa<UnitAttr>(attribute.getValue())))
    return op->emitOpError() << "expected '" << kFastFloatAttrName << "' to be a unit attribute of a module";
  return success();
}
