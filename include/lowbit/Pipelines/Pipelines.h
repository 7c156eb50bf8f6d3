#ifndef LOWBIT_PIPELINES_PIPELINES_H
#define LOWBIT_PIPELINES_PIPELINES_H

#include "lowbit/Pipelines/Stage.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include <string>

namespace mlir::lowbit {

/// What the stages need to know.
struct PipelineOptions {
  /// A preset's name or the path of a recipe.
  std::string recipe = "w8a8";
  /// The path of the calibration table; needed where the recipe has static ranges.
  std::string calibration;
  /// The path of the moments of patches, for the methods that round weights by them; may be empty.
  std::string moments;
  /// An op that stays float is an error.
  bool requireInteger = false;
  /// Put observers into the program.
  bool observe = false;
  /// The machine, as in `CodegenOptions`.
  std::string cpu = "native";
  std::string triple;
  std::string features;
  unsigned threads = 1;
  /// Equalize channels at the end of the import.
  bool equalize = false;
  /// Let products and sums of floats be contracted to fused multiply-adds; chosen in stage `lower`.
  bool fastFloat = false;
};

/// Adds the stages from `from` to `to`, both included, each followed by the check of its contract. The stages calibrate
/// to lower are left out of a program without the calibration table that its recipe needs: it stays float.
void buildPipeline(OpPassManager &manager, Stage from, Stage to, const PipelineOptions &options);

/// The last stage the module went through, from its attribute `lowbit.stage`; nothing for a program not imported yet.
std::optional<Stage> getStage(ModuleOp module);

/// The stage after `stage`; nothing after the last.
std::optional<Stage> getNextStage(Stage stage);

/// Registers `lowbit-pipeline`.
void registerPipelines();

} // namespace mlir::lowbit

#endif // LOWBIT_PIPELINES_PIPELINES_H
