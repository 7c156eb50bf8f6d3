#include "Layers.h"
#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Calibrate/Moments.h"
#include "lowbit/Calibrate/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_RETURNTENSORS
#include "lowbit/Calibrate/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// What the contractions of those names multiply with constant weights, as layers of these names.
static SmallVector<Layer, 0> getOperands(func::FuncOp function, ArrayRef<std::string> contractions) {
  SmallVector<Layer, 0> operands;
  const TensorNames names(function);
  function.walk([&](linalg::LinalgOp op) {
    const std::string name = names.lookup(op->getResult(0)).str();
    if (llvm::is_contained(contractions, name) && multipliesWeights(op))
      operands.push_back({op->getOperand(0), name, ""});
  });
  return operands;
}

namespace {
struct ReturnTensors : lowbit::impl::ReturnTensorsBase<ReturnTensors> {
  using ReturnTensorsBase::ReturnTensorsBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (!function.getBody().hasOneBlock()) {
      function.emitOpError() << "expected a body of one block to return its tensors";
      return signalPassFailure();
    }
    const SmallVector<Layer, 0> layers = operands.empty() ? getLayers(function) : getOperands(function, operands);
    SmallVector<Value> values = llvm::map_to_vector(
        layers, [&](const Layer &layer) { return operands.empty() ? getReadValue(layer.result) : layer.result; });
    returnValues(function, layers, values);
  }
};
} // namespace
