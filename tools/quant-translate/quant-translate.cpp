#include "lowbit/Execution/Translations.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/Pipelines/Translations.h"
#include "lowbit/Support/InputCheck.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllTranslations.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"

int main(int argc, char **argv) {
  mlir::registerAllTranslations();
  mlir::lowbit::registerTranslations();
  mlir::lowbit::registerAnalysisTranslations();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::lowbit::registerAllDialects(registry);
  if (mlir::failed(mlir::lowbit::checkInputs({argv + 1, argv + argc}, registry)))
    return EXIT_FAILURE;
  return mlir::failed(mlir::mlirTranslateMain(argc, argv, "Lowbit translation driver\n"));
}
