#ifndef LOWBIT_DIALECT_SHAPEINFERENCE_H
#define LOWBIT_DIALECT_SHAPEINFERENCE_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

namespace mlir::lowbit {

/// One size of a result: `expr` over the sizes that `sources` names, each a dimension of an operand.
struct ResultSize {
  struct Source {
    unsigned operand;
    int64_t dim;
  };
  AffineExpr expr;
  SmallVector<Source, 2> sources;
  /// The smallest that is a shape.
  int64_t least = 0;
};
using ResultSizes = SmallVector<ResultSize>;

/// The trait of ops whose sizes are `ResultSizes`.
template <typename ConcreteType> class InferShape : public OpTrait::TraitBase<ConcreteType, InferShape> {};

/// The shape as numbers, dynamic where a source is; failure, with an error where there is a location, for `sizes` that
/// failed, a source that an operand does not have, or a size that is too small.
LogicalResult inferShape(FailureOr<ResultSizes> sizes, ValueShapeRange operands, StringRef name,
                         std::optional<Location> location, SmallVectorImpl<ShapedTypeComponents> &components);

/// The shape of the only result of `op` as constants and index values.
LogicalResult reifyShape(FailureOr<ResultSizes> sizes, OpBuilder &builder, Operation *op,
                         ReifiedRankedShapedTypeDims &shapes);

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_SHAPEINFERENCE_H
