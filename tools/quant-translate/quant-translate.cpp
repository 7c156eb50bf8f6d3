#include "lowbit/Execution/Translations.h"
#include "mlir/InitAllTranslations.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"

int main(int argc, char **argv) {
  mlir::registerAllTranslations();
  mlir::lowbit::registerTranslations();
  return mlir::failed(mlir::mlirTranslateMain(argc, argv, "Lowbit translation driver\n"));
}
