#include "lowbit/Support/Recipe.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::lowbit;

namespace {
struct RecipeTest : testing::Test {
  RecipeTest() {
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      llvm::raw_string_ostream os(errors);
      if (auto loc = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
        os << loc.getLine() << ": ";
      os << diagnostic << "\n";
    });
  }

  FailureOr<Recipe> parse(StringRef text) { return Recipe::parse(text, "recipe.yaml", &context); }
  /// The first line of what parsing `text` reports.
  std::string getError(StringRef text) {
    errors.clear();
    EXPECT_TRUE(failed(parse(text)));
    return StringRef(errors).split('\n').first.str();
  }
  std::string getRuleError(StringRef rule) { return getError(("rules:\n  - op: conv_2d\n" + rule).str()); }

  MLIRContext context;
  std::string errors;
};
} // namespace

static const std::string kRule = "2: recipe: rule 1 (op 'conv_2d', name '*'): ";

TEST_F(RecipeTest, FirstMatchingRuleDecides) {
  auto recipe = parse("rules:\n"
                      "  - op: softmax\n    float: true\n"
                      "  - op: 'conv_2d*'\n    name: 'first/*'\n    granularity: tensor\n"
                      "  - op: 'linalg.*'\n    symmetric: true\n    method: percentile\n    percentile: 99.5\n");
  ASSERT_TRUE(succeeded(recipe));
  EXPECT_TRUE(recipe->find("softmax", "linalg.softmax", "x")->isFloat);
  const RecipeRule *conv = recipe->find("conv_2d_nhwc_fhwc", "linalg.conv_2d_nhwc_fhwc", "first/conv");
  EXPECT_EQ(conv->granularity, Granularity::Tensor);
  EXPECT_FALSE(conv->isSymmetric);
  const RecipeRule *other = recipe->find("conv_2d_nhwc_fhwc", "linalg.conv_2d_nhwc_fhwc", "second/conv");
  EXPECT_TRUE(other->isSymmetric);
  EXPECT_EQ(other->granularity, Granularity::Axis);
  EXPECT_EQ(other->percentile, 99.5);
  EXPECT_EQ(recipe->find("pad", "tensor.pad", "pad_0"), nullptr);
}

TEST_F(RecipeTest, PresetQuantizesEverything) {
  auto recipe = Recipe::load("w8a8", UnknownLoc::get(&context));
  ASSERT_TRUE(succeeded(recipe));
  const RecipeRule *rule = recipe->find("anything", "any.anything", "x");
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->weights, 8u);
  EXPECT_EQ(rule->activations, 8u);
  EXPECT_EQ(rule->method, "percentile");
  EXPECT_EQ(rule->percentile, 99.999);
  EXPECT_EQ(rule->rounding, WeightRounding::Best);
}

TEST_F(RecipeTest, RefusesIllegalCombinations) {
  EXPECT_EQ(getRuleError("    float: true\n    weights: 8\n"),
            kRule + "a rule with 'float: true' takes no other setting");
  EXPECT_EQ(getRuleError("    weights: 16\n    activations: 16\n"),
            kRule + "weights have 8, 4 or 2 bits or are float, but got 16");
  EXPECT_EQ(getRuleError("    weights: float\n"),
            kRule + "integer activations need integer weights, but got 'weights: float'");
  EXPECT_EQ(getRuleError("    weights: float\n    activations: float\n"),
            kRule + "neither weights nor activations are integers: write 'float: true'");
  EXPECT_EQ(getRuleError("    group: 32\n"), kRule + "'group' and 'granularity: group' go together");
  EXPECT_EQ(getRuleError("    granularity: group\n    group: 33\n"),
            kRule + "expected 'group' to be a power of two from 16 to 256, but got 33");
  EXPECT_EQ(getRuleError("    granularity: group\n    group: 512\n"),
            kRule + "expected 'group' to be a power of two from 16 to 256, but got 512");
  EXPECT_EQ(getRuleError("    granularity: group\n    group: 8\n"),
            kRule + "expected 'group' to be a power of two from 16 to 256, but got 8");
  EXPECT_EQ(getRuleError("    granularity: group\n    group: 32\n"),
            kRule + "groups are for weights of 4 or 2 bits, but got 8");
  EXPECT_EQ(getRuleError("    zero_points: integer\n"),
            kRule + "zero points are for weights of 4 or 2 bits, but got 8");
  EXPECT_EQ(getRuleError("    weights: 4\n    zero_points: half\n"),
            kRule + "'zero_points: half' is for weights of 2 bits, but got 4");
  EXPECT_EQ(getRuleError("    ranges: dynamic\n    method: minmax\n"),
            kRule + "'method' chooses static ranges, but 'ranges' is dynamic");
  EXPECT_EQ(getRuleError("    ranges: dynamic\n    percentile: 99\n"),
            kRule + "'percentile' chooses static ranges, but 'ranges' is dynamic");
  EXPECT_EQ(getRuleError("    ranges: dynamic\n    symmetric: false\n"),
            kRule + "ranges found at run time are symmetric, but got 'symmetric: false'");
  EXPECT_EQ(getRuleError("    method: minmax\n    percentile: 99\n"),
            kRule + "'percentile' goes with 'method: percentile'");
  EXPECT_EQ(getRuleError("    method: percentile\n    percentile: 0\n"),
            kRule + "expected 'percentile' to be above 0 and at most 100");
  EXPECT_EQ(getRuleError("    activations: float\n    symmetric: true\n"),
            kRule + "float activations have neither 'symmetric' nor 'ranges' nor 'method'");
}

TEST_F(RecipeTest, NamesWhatIsMissing) {
  EXPECT_EQ(getRuleError("    granularity: group\n    group: 32\n    weights: 2\n    zero_points: half\n"),
            kRule + "not supported yet: half steps of weights in groups");
  EXPECT_EQ(getRuleError("    weights: 2\n    activations: float\n    zero_points: half\n"),
            kRule + "not supported yet: 'zero_points: half' with float activations");
  EXPECT_EQ(getRuleError("    activations: 16\n    symmetric: false\n"),
            kRule + "activations of 16 bits are symmetric, but got 'symmetric: false'");
}

TEST_F(RecipeTest, PresetsAreRules) {
  auto recipe = Recipe::load("w4a8", UnknownLoc::get(&context));
  ASSERT_TRUE(succeeded(recipe));
  EXPECT_TRUE(recipe->isPreset);
  EXPECT_EQ(recipe->find("depthwise_conv_2d_nhwc_hwc", "", "x")->weights, 8u);
  EXPECT_EQ(recipe->find("matmul", "linalg.matmul", "x")->weights, 4u);
  EXPECT_EQ(recipe->find("matmul", "linalg.matmul", "x")->activations, 8u);
  auto groups = Recipe::load("w4a8-g128", UnknownLoc::get(&context));
  ASSERT_TRUE(succeeded(groups));
  EXPECT_EQ(groups->find("matmul", "linalg.matmul", "x")->granularity, Granularity::Group);
  EXPECT_EQ(groups->find("matmul", "linalg.matmul", "x")->group, 128u);
  for (StringRef preset :
       {"w8a8", "w8a8-dynamic", "w8a16", "w4a8", "w4a8-g16", "w4a8-g32", "w4a8-asymmetric", "w4a8-dynamic",
        "w4a8-g128-dynamic", "w2a8", "w2a8-asymmetric", "w4a4", "w2a2", "w2a2-half", "w8", "w4", "w2"})
    EXPECT_TRUE(succeeded(Recipe::load(preset, UnknownLoc::get(&context)))) << preset.str();
}

TEST_F(RecipeTest, ZeroPointsOfWeights) {
  auto recipe = Recipe::load("[{op: a, weights: 4, zero_points: integer}, {op: b, weights: 2, zero_points: half}, {}]",
                             UnknownLoc::get(&context));
  ASSERT_TRUE(succeeded(recipe));
  EXPECT_EQ(recipe->find("a", "", "x")->zeroPoints, WeightZeroPoints::Integer);
  EXPECT_EQ(recipe->find("b", "", "x")->zeroPoints, WeightZeroPoints::Half);
  EXPECT_EQ(recipe->find("c", "", "x")->zeroPoints, WeightZeroPoints::None);
}

// Nothing is calibrated for weights alone; those of depthwise convolutions keep 8 bits.
TEST_F(RecipeTest, WeightsAloneNeedNoRanges) {
  auto recipe = Recipe::load("w4", UnknownLoc::get(&context));
  ASSERT_TRUE(succeeded(recipe));
  EXPECT_FALSE(recipe->needsRanges());
  EXPECT_EQ(recipe->find("depthwise_conv_2d_nhwc_hwc", "", "x")->weights, 8u);
  EXPECT_EQ(recipe->find("matmul", "linalg.matmul", "x")->weights, 4u);
  EXPECT_EQ(recipe->find("matmul", "linalg.matmul", "x")->activations, 0u);
}

TEST_F(RecipeTest, ReadsRulesFromTextAlone) {
  auto recipe = Recipe::load("[{op: 'conv_2d*', weights: 4}, {op: '*'}]", UnknownLoc::get(&context));
  ASSERT_TRUE(succeeded(recipe));
  EXPECT_FALSE(recipe->isPreset);
  EXPECT_EQ(recipe->find("conv_2d_nhwc_fhwc", "", "x")->weights, 4u);
  EXPECT_EQ(recipe->find("matmul", "", "x")->weights, 8u);
}

// Of the rules that match an op the first decides; one that decides nothing is a mistake in a recipe for one program.
TEST_F(RecipeTest, NamesTheRuleThatDecidesNothing) {
  auto recipe = parse("rules:\n  - op: matmul\n  - name: 'a*'\n    op: matmul\n  - op: '*'\n");
  ASSERT_TRUE(succeeded(recipe));
  llvm::SmallPtrSet<const RecipeRule *, 4> matched;
  matched.insert(recipe->find("matmul", "linalg.matmul", "abc"));
  EXPECT_TRUE(failed(recipe->verifyMatched(matched, &context)));
  EXPECT_EQ(errors, "3: recipe: rule 2 (op 'matmul', name 'a*'): no op matches that an earlier rule does not decide\n");
  recipe->isPreset = true;
  EXPECT_TRUE(succeeded(recipe->verifyMatched(matched, &context)));
}

TEST_F(RecipeTest, RefusesTextThatIsNoRecipe) {
  EXPECT_EQ(getError("rules:\n  - weight: 8\n"), "2: recipe: unknown key 'weight'");
  EXPECT_EQ(getError("rules: []\n"), "1: recipe: expected at least one rule");
  EXPECT_EQ(getError(""), "1: recipe: expected at least one rule");
  EXPECT_EQ(getError("rules:\n  - op: '['\n").substr(0, 26), "2: recipe: rule 1 (op '[',");
  EXPECT_EQ(getError("rules:\n  - ranges: often\n"), "2: recipe: expected static or dynamic");
  EXPECT_NE(getError("rules: [\n"), "");
  EXPECT_NE(getError("\x80\xff{"), "");
}
