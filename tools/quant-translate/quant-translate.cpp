#include "lowbit/Execution/Translations.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/Pipelines/Translations.h"
#include "lowbit/Support/InputCheck.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllTranslations.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

/// The value of the option `-o`, which may be spelled `-o PATH`, `--o PATH`, `-o=PATH` or `--o=PATH`; null without one.
static char **findOutput(MutableArrayRef<char *> arguments, std::string &path) {
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    StringRef text = argument;
    if (text == "--")
      break;
    if (!text.consume_front("-"))
      continue;
    text.consume_front("-");
    if (text.consume_front("o=")) {
      path = text.str();
      return &argument;
    }
    if (text == "o" && index + 1 < arguments.size()) {
      path = arguments[index + 1];
      return &arguments[index + 1];
    }
  }
  return nullptr;
}

/// What MLIR's driver does, but for the file it writes: it writes to a temporary name beside it, so that the file has
/// the whole result afterwards, or what it had before. What is no regular file, as a pipe or a device, is written
/// directly.
static int translate(MutableArrayRef<char *> arguments) {
  auto run = [&] {
    return failed(mlirTranslateMain(arguments.size(), arguments.data(), "Lowbit translation driver\n"));
  };
  std::string path;
  char **output = findOutput(arguments, path);
  if (!output || path == "-" || (llvm::sys::fs::exists(path) && !llvm::sys::fs::is_regular_file(path)))
    return run();
  SmallString<256> temporary;
  std::error_code error = llvm::sys::fs::createUniqueFile(path + ".%%%%%%.tmp", temporary);
  std::string argument = (StringRef(*output).starts_with("-") ? "-o=" : "") + temporary.str().str();
  *output = argument.data();
  if (!error) {
    if (run()) {
      // MLIR's driver removes what it failed to write only where it had begun to.
      llvm::sys::fs::remove(temporary);
      return EXIT_FAILURE;
    }
    error = llvm::sys::fs::rename(temporary, path);
  }
  if (!error)
    return EXIT_SUCCESS;
  llvm::WithColor::error() << "'" << path << "': " << error.message() << "\n";
  return EXIT_FAILURE;
}

int main(int argc, char **argv) {
  registerAllTranslations();
  lowbit::registerTranslations();
  lowbit::registerAnalysisTranslations();
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  lowbit::registerAllDialects(registry);
  if (failed(lowbit::checkInputs({argv + 1, argv + argc}, registry)))
    return EXIT_FAILURE;
  return translate({argv, argv + argc});
}
