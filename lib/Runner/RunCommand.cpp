#include "lowbit/Runner/Commands.h"
#include "lowbit/Runner/Progress.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace mlir::lowbit;

llvm::Expected<Results> lowbit::runAll(Program &program, const Dataset &dataset, StringRef what) {
  Results results(program.getSignature().outputs, dataset.samples);
  Progress progress(what, dataset.samples);
  if (llvm::Error error = program.run(dataset.getPointers(), results.getPointers(), dataset.samples,
                                      [&](size_t done) { progress.update(done); }))
    return std::move(error);
  return results;
}

llvm::Error lowbit::runCommand(const CommandOptions &options, raw_ostream &os) {
  // The data is opened first: a wrong path should not cost a compilation.
  llvm::Expected<std::unique_ptr<ArrayFile>> file = ArrayFile::open(options.data);
  if (!file)
    return file.takeError();
  llvm::Expected<std::unique_ptr<Program>> program = loadProgram(options.programs.front(), options.load);
  if (!program)
    return program.takeError();
  llvm::Expected<Dataset> dataset =
      readDataset(**file, (*program)->getSignature().inputs, options.mappings, options.limit);
  if (!dataset)
    return dataset.takeError();
  std::vector<int64_t> labels;
  if (!options.labels.empty()) {
    llvm::Expected<std::vector<int64_t>> read = readLabels(**file, options.labels, dataset->samples);
    if (!read)
      return read.takeError();
    labels = std::move(*read);
  }
  llvm::Expected<Results> results = runAll(**program, *dataset, "run");
  if (!results)
    return results.takeError();
  if (!options.output.empty())
    if (llvm::Error error = writeArrays(options.output, results->getArrays()))
      return error;
  os << "samples: " << dataset->samples << "\n";
  for (const TensorSpec &spec : (*program)->getSignature().inputs)
    os << "input " << spec.name << ": " << spec.str() << "\n";
  for (const TensorSpec &spec : results->specs)
    os << "output " << spec.name << ": " << spec.str() << "\n";
  if (!labels.empty())
    os << "accuracy: " << llvm::format("%.2f", 100.0 * countCorrect(*results, labels) / labels.size()) << " %\n";
  return llvm::Error::success();
}
