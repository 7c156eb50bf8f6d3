#ifndef LOWBIT_LIB_CODEGEN_INTRINSICBUILDER_H
#define LOWBIT_LIB_CODEGEN_INTRINSICBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::lowbit {

/// Emits intrinsics on vectors of integers.
struct IntrinsicBuilder {
  OpBuilder &builder;
  Location loc;

  VectorType getType(int64_t count, unsigned bits) const {
    return VectorType::get({count}, builder.getIntegerType(bits));
  }
  Value call(StringRef intrinsic, VectorType type, ValueRange args) const {
    return LLVM::CallIntrinsicOp::create(builder, loc, Type(type), builder.getStringAttr(intrinsic), args).getResult(0);
  }
  Value splat(VectorType type, int64_t value) const {
    return arith::ConstantOp::create(
        builder, loc, DenseElementsAttr::get(type, APInt(type.getElementTypeBitWidth(), value, /*isSigned=*/true)));
  }
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_INTRINSICBUILDER_H
