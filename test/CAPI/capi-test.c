/* Registers the dialect and the passes, parses a program of the dialect, lowers it and prints it. */
#include "lowbit-c/Dialect.h"
#include "mlir-c/Diagnostics.h"
#include "mlir-c/IR.h"
#include "mlir-c/Pass.h"
#include <stdio.h>

static const char kProgram[] = "func.func @round(%x: tensor<4xf32>) -> tensor<4xf32> {\n"
                               "  %0 = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 0.5>>\n"
                               "  %1 = lowbit.dequantize %0 : tensor<4x!quant.uniform<i8:f32, 0.5>> -> tensor<4xf32>\n"
                               "  return %1 : tensor<4xf32>\n"
                               "}\n";

static void print(MlirStringRef text, void *file) { fwrite(text.data, 1, text.length, file); }

int main(void) {
  MlirDialectRegistry registry = mlirDialectRegistryCreate();
  lowbitRegisterAllDialects(registry);
  lowbitRegisterAllPasses();
  MlirContext context = mlirContextCreateWithRegistry(registry, false);
  mlirContextLoadAllAvailableDialects(context);
  MlirDialect dialect = mlirDialectHandleLoadDialect(mlirGetDialectHandle__lowbit__(), context);
  if (!mlirStringRefEqual(mlirDialectGetNamespace(dialect), mlirStringRefCreateFromCString("lowbit")))
    return 1;

  MlirModule module = mlirModuleCreateParse(context, mlirStringRefCreateFromCString(kProgram));
  if (mlirModuleIsNull(module))
    return 1;
  MlirPassManager manager = mlirPassManagerCreate(context);
  MlirStringRef pipeline = mlirStringRefCreateFromCString("builtin.module(lowbit-pipeline{from=lower to=lower})");
  MlirLogicalResult result = mlirParsePassPipeline(mlirPassManagerGetAsOpPassManager(manager), pipeline, print, stderr);
  if (mlirLogicalResultIsSuccess(result))
    result = mlirPassManagerRunOnOp(manager, mlirModuleGetOperation(module));
  if (mlirLogicalResultIsSuccess(result))
    mlirOperationPrint(mlirModuleGetOperation(module), print, stdout);

  mlirPassManagerDestroy(manager);
  mlirModuleDestroy(module);
  mlirContextDestroy(context);
  mlirDialectRegistryDestroy(registry);
  return mlirLogicalResultIsFailure(result);
}
