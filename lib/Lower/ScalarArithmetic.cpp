#include "ScalarArithmetic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cstdlib>

using namespace mlir;
using namespace mlir::lowbit;

Value BodyBuilder::getInt(Type type, int64_t value) const {
  return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, value));
}

Value BodyBuilder::getFloat(float value) const {
  return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
}

Value BodyBuilder::extend(Value integer, Type type, bool isSigned) const {
  if (integer.getType() == type)
    return integer;
  if (isSigned)
    return arith::ExtSIOp::create(builder, loc, type, integer);
  return arith::ExtUIOp::create(builder, loc, type, integer);
}

/// The zero point in `type`, i32 or i64.
static Value materialize(BodyBuilder b, ZeroPoint zeroPoint, Type type) {
  return zeroPoint.isConstant() ? b.getInt(type, zeroPoint.constant)
                                : b.extend(zeroPoint.value, type, /*isSigned=*/true);
}

static Value addZeroPoint(BodyBuilder b, Value value, ZeroPoint zeroPoint) {
  if (zeroPoint.isConstant() && zeroPoint.constant == 0)
    return value;
  return arith::AddIOp::create(b.builder, b.loc, value, materialize(b, zeroPoint, value.getType()));
}

Value lowbit::subtractZeroPoint(BodyBuilder b, Value q, const Storage &storage, ZeroPoint zeroPoint) {
  const bool isZero = zeroPoint.isConstant() && zeroPoint.constant == 0;
  const bool fitsI32 = storage.type.getWidth() <= 16 || (isZero && storage.isSigned && storage.type.getWidth() <= 32);
  Type wide = fitsI32 ? b.builder.getI32Type() : b.builder.getI64Type();
  Value extended = b.extend(q, wide, storage.isSigned);
  if (isZero)
    return extended;
  return arith::SubIOp::create(b.builder, b.loc, extended, materialize(b, zeroPoint, wide));
}

/// `min(max(value, min), max)` of an i64, as a storage integer.
static Value clampAndTruncate(BodyBuilder b, Value value, const Storage &storage) {
  Type i64 = b.builder.getI64Type();
  Value low = arith::MaxSIOp::create(b.builder, b.loc, value, b.getInt(i64, storage.bounds.min));
  Value high = arith::MinSIOp::create(b.builder, b.loc, low, b.getInt(i64, storage.bounds.max));
  return arith::TruncIOp::create(b.builder, b.loc, storage.type, high);
}

Value lowbit::roundAndClamp(BodyBuilder b, Value value, ZeroPoint zeroPoint, const Storage &storage, bool canBeNaN) {
  OpBuilder &builder = b.builder;
  Location loc = b.loc;
  if (canBeNaN) {
    Value isNaN = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO, value, value);
    value = arith::SelectOp::create(builder, loc, isNaN, b.getFloat(0.0f), value);
  }
  auto clampFloat = [&](float min, float max) {
    value = arith::MaximumFOp::create(builder, loc, value, b.getFloat(min));
    value = arith::MinimumFOp::create(builder, loc, value, b.getFloat(max));
    value = math::RoundEvenOp::create(builder, loc, value);
  };
  // Rounding is monotonic and leaves integers alone, so with integers for bounds rne(clamp(v)) is clamp(rne(v)); and
  // clamp(r + z, min, max) is clamp(r, min - z, max - z) + z. Integers of 24 bits are exact in f32.
  constexpr int64_t kExact = int64_t(1) << 24;
  const int64_t min = storage.bounds.min - zeroPoint.constant, max = storage.bounds.max - zeroPoint.constant;
  if (zeroPoint.isConstant() && std::abs(min) <= kExact && std::abs(max) <= kExact) {
    clampFloat(static_cast<float>(min), static_cast<float>(max));
    Value rounded = arith::FPToSIOp::create(builder, loc, builder.getI32Type(), value);
    Value result = addZeroPoint(b, rounded, zeroPoint);
    if (storage.type == result.getType())
      return result;
    return arith::TruncIOp::create(builder, loc, storage.type, result);
  }
  // Beyond 2^40 every storage type saturates, and neither the conversion nor the sum with the zero point can overflow.
  clampFloat(-0x1p40f, 0x1p40f);
  Value rounded = arith::FPToSIOp::create(builder, loc, builder.getI64Type(), value);
  return clampAndTruncate(b, addZeroPoint(b, rounded, zeroPoint), storage);
}

Value lowbit::requantizeFixed(BodyBuilder b, Value accumulator, Value mantissa, Value shift, ZeroPoint zeroPoint,
                              const Storage &storage) {
  OpBuilder &builder = b.builder;
  Location loc = b.loc;
  Type i64 = builder.getI64Type();
  auto widen = [&](Value value) { return b.extend(value, i64, /*isSigned=*/true); };
  // |accumulator * mantissa| < 2^62 and the half is at most 2^61: no overflow.
  Value product = arith::MulIOp::create(builder, loc, widen(accumulator), widen(mantissa));
  Value wideShift = widen(shift), one = b.getInt(i64, 1);
  Value below = arith::SubIOp::create(builder, loc, wideShift, one);
  Value half = arith::ShLIOp::create(builder, loc, one, below);
  Value sum = arith::AddIOp::create(builder, loc, product, half);
  Value shifted = arith::ShRSIOp::create(builder, loc, sum, wideShift);
  return clampAndTruncate(b, addZeroPoint(b, shifted, zeroPoint), storage);
}
