#include "ReadingProgram.h"
#include "lowbit/Calibrate/ProgramHash.h"
#include "lowbit/Runner/Progress.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::lowbit;

/// What the lowered module says that its observers see.
static llvm::Expected<Recorder> createRecorder(LoadedModule &module) {
  auto hash = module.get()->getAttrOfType<StringAttr>(kProgramHashAttrName);
  auto observed = module.get()->getAttrOfType<ArrayAttr>("lowbit.observed");
  if (!hash || !observed)
    return llvm::createStringError(module.getPath() + ": the program has no observers; only a float program that was " +
                                   "not quantized can be calibrated");
  std::vector<std::string> names;
  for (Attribute name : observed) {
    auto string = dyn_cast<StringAttr>(name);
    if (!string)
      return llvm::createStringError(module.getPath() + ": malformed 'lowbit.observed'");
    names.push_back(string.str());
  }
  return Recorder(hash.getValue(), names);
}

/// Runs the samples one by one, for the recorder counts them.
static llvm::Error record(Program &program, const Dataset &dataset, Recorder &recorder, StringRef what,
                          ReadingProgram *through = nullptr) {
  Results results(program.getSignature().outputs, 1);
  Progress progress(what, dataset.samples);
  Recorder::Scope scope(recorder);
  for (size_t sample = 0; sample < dataset.samples; ++sample) {
    SmallVector<const char *> inputs = dataset.getPointers(program.getSignature().inputs, sample);
    if (llvm::Error error = program.run(inputs, results.getPointers(), 1, [](size_t) {}))
      return error;
    recorder.countSample();
    if (through)
      if (llvm::Error error = through->run(sample, recorder))
        return error;
    progress.update(sample + 1);
  }
  return llvm::Error::success();
}

/// The contractions of the module that read patches.
static llvm::Expected<std::vector<PatchReader>> getReaders(LoadedModule &module) {
  auto patches = module.get()->getAttrOfType<ArrayAttr>(kPatchesAttrName);
  if (!patches)
    return llvm::createStringError(module.getPath() + ": the program has no contraction with constant weights, so " +
                                   "there are no moments to measure");
  return getPatchReaders(patches);
}

/// Runs the samples once more, and writes the moments of the patches that contractions read.
static llvm::Error recordMoments(LoadedModule &module, Program &program, const Dataset &dataset, Recorder recorder,
                                 const CalibrationTable &table, StringRef path) {
  llvm::Expected<std::vector<PatchReader>> readers = getReaders(module);
  if (!readers)
    return readers.takeError();
  recorder.startMoments(*readers, table);
  if (llvm::Error error = record(program, dataset, recorder, "moments"))
    return error;
  return recorder.getMoments().write(path);
}

/// The moments that are known so far; none where no file is named.
static llvm::Expected<Moments> readKnown(StringRef path, StringRef programHash) {
  if (path.empty())
    return Moments(programHash.str());
  llvm::Expected<Moments> known = Moments::read(path);
  if (known && known->getProgramHash() != programHash)
    return llvm::createStringError(path + ": the moments are of another program");
  return known;
}

/// Runs the samples through the float program and through the quantized one, and writes the moments that are known and
/// those of the contractions that come next: that read nothing of a contraction without moments.
static llvm::Error recordNextMoments(LoadedModule &module, Program &program, const Dataset &dataset, Recorder recorder,
                                     const CalibrationTable &table, ArrayFile &file, const CommandOptions &options,
                                     raw_ostream &os) {
  llvm::Expected<std::vector<PatchReader>> readers = getReaders(module);
  if (!readers)
    return readers.takeError();
  llvm::Expected<Moments> known = readKnown(options.known, recorder.getTable().getProgramHash());
  if (!known)
    return known.takeError();
  auto &contractions = known->getContractions();
  // What is not observed has no moments that others could wait for.
  llvm::erase_if(*readers, [&](const PatchReader &reader) {
    const Histogram *histogram = table.lookup(reader.input);
    return !histogram || histogram->empty();
  });
  llvm::StringSet<> missing;
  for (const PatchReader &reader : *readers)
    if (!contractions.count(reader.name))
      missing.insert(reader.name);
  const size_t total = readers->size();
  llvm::erase_if(*readers, [&](const PatchReader &reader) {
    return !missing.contains(reader.name) ||
           llvm::any_of(reader.sources, [&](const std::string &source) { return missing.contains(source); });
  });
  if (!readers->empty()) {
    llvm::Expected<ReadingProgram> through = ReadingProgram::load(options, file, *readers);
    if (!through)
      return through.takeError();
    recorder.startMoments(*readers, table, /*paired=*/true);
    if (llvm::Error error = record(program, dataset, recorder, "moments", &*through))
      return error;
    for (const auto &[name, moments] : recorder.getMoments().getContractions())
      contractions[name] = moments;
  }
  os << "contractions: " << total - missing.size() + readers->size() << " of " << total << "\n";
  return known->write(options.moments);
}

/// Adds the samples of the tables at `paths` to `table`.
static llvm::Error merge(CalibrationTable &table, ArrayRef<std::string> paths) {
  for (const std::string &path : paths) {
    llvm::Expected<CalibrationTable> other = CalibrationTable::read(path);
    if (!other)
      return other.takeError();
    if (llvm::Error error = table.merge(*other))
      return llvm::createStringError(path + ": " + toString(std::move(error)));
  }
  return llvm::Error::success();
}

/// Measures moments with the ranges of a table that there is.
static llvm::Error measureMoments(LoadedModule &module, const LoadOptions &load, ArrayFile &file,
                                  const CommandOptions &options, Recorder recorder, raw_ostream &os) {
  if (options.moments.empty() || !options.output.empty() || !options.tables.empty())
    return llvm::createStringError("calibrate: --ranges is for --moments alone, without -o and --merge");
  if (!options.known.empty() && options.through.empty())
    return llvm::createStringError("calibrate: --known is for --through");
  llvm::Expected<CalibrationTable> ranges = CalibrationTable::read(options.ranges);
  if (!ranges)
    return ranges.takeError();
  if (ranges->getProgramHash() != recorder.getTable().getProgramHash())
    return llvm::createStringError(options.ranges + ": the table is of another program");
  llvm::Expected<std::unique_ptr<Program>> program = loadCompiled(module, load);
  if (!program)
    return program.takeError();
  llvm::Expected<Dataset> dataset =
      readDataset(file, (*program)->getSignature().inputs, options.mappings, options.limit);
  if (!dataset)
    return dataset.takeError();
  if (!options.through.empty())
    return recordNextMoments(module, **program, *dataset, std::move(recorder), *ranges, file, options, os);
  return recordMoments(module, **program, *dataset, std::move(recorder), *ranges, options.moments);
}

llvm::Error lowbit::calibrateCommand(const CommandOptions &options, raw_ostream &os) {
  llvm::Expected<std::unique_ptr<ArrayFile>> file = ArrayFile::open(options.data);
  if (!file)
    return file.takeError();
  llvm::Expected<std::unique_ptr<LoadedModule>> module = LoadedModule::parse(options.programs.front());
  if (!module)
    return module.takeError();
  LoadOptions load = options.load;
  load.pipeline.observe = true;
  load.observe = Recorder::observe;
  if (llvm::Error error = (*module)->lower(load.pipeline))
    return error;
  llvm::Expected<Recorder> recorder = createRecorder(**module);
  if (!recorder)
    return recorder.takeError();
  if (!options.ranges.empty())
    return measureMoments(**module, load, **file, options, std::move(*recorder), os);
  if (!options.through.empty() || !options.known.empty())
    return llvm::createStringError("calibrate: --through and --known need --ranges");
  if (options.output.empty())
    return llvm::createStringError("calibrate: expected -o");
  // Before the samples are run, for that may take long.
  CalibrationTable merged = recorder->getTable();
  if (llvm::Error error = merge(merged, options.tables))
    return error;
  llvm::Expected<std::unique_ptr<Program>> program = loadCompiled(**module, load);
  if (!program)
    return program.takeError();
  llvm::Expected<Dataset> dataset =
      readDataset(**file, (*program)->getSignature().inputs, options.mappings, options.limit);
  if (!dataset)
    return dataset.takeError();
  if (llvm::Error error = record(**program, *dataset, *recorder, "calibrate"))
    return error;
  if (llvm::Error error = merged.merge(recorder->getTable()))
    return error;
  if (llvm::Error error = merged.write(options.output))
    return error;
  if (!options.moments.empty())
    if (llvm::Error error = recordMoments(**module, **program, *dataset, std::move(*recorder), merged, options.moments))
      return error;
  os << "samples: " << merged.getNumSamples() << "\ntensors: " << merged.getHistograms().size() << "\n";
  return llvm::Error::success();
}
