#include "Layers.h"
#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Calibrate/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/BitVector.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_SEPARATELAYERS
#include "lowbit/Calibrate/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// What a reader of `result` would find there, computed apart from all readers.
static Value copyReadValue(Value result) {
  QuantizeOp quantize = getOnlyQuantization(result);
  if (!quantize)
    return result;
  OpBuilder builder(quantize);
  return createQuantizedPair(builder, result, cast<quant::QuantizedType>(getElementTypeOrSelf(quantize.getType())))
      .getResult();
}

/// Gives all readers of the layer's result, other than those that lead to `returned`, a new argument in its place.
static void readFromArgument(func::FuncOp function, const Layer &layer, Value returned) {
  Operation *own = returned == layer.result ? nullptr : getQuantized(returned).getDefiningOp();
  auto isReader = [&](OpOperand &use) { return use.getOwner() != own && !isa<func::ReturnOp>(use.getOwner()); };
  if (llvm::none_of(layer.result.getUses(), isReader))
    return;
  Builder builder(function.getContext());
  const unsigned index = function.getNumArguments();
  auto attributes = builder.getDictionaryAttr(builder.getNamedAttr(kNameAttrName, builder.getStringAttr(layer.name)));
  (void)function.insertArgument(index, layer.result.getType(), attributes, layer.result.getLoc());
  Value result = layer.result;
  result.replaceUsesWithIf(function.getArgument(index), isReader);
}

/// Removes ops and arguments that nothing reads.
static void removeUnread(func::FuncOp function) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
  llvm::BitVector unread(function.getNumArguments());
  for (BlockArgument argument : function.getArguments())
    if (argument.use_empty())
      unread.set(argument.getArgNumber());
  (void)function.eraseArguments(unread);
}

/// Lets the ops that are left keep the names by which recipes know them.
static void keepNames(func::FuncOp function, const TensorNames &names) {
  for (Operation &op : function.getBody().front())
    if (isa<QuantizableOpInterface>(op) && !names.lookup(op.getResult(0)).empty())
      op.setAttr(kNameAttrName, StringAttr::get(op.getContext(), names.lookup(op.getResult(0))));
}

namespace {
struct SeparateLayers : lowbit::impl::SeparateLayersBase<SeparateLayers> {
  using SeparateLayersBase::SeparateLayersBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (!function.getBody().hasOneBlock()) {
      function.emitOpError() << "expected a body of one block to separate its layers";
      return signalPassFailure();
    }
    const TensorNames names(function);
    SmallVector<Layer, 0> layers = getLayers(function);
    SmallVector<Value> values;
    for (const Layer &layer : layers) {
      values.push_back(copyReadValue(layer.result));
      if (at.empty() || llvm::is_contained(at, layer.name))
        readFromArgument(function, layer, values.back());
    }
    if (!only.empty()) {
      const auto *found = llvm::find_if(layers, [&](const Layer &layer) { return layer.isCalled(only); });
      if (found == layers.end()) {
        function.emitOpError() << "has no layer '" << only << "'";
        return signalPassFailure();
      }
      const size_t index = found - layers.begin();
      layers = {layers[index]};
      values = {values[index]};
    }
    returnValues(function, layers, values);
    removeUnread(function);
    if (!only.empty())
      keepNames(function, names);
  }
};
} // namespace
