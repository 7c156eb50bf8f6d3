#include "lowbit/Runner/Commands.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// How one output of the second program differs from the first's.
struct Difference {
  std::string name;
  size_t values = 0;
  size_t differing = 0;
  double maxAbs = 0;
  double signal = 0;
  double noise = 0;
  size_t samples = 0;
  size_t sameTop = 0;
  /// The size of one step of the output's scale, where one of the programs quantizes it, and how many values are no
  /// further apart.
  std::optional<double> step;
  size_t withinStep = 0;

  void add(double a, double b) {
    ++values;
    // Two NaN are the same answer; one NaN is infinitely wrong.
    if (a == b || (std::isnan(a) && std::isnan(b))) {
      ++withinStep;
      signal += std::isfinite(a) ? a * a : 0;
      return;
    }
    ++differing;
    const double difference = std::isnan(a - b) ? HUGE_VAL : std::abs(a - b);
    maxAbs = std::max(maxAbs, difference);
    // Values of different codes are multiples of the step up to the rounding of f32.
    if (step && difference <= *step * 1.001)
      ++withinStep;
    signal += a * a;
    noise += difference * difference;
  }
  /// Infinite where nothing differs.
  double getSQNR() const { return noise == 0 ? HUGE_VAL : 10 * std::log10(signal / noise); }
};
} // namespace

static Difference measure(const Results &first, const Results &second, size_t output, std::optional<double> step) {
  Difference difference;
  difference.name = first.specs[output].name;
  difference.step = step;
  difference.samples = first.samples;
  for (size_t sample = 0; sample < first.samples; ++sample) {
    std::vector<double> a = first.getSample(output, sample), b = second.getSample(output, sample);
    for (auto [x, y] : llvm::zip_equal(a, b))
      difference.add(x, y);
    difference.sameTop += getArgMax(a) == getArgMax(b);
  }
  return difference;
}

static double getPercent(size_t part, size_t whole) { return whole ? 100.0 * part / whole : 100; }

static void printTable(ArrayRef<Difference> differences, raw_ostream &os) {
  os << "output            values    differ  max difference   SQNR dB  same top-1 %  within one step\n";
  for (const Difference &difference : differences) {
    os << llvm::format("%-14s %9zu %9zu %15.6g %9.2f %13.2f  ", difference.name.c_str(), difference.values,
                       difference.differing, difference.maxAbs, difference.getSQNR(),
                       getPercent(difference.sameTop, difference.samples));
    if (difference.step)
      os << llvm::format("%zu (step %g)\n", difference.withinStep, *difference.step);
    else
      os << "-\n";
  }
}

/// JSON has no infinity.
static llvm::json::Value getNumber(double value) {
  return std::isfinite(value) ? llvm::json::Value(value) : llvm::json::Value(nullptr);
}

static llvm::json::Value toJSON(const Difference &difference) {
  llvm::json::Object object{{"name", difference.name},
                            {"values", difference.values},
                            {"differ", difference.differing},
                            {"max_difference", getNumber(difference.maxAbs)},
                            {"sqnr_db", getNumber(difference.getSQNR())},
                            {"same_top1_percent", getPercent(difference.sameTop, difference.samples)}};
  if (difference.step) {
    object["step"] = *difference.step;
    object["within_one_step"] = difference.withinStep;
  }
  return object;
}

/// Both programs must take and give the same tensors.
static llvm::Error checkSameSignature(const Signature &a, const Signature &b) {
  auto areSame = [](const TensorSpec &x, const TensorSpec &y) { return x.shape == y.shape && x.type == y.type; };
  auto describe = [](ArrayRef<TensorSpec> specs) {
    return llvm::join(llvm::map_range(specs, [](const TensorSpec &spec) { return spec.name + ": " + spec.str(); }),
                      ", ");
  };
  if (!llvm::equal(a.inputs, b.inputs,
                   [&](const TensorSpec &x, const TensorSpec &y) { return x.name == y.name && areSame(x, y); }))
    return llvm::createStringError("the programs take different inputs: " + describe(a.inputs) + " and " +
                                   describe(b.inputs));
  if (!llvm::equal(a.outputs, b.outputs, areSame))
    return llvm::createStringError("the programs give different outputs: " + describe(a.outputs) + " and " +
                                   describe(b.outputs));
  return llvm::Error::success();
}

llvm::Expected<ProgramPair> lowbit::loadPair(const CommandOptions &options) {
  ProgramPair pair;
  llvm::Expected<std::unique_ptr<ArrayFile>> file = ArrayFile::open(options.data);
  if (!file)
    return file.takeError();
  for (auto [index, path] : llvm::enumerate(options.programs)) {
    LoadOptions load = options.load;
    // The reference is what the other is compared with.
    load.reference = load.reference && index == 0;
    llvm::Expected<std::unique_ptr<Program>> program = loadProgram(path, load);
    if (!program)
      return program.takeError();
    pair.programs[index] = std::move(*program);
  }
  if (llvm::Error error = checkSameSignature(pair.programs[0]->getSignature(), pair.programs[1]->getSignature()))
    return std::move(error);
  llvm::Expected<Dataset> dataset =
      readDataset(**file, pair.programs[0]->getSignature().inputs, options.mappings, options.limit);
  if (!dataset)
    return dataset.takeError();
  pair.dataset = std::move(*dataset);
  if (options.labels.empty())
    return pair;
  llvm::Expected<std::vector<int64_t>> labels = readLabels(**file, options.labels, pair.dataset.samples);
  if (!labels)
    return labels.takeError();
  pair.labels = std::move(*labels);
  return pair;
}

llvm::Error lowbit::compareCommand(const CommandOptions &options, raw_ostream &os) {
  llvm::Expected<ProgramPair> pair = loadPair(options);
  if (!pair)
    return pair.takeError();
  std::vector<Results> results;
  for (auto [index, program] : llvm::enumerate(pair->programs)) {
    llvm::Expected<Results> result =
        runAll(*program, pair->dataset, llvm::sys::path::filename(options.programs[index]));
    if (!result)
      return result.takeError();
    results.push_back(std::move(*result));
  }
  std::vector<Difference> differences;
  for (size_t output = 0; output < results[0].specs.size(); ++output) {
    std::optional<double> step = pair->programs[1]->getStep(output);
    differences.push_back(measure(results[0], results[1], output, step ? step : pair->programs[0]->getStep(output)));
  }
  SmallVector<double> accuracies;
  if (!pair->labels.empty())
    for (const Results &result : results)
      accuracies.push_back(getPercent(countCorrect(result, pair->labels), pair->labels.size()));

  if (options.json) {
    llvm::json::Array outputs;
    for (const Difference &difference : differences)
      outputs.push_back(toJSON(difference));
    llvm::json::Object object{{"samples", pair->dataset.samples}, {"outputs", std::move(outputs)}};
    if (!accuracies.empty())
      object["accuracy_percent"] = llvm::json::Array(accuracies);
    os << llvm::formatv("{0:2}", llvm::json::Value(std::move(object))) << "\n";
    return llvm::Error::success();
  }
  os << "samples: " << pair->dataset.samples << "\n";
  printTable(differences, os);
  for (auto [path, accuracy] : llvm::zip(options.programs, accuracies))
    os << "accuracy of " << path << ": " << llvm::format("%.2f", accuracy) << " %\n";
  return llvm::Error::success();
}
