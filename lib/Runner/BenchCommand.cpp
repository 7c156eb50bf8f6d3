#include "lowbit/Runner/Commands.h"
#include "lowbit/Runner/Progress.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include <chrono>
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

/// A measurement lasts at least so long, so that the clock's grain does not matter.
static constexpr double kMinSecondsOfMeasurement = 0.002;
static constexpr size_t kMinMeasurements = 5;

namespace {
/// Times one program; every call runs the next sample of the data.
class Stopwatch {
public:
  Stopwatch(Program &program, const Dataset &dataset)
      : program(program), dataset(dataset), results(program.getSignature().outputs, 1) {}

  /// Seconds per run over `count` runs.
  llvm::Expected<double> measure(size_t count) {
    const auto start = std::chrono::steady_clock::now();
    for (size_t run = 0; run < count; ++run) {
      SmallVector<const char *> inputs = dataset.getPointers(program.getSignature().inputs, next);
      next = (next + 1) % dataset.samples;
      if (llvm::Error error = program.run(inputs, results.getPointers(), 1, [](size_t) {}))
        return std::move(error);
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / count;
  }

  /// Warms up, and finds how many runs make a measurement.
  llvm::Error calibrate() {
    while (true) {
      llvm::Expected<double> seconds = measure(runs);
      if (!seconds)
        return seconds.takeError();
      if (*seconds * runs >= kMinSecondsOfMeasurement)
        return llvm::Error::success();
      runs *= 2;
    }
  }

  llvm::Error addMeasurement() {
    llvm::Expected<double> seconds = measure(runs);
    if (!seconds)
      return seconds.takeError();
    measurements.push_back(*seconds);
    return llvm::Error::success();
  }

  double getMinimum() const { return *llvm::min_element(measurements); }
  double getMedian() const {
    std::vector<double> sorted = measurements;
    llvm::sort(sorted);
    return sorted[sorted.size() / 2];
  }
  size_t getNumMeasurements() const { return measurements.size(); }

private:
  Program &program;
  const Dataset &dataset;
  Results results;
  size_t next = 0;
  size_t runs = 1;
  std::vector<double> measurements;
};
} // namespace

/// Measures in turns, so that whatever else the machine does hits both alike.
static llvm::Error measureInTurns(MutableArrayRef<Stopwatch> timers, double seconds) {
  for (Stopwatch &timer : timers)
    if (llvm::Error error = timer.calibrate())
      return error;
  Progress progress("bench", static_cast<size_t>(seconds * 1000));
  const auto start = std::chrono::steady_clock::now();
  double elapsed = 0;
  while (elapsed < seconds || timers.front().getNumMeasurements() < kMinMeasurements) {
    for (Stopwatch &timer : timers)
      if (llvm::Error error = timer.addMeasurement())
        return error;
    elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    progress.update(static_cast<size_t>(std::min(elapsed, seconds) * 1000));
  }
  return llvm::Error::success();
}

llvm::Error lowbit::benchCommand(const CommandOptions &options, raw_ostream &os) {
  llvm::Expected<ProgramPair> pair = loadPair(options);
  if (!pair)
    return pair.takeError();
  if (pair->dataset.samples == 0)
    return llvm::createStringError(options.data + ": expected at least one sample");
  std::vector<Stopwatch> timers;
  for (const std::unique_ptr<Program> &program : pair->programs)
    timers.emplace_back(*program, pair->dataset);
  if (llvm::Error error = measureInTurns(timers, options.seconds))
    return error;

  const double ratio = timers[0].getMedian() / timers[1].getMedian();
  if (options.json) {
    llvm::json::Array programs;
    for (auto [path, timer] : llvm::zip(options.programs, timers))
      programs.push_back(llvm::json::Object{{"program", path},
                                            {"median_us", timer.getMedian() * 1e6},
                                            {"min_us", timer.getMinimum() * 1e6},
                                            {"measurements", timer.getNumMeasurements()}});
    os << llvm::formatv("{0:2}",
                        llvm::json::Value(llvm::json::Object{{"programs", std::move(programs)}, {"ratio", ratio}}))
       << "\n";
    return llvm::Error::success();
  }
  os << "   median us       min us  program\n";
  for (auto [path, timer] : llvm::zip(options.programs, timers))
    os << llvm::format("%12.2f %12.2f  ", timer.getMedian() * 1e6, timer.getMinimum() * 1e6) << path << "\n";
  os << "the second takes 1/" << llvm::format("%.2f", ratio) << " of the time of the first, over "
     << timers[0].getNumMeasurements() << " measurements in turns\n";
  return llvm::Error::success();
}
