#ifndef LOWBIT_LIB_CODEGEN_INTRINSICBUILDER_H
#define LOWBIT_LIB_CODEGEN_INTRINSICBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

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
  /// For each group of 128 bits of two vectors of bytes the elements `order` of it; those from 16 on are of `second`.
  Value shuffleGroups(Value first, Value second, ArrayRef<int64_t> order) const {
    constexpr int64_t kGroup = 16;
    const int64_t count = cast<VectorType>(first.getType()).getNumElements();
    SmallVector<int64_t> indices;
    for (int64_t start = 0; start < count; start += kGroup)
      for (int64_t index : order)
        indices.push_back(index < kGroup ? start + index : count + start + index - kGroup);
    return vector::ShuffleOp::create(builder, loc, first, second, indices);
  }
  Value splat(VectorType type, int64_t value) const {
    return arith::ConstantOp::create(
        builder, loc, DenseElementsAttr::get(type, APInt(type.getElementTypeBitWidth(), value, /*isSigned=*/true)));
  }
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_INTRINSICBUILDER_H
