#ifndef LOWBIT_CODEGEN_PIPELINE_H
#define LOWBIT_CODEGEN_PIPELINE_H

#include "mlir/Pass/PassManager.h"
#include <string>

namespace mlir::lowbit {

/// The machine to generate code for.
struct CodegenOptions {
  /// LLVM's name of the CPU, or "native".
  std::string cpu = "native";
  /// LLVM's target triple; empty for the host's.
  std::string triple;
  /// Further LLVM features, as "+x,-y".
  std::string features;
  /// How many threads share the work of one call; with more than one, the code needs the runtime library of OpenMP.
  unsigned threads = 1;
};

/// Integer or float form to the LLVM dialect.
void buildCodegenPipeline(OpPassManager &manager, const CodegenOptions &options);

} // namespace mlir::lowbit

#endif // LOWBIT_CODEGEN_PIPELINE_H
