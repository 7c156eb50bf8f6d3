#ifndef LOWBIT_CALIBRATE_RECORDER_H
#define LOWBIT_CALIBRATE_RECORDER_H

#include "lowbit/Calibrate/CalibrationTable.h"
#include "lowbit/Calibrate/Moments.h"
#include <string>
#include <vector>

namespace mlir::lowbit {

/// The runtime behind `lowbit.observe`: collects what compiled code hands to `lowbit_observe(index, data, count)`.
///
/// Bind the symbol to the address of `Recorder::observe`, and run the code while a `Recorder::Scope` is alive on the
/// same thread:
///
/// ```cpp
/// Recorder recorder(programHash, observedNames);   // module attributes lowbit.program_hash and lowbit.observed
/// for (sample : samples) {
///   Recorder::Scope scope(recorder);
///   run(sample);
///   recorder.countSample();
/// }
/// recorder.getTable().write(path);
/// ```
///
/// One recorder belongs to one thread; threads record apart and merge their tables, which gives the same bytes.
class Recorder {
public:
  /// `names[i]` is the tensor that code observes with index i; a name may occur more than once.
  Recorder(StringRef programHash, ArrayRef<std::string> names);

  /// Adds `count` floats of the tensor with that index; ignores an index that has no name.
  void record(int64_t index, const float *data, int64_t count);
  void countSample() { ++numSamples; }
  CalibrationTable getTable() const;

  /// From now on sums the moments of the patches that `readers` read, in place of histograms. `table` has the ranges of
  /// the tensors they read, by which the patches are rounded. Where the moments are `paired`, what code hands over of a
  /// sample is kept until `pair` is called with what a quantized program reads in its place.
  void startMoments(ArrayRef<PatchReader> readers, const CalibrationTable &table, bool paired = false);
  /// Adds what the contraction of that name reads in a quantized program to its paired moments.
  void pair(StringRef contraction, ArrayRef<float> activations);
  const Moments &getMoments() const { return moments; }

  /// What `lowbit_observe` is bound to: records with the recorder of the innermost scope of this thread, if any.
  static void observe(int64_t index, const float *data, int64_t count);

  /// Makes a recorder the one of this thread while alive.
  class Scope {
  public:
    explicit Scope(Recorder &recorder);
    ~Scope();
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

  private:
    Recorder *previous;
  };

private:
  std::string programHash;
  std::vector<std::string> names;
  std::vector<HistogramBuilder> builders;
  uint64_t numSamples = 0;
  /// For each observed tensor what reads it; empty while histograms are recorded.
  std::vector<std::vector<PatchReader>> readers;
  Moments moments;
  /// What contractions read in the last sample of the float program, and how; empty unless moments are paired.
  struct Target {
    PatchReader reader;
    PatchRows patches;
  };
  std::map<std::string, Target, std::less<>> targets;
};

} // namespace mlir::lowbit

#endif // LOWBIT_CALIBRATE_RECORDER_H
