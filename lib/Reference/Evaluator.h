#ifndef LOWBIT_LIB_REFERENCE_EVALUATOR_H
#define LOWBIT_LIB_REFERENCE_EVALUATOR_H

#include "lowbit/Reference/Arithmetic.h"
#include "lowbit/Reference/Interpreter.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MathExtras.h"

/// What the evaluators of the op families share. An evaluator computes the result of one op from its operands' values;
/// it emits an error at the op where it can't.
namespace mlir::lowbit::reference {

/// The values computed so far. Scalars are tensors of rank 0.
class Scope {
public:
  /// The value, or null where an op that the interpreter does not know should have defined it.
  const Tensor *lookup(Value value) const {
    auto found = values.find(value);
    return found == values.end() ? nullptr : &found->second;
  }
  const Tensor &get(Value value) const { return values.find(value)->second; }
  void set(Value value, Tensor tensor) { values[value] = std::move(tensor); }

private:
  DenseMap<Value, Tensor> values;
};

/// A tensor of zeros of the shape and kind of `type`, a static tensor or a scalar.
FailureOr<Tensor> createTensor(Operation *op, Type type);

/// The integer at `index` of a tensor of integers, sign-extended.
int64_t readInteger(const Tensor &tensor, int64_t index);
/// Stores the low bits of `value`.
void writeInteger(Tensor &tensor, int64_t index, int64_t value);

/// Scales, zero points and storage of the elements of a quantized tensor, by flat index: per tensor, per axis or in
/// sub-channel blocks.
class QuantizedElements {
public:
  static FailureOr<QuantizedElements> get(Operation *op, Type tensorType);

  int64_t getGroup(int64_t index) const;
  int64_t getGroupCount() const { return scales.size(); }
  /// The scale, which is the f32 nearest to what the type spells.
  double getScale(int64_t group) const { return static_cast<float>(scales[group]); }
  int64_t getZeroPoint(int64_t group) const { return zeroPoints[group]; }
  Bounds getBounds() const { return bounds; }
  bool isSigned() const { return isStorageSigned; }
  /// The storage integer of an element.
  int64_t read(const Tensor &tensor, int64_t index) const {
    const uint64_t bits = readInteger(tensor, index);
    return isStorageSigned ? llvm::SignExtend64(bits, storageBits)
                           : bits & llvm::maskTrailingOnes<uint64_t>(storageBits);
  }
  void write(Tensor &tensor, int64_t index, int64_t q) const {
    writeInteger(tensor, index, llvm::SignExtend64(q, storageBits));
  }
  /// `q - z` of an element.
  int64_t readValue(const Tensor &tensor, int64_t index) const {
    return read(tensor, index) - zeroPoints[getGroup(index)];
  }

private:
  /// How the group index depends on one dimension of the tensor.
  struct Dim {
    int64_t stride, size, blockSize, groupStride;
  };
  SmallVector<Dim> dims;
  SmallVector<double> scales;
  SmallVector<int64_t> zeroPoints;
  Bounds bounds;
  unsigned storageBits = 8;
  bool isStorageSigned = true;
};

/// The bounds of `elements`, tightened by an op's optional `clamp` attribute of two integers.
FailureOr<Bounds> getClampedBounds(Operation *op, const QuantizedElements &elements,
                                   std::optional<ArrayRef<int64_t>> clamp);

/// Narrows an exact sum to the i32 that holds it.
FailureOr<int32_t> narrowAccumulator(Operation *op, int64_t accumulator);

/// A window sliding over an NHWC tensor.
struct WindowGeometry {
  SmallVector<int64_t> input;  ///< N, H, W, C
  SmallVector<int64_t> output; ///< N, OH, OW, F
  SmallVector<int64_t> kernel; ///< KH, KW
  SmallVector<int64_t> strides = {1, 1};
  SmallVector<int64_t> dilations = {1, 1};
  SmallVector<int64_t> pad = {0, 0, 0, 0}; ///< top, bottom, left, right

  /// Success where all sizes are of the right number and the output's are those the others give.
  LogicalResult verify(Operation *op) const;
  /// The row (dim 0) or column (dim 1) of the input under position `k` of the window at `out`; may lie in the padding.
  int64_t getInputPosition(unsigned dim, int64_t out, int64_t k) const {
    return out * strides[dim] + k * dilations[dim] - pad[2 * dim];
  }
  bool isInside(int64_t row, int64_t column) const {
    return row >= 0 && row < input[1] && column >= 0 && column < input[2];
  }
  int64_t getInputIndex(int64_t n, int64_t row, int64_t column) const {
    return ((n * input[1] + row) * input[2] + column) * input[3];
  }
  int64_t getOutputIndex(int64_t n, int64_t row, int64_t column) const {
    return ((n * output[1] + row) * output[2] + column) * output[3];
  }
};

/// Evaluators, one for each op family; each returns nothing for an op of another family, and the op's results
/// otherwise.
using Results = SmallVector<Tensor, 1>;
using Evaluation = std::optional<FailureOr<Results>>;
Evaluation evaluateCast(Operation *op, const Scope &scope);
Evaluation evaluateContraction(Operation *op, const Scope &scope);
Evaluation evaluateElementwise(Operation *op, const Scope &scope);
Evaluation evaluatePool(Operation *op, const Scope &scope);
Evaluation evaluateDataMovement(Operation *op, const Scope &scope);
Evaluation evaluateFloatContraction(Operation *op, const Scope &scope);
Evaluation evaluateStructured(Operation *op, const Scope &scope);
Evaluation evaluateScalarOp(Operation *op, const Scope &scope);

/// Wraps the evaluators of single ops that return one tensor.
inline FailureOr<Results> toResults(FailureOr<Tensor> tensor) {
  if (failed(tensor))
    return failure();
  Results results;
  results.push_back(std::move(*tensor));
  return results;
}

} // namespace mlir::lowbit::reference

#endif // LOWBIT_LIB_REFERENCE_EVALUATOR_H
