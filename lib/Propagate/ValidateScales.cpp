#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Propagate/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_VALIDATESCALES
#include "lowbit/Propagate/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

static Type getElementType(Value value) { return getElementTypeOrSelf(value.getType()); }

/// All tensors of an op that only moves values have one type.
static LogicalResult verifySharing(const SharingOp &sharing, const ScaleConstraints &constraints) {
  Type expected = getElementType(constraints.getVariables()[sharing.edges.back().variable]);
  for (const ScaleEdge &edge : sharing.edges) {
    Value value = constraints.getVariables()[edge.variable];
    if (getElementType(value) == expected)
      continue;
    QuantizableOpInterface op = sharing.op;
    InFlightDiagnostic error = op->emitOpError() << "expected operand " << edge.operand->getOperandNumber()
                                                 << " to be quantized as its result, " << expected << ", but got "
                                                 << getElementType(value);
    error.attachNote(value.getLoc()) << "quantized here";
    return error;
  }
  return success();
}

static SmallVector<float> getScales(Type type) {
  auto toFloat = [](double scale) { return static_cast<float>(scale); };
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return llvm::map_to_vector(perAxis.getScales(), toFloat);
  if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type))
    return {toFloat(perTensor.getScale())};
  return {};
}

/// A quantized bias is in the scales of the accumulator.
static LogicalResult verifyBias(QuantizableOpInterface op) {
  OpOperand *bias = op.getBiasOperand();
  Value quantized = bias ? getQuantized(bias->get()) : Value();
  quant::QuantizedType type = getBiasType(op);
  if (!quantized || !type)
    return success();
  const SmallVector<float> scales = getScales(getElementType(quantized)), expected = getScales(type);
  if (scales.size() != expected.size())
    return op->emitOpError() << "expected its bias to have " << expected.size() << " scales, but got " << scales.size();
  for (auto [channel, scale] : llvm::enumerate(scales))
    if (scale != expected[channel])
      return op->emitOpError() << "expected the bias of output channel " << channel
                               << " to have the scale of the accumulator, " << expected[channel] << ", but got "
                               << scale;
  return success();
}

/// No cast undoes the one before it.
static LogicalResult verifyCast(QuantizeOp quantize) {
  Value source = getQuantized(quantize.getInput());
  if (source && source.getType() == quantize.getType())
    return quantize.emitOpError() << "quantizes what was dequantized from the same type";
  return success();
}

namespace {

struct ValidateScalesPass : lowbit::impl::ValidateScalesBase<ValidateScalesPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    ScaleConstraints constraints(function);
    bool isValid = true;
    for (const SharingOp &sharing : constraints.getGroups())
      isValid &= succeeded(verifySharing(sharing, constraints));
    function.walk([&](Operation *op) {
      if (auto model = dyn_cast<QuantizableOpInterface>(op))
        isValid &= succeeded(verifyBias(model));
      if (auto quantize = dyn_cast<QuantizeOp>(op))
        isValid &= succeeded(verifyCast(quantize));
    });
    if (!isValid)
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
