#include "lowbit/Reference/Interpreter.h"
#include "lowbit/Runner/Program.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The description of an argument or result; nothing where no array can hold it.
static std::optional<TensorSpec> getSpec(Type type, StringAttr name, const Twine &defaultName) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return std::nullopt;
  TensorSpec spec;
  spec.name = name ? name.str() : defaultName.str();
  spec.shape = tensor.getShape().vec();
  std::string typeName;
  llvm::raw_string_ostream(typeName) << tensor.getElementType();
  spec.type = ElementType::get(typeName);
  if (!spec.type || !reference::getElementKind(tensor.getElementType()))
    return std::nullopt;
  return spec;
}

static llvm::Expected<Signature> getSignature(func::FuncOp function) {
  Signature signature;
  signature.function = function.getName().str();
  auto fail = [&](Type type) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return llvm::createStringError("expected tensors of static shape in the signature of '" + signature.function +
                                   "', but got " + text);
  };
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
    std::optional<TensorSpec> spec =
        getSpec(type, function.getArgAttrOfType<StringAttr>(index, "lowbit.name"), "input" + Twine(index));
    if (!spec)
      return fail(type);
    signature.inputs.push_back(std::move(*spec));
  }
  for (auto [index, type] : llvm::enumerate(function.getResultTypes())) {
    std::optional<TensorSpec> spec =
        getSpec(type, function.getResultAttrOfType<StringAttr>(index, "lowbit.name"), "output" + Twine(index));
    if (!spec)
      return fail(type);
    signature.outputs.push_back(std::move(*spec));
  }
  return signature;
}

namespace {
class ReferenceProgram : public Program {
public:
  ReferenceProgram(Signature signature, std::unique_ptr<LoadedModule> module, func::FuncOp function)
      : Program(std::move(signature)), module(std::move(module)), function(function) {}

  llvm::Error run(ArrayRef<const char *> inputs, ArrayRef<char *> outputs, size_t samples,
                  ProgressFunction progress) override {
    for (size_t sample = 0; sample < samples; ++sample) {
      SmallVector<reference::Tensor> arguments;
      for (auto [input, spec, type] : llvm::zip_equal(inputs, getSignature().inputs, function.getArgumentTypes())) {
        reference::Tensor &tensor =
            arguments.emplace_back(spec.shape, *reference::getElementKind(cast<ShapedType>(type).getElementType()));
        std::copy_n(input + sample * spec.getBytes(), spec.getBytes(), tensor.bytes.data());
      }
      FailureOr<SmallVector<reference::Tensor>> results = reference::interpret(function, arguments);
      if (failed(results))
        return llvm::createStringError(module->getPath() + ": cannot interpret the program");
      for (auto [output, spec, result] : llvm::zip_equal(outputs, getSignature().outputs, *results))
        std::copy_n(result.bytes.data(), spec.getBytes(), output + sample * spec.getBytes());
      progress(sample + 1);
    }
    return llvm::Error::success();
  }

private:
  std::unique_ptr<LoadedModule> module;
  func::FuncOp function;
};
} // namespace

llvm::Expected<std::unique_ptr<Program>> lowbit::loadReference(std::unique_ptr<LoadedModule> module,
                                                               const LoadOptions &options) {
  std::vector<Signature> signatures;
  for (auto function : module->get().getOps<func::FuncOp>()) {
    if (function.isDeclaration() || !function.isPublic())
      continue;
    llvm::Expected<Signature> signature = getSignature(function);
    if (!signature)
      return llvm::createStringError(module->getPath() + ": " + llvm::toString(signature.takeError()));
    signatures.push_back(std::move(*signature));
  }
  llvm::Expected<Signature> signature = selectSignature(signatures, options.function);
  if (!signature)
    return llvm::createStringError(module->getPath() + ": " + llvm::toString(signature.takeError()));
  auto function = module->get().lookupSymbol<func::FuncOp>(signature->function);
  return std::make_unique<ReferenceProgram>(std::move(*signature), std::move(module), function);
}
