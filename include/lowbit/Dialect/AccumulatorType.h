#ifndef LOWBIT_DIALECT_ACCUMULATORTYPE_H
#define LOWBIT_DIALECT_ACCUMULATORTYPE_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

namespace mlir::lowbit {

/// The quantized type of exact accumulators: signed i32 with zero point 0, in the scale of what was summed. The result
/// of an op that has this type was never rounded.

/// True for the element types of results that are accumulators: i32, or quantized with 32 bits of storage.
bool isAccumulatorType(Type elementType);

/// The type of sums of products of elements of `lhs` and `rhs`: f32(s_lhs * s_rhs), in f64 before it is rounded. Where
/// `rhs` has scales for each output channel, which are those of its dimension `rhsChannelAxis`, so have the
/// accumulators, along `channelAxis`: of groups of weights, the scales are those that `getChannelScales` gives. Null
/// where a type has another layout or a product is no normal, finite f32.
quant::QuantizedType getAccumulatorType(quant::QuantizedType lhs, quant::QuantizedType rhs, int64_t rhsChannelAxis,
                                        int64_t channelAxis);

/// The type in which the sum of `count` elements of `input` is their mean: f32(s_input / count). Null as above.
quant::QuantizedType getMeanAccumulatorType(quant::QuantizedType input, int64_t count);

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_ACCUMULATORTYPE_H
