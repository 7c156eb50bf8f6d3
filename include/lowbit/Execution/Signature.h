#ifndef LOWBIT_EXECUTION_SIGNATURE_H
#define LOWBIT_EXECUTION_SIGNATURE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace mlir::lowbit {

/// The module attribute with the signatures of a module's functions.
inline constexpr StringLiteral kSignatureAttrName = "lowbit.signature";

/// An element type of a program's inputs and outputs, with its spelling in every language that meets one.
struct ElementType {
  /// In IR and in signatures: "f32".
  StringLiteral name;
  /// In a `.npy` header: "<f4"; empty where NumPy has no such type.
  StringLiteral numpy;
  /// In messages, as NumPy prints it: "float32".
  StringLiteral numpyName;
  /// In a C header: "float".
  StringLiteral c;
  unsigned bytes;

  /// The type of that name in IR, or null.
  static const ElementType *get(StringRef name);
};

/// Every element type.
ArrayRef<ElementType> getElementTypes();

/// An input or output of a program.
struct TensorSpec {
  std::string name;
  std::vector<int64_t> shape;
  const ElementType *type = nullptr;

  /// The bytes of one sample, which are those of the buffer that the compiled function takes.
  size_t getBytes() const;
  /// As in "f32[1][10]".
  std::string str() const;
};

/// What a caller must know of a compiled function: it takes a pointer to each input, to each output and to the arena,
/// in that order.
struct Signature {
  /// The symbol.
  std::string function;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  /// The bytes of scratch memory, aligned to `kArenaAlignment`, that a call needs.
  int64_t arenaBytes = 0;
  /// How many threads share the work of a call, the most of all functions of the program: they are one object. With
  /// more than one, it needs the runtime library of OpenMP.
  int64_t threads = 1;
  /// Whether products and sums of floats may have been contracted to fused multiply-adds.
  bool fastFloat = false;
  std::string triple;
  std::string cpu;
  std::string features;

  static constexpr size_t kArenaAlignment = 64;

  bool needsOpenMP() const { return threads > 1; }

  /// The symbol that holds the signature as JSON.
  std::string getSymbol() const { return function + "_signature"; }
  /// The symbol of the function that takes its buffers in an array.
  std::string getPackedSymbol() const { return function + "_packed"; }
  std::string toJSON() const;
  static llvm::Expected<Signature> fromJSON(StringRef text);
};

/// The signatures of the public functions of a module in the form that code generation leaves. Emits an error where the
/// module has none, or they do not fit its functions.
FailureOr<std::vector<Signature>> getSignatures(ModuleOp module);

/// The signature of the only function, or of the function called `name` where that is not empty. The error lists what
/// there is.
llvm::Expected<Signature> selectSignature(ArrayRef<Signature> signatures, StringRef name);

} // namespace mlir::lowbit

#endif // LOWBIT_EXECUTION_SIGNATURE_H
