#include "lowbit/Pipelines/Translations.h"
#include "lowbit/Analysis/OpCosts.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/Quantize/WeightErrors.h"
#include "lowbit/Quantize/WeightHistograms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::lowbit;

static void registerDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect, math::MathDialect, quant::QuantDialect,
                  tensor::TensorDialect>();
  lowbit::registerAllDialects(registry);
}

/// Prints what `describe` makes of each function, all in one array.
static LogicalResult printArray(ModuleOp module, raw_ostream &os,
                                function_ref<void(FunctionOpInterface, llvm::json::Array &)> describe) {
  llvm::json::Array array;
  for (auto function : module.getOps<FunctionOpInterface>())
    if (!function.isExternal())
      describe(function, array);
  os << llvm::formatv("{0:2}", llvm::json::Value(std::move(array))) << "\n";
  return success();
}

static LogicalResult printOpCosts(ModuleOp module, raw_ostream &os) {
  return printArray(module, os, [](FunctionOpInterface function, llvm::json::Array &array) {
    for (const OpCost &cost : getOpCosts(function))
      array.push_back(toJSON(cost));
  });
}

static LogicalResult printWeightErrors(ModuleOp module, raw_ostream &os) {
  // The scales that weights would have are those of quantized types, which a float program need not have.
  module.getContext()->loadDialect<quant::QuantDialect>();
  return printArray(module, os, [](FunctionOpInterface function, llvm::json::Array &array) {
    for (const WeightErrors &errors : getWeightErrors(function)) {
      llvm::json::Object relative;
      for (const auto &[form, error] : errors.relative)
        relative[form] = error;
      array.push_back(llvm::json::Object{{"name", errors.name}, {"relative", std::move(relative)}});
    }
  });
}

static LogicalResult printWeightHistograms(ModuleOp module, raw_ostream &os) {
  return printArray(module, os, [](FunctionOpInterface function, llvm::json::Array &array) {
    for (const WeightHistogram &histogram : getWeightHistograms(function))
      array.push_back(llvm::json::Object{
          {"name", histogram.name}, {"largest", histogram.largest}, {"counts", llvm::json::Array(histogram.counts)}});
  });
}

void lowbit::registerAnalysisTranslations() {
  static TranslateFromMLIRRegistration costs("lowbit-to-op-costs", "what each op multiplies, reads and writes, as JSON",
                                             printOpCosts, registerDialects);
  static TranslateFromMLIRRegistration errors("lowbit-to-weight-errors",
                                              "what rounding does to the weights of each op, as JSON",
                                              printWeightErrors, registerDialects);
  static TranslateFromMLIRRegistration histograms("lowbit-to-weight-histograms",
                                                  "how the weights of each op are distributed, as JSON",
                                                  printWeightHistograms, registerDialects);
}
