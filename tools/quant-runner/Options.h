#ifndef LOWBIT_TOOLS_QUANT_RUNNER_OPTIONS_H
#define LOWBIT_TOOLS_QUANT_RUNNER_OPTIONS_H

#include "lowbit/Runner/Commands.h"

/// A command and what it was given.
struct Invocation {
  llvm::Error (*command)(const mlir::lowbit::CommandOptions &, llvm::raw_ostream &) = nullptr;
  mlir::lowbit::CommandOptions options;
};

/// Parses the command line; prints and exits where it is wrong or asks for help.
Invocation parseCommandLine(int argc, char **argv);

#endif // LOWBIT_TOOLS_QUANT_RUNNER_OPTIONS_H
