#ifndef LOWBIT_LIB_LOWER_ELEMENTWISEBUILDER_H
#define LOWBIT_LIB_LOWER_ELEMENTWISEBUILDER_H

#include "ScalarArithmetic.h"
#include "lowbit/Support/ElementParameters.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::lowbit {

/// The storage of a quantized type, its bounds tightened by `clamp` ([min, max]) where there is one.
Storage getStorage(quant::QuantizedType type, std::optional<ArrayRef<int64_t>> clamp = std::nullopt);

/// Builds a `linalg.generic` that computes each element of its result from the elements of its inputs.
class ElementwiseBuilder {
public:
  ElementwiseBuilder(OpBuilder &builder, Location loc, RankedTensorType resultType);

  /// A number that each element of the result is computed with: a constant, or an element of a small tensor.
  struct Parameter {
    TypedAttr constant;
    unsigned input = 0;
  };

  /// Adds an input with the indices of the result; returns its number in the arguments of the body.
  unsigned addInput(Value value);
  unsigned addInput(Value value, AffineMap map);
  /// Adds `values`, of shape `shape`, as an input, or as a constant where all are equal. T is float or int32_t.
  template <typename T>
  Parameter addParameter(ArrayRef<T> values, ArrayRef<int64_t> shape, AffineMap map, StringRef name);
  Parameter addScales(const ElementParameters &parameters);
  Parameter addZeroPoints(const ElementParameters &parameters);

  /// The value of a parameter inside the body.
  static Value materialize(BodyBuilder b, const Parameter &parameter, ValueRange args);
  static ZeroPoint getZeroPoint(const Parameter &parameter, ValueRange args);

  using Body = llvm::function_ref<Value(BodyBuilder, ValueRange)>;
  Value build(Body body);

private:
  OpBuilder &builder;
  Location loc;
  RankedTensorType resultType;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_LOWER_ELEMENTWISEBUILDER_H
