#include "Options.h"

int main(int argc, char **argv) {
  Invocation invocation = parseCommandLine(argc, argv);
  if (llvm::Error error = invocation.command(invocation.options, llvm::outs())) {
    llvm::outs().flush();
    llvm::errs() << "quant-runner: error: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
