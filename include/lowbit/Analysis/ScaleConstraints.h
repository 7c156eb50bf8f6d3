#ifndef LOWBIT_ANALYSIS_SCALECONSTRAINTS_H
#define LOWBIT_ANALYSIS_SCALECONSTRAINTS_H

#include "lowbit/Analysis/ScaleSolver.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Dialect/LowbitInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::lowbit {

/// Where a variable is in its group: an operand of the op, or its result.
struct ScaleEdge {
  unsigned variable;
  /// Null for the result.
  OpOperand *operand;
};

/// An op of a Q/DQ program that only moves or compares values, with its edges in the order of the group's variables.
struct SharingOp {
  QuantizableOpInterface op;
  SmallVector<ScaleEdge> edges;
};

/// The constraints that the ops of a Q/DQ program put on the scales of its tensors. A variable is a value of quantized
/// type that is dequantized; a group is an op that `sharesScale`, all of whose activations are dequantized and whose
/// result is quantized. The type of a result holds the ranges of the op's operands. Types that no `lowbit.quantize`
/// chose, and those of fixed ranges, are fixed.
class ScaleConstraints {
public:
  explicit ScaleConstraints(FunctionOpInterface function);

  const ScaleProblem &getProblem() const { return problem; }
  /// The quantized value of each variable.
  ArrayRef<Value> getVariables() const { return variables; }
  /// The op of each group.
  ArrayRef<SharingOp> getGroups() const { return groups; }

private:
  unsigned getVariable(Value quantized);
  void addGroup(QuantizableOpInterface op);
  void inheritType(unsigned result, ArrayRef<ScaleEdge> operands);
  void markCombined();

  ScaleProblem problem;
  SmallVector<Value> variables;
  SmallVector<SharingOp> groups;
  llvm::DenseMap<Value, unsigned> indices;
};

/// The value of quantized type that `value` is the dequantization of; null where it is none.
Value getQuantized(Value value);

/// `dequantize(quantize(value))` where the builder is, through tensors of `elementType`.
DequantizeOp createQuantizedPair(OpBuilder &builder, Value value, quant::QuantizedType elementType);

/// The cast of integers in scales of rows, found at run time, that `value` is the result of; null where it is none.
DynamicDequantizeOp getDynamicDequantization(Value value);

/// `value` in steps of `elementType`, with a scale found at run time for each index of its first `rowRank` dimensions,
/// and back, where the builder is.
DynamicDequantizeOp createDynamicPair(OpBuilder &builder, Value value, quant::QuantizedType elementType,
                                      int64_t rowRank);

/// The only quantization of `value`, where it has no other use than by `lowbit.observe`; null otherwise.
QuantizeOp getOnlyQuantization(Value value);

/// The type of the accumulators of `op` that its vector of biases has, with the output channels in dimension 0. Null
/// where its activation and its weight are not both quantized, or their scales have no such type.
quant::QuantizedType getBiasType(QuantizableOpInterface op);

/// The operand of that role that comes first; null where there is none.
OpOperand *getFirstOperand(QuantizableOpInterface op, OperandRole::Kind kind);

} // namespace mlir::lowbit

#endif // LOWBIT_ANALYSIS_SCALECONSTRAINTS_H
