#ifndef LOWBIT_LIB_LOWER_PATTERNS_H
#define LOWBIT_LIB_LOWER_PATTERNS_H

#include "ElementwiseBuilder.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Transforms/DialectConversion.h"

/// The patterns of `lowbit-lower-to-linalg`, a family of ops in a file.
namespace mlir::lowbit {

/// Quantized types to the integers they are computed with (`getContainer`), everything else to itself.
class StorageTypeConverter : public TypeConverter {
public:
  StorageTypeConverter();
};

void populateCastPatterns(const TypeConverter &converter, RewritePatternSet &patterns);
void populateContractionPatterns(const TypeConverter &converter, RewritePatternSet &patterns);
void populateDataMovementPatterns(const TypeConverter &converter, RewritePatternSet &patterns);
void populateElementwisePatterns(const TypeConverter &converter, RewritePatternSet &patterns);
void populatePoolingPatterns(const TypeConverter &converter, RewritePatternSet &patterns);

/// The quantized element type of a tensor.
quant::QuantizedType getQuantizedType(Value tensor);

/// The integer that holds a storage integer while it is computed with: the storage type, or a byte where that is
/// smaller. Only constants that a contraction or a `dequantize` reads are held in less.
IntegerType getContainer(quant::QuantizedType type);

/// The constant of less than 8 bits an integer that a quantized tensor is; null where it is none.
Value getNarrowConstant(Value quantized);

/// A scale as the f32 it is, for arithmetic in f64.
double getScale(quant::UniformQuantizedType type);

/// A tensor of storage integers held as signed ones.
struct SignedOperand {
  Value value;
  /// Per tensor; what stands for 0 in `value`.
  int64_t zeroPoint = 0;
};

/// `value`, the storage of an operand quantized per tensor as `type`, with the highest bit of unsigned integers
/// flipped: `u ^ 0x80` is `u - 128`, so the zero point moves along. Ops that only know signed integers take it.
SignedOperand convertToSigned(OpBuilder &builder, Location loc, Value value, quant::UniformQuantizedType type);

/// An NHWC tensor with `pad` = [top, bottom, left, right] around it, filled with `value`; the tensor itself where all
/// are 0.
Value padImage(OpBuilder &builder, Location loc, Value image, ArrayRef<int64_t> pad, int64_t value);

/// A tensor filled with a constant.
Value createFilled(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape, IntegerType type, int64_t value);

/// The elementwise op that makes storage integers of i32 accumulators, with one ratio for all or one for each index of
/// the last dimension.
Value requantizeAccumulators(OpBuilder &builder, Location loc, Value accumulators, ArrayRef<double> ratios,
                             RequantizeMode mode, quant::UniformQuantizedType type,
                             std::optional<ArrayRef<int64_t>> clamp = std::nullopt);

/// The elementwise op that bounds integers.
Value clampIntegers(OpBuilder &builder, Location loc, Value integers, bool isSigned, StorageRange bounds);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_LOWER_PATTERNS_H
