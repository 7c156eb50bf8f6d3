#include "lowbit/InitAllDialects.h"
#include "lowbit/InitAllPasses.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Config/llvm-config.h"

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "lowbit", LLVM_VERSION_STRING,
          [](mlir::DialectRegistry *registry) { mlir::lowbit::registerAllDialects(*registry); }};
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "lowbit", LLVM_VERSION_STRING, [] { mlir::lowbit::registerAllPasses(); }};
}
