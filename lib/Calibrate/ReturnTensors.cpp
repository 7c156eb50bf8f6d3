#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Calibrate/Passes.h"
#include "lowbit/Dialect/LowbitInterfaces.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_RETURNTENSORS
#include "lowbit/Calibrate/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// True for what an op computes, as against what is only cast or filled: a tensor to compare between two programs.
static bool isComputed(Value value) {
  auto result = dyn_cast<OpResult>(value);
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return result && type && type.hasStaticShape() && type.getElementType().isF32() &&
         isa<QuantizableOpInterface>(result.getOwner()) && isa<func::FuncOp>(result.getOwner()->getParentOp());
}

namespace {
struct ReturnTensors : lowbit::impl::ReturnTensorsBase<ReturnTensors> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (!function.getBody().hasOneBlock()) {
      function.emitOpError() << "expected a body of one block to return its tensors";
      return signalPassFailure();
    }
    SmallVector<Value> values;
    SmallVector<std::string> results;
    TensorNames names(function);
    for (const auto &[value, name] : names.getNames())
      if (isComputed(value)) {
        values.push_back(value);
        results.push_back(name);
      }
    Operation *terminator = function.getBody().front().getTerminator();
    Builder builder(&getContext());
    SmallVector<Type> types = llvm::map_to_vector(values, [](Value value) { return value.getType(); });
    SmallVector<Attribute> attributes = llvm::map_to_vector(results, [&](const std::string &name) -> Attribute {
      return builder.getDictionaryAttr(builder.getNamedAttr(kNameAttrName, builder.getStringAttr(name)));
    });
    function.setType(builder.getFunctionType(function.getArgumentTypes(), types));
    function.setAllResultAttrs(attributes);
    terminator->setOperands(values);
  }
};
} // namespace
