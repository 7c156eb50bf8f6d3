#include "lowbit/Pipelines/Stage.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StringLiteral kNames[] = {"import", "calibrate", "quantize", "propagate", "fuse", "lower", "codegen"};

StringRef lowbit::stringifyStage(Stage stage) { return kNames[static_cast<unsigned>(stage)]; }

std::optional<Stage> lowbit::parseStage(StringRef name) {
  const auto *found = llvm::find(kNames, name);
  if (found == std::end(kNames))
    return std::nullopt;
  return static_cast<Stage>(found - std::begin(kNames));
}

LogicalResult lowbit::checkStageName(StringRef name, Location loc) {
  if (parseStage(name))
    return success();
  return emitError(loc) << "unknown stage '" << name << "': expected one of " << llvm::join(ArrayRef(kNames), ", ");
}
