#ifndef LOWBIT_PIPELINES_STAGE_H
#define LOWBIT_PIPELINES_STAGE_H

#include "mlir/IR/Location.h"
#include "mlir/Support/LLVM.h"
#include <optional>

namespace mlir::lowbit {

/// The way a program travels; each value names the stage and, in `lowbit.stage` on a module, the form it left.
enum class Stage { Import, Calibrate, Quantize, Propagate, Fuse, Lower, Codegen };

/// The module attribute that names the last stage a program went through.
inline constexpr StringLiteral kStageAttrName = "lowbit.stage";

StringRef stringifyStage(Stage stage);
/// The stage of that name, or nothing.
std::optional<Stage> parseStage(StringRef name);
/// Failure, with an error at `loc` that lists the stages, where `name` is none of them.
LogicalResult checkStageName(StringRef name, Location loc);

} // namespace mlir::lowbit

#endif // LOWBIT_PIPELINES_STAGE_H
