#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Calibrate/Moments.h"
#include "lowbit/Dialect/LowbitInterfaces.h"

using namespace mlir;
using namespace mlir::lowbit;

/// True where `op` multiplies activations with constant weights.
static bool hasWeights(Operation *op) {
  auto model = dyn_cast<QuantizableOpInterface>(op);
  if (!model)
    return false;
  SmallVector<OperandRole> roles = model.getOperandRoles();
  return roles.size() == 3 && roles[0].kind == OperandRole::Kind::Activation &&
         roles[1].kind == OperandRole::Kind::Weight;
}

ArrayAttr lowbit::getPatchReadersAttr(ModuleOp module) {
  Builder builder(module.getContext());
  SmallVector<Attribute> readers;
  for (auto function : module.getOps<FunctionOpInterface>()) {
    if (function.isExternal())
      continue;
    TensorNames names(function);
    function.walk([&](linalg::LinalgOp op) {
      auto patches = hasWeights(op) ? ContractionPatches::get(op) : std::nullopt;
      if (!patches || patches->elements.getCount() > PatchReader::kMaxSize)
        return;
      auto numbers = [&](ArrayRef<int64_t> values) { return builder.getDenseI64ArrayAttr(values); };
      readers.push_back(builder.getDictionaryAttr({
          builder.getNamedAttr("channel_count", builder.getI64IntegerAttr(patches->channels.getCount())),
          builder.getNamedAttr("name", builder.getStringAttr(names.lookup(op->getResult(0)))),
          builder.getNamedAttr("input", builder.getStringAttr(names.lookup(op->getOperand(0)))),
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
    auto name = dict.getAs<StringAttr>("name"), input = dict.getAs<StringAttr>("input");
    auto positions = getLoops("position_sizes", "position_strides");
    auto elements = getLoops("element_sizes", "element_strides");
    if (name && input && positions && elements && elements->getCount() <= PatchReader::kMaxSize)
      readers.push_back({name.str(), input.str(), std::move(*positions), std::move(*elements)});
  }
  return readers;
}
