#ifndef LOWBIT_SUPPORT_CONSTANTS_H
#define LOWBIT_SUPPORT_CONSTANTS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include <optional>
#include <string>

namespace mlir::lowbit {

/// The elements of a constant tensor, in row-major order: a view of the constant's own bytes where they are laid out
/// so (`dense_resource`, `dense` that is no splat), a copy otherwise.
template <typename T> class ConstantValues {
public:
  ConstantValues(ArrayRef<T> view) : view(view) {}
  ConstantValues(SmallVector<T, 0> copy) : copy(std::move(copy)), view(this->copy) {}
  ConstantValues(ConstantValues &&other) : copy(std::move(other.copy)), view(copy.empty() ? other.view : copy) {}
  ArrayRef<T> get() const { return view; }

private:
  SmallVector<T, 0> copy;
  ArrayRef<T> view;
};

/// The elements of `attr`, or of the constant that defines `value`. T is float (element type f32), int8_t (integers of
/// 2 to 8 bits, of whatever signedness, each sign-extended to a byte), or int32_t (i32). Nothing where there is no such
/// constant, its element type is another, or a `dense_resource` blob is missing or of the wrong size.
template <typename T> std::optional<ConstantValues<T>> getConstantValues(Attribute attr);
template <typename T> std::optional<ConstantValues<T>> getConstantValues(Value value);

/// The number, of the element type that T stands for above, that defines `value`; nothing where it is no such constant.
template <typename T> std::optional<T> getConstantScalar(Value value);

/// The name of the resource that holds the constant `value`, to name what is made of it; "constant" where there is
/// none.
std::string getConstantName(Value value);

/// An `arith.constant` of shape `type` with `values` in row-major order; `values.size()` must be the number of
/// elements. Integers of less than 8 bits are given as the bytes that sign-extend them, and a blob holds those bytes.
/// Large constants become `dense_resource` blobs, whose names derive from `name` and are unique in the context.
template <typename T>
Value createConstant(OpBuilder &builder, Location loc, RankedTensorType type, ArrayRef<T> values, StringRef name);

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_CONSTANTS_H
