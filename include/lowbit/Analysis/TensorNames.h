#ifndef LOWBIT_ANALYSIS_TENSORNAMES_H
#define LOWBIT_ANALYSIS_TENSORNAMES_H

#include "mlir/IR/Value.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include <string>

namespace mlir::lowbit {

/// The attribute that names an argument, a result or an op: `lowbit.name = "logits"`.
inline constexpr StringLiteral kNameAttrName = "lowbit.name";

/// Stable names of the tensors of a function: the keys of calibration tables and of recipes.
///
/// An argument is called by its `lowbit.name`, or `arg_<index>`; the result of an op by the op's `lowbit.name`, or
/// `<mnemonic>_<n>` for the n-th op of that mnemonic in the function that has a tensor result, in the order of the
/// text and counted from 0. A `linalg.generic` that is a clamp or a mean is called so. Results after the first append
/// `#<index>`. Where a module defines several functions, `<function>/` comes first. A name that is taken already gets
/// `_` appended until it is free; given names are taken before derived ones.
///
/// Names depend on the text of the program alone: not on SSA names, locations, or `lowbit.observe` ops.
class TensorNames {
public:
  explicit TensorNames(FunctionOpInterface function);

  /// The name of `value`; empty where it is no tensor, or neither an argument of the function nor a result of an op.
  StringRef lookup(Value value) const;
  /// The value of that name, or null.
  Value lookup(StringRef name) const;
  /// Every named tensor and its name, in the order of the text: arguments first.
  ArrayRef<std::pair<Value, std::string>> getNames() const { return names; }

private:
  void add(Value value, std::string name);

  SmallVector<std::pair<Value, std::string>, 0> names;
  DenseMap<Value, size_t> byValue;
  llvm::StringMap<size_t> byName;
};

/// The word that derived names of the results of `op` begin with: the mnemonic, or `clamp` or `mean` for a generic.
StringRef getKindName(Operation *op);

} // namespace mlir::lowbit

#endif // LOWBIT_ANALYSIS_TENSORNAMES_H
