#ifndef LOWBIT_SUPPORT_RECIPE_H
#define LOWBIT_SUPPORT_RECIPE_H

#include "lowbit/Dialect/LowbitInterfaces.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace mlir::lowbit {

/// What shares one scale in a weight tensor.
enum class Granularity { Tensor, Axis, Group };

/// How the scale of weights is chosen: so that the largest of them is the largest integer, or with the least squared
/// error.
enum class WeightScales { AbsMax, MSE };

/// What stands for 0 in weights: the integer 0, an integer of each scale's own, or the middle between -1 and 0, so that
/// two bits are -1.5, -0.5, 0.5 and 1.5 steps.
enum class WeightZeroPoints { None, Integer, Half };

/// How a weight becomes an integer: to the nearest one, so that the sum of errors of each output channel vanishes, or
/// so that the squared error over the calibration data is small: by GPTQ, and by descent from what that gives. `Best`
/// is descent where moments were measured, sums elsewhere.
enum class WeightRounding { Nearest, Sums, GPTQ, Descent, Best };

/// How to quantize the ops that match.
struct RecipeRule {
  /// Glob over the kind of an op: `matmul`, `conv_2d*`, `linalg.add`. A clamp or a mean in a generic is called so.
  std::string op = "*";
  /// Glob over the name of the op's result in the calibration table.
  std::string name = "*";
  /// Keep the op in floats; the other settings don't apply.
  bool isFloat = false;
  /// Bits; 0 for float.
  unsigned weights = 8;
  unsigned activations = 8;
  /// Activations have zero point 0.
  bool isSymmetric = false;
  Granularity granularity = Granularity::Axis;
  /// Weights that share a scale, with `Granularity::Group`: a power of two from `kSmallestGroup` to `kLargestGroup`.
  unsigned group = 0;
  static constexpr unsigned kSmallestGroup = 16, kLargestGroup = 256;
  WeightScales scales = WeightScales::AbsMax;
  WeightZeroPoints zeroPoints = WeightZeroPoints::None;
  WeightRounding rounding = WeightRounding::Best;
  /// Where moments were measured, the bias takes up what the errors of the weights add to the mean of a channel.
  bool correctsBias = false;
  /// The ranges of the activations of contractions are found while the program runs, not by calibration.
  bool isDynamic = false;
  /// How a range is chosen from the histogram of a tensor. The default is what benchmarks/methods.py finds best.
  std::string method = "percentile";
  /// Of the samples, how many the method `percentile` keeps.
  double percentile = 99.999;

  /// Where the rule is written, to speak of it in errors: its number from 1 up, and its place in the file.
  unsigned number = 1;
  unsigned line = 1;
  unsigned column = 1;

  QuantWidths getWidths() const { return {weights, activations}; }
  /// Rounds by the moments of the patches, where they were measured.
  bool usesMoments() const { return !isFloat && rounding >= WeightRounding::GPTQ; }
  /// Is an error without them.
  bool needsMoments() const { return usesMoments() && rounding != WeightRounding::Best; }
  /// `rule 2 (op 'conv_2d*', name '*')`.
  std::string describe() const;
  /// Asks the calibration table for ranges.
  bool needsRanges() const { return !isFloat && !isDynamic && activations != 0; }
  bool matchesEverything() const { return op == "*" && name == "*"; }
};

/// What to quantize and how: the first rule that matches an op decides; an op that none matches stays float.
///
/// The text of a recipe is YAML, a mapping with the key `rules` or the list of rules alone:
/// ```
/// rules:
///   - op: softmax
///     float: true
///   - op: "*"
///     name: "*"
///     weights: 8            # 8, 4 or 2
///     activations: 8        # 16, 8, 4, 2 or float
///     symmetric: false      # activations with zero point 0; dynamic ranges always are
///     granularity: axis     # tensor, axis or group
///     group: 32             # with granularity: group
///     scales: absmax        # absmax or mse
///     zero_points: none     # of weights: none, integer or half
///     rounding: sums        # nearest, sums, gptq, descent or best
///     correct_bias: false   # with moments: the bias takes up the mean error of the weights
///     ranges: static        # static or dynamic
///     method: percentile    # with ranges: static; minmax, percentile, mse or entropy
///     percentile: 99.999    # with method: percentile
/// ```
struct Recipe {
  std::vector<RecipeRule> rules;
  /// What errors call the file of the rules.
  std::string path;
  /// The rules are for any program, so that one of them may match nothing.
  bool isPreset = false;

  /// Whether a rule asks the calibration table for ranges.
  bool needsRanges() const {
    return llvm::any_of(rules, [](const RecipeRule &rule) { return rule.needsRanges(); });
  }
  /// The rule for an op of that kind; null where none matches. `kind` comes with and without its dialect.
  const RecipeRule *find(StringRef kind, StringRef fullKind, StringRef name) const;

  /// Reads the preset of that name, the file at that path, or the rules themselves: text that starts with `[`, as
  /// `[{op: conv_2d*, weights: 4}, {op: "*"}]`. Errors are reported at the place in the file, or at `loc`.
  static FailureOr<Recipe> load(StringRef presetPathOrRules, Location loc);
  /// An error at each rule that is not among `matched`, the rules that decided an op, unless it is for any op or this
  /// is a preset.
  LogicalResult verifyMatched(const llvm::SmallPtrSetImpl<const RecipeRule *> &matched, MLIRContext *context) const;
  /// Reads the text of a recipe; `path` names it in errors.
  static FailureOr<Recipe> parse(StringRef text, StringRef path, MLIRContext *context);
};

} // namespace mlir::lowbit

#endif // LOWBIT_SUPPORT_RECIPE_H
