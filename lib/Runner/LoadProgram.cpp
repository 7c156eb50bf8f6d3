#include "lowbit/Dialect/AccumulatorType.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Runner/Program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The scale of the dequantization that `value` comes from, through ops that only move elements. Exact sums have the
/// step of what they are sums of: the last tensor that was rounded.
static std::optional<double> getStep(Value value) {
  Operation *op = value.getDefiningOp();
  while (isa_and_nonnull<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::ExtractSliceOp,
                         linalg::TransposeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  auto dequantize = dyn_cast_or_null<DequantizeOp>(op);
  if (!dequantize)
    return std::nullopt;
  Value quantized = dequantize.getInput();
  if (Operation *sum = quantized.getDefiningOp(); sum && isAccumulatorType(getElementTypeOrSelf(quantized.getType())))
    quantized = sum->getOperand(0);
  auto type = dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(quantized.getType()));
  return type ? std::optional<double>(type.getScale()) : std::nullopt;
}

std::vector<std::optional<double>> lowbit::getOutputSteps(ModuleOp module, StringRef name) {
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isDeclaration() || !function.isPublic() || (!name.empty() && function.getName() != name))
      continue;
    std::vector<std::optional<double>> steps;
    for (Value value : function.getBody().back().getTerminator()->getOperands())
      steps.push_back(getStep(value));
    return steps;
  }
  return {};
}

llvm::Expected<std::unique_ptr<Program>> lowbit::loadProgram(StringRef path, const LoadOptions &options) {
  if (path.ends_with(".so"))
    return loadLibrary(path, options);
  llvm::Expected<std::unique_ptr<LoadedModule>> module = LoadedModule::parse(path);
  if (!module)
    return module.takeError();
  std::vector<std::optional<double>> steps = getOutputSteps((*module)->get(), options.function);
  llvm::Expected<std::unique_ptr<Program>> program = [&]() -> llvm::Expected<std::unique_ptr<Program>> {
    if (options.reference)
      return loadReference(std::move(*module), options);
    if (llvm::Error error = (*module)->lower(options.pipeline))
      return std::move(error);
    return options.emulator.empty() ? loadCompiled(**module, options) : loadEmulated(**module, options);
  }();
  if (program)
    (*program)->setSteps(std::move(steps));
  return program;
}
