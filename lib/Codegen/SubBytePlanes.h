#ifndef LOWBIT_LIB_CODEGEN_SUBBYTEPLANES_H
#define LOWBIT_LIB_CODEGEN_SUBBYTEPLANES_H

#include "mlir/IR/Builders.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

/// Signed integers of 4 or 2 bits as they lie in memory: several in a byte, so that a vector of them is spread over the
/// bytes of a register by one repeated load, one shift and one mask, whatever the machine.
namespace mlir::lowbit {

/// How many integers of `bits` bits, 8, 4 or 2, a byte holds.
inline int64_t getPlaneCount(unsigned bits) { return 8 / bits; }

/// True where vectors of `length` integers of `bits` bits can be packed.
bool canPackPlanes(unsigned bits, int64_t length);

/// Packs each run of `length` integers into `length / planes` bytes. Byte j of a run holds the integers j + p * length
/// / planes in its bits from p * bits up, each raised by 2^(bits - 1), so that what a mask leaves is never negative.
SmallVector<int8_t> packPlanes(ArrayRef<int8_t> values, unsigned bits, int64_t length);

/// The integers of one packed run: of `vector<length / planes x i8>` the `vector<length x i8>`.
Value unpackPlanes(OpBuilder &builder, Location loc, Value bytes, unsigned bits);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_SUBBYTEPLANES_H
