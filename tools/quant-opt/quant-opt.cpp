#include "lowbit/InitAllDialects.h"
#include "lowbit/InitAllPasses.h"
#include "lowbit/Support/AtomicFile.h"
#include "lowbit/Support/InputCheck.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

/// What MLIR's driver does, but for the file it writes: that has the whole result afterwards, or what it had before.
static LogicalResult writeResult(StringRef input, StringRef output, DialectRegistry &registry,
                                 const MlirOptMainConfig &config) {
  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> buffer = openInputFile(input, &error);
  if (!buffer) {
    llvm::WithColor::error() << error << "\n";
    return failure();
  }
  std::string result;
  llvm::raw_string_ostream os(result);
  if (failed(MlirOptMain(os, std::move(buffer), registry, config)))
    return failure();
  llvm::Error written = lowbit::writeFileAtomically(output, [&](raw_ostream &file) { file << result; });
  if (!written)
    return success();
  llvm::logAllUnhandledErrors(std::move(written), llvm::WithColor::error());
  return failure();
}

int main(int argc, char **argv) {
  registerAllPasses();
  lowbit::registerAllPasses();
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  lowbit::registerAllDialects(registry);
  if (failed(lowbit::checkInputs({argv + 1, argv + argc}, registry)))
    return EXIT_FAILURE;
  auto [input, output] = registerAndParseCLIOptions(argc, argv, "Lowbit optimizer driver\n", registry);
  auto config = MlirOptMainConfig::createFromCLOptions();
  if (output == "-" || config.shouldShowDialects() || config.shouldListPasses())
    return asMainReturnCode(MlirOptMain(argc, argv, input, output, registry));
  llvm::InitLLVM initialize(argc, argv);
  return asMainReturnCode(writeResult(input, output, registry, config));
}
