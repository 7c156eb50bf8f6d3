#ifndef LOWBIT_DIALECT_LOWBITINTERFACES_H
#define LOWBIT_DIALECT_LOWBITINTERFACES_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>
#include <string>

namespace mlir::lowbit {

/// The discardable attribute of a float op that says in words why it stays float: `lowbit.float = "..."`.
inline constexpr llvm::StringLiteral kFloatAttrName = "lowbit.float";

/// What an operand of a float op is to the quantizer.
struct OperandRole {
  enum class Kind {
    Activation, ///< quantized with a scale found by calibration
    Weight,     ///< a constant, quantized with scales found from its values
    Bias,       ///< a constant in the accumulator's scale: the product of the scales of the activation and the weight
    Other       ///< not quantized: a destination, a shape, a padding value
  };
  Kind kind = Kind::Other;
  /// For weights: the dimension of the output channels, each of which may have its own scale; -1 for one scale in all.
  int64_t channelAxis = -1;
  /// For weights: whether groups of them along the reduction may have a scale each; see `GroupMultipliers`.
  bool takesGroups = false;

  static OperandRole activation() { return {Kind::Activation, -1, false}; }
  static OperandRole weight(int64_t channelAxis, bool takesGroups = false) {
    return {Kind::Weight, channelAxis, takesGroups};
  }
  static OperandRole bias() { return {Kind::Bias, -1, false}; }
  static OperandRole other() { return {Kind::Other, -1, false}; }
};

/// A closed range of float values.
struct FloatRange {
  float min = 0.0f;
  float max = 0.0f;
};

/// The widths, in bits, that a scheme asks of an op.
struct QuantWidths {
  unsigned weight = 8;
  /// 0 for float.
  unsigned activation = 8;
};

/// A closed range of storage integers.
struct StorageRange {
  int64_t min = 0;
  int64_t max = 0;
};

/// What the quantized form of an op is made of.
struct QuantizedParts {
  /// In operand order: quantized tensors for activations and weights, the original value for other operands.
  SmallVector<Value> operands;
  /// The i32 vector of biases in the scale of the accumulator; null where there is none.
  Value bias;
  /// The shape of the float result with a quantized element type, which may be that of the accumulators.
  RankedTensorType resultType;
  /// Bounds of the result, where a clamp was folded into the op.
  std::optional<StorageRange> clamp;
};

} // namespace mlir::lowbit

#include "lowbit/Dialect/LowbitInterfaces.h.inc"

#endif // LOWBIT_DIALECT_LOWBITINTERFACES_H
