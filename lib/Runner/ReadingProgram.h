#ifndef LOWBIT_LIB_RUNNER_READINGPROGRAM_H
#define LOWBIT_LIB_RUNNER_READINGPROGRAM_H

#include "lowbit/Calibrate/Recorder.h"
#include "lowbit/Runner/Commands.h"

namespace mlir::lowbit {

/// A quantized program that returns what some of its contractions read, and the samples that it runs on.
class ReadingProgram {
public:
  /// Loads the program that `options.through` names, which must be in Q/DQ form and have contractions of the names of
  /// `readers`. What only other contractions are computed of is left out of it.
  static llvm::Expected<ReadingProgram> load(const CommandOptions &options, ArrayFile &file,
                                             ArrayRef<PatchReader> readers);

  /// Runs a sample, and pairs what the contractions read with what `recorder` saw of the float program.
  llvm::Error run(size_t sample, Recorder &recorder);

private:
  ReadingProgram(std::unique_ptr<Program> program, Dataset dataset)
      : program(std::move(program)), dataset(std::move(dataset)) {}

  std::unique_ptr<Program> program;
  Dataset dataset;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_RUNNER_READINGPROGRAM_H
