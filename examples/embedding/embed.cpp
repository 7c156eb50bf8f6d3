// A compiler of its own that builds IR with the dialect `lowbit`, runs Lowbit's passes on it and prints the result.
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/InitAllPasses.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/Builders.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

/// A function that quantizes its argument and dequantizes it again.
static OwningOpRef<ModuleOp> buildProgram(MLIRContext &context) {
  OpBuilder builder(&context);
  Location loc = builder.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, loc);
  builder.setInsertionPointToStart(module->getBody());
  Type floats = RankedTensorType::get({4}, builder.getF32Type());
  auto integers = quant::UniformQuantizedType::get(quant::QuantizationFlags::Signed, builder.getI8Type(),
                                                   builder.getF32Type(), /*scale=*/0.5, /*zeroPoint=*/0,
                                                   /*storageTypeMin=*/-128, /*storageTypeMax=*/127);
  auto function = func::FuncOp::create(builder, loc, "round", builder.getFunctionType(floats, floats));
  builder.setInsertionPointToStart(function.addEntryBlock());
  Value quantized =
      lowbit::QuantizeOp::create(builder, loc, RankedTensorType::get({4}, integers), function.getArgument(0));
  Value result = lowbit::DequantizeOp::create(builder, loc, floats, quantized);
  func::ReturnOp::create(builder, loc, result);
  return module;
}

int main() {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  lowbit::registerAllDialects(registry);
  lowbit::registerAllPasses();
  MLIRContext context(registry);
  context.loadAllAvailableDialects();

  OwningOpRef<ModuleOp> module = buildProgram(context);
  PassManager manager(&context);
  if (failed(parsePassPipeline("lowbit-pipeline{from=lower to=lower}", manager)) || failed(manager.run(*module)))
    return 1;
  module->print(llvm::outs());
  return 0;
}
