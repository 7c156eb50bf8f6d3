#include "lowbit/Support/Recipe.h"
#include "lowbit/Support/QuantScheme.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/YAMLTraits.h"
#include <optional>

using namespace mlir;
using namespace mlir::lowbit;

namespace {

struct Preset {
  StringLiteral name;
  /// The text of the recipe.
  StringLiteral rules;
};

/// Weights of a depthwise convolution are few, and each is used in one sum of a few products: they keep 8 bits.
constexpr Preset kPresets[] = {
    {"w8a8", R"([{op: "*"}])"},
    {"w8a8-dynamic", R"([{op: "*", ranges: dynamic}])"},
    {"w8a16", R"([{op: "*", activations: 16}])"},
    {"w4a8", R"([{op: "depthwise*", method: mse}, {op: "*", weights: 4, method: mse}])"},
    {"w4a8-g16", R"([{op: "depthwise*", method: mse},
                     {op: "*", weights: 4, granularity: group, group: 16, method: mse}])"},
    {"w4a8-g32", R"([{op: "depthwise*", method: mse},
                     {op: "*", weights: 4, granularity: group, group: 32, method: mse}])"},
    {"w4a8-g128", R"([{op: "depthwise*", method: mse},
                      {op: "*", weights: 4, granularity: group, group: 128, method: mse}])"},
    {"w4a8-dynamic", R"([{op: "depthwise*", ranges: dynamic}, {op: "*", weights: 4, ranges: dynamic}])"},
    {"w4a8-g128-dynamic", R"([{op: "depthwise*", ranges: dynamic},
                              {op: "*", weights: 4, granularity: group, group: 128, ranges: dynamic}])"},
    {"w4a8-asymmetric", R"([{op: "depthwise*", method: mse},
                            {op: "*", weights: 4, zero_points: integer, method: mse}])"},
    {"w2a8", R"([{op: "depthwise*", method: mse}, {op: "*", weights: 2, method: mse}])"},
    {"w2a8-asymmetric", R"([{op: "depthwise*", method: mse},
                            {op: "*", weights: 2, zero_points: integer, method: mse}])"},
    {"w4a4", R"([{op: "depthwise*", activations: 4, method: mse},
                 {op: "*", weights: 4, activations: 4, method: mse}])"},
    {"w2a2", R"([{op: "depthwise*", activations: 2, method: mse},
                 {op: "*", weights: 2, activations: 2, method: mse}])"},
    {"w2a2-half", R"([{op: "depthwise*", activations: 2, method: mse},
                      {op: "*", weights: 2, activations: 2, zero_points: half, method: mse}])"},
    {"w8", R"([{op: "*", activations: float}])"},
    {"w4", R"([{op: "depthwise*", activations: float}, {op: "*", weights: 4, activations: float}])"},
    {"w2", R"([{op: "depthwise*", activations: float}, {op: "*", weights: 2, activations: float}])"},
};

/// A number of bits, or `float`, which is 0.
struct Bits {
  unsigned value = 8;
};

/// What a rule says, before its settings are known to go together.
struct RuleText {
  RecipeRule rule;
  std::optional<Bits> weights, activations;
  std::optional<bool> isSymmetric;
  std::optional<Granularity> granularity;
  std::optional<unsigned> group;
  std::optional<WeightScales> scales;
  std::optional<WeightZeroPoints> zeroPoints;
  std::optional<WeightRounding> rounding;
  std::optional<bool> correctsBias;
  std::optional<bool> isDynamic;
  std::optional<std::string> method;
  std::optional<double> percentile;
  bool isFloat = false;
};

struct RecipeText {
  std::vector<RuleText> rules;
};

/// What is known while a recipe is read.
struct ParseContext {
  StringRef text;
  StringRef path;
  MLIRContext *context;
  unsigned ruleCount = 0;
  bool hasReported = false;
};

/// `static` or `dynamic`.
struct Ranges {
  bool isDynamic = false;
};

} // namespace

LLVM_YAML_IS_SEQUENCE_VECTOR(RuleText)

namespace llvm::yaml {

template <> struct ScalarTraits<Bits> {
  static void output(const Bits &bits, void *, raw_ostream &out) { out << bits.value; }
  static StringRef input(StringRef text, void *, Bits &bits) {
    if (text == "float") {
      bits.value = 0;
      return {};
    }
    if (text.getAsInteger(10, bits.value) || !is_contained({2u, 4u, 8u, 16u}, bits.value))
      return "expected 16, 8, 4, 2 or float";
    return {};
  }
  static QuotingType mustQuote(StringRef) { return QuotingType::None; }
};

template <> struct ScalarEnumerationTraits<Granularity> {
  static void enumeration(IO &io, Granularity &value) {
    io.enumCase(value, "tensor", Granularity::Tensor);
    io.enumCase(value, "axis", Granularity::Axis);
    io.enumCase(value, "group", Granularity::Group);
  }
};

template <> struct ScalarEnumerationTraits<WeightRounding> {
  static void enumeration(IO &io, WeightRounding &value) {
    io.enumCase(value, "nearest", WeightRounding::Nearest);
    io.enumCase(value, "sums", WeightRounding::Sums);
    io.enumCase(value, "gptq", WeightRounding::GPTQ);
    io.enumCase(value, "descent", WeightRounding::Descent);
    io.enumCase(value, "best", WeightRounding::Best);
  }
};

template <> struct ScalarEnumerationTraits<WeightScales> {
  static void enumeration(IO &io, WeightScales &value) {
    io.enumCase(value, "absmax", WeightScales::AbsMax);
    io.enumCase(value, "mse", WeightScales::MSE);
  }
};

template <> struct ScalarEnumerationTraits<WeightZeroPoints> {
  static void enumeration(IO &io, WeightZeroPoints &value) {
    io.enumCase(value, "none", WeightZeroPoints::None);
    io.enumCase(value, "integer", WeightZeroPoints::Integer);
    io.enumCase(value, "half", WeightZeroPoints::Half);
  }
};

template <> struct ScalarTraits<Ranges> {
  static void output(const Ranges &ranges, void *, raw_ostream &out) {
    out << (ranges.isDynamic ? "dynamic" : "static");
  }
  static StringRef input(StringRef text, void *, Ranges &ranges) {
    ranges.isDynamic = text == "dynamic";
    return text == "dynamic" || text == "static" ? StringRef() : "expected static or dynamic";
  }
  static QuotingType mustQuote(StringRef) { return QuotingType::None; }
};

template <> struct MappingTraits<RuleText> {
  static void mapping(IO &io, RuleText &text) {
    std::optional<Ranges> ranges;
    io.mapOptional("op", text.rule.op);
    io.mapOptional("name", text.rule.name);
    io.mapOptional("float", text.isFloat);
    io.mapOptional("weights", text.weights);
    io.mapOptional("activations", text.activations);
    io.mapOptional("symmetric", text.isSymmetric);
    io.mapOptional("granularity", text.granularity);
    io.mapOptional("group", text.group);
    io.mapOptional("scales", text.scales);
    io.mapOptional("zero_points", text.zeroPoints);
    io.mapOptional("rounding", text.rounding);
    io.mapOptional("correct_bias", text.correctsBias);
    io.mapOptional("ranges", ranges);
    io.mapOptional("method", text.method);
    io.mapOptional("percentile", text.percentile);
    if (ranges)
      text.isDynamic = ranges->isDynamic;
    setPlace(io, text.rule);
  }
  static std::string validate(IO &io, RuleText &text);

private:
  static void setPlace(IO &io, RecipeRule &rule);
};

template <> struct MappingTraits<RecipeText> {
  static void mapping(IO &io, RecipeText &text) { io.mapRequired("rules", text.rules); }
};

} // namespace llvm::yaml

/// Gives the rule its number and where it is written.
void llvm::yaml::MappingTraits<RuleText>::setPlace(IO &io, RecipeRule &rule) {
  auto &parse = *static_cast<ParseContext *>(io.getContext());
  rule.number = ++parse.ruleCount;
  const Node *node = static_cast<Input &>(io).getCurrentNode();
  const char *start = node ? node->getSourceRange().Start.getPointer() : nullptr;
  if (!start || start < parse.text.begin() || start > parse.text.end())
    return;
  StringRef before = parse.text.take_front(start - parse.text.begin());
  rule.line = before.count('\n') + 1;
  rule.column = before.size() - (before.rfind('\n') + 1) + 1; // rfind gives npos, which is -1, on the first line.
}

/// Why the settings don't go together; empty where they do.
static std::string findConflict(const RuleText &text, const RecipeRule &rule) {
  for (StringRef pattern : {StringRef(rule.op), StringRef(rule.name)})
    if (auto glob = llvm::GlobPattern::create(pattern, /*MaxSubPatterns=*/64); !glob)
      return "'" + pattern.str() + "' is no glob: " + llvm::toString(glob.takeError());
  if (text.isFloat) {
    const bool hasOther = text.weights || text.activations || text.isSymmetric || text.granularity || text.group ||
                          text.scales || text.zeroPoints || text.rounding || text.correctsBias || text.isDynamic ||
                          text.method || text.percentile;
    return hasOther ? "a rule with 'float: true' takes no other setting" : "";
  }
  if (rule.activations == 16 && !rule.isDynamic && !rule.isSymmetric)
    return "activations of 16 bits are symmetric, but got 'symmetric: false'";
  if (rule.weights == 16)
    return "weights have 8, 4 or 2 bits or are float, but got 16";
  if (rule.weights == 0 && rule.activations != 0)
    return "integer activations need integer weights, but got 'weights: float'";
  if (rule.weights == 0)
    return "neither weights nor activations are integers: write 'float: true'";
  if ((rule.granularity == Granularity::Group) != text.group.has_value())
    return "'group' and 'granularity: group' go together";
  if (text.group && (*text.group < RecipeRule::kSmallestGroup || *text.group > RecipeRule::kLargestGroup ||
                     !llvm::isPowerOf2_32(*text.group)))
    return "expected 'group' to be a power of two from " + std::to_string(RecipeRule::kSmallestGroup) + " to " +
           std::to_string(RecipeRule::kLargestGroup) + ", but got " + std::to_string(*text.group);
  if (rule.granularity == Granularity::Group && rule.weights == 8)
    return "groups are for weights of 4 or 2 bits, but got 8";
  if (rule.zeroPoints != WeightZeroPoints::None && rule.weights == 8)
    return "zero points are for weights of 4 or 2 bits, but got 8";
  if (rule.zeroPoints == WeightZeroPoints::Half && rule.weights != 2)
    return "'zero_points: half' is for weights of 2 bits, but got " + std::to_string(rule.weights);
  if (rule.isDynamic && text.method)
    return "'method' chooses static ranges, but 'ranges' is dynamic";
  if (rule.isDynamic && !text.isSymmetric.value_or(true))
    return "ranges found at run time are symmetric, but got 'symmetric: false'";
  if (text.percentile && rule.isDynamic)
    return "'percentile' chooses static ranges, but 'ranges' is dynamic";
  if (text.percentile && rule.method != "percentile")
    return "'percentile' goes with 'method: percentile'";
  if (!(rule.percentile > 0.0 && rule.percentile <= 100.0))
    return "expected 'percentile' to be above 0 and at most 100";
  if (rule.activations == 0 && (text.isSymmetric || text.isDynamic || text.method))
    return "float activations have neither 'symmetric' nor 'ranges' nor 'method'";
  return "";
}

/// What this version has no kernels for; empty where it has.
static std::string findMissing(const RecipeRule &rule) {
  if (rule.isFloat)
    return "";
  if (!QuantScheme::get(rule.weights))
    return std::to_string(rule.weights) + "-bit weights";
  if (rule.activations != 0 && !QuantScheme::get(rule.activations))
    return std::to_string(rule.activations) + "-bit activations";
  if (rule.granularity == Granularity::Group && rule.zeroPoints == WeightZeroPoints::Half)
    return "half steps of weights in groups";
  if (rule.activations == 0 && rule.zeroPoints == WeightZeroPoints::Half)
    return "'zero_points: half' with float activations";
  return "";
}

std::string llvm::yaml::MappingTraits<RuleText>::validate(IO &, RuleText &text) {
  RecipeRule &rule = text.rule;
  rule.isFloat = text.isFloat;
  rule.weights = text.weights.value_or(Bits{rule.weights}).value;
  rule.activations = text.activations.value_or(Bits{rule.activations}).value;
  rule.isSymmetric = text.isSymmetric.value_or(rule.activations == 16);
  rule.granularity = text.granularity.value_or(rule.granularity);
  rule.group = text.group.value_or(rule.group);
  // Few bits need their scale chosen with care too; with 8 bits it makes no difference.
  const bool isNarrow = rule.weights != 0 && rule.weights < 8;
  rule.scales = text.scales.value_or(isNarrow ? WeightScales::MSE : WeightScales::AbsMax);
  rule.zeroPoints = text.zeroPoints.value_or(rule.zeroPoints);
  rule.rounding = text.rounding.value_or(WeightRounding::Best);
  rule.correctsBias = text.correctsBias.value_or(isNarrow);
  rule.isDynamic = text.isDynamic.value_or(rule.isDynamic);
  // Sixteen bits hold the largest value and the small ones: nothing is gained where the largest saturate.
  rule.method = text.method.value_or(rule.activations == 16 && !text.percentile ? "minmax" : rule.method);
  rule.percentile = text.percentile.value_or(rule.percentile);
  if (std::string conflict = findConflict(text, rule); !conflict.empty())
    return rule.describe() + ": " + conflict;
  std::string missing = findMissing(rule);
  return missing.empty() ? "" : rule.describe() + ": not supported yet: " + missing;
}

std::string RecipeRule::describe() const {
  return "rule " + std::to_string(number) + " (op '" + op + "', name '" + name + "')";
}

const RecipeRule *Recipe::find(StringRef kind, StringRef fullKind, StringRef name) const {
  auto matches = [](StringRef pattern, StringRef text) {
    auto glob = llvm::GlobPattern::create(pattern, /*MaxSubPatterns=*/64);
    if (!glob)
      llvm::consumeError(glob.takeError()); // The parser refuses such a pattern.
    return glob && glob->match(text);
  };
  for (const RecipeRule &rule : rules)
    if ((matches(rule.op, kind) || matches(rule.op, fullKind)) && matches(rule.name, name))
      return &rule;
  return nullptr;
}

static void reportYAML(const llvm::SMDiagnostic &diagnostic, void *opaque) {
  auto *parse = static_cast<ParseContext *>(opaque);
  if (diagnostic.getKind() != llvm::SourceMgr::DK_Error)
    return;
  parse->hasReported = true;
  const unsigned line = std::max(diagnostic.getLineNo(), 0), column = std::max(diagnostic.getColumnNo(), -1) + 1;
  emitError(FileLineColLoc::get(parse->context, parse->path, line, column)) << "recipe: " << diagnostic.getMessage();
}

LogicalResult Recipe::verifyMatched(const llvm::SmallPtrSetImpl<const RecipeRule *> &matched,
                                    MLIRContext *context) const {
  bool areMatched = true;
  for (const RecipeRule &rule : rules) {
    if (isPreset || rule.matchesEverything() || matched.contains(&rule))
      continue;
    emitError(FileLineColLoc::get(context, path, rule.line, rule.column))
        << "recipe: " << rule.describe() << ": no op matches that an earlier rule does not decide";
    areMatched = false;
  }
  return success(areMatched);
}

FailureOr<Recipe> Recipe::parse(StringRef text, StringRef path, MLIRContext *context) {
  ParseContext parse{text, path, context};
  llvm::yaml::Input input(text, &parse, reportYAML, &parse);
  RecipeText recipeText;
  if (text.ltrim().starts_with("["))
    input >> recipeText.rules;
  else
    input >> recipeText;
  if (input.error() && parse.hasReported)
    return failure();
  Recipe recipe;
  recipe.path = path.str();
  for (RuleText &rule : recipeText.rules)
    recipe.rules.push_back(std::move(rule.rule));
  if (recipe.rules.empty())
    return emitError(FileLineColLoc::get(context, path, 1, 1)) << "recipe: expected at least one rule";
  return recipe;
}

FailureOr<Recipe> Recipe::load(StringRef presetPathOrRules, Location loc) {
  for (const Preset &preset : kPresets) {
    if (preset.name != presetPathOrRules)
      continue;
    FailureOr<Recipe> recipe = parse(preset.rules, preset.name, loc.getContext());
    if (succeeded(recipe))
      recipe->isPreset = true;
    return recipe;
  }
  if (presetPathOrRules.ltrim().starts_with("["))
    return parse(presetPathOrRules, "rules", loc.getContext());
  auto buffer = llvm::MemoryBuffer::getFile(presetPathOrRules, /*IsText=*/true);
  if (!buffer)
    return emitError(loc) << "recipe '" << presetPathOrRules
                          << "' is neither a preset nor a file that can be read: " << buffer.getError().message();
  return parse((*buffer)->getBuffer(), presetPathOrRules, loc.getContext());
}
