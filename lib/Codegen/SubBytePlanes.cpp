#include "SubBytePlanes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <numeric>

using namespace mlir;
using namespace mlir::lowbit;

bool lowbit::canPackPlanes(unsigned bits, int64_t length) {
  return (bits == 4 || bits == 2) && length % getPlaneCount(bits) == 0;
}

SmallVector<int8_t> lowbit::packPlanes(ArrayRef<int8_t> values, unsigned bits, int64_t length) {
  const int64_t planes = getPlaneCount(bits), count = length / planes;
  SmallVector<int8_t> bytes(values.size() / planes, 0);
  for (auto [index, value] : llvm::enumerate(values)) {
    const int64_t run = index / length, plane = index % length / count, byte = index % count;
    const unsigned code = static_cast<unsigned>(value + (1 << (bits - 1)));
    bytes[run * count + byte] |= static_cast<int8_t>(code << (plane * bits));
  }
  return bytes;
}

Value lowbit::unpackPlanes(OpBuilder &builder, Location loc, Value bytes, unsigned bits) {
  const int64_t planes = getPlaneCount(bits), count = cast<VectorType>(bytes.getType()).getNumElements();
  // No vector instruction shifts bytes: shifts act on words, as wide as no two planes share one.
  const int64_t wordBytes = std::gcd(int64_t(4), count), words = count * planes / wordBytes;
  auto type = VectorType::get({count * planes}, builder.getI8Type());
  auto wordType = VectorType::get({words}, builder.getIntegerType(8 * wordBytes));

  // All bytes once for each plane, then each plane's bits at the bottom of its bytes. Bits of the next byte that the
  // shift of a word brings along are masked.
  auto repeatedType = VectorType::get({planes, count}, builder.getI8Type());
  Value repeated = vector::BroadcastOp::create(builder, loc, repeatedType, bytes);
  Value flat = vector::ShapeCastOp::create(builder, loc, type, repeated);
  SmallVector<APInt> shifts;
  for (int64_t word = 0; word < words; ++word)
    shifts.emplace_back(8 * wordBytes, word / (words / planes) * bits);
  Value asWords = vector::BitCastOp::create(builder, loc, wordType, flat);
  Value shift = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(wordType, shifts));
  Value shifted = arith::ShRUIOp::create(builder, loc, asWords, shift);
  auto splat = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, APInt(8, value)));
  };
  Value codes = arith::AndIOp::create(builder, loc, vector::BitCastOp::create(builder, loc, type, shifted),
                                      splat((1 << bits) - 1));
  return arith::SubIOp::create(builder, loc, codes, splat(1 << (bits - 1)));
}
