#ifndef LOWBIT_LIB_IMPORT_UTILS_H
#define LOWBIT_LIB_IMPORT_UTILS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"

/// What the passes of the import share.
namespace mlir::lowbit {

/// NHWC to NCHW: dimension i of the result is dimension kToChannelsFirst[i] of the input.
inline constexpr int64_t kToChannelsFirst[] = {0, 3, 1, 2};
/// NCHW to NHWC.
inline constexpr int64_t kToChannelsLast[] = {0, 2, 3, 1};

/// Applies the patterns greedily; an error where they don't converge.
LogicalResult applyImportPatterns(Operation *op, const FrozenRewritePatternSet &patterns);

/// `linalg.transpose` of a ranked tensor of static shape. A transposition that this one undoes is taken away instead;
/// an empty or filled tensor is made in the new shape.
Value createTranspose(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> permutation);

/// `linalg.fill` of a tensor of static shape.
Value createFilled(OpBuilder &builder, Location loc, RankedTensorType type, TypedAttr value);

/// A generic with identity maps over one input, of the input's type: `body` makes the element that is yielded.
linalg::GenericOp createElementwise(OpBuilder &builder, Location loc, Value input,
                                    function_ref<Value(OpBuilder &, Location, Value)> body);

/// Carries the name a program gave to `from` over to `to`.
void copyName(Operation *from, Operation *to);

/// The ranked tensor type of `value` where all its dimensions are known; null otherwise.
RankedTensorType getStaticTensorType(Value value);

/// True where `op` computes each element of its one result, of static shape, on its own: a linalg op on tensors whose
/// iterators are parallel, whose result has the identity map and whose body doesn't ask where it is. Transpositions,
/// broadcasts and fills aren't meant.
bool isElementwiseOnTensors(linalg::LinalgOp op);

/// The constant that defines a scalar of type f32, or that fills a tensor of f32: a splat, `linalg.fill`, or what is
/// broadcast, transposed or reshaped from such.
std::optional<float> getUniformConstant(Value value);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_IMPORT_UTILS_H
