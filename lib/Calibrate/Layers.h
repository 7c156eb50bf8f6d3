#ifndef LOWBIT_LIB_CALIBRATE_LAYERS_H
#define LOWBIT_LIB_CALIBRATE_LAYERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <string>

namespace mlir::lowbit {

/// What a layer computes: an op that a quantizer has a model of, in Q/DQ form with the clamp that is computed in it.
struct Layer {
  /// The f32 result.
  Value result;
  /// As in `TensorNames`.
  std::string name;
  /// The name of the op that computes the clamp whose result this is; empty elsewhere.
  std::string producer;

  bool isCalled(StringRef other) const { return name == other || (!producer.empty() && producer == other); }
};

/// The layers of `function`, which must have one block, in the order of the text. Those that compute constants of
/// constants are none.
SmallVector<Layer, 0> getLayers(func::FuncOp function);

/// What reads the result of a layer finds there: in Q/DQ form the value that its quantization leaves, where every use
/// is one.
Value getReadValue(Value result);

/// Makes `function` return `values`, the results of `layers`, each under the name of its layer.
void returnValues(func::FuncOp function, ArrayRef<Layer> layers, ArrayRef<Value> values);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CALIBRATE_LAYERS_H
