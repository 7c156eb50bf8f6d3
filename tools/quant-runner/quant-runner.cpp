#include "Options.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/Support/InputCheck.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::lowbit::registerAllDialects(registry);
  if (mlir::failed(mlir::lowbit::checkInputs({argv + 1, argv + argc}, registry)))
    return EXIT_FAILURE;
  Invocation invocation = parseCommandLine(argc, argv);
  if (llvm::Error error = invocation.command(invocation.options, llvm::outs())) {
    llvm::outs().flush();
    llvm::errs() << "quant-runner: error: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
