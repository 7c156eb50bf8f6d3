#ifndef LOWBIT_QUANTIZE_PLAN_H
#define LOWBIT_QUANTIZE_PLAN_H

#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Calibrate/CalibrationTable.h"
#include "lowbit/Calibrate/Moments.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Dialect/LowbitInterfaces.h"
#include "lowbit/Support/Recipe.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::lowbit {

/// What the quantize stage will do to one function.
struct QuantizePlan {
  /// Ops that will compute with integers whose ranges are known before the program runs, and the rule that says how.
  llvm::MapVector<QuantizableOpInterface, const RecipeRule *> ops;
  /// Ops that will compute with integers whose ranges are found at run time: contractions, which give floats.
  llvm::MapVector<QuantizableOpInterface, const RecipeRule *> dynamicOps;
  /// Ops that will compute with floats, of weights that are integers.
  llvm::MapVector<QuantizableOpInterface, const RecipeRule *> weightOnlyOps;
  /// Tensors that become `dequantize(quantize(x))`, and the quantized element type of each.
  llvm::MapVector<Value, quant::UniformQuantizedType> activations;
  /// Weights, and the quantized element type that each of its users has for it.
  llvm::MapVector<OpOperand *, quant::QuantizedType> weights;
  /// Ops that have a model but stay float, and why.
  llvm::MapVector<Operation *, std::string> floatReasons;
  /// The moments of the patches that an op reads; none where they were not measured.
  llvm::DenseMap<Operation *, const PatchMoments *> moments;
  /// The rules that decided an op.
  llvm::SmallPtrSet<const RecipeRule *, 4> matchedRules;

  /// The rule of an op that will read integers; null for another.
  const RecipeRule *getRule(QuantizableOpInterface op) const {
    for (const auto *decided : {&ops, &dynamicOps, &weightOnlyOps})
      if (const RecipeRule *rule = decided->lookup(op))
        return rule;
    return nullptr;
  }
};

/// Decides what `recipe`, `table` and `moments`, which may be null, make of `function`. Fails after an error at the op
/// or tensor where the table has no such tensor.
FailureOr<QuantizePlan> planQuantization(FunctionOpInterface function, const Recipe &recipe,
                                         const CalibrationTable &table, const Moments *moments);

/// The ranges of tensors as quantized types.
class RangeChooser {
public:
  RangeChooser(const TensorNames &names, const CalibrationTable &table) : names(names), table(table) {}

  /// The type of an activation under `rule`: of the range in the table, or of the values where it is a constant.
  /// Failure with the reason where it has no finite range. `isMissing` is set where the table lacks the tensor.
  FailureOr<quant::UniformQuantizedType> choose(Value activation, const RecipeRule &rule, std::string &reason,
                                                bool &isMissing) const;
  /// The size of the groups in which weights of that role and shape are quantized under `rule`; 0 for none.
  static int64_t chooseGroup(OperandRole role, ArrayRef<int64_t> shape, const RecipeRule &rule);
  /// True where the values of a tensor are known without running the program.
  bool isConstant(Value tensor) const;
  /// The type of a constant weight of that role: the operand of a contraction that reads patches of `moments`, where
  /// not null. Where the rule asks for groups that the op does not take, or of which there is no whole number, the
  /// groups are as large as can be, or whole channels.
  FailureOr<quant::QuantizedType> chooseWeight(OpOperand &operand, OperandRole role, const RecipeRule &rule,
                                               const PatchMoments *moments, std::string &reason) const;

private:
  const TensorNames &names;
  const CalibrationTable &table;
};

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZE_PLAN_H
