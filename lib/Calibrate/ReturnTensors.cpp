#include "Layers.h"
#include "lowbit/Calibrate/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_RETURNTENSORS
#include "lowbit/Calibrate/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

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
    const SmallVector<Layer, 0> layers = getLayers(function);
    SmallVector<Value> values =
        llvm::map_to_vector(layers, [](const Layer &layer) { return getReadValue(layer.result); });
    returnValues(function, layers, values);
  }
};
} // namespace
