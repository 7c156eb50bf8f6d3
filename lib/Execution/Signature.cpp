#include "lowbit/Execution/Signature.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr ElementType kElementTypes[] = {
    {"f32", "<f4", "float32", "float", 4},    {"f64", "<f8", "float64", "double", 8},
    {"f16", "<f2", "float16", "uint16_t", 2}, {"bf16", "", "bfloat16", "uint16_t", 2},
    {"i1", "|b1", "bool", "uint8_t", 1},      {"i8", "|i1", "int8", "int8_t", 1},
    {"i16", "<i2", "int16", "int16_t", 2},    {"i32", "<i4", "int32", "int32_t", 4},
    {"i64", "<i8", "int64", "int64_t", 8},    {"ui8", "|u1", "uint8", "uint8_t", 1},
};

ArrayRef<ElementType> lowbit::getElementTypes() { return kElementTypes; }

const ElementType *ElementType::get(StringRef name) {
  const auto *found = llvm::find_if(kElementTypes, [&](const ElementType &type) { return type.name == name; });
  return found == std::end(kElementTypes) ? nullptr : found;
}

size_t TensorSpec::getBytes() const {
  size_t bytes = type->bytes;
  for (int64_t size : shape)
    bytes *= static_cast<size_t>(size);
  return bytes;
}

std::string TensorSpec::str() const {
  std::string text = type->name.str();
  for (int64_t size : shape)
    text += "[" + std::to_string(size) + "]";
  return text;
}

/// Whether the number of bytes of `spec` fits an int64_t; so that `getBytes` needs no check.
static bool hasCountableBytes(const TensorSpec &spec) {
  std::optional<int64_t> bytes = spec.type->bytes;
  for (int64_t size : spec.shape)
    if (!bytes || size < 0 || !(bytes = llvm::checkedMul(*bytes, size)))
      return false;
  return true;
}

static llvm::json::Array toJSON(ArrayRef<TensorSpec> specs) {
  llvm::json::Array array;
  for (const TensorSpec &spec : specs)
    array.push_back(llvm::json::Object{
        {"name", spec.name}, {"shape", llvm::json::Array(spec.shape)}, {"type", spec.type->name.str()}});
  return array;
}

std::string Signature::toJSON() const {
  llvm::json::Object object{{"function", function},
                            {"inputs", ::toJSON(inputs)},
                            {"outputs", ::toJSON(outputs)},
                            {"arena_bytes", arenaBytes},
                            {"threads", threads},
                            {"triple", triple},
                            {"cpu", cpu},
                            {"features", features}};
  if (fastFloat)
    object["fast_float"] = true;
  return llvm::formatv("{0}", llvm::json::Value(std::move(object))).str();
}

/// Found by json::ObjectMapper through its argument's namespace.
namespace mlir::lowbit {
static bool fromJSON(const llvm::json::Value &value, TensorSpec &spec, llvm::json::Path path) {
  std::string type;
  llvm::json::ObjectMapper map(value, path);
  if (!map || !map.map("name", spec.name) || !map.map("shape", spec.shape) || !map.map("type", type))
    return false;
  spec.type = ElementType::get(type);
  if (!spec.type || !hasCountableBytes(spec)) {
    path.report("expected an element type and a shape");
    return false;
  }
  return true;
}
} // namespace mlir::lowbit

llvm::Expected<Signature> Signature::fromJSON(StringRef text) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value)
    return value.takeError();
  Signature signature;
  llvm::json::Path::Root root("signature");
  llvm::json::ObjectMapper map(*value, root);
  if (!map || !map.map("function", signature.function) || !map.map("inputs", signature.inputs) ||
      !map.map("outputs", signature.outputs) || !map.map("arena_bytes", signature.arenaBytes) ||
      !map.mapOptional("threads", signature.threads) || !map.mapOptional("fast_float", signature.fastFloat) ||
      !map.map("triple", signature.triple) || !map.map("cpu", signature.cpu) ||
      !map.map("features", signature.features))
    return root.getError();
  if (signature.threads < 1)
    return llvm::createStringError("signature has " + llvm::Twine(signature.threads) + " threads");
  if (signature.arenaBytes < 0)
    return llvm::createStringError("signature has a negative arena size");
  return signature;
}

/// One dictionary of `inputs` or `outputs` as ExportSignatures writes it.
static std::optional<TensorSpec> getSpec(Attribute attr) {
  auto dictionary = dyn_cast<DictionaryAttr>(attr);
  if (!dictionary)
    return std::nullopt;
  auto name = dictionary.getAs<StringAttr>("name");
  auto shape = dictionary.getAs<ArrayAttr>("shape");
  auto type = dictionary.getAs<TypeAttr>("type");
  if (!name || !shape || !type)
    return std::nullopt;
  TensorSpec spec;
  spec.name = name.str();
  for (Attribute size : shape) {
    auto integer = dyn_cast<IntegerAttr>(size);
    if (!integer || integer.getValue().getBitWidth() > 64)
      return std::nullopt;
    spec.shape.push_back(integer.getInt());
  }
  std::string typeName;
  llvm::raw_string_ostream(typeName) << type.getValue();
  spec.type = ElementType::get(typeName);
  if (!spec.type || !hasCountableBytes(spec))
    return std::nullopt;
  return spec;
}

static LogicalResult getSpecs(ArrayAttr array, std::vector<TensorSpec> &specs) {
  for (Attribute attr : array) {
    std::optional<TensorSpec> spec = getSpec(attr);
    if (!spec)
      return failure();
    specs.push_back(std::move(*spec));
  }
  return success();
}

FailureOr<std::vector<Signature>> lowbit::getSignatures(ModuleOp module) {
  auto stringAttr = [&](StringRef name) {
    auto attr = module->getAttrOfType<StringAttr>(name);
    return attr ? attr.str() : std::string();
  };
  auto array = module->getAttrOfType<ArrayAttr>(kSignatureAttrName);
  if (!array || array.empty())
    return emitError(module.getLoc(), "expected a module with a public function and its 'lowbit.signature'");
  std::vector<Signature> signatures;
  for (Attribute attr : array) {
    auto dictionary = dyn_cast<DictionaryAttr>(attr);
    auto function = dictionary ? dictionary.getAs<StringAttr>("function") : StringAttr();
    auto inputs = dictionary ? dictionary.getAs<ArrayAttr>("inputs") : ArrayAttr();
    auto outputs = dictionary ? dictionary.getAs<ArrayAttr>("outputs") : ArrayAttr();
    Signature signature;
    if (!function || !inputs || !outputs || failed(getSpecs(inputs, signature.inputs)) ||
        failed(getSpecs(outputs, signature.outputs)))
      return emitError(module.getLoc(), "malformed 'lowbit.signature': ") << attr;
    signature.function = function.str();
    auto op = module.lookupSymbol<LLVM::LLVMFuncOp>(function.getValue());
    if (!op || op.isExternal())
      return emitError(module.getLoc(), "expected the function '")
             << function.getValue() << "' that 'lowbit.signature' names";
    const size_t expected = signature.inputs.size() + signature.outputs.size() + 1;
    if (op.getNumArguments() != expected)
      return emitError(op.getLoc()) << "expected a pointer for each input and output and for the arena, " << expected
                                    << " arguments, but got " << op.getNumArguments();
    if (!llvm::all_of(op.getArgumentTypes(), llvm::IsaPred<LLVM::LLVMPointerType>))
      return emitError(op.getLoc()) << "expected arguments to be pointers, but got " << op.getFunctionType();
    if (!op.getFunctionType().getReturnType().isInteger(32))
      return emitError(op.getLoc()) << "expected the status as result, an i32, but got " << op.getFunctionType();
    auto arena = op->getAttrOfType<IntegerAttr>("lowbit.arena_bytes");
    if (!arena || arena.getInt() < 0)
      return emitError(op.getLoc()) << "expected the attribute 'lowbit.arena_bytes'";
    signature.arenaBytes = arena.getInt();
    if (Attribute attr = op->getAttr("lowbit.threads")) {
      auto threads = dyn_cast<IntegerAttr>(attr);
      if (!threads || !threads.getType().isInteger(64) || threads.getInt() < 1)
        return emitError(op.getLoc()) << "expected a number of threads in 'lowbit.threads', but got " << attr;
      signature.threads = threads.getInt();
    }
    signature.fastFloat = module->hasAttr(kFastFloatAttrName);
    signature.triple = stringAttr(LLVM::LLVMDialect::getTargetTripleAttrName());
    signature.cpu = stringAttr("lowbit.cpu");
    signature.features = stringAttr("lowbit.features");
    signatures.push_back(std::move(signature));
  }
  int64_t threads = 1;
  for (const Signature &signature : signatures)
    threads = std::max(threads, signature.threads);
  for (Signature &signature : signatures)
    signature.threads = threads;
  return signatures;
}

llvm::Expected<Signature> lowbit::selectSignature(ArrayRef<Signature> signatures, StringRef name) {
  std::string names;
  for (const Signature &signature : signatures) {
    if (signature.function == name || (name.empty() && signatures.size() == 1))
      return signature;
    names += (names.empty() ? "" : ", ") + signature.function;
  }
  if (names.empty())
    return llvm::createStringError("the program has no public function");
  if (name.empty())
    return llvm::createStringError("the program has several functions, choose one with --function: " + names);
  return llvm::createStringError("the program has no function '" + name + "', but " + names);
}
