#ifndef LOWBIT_RUNNER_COMMANDS_H
#define LOWBIT_RUNNER_COMMANDS_H

#include "lowbit/Runner/Dataset.h"
#include "lowbit/Runner/Program.h"

/// The commands of quant-runner. Each returns what went wrong; tables go to `os`.
namespace mlir::lowbit {

struct CommandOptions {
  /// One program; two for compare and bench; for merge, what it merges.
  std::vector<std::string> programs;
  /// A `.npz` or `.npy` file.
  std::string data;
  /// The file to write.
  std::string output;
  /// Where `calibrate` writes the moments of patches; empty for nowhere.
  std::string moments;
  /// The array of labels in the data; empty for none.
  std::string labels;
  std::vector<ArrayMapping> mappings;
  /// Calibration tables whose samples are added to those of this run.
  std::vector<std::string> tables;
  /// A calibration table of the ranges of all tensors, with which moments alone are measured; empty for none.
  std::string ranges;
  /// A program in Q/DQ form, made of the one that is calibrated: moments are of what its contractions read, of those
  /// that are next behind the ones whose moments are known; empty for none.
  std::string through;
  /// The moments that are known so far, which `through` was made with; empty for none.
  std::string known;
  /// At most so many samples; 0 for all.
  size_t limit = 0;
  LoadOptions load;
  /// The name of the compiled function; empty for its own.
  std::string symbol;
  /// Say in the object which line of the program each instruction comes from.
  bool lineNumbers = false;
  /// The machines that a library has versions for, as `parseMachineLevels` reads them; empty for the one of `load`.
  std::string levels;
  /// How long to measure.
  double seconds = 4;
  /// Print to stderr how long each pass took, and the most memory that was used.
  bool timing = false;
  /// Print JSON instead of a table.
  bool json = false;
};

/// Runs a program on every sample and writes its outputs.
llvm::Error runCommand(const CommandOptions &options, raw_ostream &os);
/// Runs a float program with observers and writes the table of what they saw.
llvm::Error calibrateCommand(const CommandOptions &options, raw_ostream &os);
/// Merges calibration tables, or moments, of one program.
llvm::Error mergeCommand(const CommandOptions &options, raw_ostream &os);
/// Runs two programs on the same samples and prints how their outputs differ.
llvm::Error compareCommand(const CommandOptions &options, raw_ostream &os);
/// Times two programs in turns on the same samples.
llvm::Error benchCommand(const CommandOptions &options, raw_ostream &os);
/// Writes an object file, a static or a shared library, with its C header.
llvm::Error compileCommand(const CommandOptions &options, raw_ostream &os);

/// Two programs with the same inputs and outputs, and data for them.
struct ProgramPair {
  std::array<std::unique_ptr<Program>, 2> programs;
  Dataset dataset;
  /// Empty where no labels were asked for.
  std::vector<int64_t> labels;
};
llvm::Expected<ProgramPair> loadPair(const CommandOptions &options);

/// Runs all samples of a data set, with a progress bar.
llvm::Expected<Results> runAll(Program &program, const Dataset &dataset, StringRef what);

} // namespace mlir::lowbit

#endif // LOWBIT_RUNNER_COMMANDS_H
