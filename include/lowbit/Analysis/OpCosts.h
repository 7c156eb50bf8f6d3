#ifndef LOWBIT_ANALYSIS_OPCOSTS_H
#define LOWBIT_ANALYSIS_OPCOSTS_H

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/JSON.h"
#include <optional>
#include <string>

namespace mlir::lowbit {

/// How many elements of which width a tensor has.
struct TensorCost {
  int64_t elements = 0;
  unsigned bits = 0;
  bool isFloat = false;
  /// Of weights in groups: the bits of all multipliers, half a byte or a byte for each group as they are packed, and of
  /// all zero points, a byte each unless all are 0.
  int64_t groupBits = 0;

  /// The cost of `value`, a tensor of static shape of floats, integers or quantized elements: of its quantized form
  /// where it is the dequantization of one. Nothing for other values.
  static std::optional<TensorCost> get(Value value);
  /// Elements of less than 8 bits lie side by side.
  int64_t getBytes() const { return (elements * bits + groupBits + 7) / 8; }
};

/// What one run of an op takes, on whatever machine.
struct OpCost {
  Operation *op = nullptr;
  /// The name of the result, as in `TensorNames`.
  std::string name;
  /// Products that are summed: of a contraction, 0 for any other op.
  int64_t multiplyAdds = 0;
  /// The second factor of a contraction, where it depends on no argument.
  std::optional<TensorCost> weights;
  /// The operands that depend on an argument, in operand order.
  SmallVector<TensorCost, 2> activations;
  TensorCost result;
};

/// The costs of the ops of `function` that depend on an argument and compute one tensor of static shape, in the order
/// of the text: in float form, in Q/DQ form, where widths are those of the quantized tensors, or in quantized form.
/// Casts between floats and integers are none, except requantizations.
SmallVector<OpCost, 0> getOpCosts(FunctionOpInterface function);

/// The same for JSON: the keys `name`, `op`, `multiply_adds`, `weights` (null where there are none), `activations`,
/// `result`; a tensor has `elements`, `bits`, `group_bits`, `float` and `bytes`.
llvm::json::Value toJSON(const OpCost &cost);

} // namespace mlir::lowbit

#endif // LOWBIT_ANALYSIS_OPCOSTS_H
