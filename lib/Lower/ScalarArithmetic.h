#ifndef LOWBIT_LIB_LOWER_SCALARARITHMETIC_H
#define LOWBIT_LIB_LOWER_SCALARARITHMETIC_H

#include "lowbit/Dialect/LowbitInterfaces.h"
#include "mlir/IR/Builders.h"

/// The arithmetic contract as `arith` and `math` ops on scalars, for the bodies of linalg ops. The functions mirror
/// those of lowbit/Reference/Arithmetic.h and give the same bits.
namespace mlir::lowbit {

/// A builder with the location of what it builds.
struct BodyBuilder {
  OpBuilder &builder;
  Location loc;

  Value getInt(Type type, int64_t value) const;
  Value getFloat(float value) const;
  Value extend(Value integer, Type type, bool isSigned) const;
};

/// A zero point that is one for all elements, or a value of type i32 in the body.
struct ZeroPoint {
  int64_t constant = 0;
  Value value;

  bool isConstant() const { return !value; }
};

/// How storage integers are held.
struct Storage {
  IntegerType type;
  bool isSigned = true;
  StorageRange bounds;
};

/// `q - z`, in i32 where that holds every difference, else in i64: exact.
Value subtractZeroPoint(BodyBuilder b, Value q, const Storage &storage, ZeroPoint zeroPoint);

/// `clamp(rne(value) + z)`. `canBeNaN`: whether a NaN, which gives the zero point, is possible at all.
Value roundAndClamp(BodyBuilder b, Value value, ZeroPoint zeroPoint, const Storage &storage, bool canBeNaN);

/// `clamp(((i64(accumulator) * mantissa + 2^(shift-1)) >> shift) + z)`, all of them of type i32.
Value requantizeFixed(BodyBuilder b, Value accumulator, Value mantissa, Value shift, ZeroPoint zeroPoint,
                      const Storage &storage);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_LOWER_SCALARARITHMETIC_H
