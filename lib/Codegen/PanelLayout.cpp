#include "PanelLayout.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

Value lowbit::loadLast(OpBuilder &builder, Location loc, Value packed, ArrayRef<OpFoldResult> indices) {
  auto type = cast<RankedTensorType>(packed.getType());
  SmallVector<Value> all = getValueOrCreateConstantIndexOp(builder, loc, indices);
  all.push_back(arith::ConstantIndexOp::create(builder, loc, 0));
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
  return vector::TransferReadOp::create(builder, loc, VectorType::get({type.getShape().back()}, type.getElementType()),
                                        packed, all, zero, ArrayRef<bool>{true});
}
