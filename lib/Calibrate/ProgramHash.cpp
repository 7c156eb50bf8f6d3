#include "lowbit/Calibrate/ProgramHash.h"
#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Spells a program as text that means the same program and no other, which is then hashed. Every item ends in a
/// delimiter, and texts that may hold delimiters are preceded by their length.
class ProgramSpeller {
public:
  explicit ProgramSpeller(raw_ostream &os) : os(os) {}

  void spellRegion(Region &region);

private:
  void spellOperation(Operation *op);
  void spellBlock(Block &block);
  void spellInherentAttributes(Operation *op);
  void spellAttribute(Attribute attr);
  void spellElements(ShapedType type, ArrayRef<char> bytes);
  void spellText(StringRef text) { os << text.size() << ':' << text << ';'; }
  template <typename T> void spellPrinted(T printable);
  void spellNames(Operation *op);

  raw_ostream &os;
  /// Values and blocks are called by the order in which they are met.
  DenseMap<Value, size_t> values;
  DenseMap<Block *, size_t> blocks;
};
} // namespace

template <typename T> void ProgramSpeller::spellPrinted(T printable) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << printable;
  spellText(text);
}

/// Constants are spelled as a hash of their bytes; `dense` and `dense_resource` of the same bytes are the same.
void ProgramSpeller::spellElements(ShapedType type, ArrayRef<char> bytes) {
  spellPrinted(Type(type));
  ArrayRef<uint8_t> data(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
  llvm::XXH128_hash_t hash = llvm::xxh3_128bits(data);
  os << bytes.size() << ',' << hash.high64 << ',' << hash.low64 << ';';
}

void ProgramSpeller::spellAttribute(Attribute attr) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    return spellElements(resource.getType(), blob ? blob->getData() : ArrayRef<char>());
  }
  // Splats hold one element; spelled as it is, they are no hashed array of the same bytes but for one of one element,
  // which is the same constant.
  if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(attr))
    return spellElements(dense.getType(), dense.getRawData());
  if (auto array = dyn_cast<ArrayAttr>(attr)) {
    os << '[';
    llvm::for_each(array, [&](Attribute element) { spellAttribute(element); });
    os << ']';
    return;
  }
  if (auto dictionary = dyn_cast<DictionaryAttr>(attr)) {
    os << '{';
    for (NamedAttribute entry : dictionary) {
      spellText(entry.getName());
      spellAttribute(entry.getValue());
    }
    os << '}';
    return;
  }
  spellPrinted(attr);
}

/// Attributes that say what the op computes. Discardable ones are notes of passes.
void ProgramSpeller::spellInherentAttributes(Operation *op) {
  bool isRegistered = op->isRegistered();
  for (NamedAttribute entry : op->getAttrDictionary()) {
    if (isRegistered && op->getDiscardableAttr(entry.getName()))
      continue;
    // Of functions, the names of the tensors are spelled apart, and the other attributes of arguments are notes too.
    if (isa<FunctionOpInterface>(op) && (entry.getName() == "arg_attrs" || entry.getName() == "res_attrs"))
      continue;
    spellText(entry.getName());
    spellAttribute(entry.getValue());
  }
  os << '\n';
}

void ProgramSpeller::spellNames(Operation *op) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return;
  TensorNames names(function);
  for (const auto &[value, name] : names.getNames()) {
    os << values.lookup(value) << '=';
    spellText(name);
  }
  os << '\n';
}

void ProgramSpeller::spellOperation(Operation *op) {
  spellText(op->getName().getStringRef());
  for (Value operand : op->getOperands())
    os << '%' << values.try_emplace(operand, values.size()).first->second;
  for (Block *successor : op->getSuccessors())
    os << '^' << blocks.try_emplace(successor, blocks.size()).first->second;
  for (Value result : op->getResults()) {
    os << '=' << values.try_emplace(result, values.size()).first->second;
    spellPrinted(result.getType());
  }
  spellInherentAttributes(op);
  for (Region &region : op->getRegions())
    spellRegion(region);
  spellNames(op);
}

void ProgramSpeller::spellBlock(Block &block) {
  os << '^' << blocks.try_emplace(&block, blocks.size()).first->second << '(';
  for (Value argument : block.getArguments()) {
    os << values.try_emplace(argument, values.size()).first->second;
    spellPrinted(argument.getType());
  }
  os << ")\n";
  for (Operation &op : block)
    if (!isa<ObserveOp>(op))
      spellOperation(&op);
}

void ProgramSpeller::spellRegion(Region &region) {
  os << '{';
  for (Block &block : region)
    spellBlock(block);
  os << "}\n";
}

std::string lowbit::computeProgramHash(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  ProgramSpeller(os).spellRegion(module.getBodyRegion());
  llvm::XXH128_hash_t hash =
      llvm::xxh3_128bits(ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(text.data()), text.size()));
  return llvm::utohexstr(hash.high64, /*LowerCase=*/true, /*Width=*/16) +
         llvm::utohexstr(hash.low64, /*LowerCase=*/true, /*Width=*/16);
}
