#ifndef LOWBIT_QUANTIZE_WEIGHTERRORS_H
#define LOWBIT_QUANTIZE_WEIGHTERRORS_H

#include "mlir/Interfaces/FunctionInterfaces.h"
#include <map>
#include <string>

namespace mlir::lowbit {

/// What rounding does to the weights of one layer, without any data.
struct WeightErrors {
  /// The name of the op's result, as in `TensorNames`.
  std::string name;
  /// For each form that the weights can have, ||E|| / ||W||, where E is what rounding to the nearest integer adds to
  /// the weights W, in the scales that a recipe without moments gives them, and || || is the square root of the sum of
  /// squares. `8`, `4` and `2` are widths with one scale for each output channel, `4-g16` is 4 bits in groups of 16;
  /// there is no group that the op does not take or that is not whole.
  ///
  /// By the inequality of Cauchy and Schwarz the sums over a patch x change by at most ||E|| ||x||, and are at most
  /// ||W|| ||x||: the ratio of the two bounds, whatever the input. It is the ratio of the roots of the mean squares
  /// themselves where the elements of x are uncorrelated and of one power.
  std::map<std::string, double> relative;
};

/// The errors of every op of `function` with constant weights of f32, in the order of the text.
SmallVector<WeightErrors, 0> getWeightErrors(FunctionOpInterface function);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZE_WEIGHTERRORS_H
