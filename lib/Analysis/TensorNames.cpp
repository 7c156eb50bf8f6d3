#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Support/FloatForm.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace mlir::lowbit;

StringRef lowbit::getKindName(Operation *op) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    if (matchClamp(generic))
      return "clamp";
    if (matchMean(generic))
      return "mean";
  }
  return op->getName().stripDialect();
}

/// `<function>/` where the module defines more than one function.
static std::string getPrefix(FunctionOpInterface function) {
  auto module = function->getParentOfType<ModuleOp>();
  if (!module)
    return "";
  auto definitions = llvm::make_filter_range(module.getOps<FunctionOpInterface>(),
                                             [](FunctionOpInterface other) { return !other.isExternal(); });
  return llvm::hasNItemsOrMore(definitions, 2) ? (function.getName() + "/").str() : "";
}

static std::string getResultName(StringRef base, unsigned index) {
  return index == 0 ? base.str() : (base + "#" + Twine(index)).str();
}

void TensorNames::add(Value value, std::string name) {
  while (!byName.try_emplace(name, names.size()).second)
    name += "_";
  byValue[value] = names.size();
  names.emplace_back(value, std::move(name));
}

TensorNames::TensorNames(FunctionOpInterface function) {
  if (function.isExternal())
    return;
  std::string prefix = getPrefix(function);

  SmallVector<Operation *> ops;
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (llvm::any_of(op->getResultTypes(), llvm::IsaPred<TensorType>))
      ops.push_back(op);
    // The bodies of structured ops hold scalars.
    return isa<linalg::LinalgOp>(op) ? WalkResult::skip() : WalkResult::advance();
  });

  auto addResults = [&](Operation *op, StringRef base) {
    for (OpResult result : op->getResults())
      if (isa<TensorType>(result.getType()))
        add(result, getResultName(base, result.getResultNumber()));
  };
  auto getGivenName = [](Operation *op) { return op->getAttrOfType<StringAttr>(kNameAttrName); };

  for (BlockArgument argument : function.getArguments())
    if (isa<TensorType>(argument.getType()))
      if (auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), kNameAttrName))
        add(argument, prefix + name.str());
  for (Operation *op : ops)
    if (StringAttr name = getGivenName(op))
      addResults(op, prefix + name.str());

  for (BlockArgument argument : function.getArguments())
    if (isa<TensorType>(argument.getType()) && !byValue.contains(argument))
      add(argument, (prefix + "arg_" + Twine(argument.getArgNumber())).str());
  llvm::StringMap<unsigned> ordinals;
  for (Operation *op : ops) {
    StringRef kind = getKindName(op);
    unsigned ordinal = ordinals[kind]++;
    if (!getGivenName(op))
      addResults(op, (prefix + kind + "_" + Twine(ordinal)).str());
  }

  // Given names came first to be taken first; put all into the order of the text.
  llvm::DenseMap<Operation *, size_t> positions;
  for (auto [position, op] : llvm::enumerate(ops))
    positions[op] = position + 1;
  auto getPosition = [&](Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return std::make_pair(size_t(0), argument.getArgNumber());
    auto result = cast<OpResult>(value);
    return std::make_pair(positions.lookup(result.getOwner()), result.getResultNumber());
  };
  llvm::sort(names, [&](auto &a, auto &b) { return getPosition(a.first) < getPosition(b.first); });
  for (auto [index, entry] : llvm::enumerate(names)) {
    byValue[entry.first] = index;
    byName[entry.second] = index;
  }
}

StringRef TensorNames::lookup(Value value) const {
  auto it = byValue.find(value);
  return it == byValue.end() ? StringRef() : StringRef(names[it->second].second);
}

Value TensorNames::lookup(StringRef name) const {
  auto it = byName.find(name);
  return it == byName.end() ? Value() : names[it->second].first;
}
