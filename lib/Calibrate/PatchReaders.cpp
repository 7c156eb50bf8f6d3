#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Calibrate/Moments.h"
#include "lowbit/Dialect/LowbitInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::lowbit;

bool lowbit::multipliesWeights(Operation *op) {
  auto model = dyn_cast<QuantizableOpInterface>(op);
  if (!model)
    return false;
  SmallVector<OperandRole> roles = model.getOperandRoles();
  return roles.size() == 3 && roles[0].kind == OperandRole::Kind::Activation &&
         roles[1].kind == OperandRole::Kind::Weight;
}

/// The patches of `op`, where moments are taken of them.
static std::optional<ContractionPatches> getMeasuredPatches(Operation *op) {
  auto linalgOp = dyn_cast_or_null<linalg::LinalgOp>(op);
  auto patches = linalgOp && multipliesWeights(op) ? ContractionPatches::get(linalgOp) : std::nullopt;
  return patches && patches->elements.getCount() <= PatchReader::kMaxSize ? patches : std::nullopt;
}

/// The names of the contractions with moments of which `value` is computed, without another of them in between.
static SmallVector<StringRef> getSources(Value value, const TensorNames &names) {
  SmallVector<StringRef> sources;
  SmallVector<Value> worklist = {value};
  llvm::DenseSet<Value> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    Operation *op = next.getDefiningOp();
    if (!seen.insert(next).second || !op)
      continue;
    if (getMeasuredPatches(op)) {
      sources.push_back(names.lookup(next));
      continue;
    }
    llvm::append_range(worklist, op->getOperands());
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    llvm::append_range(worklist, captured);
  }
  llvm::sort(sources);
  return sources;
}

ArrayAttr lowbit::getPatchReadersAttr(ModuleOp module) {
  Builder builder(module.getContext());
  SmallVector<Attribute> readers;
  for (auto function : module.getOps<FunctionOpInterface>()) {
    if (function.isExternal())
      continue;
    TensorNames names(function);
    function.walk([&](linalg::LinalgOp op) {
      auto patches = getMeasuredPatches(op);
      if (!patches)
        return;
      auto numbers = [&](ArrayRef<int64_t> values) { return builder.getDenseI64ArrayAttr(values); };
      readers.push_back(builder.getDictionaryAttr({
          builder.getNamedAttr("channel_count", builder.getI64IntegerAttr(patches->channels.getCount())),
          builder.getNamedAttr("name", builder.getStringAttr(names.lookup(op->getResult(0)))),
          builder.getNamedAttr("input", builder.getStringAttr(names.lookup(op->getOperand(0)))),
          builder.getNamedAttr("sources", builder.getStrArrayAttr(getSources(op->getOperand(0), names))),
          builder.getNamedAttr("position_sizes", numbers(patches->positions.sizes)),
          builder.getNamedAttr("position_strides", numbers(patches->positions.strides)),
          builder.getNamedAttr("element_sizes", numbers(patches->elements.sizes)),
          builder.getNamedAttr("element_strides", numbers(patches->elements.strides)),
      }));
    });
  }
  return builder.getArrayAttr(readers);
}

std::vector<PatchReader> lowbit::getPatchReaders(ArrayAttr attr) {
  std::vector<PatchReader> readers;
  for (Attribute entry : attr) {
    auto dict = dyn_cast<DictionaryAttr>(entry);
    if (!dict)
      continue;
    auto getLoops = [&](StringRef sizes, StringRef strides) -> std::optional<StridedLoops> {
      auto sizesAttr = dict.getAs<DenseI64ArrayAttr>(sizes), stridesAttr = dict.getAs<DenseI64ArrayAttr>(strides);
      if (!sizesAttr || !stridesAttr || sizesAttr.size() != stridesAttr.size() ||
          llvm::any_of(sizesAttr.asArrayRef(), [](int64_t size) { return size < 1 || size > (int64_t(1) << 20); }))
        return std::nullopt;
      return StridedLoops{llvm::to_vector(sizesAttr.asArrayRef()), llvm::to_vector(stridesAttr.asArrayRef())};
    };
    std::vector<std::string> sources;
    if (auto list = dict.getAs<ArrayAttr>("sources"))
      for (auto source : list.getAsRange<StringAttr>())
        sources.push_back(source.str());
    auto name = dict.getAs<StringAttr>("name"), input = dict.getAs<StringAttr>("input");
    auto positions = getLoops("position_sizes", "position_strides");
    auto elements = getLoops("element_sizes", "element_strides");
    if (name && input && positions && elements && elements->getCount() <= PatchReader::kMaxSize)
      readers.push_back({name.str(), input.str(), std::move(*positions), std::move(*elements), std::move(sources)});
  }
  return readers;
}
