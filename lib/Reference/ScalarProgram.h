#ifndef LOWBIT_LIB_REFERENCE_SCALARPROGRAM_H
#define LOWBIT_LIB_REFERENCE_SCALARPROGRAM_H

#include "Evaluator.h"
#include <functional>

namespace mlir::lowbit::reference {

/// A scalar of any kind: floats in `f`, which holds every f32 exactly; integers sign-extended in `i`, i1 as 0 or 1.
struct Scalar {
  double f = 0.0;
  int64_t i = 0;
};

Scalar readScalar(const Tensor &tensor, int64_t index);
void writeScalar(Tensor &tensor, int64_t index, Scalar value);

/// The straight-line body of a structured op, or one scalar op, in a form that runs fast: every value has a slot.
class ScalarProgram {
public:
  struct Step;
  using Function = std::function<Scalar(const Step &step, ArrayRef<Scalar> operands)>;

  struct Step {
    Operation *op = nullptr;
    const Function *function = nullptr;
    SmallVector<unsigned, 3> operands;
    unsigned result = 0;
    /// The number of bits of the first operand and of the result where they are integers.
    unsigned operandBits = 64, resultBits = 64;
    /// True where the result, or the operands of a comparison, are f32: arithmetic is that of f32 then.
    bool isF32 = false;
    /// The predicate of a comparison.
    int64_t predicate = 0;
    /// For `tensor.extract`: what it reads. For `linalg.index`: the iteration dimension.
    const Tensor *source = nullptr;
    int64_t dim = 0;
  };

  /// A program of the ops of `body`, block arguments in the first slots. Emits an error at an op that is no scalar op.
  static FailureOr<ScalarProgram> create(Block &body, const Scope &scope);

  /// Runs on `arguments`, one for each block argument, in the iteration `indices`; the results are what the terminator
  /// yields.
  LogicalResult run(ArrayRef<Scalar> arguments, ArrayRef<int64_t> indices);
  Scalar getResult(unsigned index) const { return slots[results[index]]; }

private:
  LogicalResult add(Operation *op, const Scope &scope, DenseMap<Value, unsigned> &slotOf);

  SmallVector<Step> steps;
  SmallVector<Scalar> slots;
  SmallVector<unsigned> results;
};

/// The step that computes the scalar op `op`, or an elementwise op on tensors for one element; nothing for others.
/// Slots are not set.
std::optional<ScalarProgram::Step> getScalarStep(Operation *op);

} // namespace mlir::lowbit::reference

#endif // LOWBIT_LIB_REFERENCE_SCALARPROGRAM_H
