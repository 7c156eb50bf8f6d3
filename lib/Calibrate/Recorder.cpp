#include "lowbit/Calibrate/Recorder.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

static thread_local Recorder *current = nullptr;

Recorder::Recorder(StringRef programHash, ArrayRef<std::string> names)
    : programHash(programHash), names(names.begin(), names.end()), builders(names.size()) {}

void Recorder::record(int64_t index, const float *data, int64_t count) {
  if (index < 0 || index >= static_cast<int64_t>(builders.size()) || count <= 0)
    return;
  const ArrayRef<float> values(data, count);
  if (readers.empty())
    return builders[index].add(values);
  for (const PatchReader &reader : readers[index]) {
    PatchMoments &sums = moments.getContractions().find(reader.name)->second;
    if (auto target = targets.find(reader.name); target != targets.end())
      target->second.patches = reader.read(values, sums.exponent);
    else
      reader.add(values, sums);
  }
}

void Recorder::pair(StringRef contraction, ArrayRef<float> activations) {
  if (auto target = targets.find(contraction); target != targets.end())
    target->second.reader.addPaired(activations, target->second.patches,
                                    moments.getContractions().find(contraction)->second);
}

void Recorder::startMoments(ArrayRef<PatchReader> allReaders, const CalibrationTable &table, bool paired) {
  moments = Moments(programHash);
  readers.assign(names.size(), {});
  targets.clear();
  for (const PatchReader &reader : allReaders) {
    auto name = llvm::find(names, reader.input);
    const Histogram *histogram = table.lookup(reader.input);
    if (name == names.end() || !histogram || histogram->empty())
      continue;
    const float largest = std::max(std::fabs(histogram->getMin()), std::fabs(histogram->getMax()));
    PatchMoments sums = PatchMoments::create(reader.elements.getCount(), largest);
    moments.getContractions().try_emplace(reader.name, paired ? sums.createPaired() : std::move(sums));
    if (paired)
      targets.try_emplace(reader.name, Target{reader, {}});
    readers[name - names.begin()].push_back(reader);
  }
}

CalibrationTable Recorder::getTable() const {
  CalibrationTable table(programHash);
  table.setNumSamples(numSamples);
  for (auto [name, builder] : llvm::zip_equal(names, builders))
    llvm::cantFail(table.add(name, builder.build()), "no machine observes 2^64 values");
  return table;
}

void Recorder::observe(int64_t index, const float *data, int64_t count) {
  if (current)
    current->record(index, data, count);
}

Recorder::Scope::Scope(Recorder &recorder) : previous(current) { current = &recorder; }
Recorder::Scope::~Scope() { current = previous; }
