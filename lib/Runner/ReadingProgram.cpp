#include "ReadingProgram.h"
#include "lowbit/Calibrate/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Why `signature` does not have what `reader` reads; empty where it has.
static std::string findMismatch(const Signature &signature, const PatchReader &reader) {
  auto output = llvm::find_if(signature.outputs, [&](const TensorSpec &spec) { return spec.name == reader.name; });
  if (output == signature.outputs.end())
    return "expected a contraction '" + reader.name + "', as the program that is calibrated has it";
  const int64_t last = reader.positions.getOffset(reader.positions.getCount() - 1) +
                       reader.elements.getOffset(reader.elements.getCount() - 1);
  if (output->getBytes() <= last * sizeof(float))
    return "expected the contraction '" + reader.name + "' to read as large a tensor as in the program that is " +
           "calibrated";
  return "";
}

llvm::Expected<ReadingProgram> ReadingProgram::load(const CommandOptions &options, ArrayFile &file,
                                                    ArrayRef<PatchReader> readers) {
  const std::string &path = options.through;
  llvm::Expected<std::unique_ptr<LoadedModule>> module = LoadedModule::parse(path);
  if (!module)
    return module.takeError();
  std::optional<Stage> stage = getStage((*module)->get());
  if (stage != Stage::Quantize && stage != Stage::Propagate)
    return llvm::createStringError(path + ": expected a program in Q/DQ form, as `quantize --to propagate` writes it");
  PassManager manager((*module)->get()->getContext());
  ReturnTensorsOptions returned;
  for (const PatchReader &reader : readers)
    returned.operands.push_back(reader.name);
  manager.addNestedPass<func::FuncOp>(createReturnTensors(std::move(returned)));
  if (failed(manager.run((*module)->get())))
    return llvm::createStringError(path + ": cannot return what its contractions read");
  if (llvm::Error error = (*module)->lower(options.load.pipeline))
    return std::move(error);
  llvm::Expected<std::unique_ptr<Program>> program = loadCompiled(**module, options.load);
  if (!program)
    return program.takeError();
  const Signature &signature = (*program)->getSignature();
  for (const PatchReader &reader : readers)
    if (std::string mismatch = findMismatch(signature, reader); !mismatch.empty())
      return llvm::createStringError(path + ": " + mismatch);
  llvm::Expected<Dataset> dataset = readDataset(file, signature.inputs, options.mappings, options.limit);
  if (!dataset)
    return dataset.takeError();
  return ReadingProgram(std::move(*program), std::move(*dataset));
}

llvm::Error ReadingProgram::run(size_t sample, Recorder &recorder) {
  const Signature &signature = program->getSignature();
  Results results(signature.outputs, 1);
  SmallVector<const char *> inputs = dataset.getPointers(signature.inputs, sample);
  if (llvm::Error error = program->run(inputs, results.getPointers(), 1, [](size_t) {}))
    return error;
  for (auto [spec, bytes] : llvm::zip_equal(results.specs, results.data))
    recorder.pair(spec.name, ArrayRef(reinterpret_cast<const float *>(bytes.data()), bytes.size() / sizeof(float)));
  return llvm::Error::success();
}
