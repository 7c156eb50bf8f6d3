#include "lowbit/Calibrate/Recorder.h"

using namespace mlir;
using namespace mlir::lowbit;

static thread_local Recorder *current = nullptr;

Recorder::Recorder(StringRef programHash, ArrayRef<std::string> names)
    : programHash(programHash), names(names.begin(), names.end()), builders(names.size()) {}

void Recorder::record(int64_t index, const float *data, int64_t count) {
  if (index >= 0 && index < static_cast<int64_t>(builders.size()) && count > 0)
    builders[index].add(ArrayRef<float>(data, count));
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
