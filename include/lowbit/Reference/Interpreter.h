#ifndef LOWBIT_REFERENCE_INTERPRETER_H
#define LOWBIT_REFERENCE_INTERPRETER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <vector>

/// A scalar interpreter of float, Q/DQ and quantized form: the oracle that compiled code is compared with byte for
/// byte. It evaluates one element at a time, in the order of docs/Arithmetic.md.
namespace mlir::lowbit::reference {

/// What a tensor's elements are in memory. Quantized elements are their storage integers. Integers
/// narrower than their kind, as i4, are sign-extended, whatever the sign of the quantized type.
enum class ElementKind { F32, F64, I1, I8, I16, I32, I64, Index };

/// The bytes of one element.
int64_t getElementSize(ElementKind kind);

/// The kind of elements of an MLIR element type; nothing for types the interpreter has no values of.
std::optional<ElementKind> getElementKind(Type elementType);

/// A dense tensor in row-major order.
struct Tensor {
  SmallVector<int64_t> shape;
  ElementKind kind = ElementKind::F32;
  std::vector<char> bytes;

  Tensor() = default;
  /// A tensor of zeros.
  Tensor(ArrayRef<int64_t> shape, ElementKind kind);

  int64_t getNumElements() const;
  /// The elements as T, which must be of the size of an element.
  template <typename T> MutableArrayRef<T> get() {
    return {reinterpret_cast<T *>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <typename T> ArrayRef<T> get() const {
    return {reinterpret_cast<const T *>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// Runs `function` on `inputs`, one for each argument, and returns its results. Emits an error at the op and fails
/// where an op, a type or a shape is none the interpreter knows, or an input does not have the argument's type.
/// `lowbit.observe` does nothing.
FailureOr<SmallVector<Tensor>> interpret(func::FuncOp function, ArrayRef<Tensor> inputs);

/// True where `interpret` knows every op of `body`, of a structured op, and each computes with scalars alone: no
/// element of a tensor, no index.
bool isScalarProgram(Block &body);

} // namespace mlir::lowbit::reference

#endif // LOWBIT_REFERENCE_INTERPRETER_H
