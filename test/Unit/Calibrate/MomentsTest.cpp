#include "lowbit/Calibrate/Moments.h"
#include "lowbit/Calibrate/Recorder.h"
#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace mlir::lowbit;

static std::string print(const Moments &moments) {
  std::string text;
  llvm::raw_string_ostream os(text);
  moments.print(os);
  return text;
}

static std::string getError(StringRef bytes) {
  llvm::Expected<Moments> moments = Moments::parse(bytes, "m");
  return moments ? "" : llvm::toString(moments.takeError());
}

/// A matrix product reads the rows of a tensor [2, 3].
static PatchReader getRows() { return {"matmul", "x", {{2}, {3}}, {{3}, {1}}}; }

TEST(PatchMoments, StepsAreASmallPartOfTheRange) {
  EXPECT_EQ(PatchMoments::create(1, 1.0f).exponent, -10); // 1 < 2^1
  EXPECT_EQ(PatchMoments::create(1, 0.75f).exponent, -11);
  EXPECT_EQ(PatchMoments::create(1, 0.0f).exponent, -11);
}

TEST(PatchMoments, AreThoseOfThePatches) {
  PatchMoments moments = PatchMoments::create(3, 2.0f);
  getRows().add({1.0f, 2.0f, 0.0f, -1.0f, 0.5f, 0.0f}, moments);
  EXPECT_EQ(moments.count, 2u);
  EXPECT_EQ(moments.getMean(0), 0.0);
  EXPECT_EQ(moments.getMean(1), 1.25);
  EXPECT_EQ(moments.getProduct(0, 0), 1.0);
  EXPECT_EQ(moments.getProduct(0, 1), 0.75); // (2 - 0.5) / 2
  EXPECT_EQ(moments.getProduct(1, 0), 0.75);
  EXPECT_EQ(moments.getProduct(1, 1), 2.125);
  EXPECT_EQ(moments.getCovariance(1, 1), 2.125 - 1.25 * 1.25);
  EXPECT_EQ(moments.getProduct(2, 2), 0.0);
}

TEST(PatchMoments, KeepTheLargestMagnitudeOfAllPositions) {
  PatchMoments moments = PatchMoments::create(2, 2.0f);
  // 100 rows of [1, 2], of which 64 are summed; one of those that may not be is larger.
  std::vector<float> data;
  for (int row = 0; row < 100; ++row)
    data.insert(data.end(), {row % 2 ? 1.0f : -1.0f, row == 37 ? -9.0f : 2.0f});
  const PatchReader reader = {"matmul", "x", {{100}, {2}}, {{2}, {1}}};
  reader.add(data, moments);
  EXPECT_EQ(moments.count, 64u);
  EXPECT_EQ(moments.largest, (std::vector<float>{1.0f, 9.0f}));
  data[0] = std::nanf("");
  data[1] = std::numeric_limits<float>::infinity();
  reader.add(data, moments);
  EXPECT_EQ(moments.largest, (std::vector<float>{1.0f, 9.0f}));
}

TEST(PatchMoments, BoundsWhatIsOutsideTheRange) {
  PatchMoments moments = PatchMoments::create(3, 1.0f);
  const float infinity = std::numeric_limits<float>::infinity();
  getRows().add({infinity, std::nanf(""), 5.0f, 0.0f, 0.0f, 0.0f}, moments);
  EXPECT_EQ(moments.sums, (std::vector<int64_t>{2047, 0, 2047}));
}

TEST(PatchMoments, TakesNothingFromATensorOfAnotherSize) {
  PatchMoments moments = PatchMoments::create(3, 1.0f);
  getRows().add({1.0f, 1.0f, 1.0f}, moments);
  EXPECT_EQ(moments.count, 0u);
  EXPECT_EQ(moments.largest, std::vector<float>(3, 0.0f));
}

TEST(PatchMoments, PairWhatAQuantizedProgramReadsWithTheFloatsItStandsFor) {
  PatchMoments moments = PatchMoments::create(3, 2.0f).createPaired();
  ASSERT_TRUE(moments.isPaired());
  EXPECT_EQ(moments.exponent, PatchMoments::create(3, 2.0f).exponent);
  const PatchReader reader = getRows();
  const PatchRows target = reader.read({1.0f, 2.0f, 0.0f, -1.0f, 0.5f, 0.0f}, moments.exponent);
  reader.addPaired({1.0f, 1.5f, 0.0f, -1.0f, 1.0f, 0.0f}, target, moments);
  EXPECT_EQ(moments.count, 2u);
  EXPECT_EQ(moments.getMean(1), 1.25);
  EXPECT_EQ(moments.getProduct(1, 1), 1.625); // (1.5 * 1.5 + 1 * 1) / 2
  EXPECT_EQ(moments.getTargetMean(1), 1.25);
  EXPECT_EQ(moments.getTargetProduct(0, 1), 0.75); // (1 * 2 - 1 * 0.5) / 2
  EXPECT_EQ(moments.getTargetProduct(1, 0), 0.25); // (1.5 * 1 - 1 * 1) / 2
  EXPECT_EQ(moments.getTargetProduct(1, 1), 1.75); // (1.5 * 2 + 1 * 0.5) / 2
  EXPECT_EQ(moments.getTargetCovariance(1, 1), 1.75 - 1.25 * 1.25);
  EXPECT_EQ(moments.largest, (std::vector<float>{1.0f, 1.5f, 0.0f}));
  // Nothing of a tensor of another size, on either side.
  reader.addPaired({1.0f, 1.0f}, target, moments);
  reader.addPaired({1.0f, 1.5f, 0.0f, -1.0f, 1.0f, 0.0f}, {}, moments);
  EXPECT_EQ(moments.count, 2u);
}

TEST(PatchMoments, OfAFloatProgramAreTheirOwnTarget) {
  PatchMoments moments = PatchMoments::create(3, 2.0f);
  getRows().add({1.0f, 2.0f, 0.0f, -1.0f, 0.5f, 0.0f}, moments);
  EXPECT_FALSE(moments.isPaired());
  EXPECT_EQ(moments.getTargetMean(1), moments.getMean(1));
  EXPECT_EQ(moments.getTargetCovariance(0, 1), moments.getCovariance(0, 1));
}

TEST(Recorder, PairsSampleBySample) {
  CalibrationTable table("hash");
  llvm::cantFail(table.add("x", Histogram::of({-2.0f, 2.0f})));
  Recorder recorder("hash", {"x"});
  recorder.startMoments(getRows(), table, /*paired=*/true);
  PatchMoments expected = PatchMoments::create(3, 2.0f).createPaired();
  const std::vector<float> floats[] = {{1.0f, 2.0f, 0.0f, -1.0f, 0.5f, 0.0f}, {0.0f, 1.0f, 2.0f, 1.0f, 0.5f, 1.0f}};
  const std::vector<float> quantized[] = {{1.0f, 1.0f, 0.0f, -1.0f, 1.0f, 0.0f}, {0.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f}};
  for (int sample : {0, 1}) {
    recorder.record(0, floats[sample].data(), 6);
    recorder.pair("matmul", quantized[sample]);
    recorder.pair("another", quantized[sample]);
    getRows().addPaired(quantized[sample], getRows().read(floats[sample], expected.exponent), expected);
  }
  Moments moments("hash");
  moments.getContractions()["matmul"] = expected;
  EXPECT_EQ(print(recorder.getMoments()), print(moments));
}

TEST(Moments, DoNotDependOnTheOrderOfSamples) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> values(-1.0f, 1.0f);
  std::vector<std::vector<float>> samples(50, std::vector<float>(6));
  for (auto &sample : samples)
    std::generate(sample.begin(), sample.end(), [&] { return values(random); });
  auto measure = [&] {
    CalibrationTable table("hash");
    llvm::cantFail(table.add("x", Histogram::of({-1.0f, 1.0f})));
    Recorder recorder("hash", {"x"});
    recorder.startMoments(getRows(), table);
    for (const auto &sample : samples)
      recorder.record(0, sample.data(), sample.size());
    return print(recorder.getMoments());
  };
  const std::string text = measure();
  std::shuffle(samples.begin(), samples.end(), random);
  EXPECT_EQ(measure(), text);
}

TEST(Moments, AreTheSameHoweverSamplesAreSplit) {
  auto measure = [](std::vector<std::vector<float>> samples, float largest = 2.0f, StringRef hash = "hash") {
    Moments moments(hash.str());
    PatchMoments patches = PatchMoments::create(3, largest);
    for (const std::vector<float> &sample : samples)
      getRows().add(sample, patches);
    moments.getContractions()["a"] = std::move(patches);
    return moments;
  };
  const std::vector<float> x = {1.0f, 2.0f, 0.0f, -1.0f, 0.5f, 0.0f}, y = {-2.0f, 0.25f, 1.0f, 1.5f, 0.0f, 1.75f};
  Moments merged = measure({y});
  ASSERT_FALSE(static_cast<bool>(merged.merge(measure({x}))));
  EXPECT_EQ(print(merged), print(measure({x, y})));
  Moments paired("hash");
  paired.getContractions()["a"] = PatchMoments::create(3, 2.0f).createPaired();
  EXPECT_EQ(llvm::toString(measure({x}).merge(paired)),
            "some of the moments were measured through a quantized program, others were not");
  // What is refused changes nothing.
  const std::string before = print(merged);
  EXPECT_EQ(llvm::toString(merged.merge(measure({x}, 2.0f, "other"))), "the moments are of program other, not of hash");
  EXPECT_EQ(llvm::toString(merged.merge(measure({x}, 8.0f))), "the moments were measured with other ranges");
  EXPECT_EQ(llvm::toString(measure({x}).merge(Moments("hash"))), "the moments were measured with other ranges");
  Moments full = measure({x});
  full.getContractions()["a"].sums[0] = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(llvm::toString(full.merge(measure({y, {3.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f}}))),
            "a sum of moments overflows");
  EXPECT_EQ(print(merged), before);
}

TEST(Moments, AreReadAsTheyWereWritten) {
  Moments moments("hash");
  PatchMoments patches = PatchMoments::create(3, 2.0f);
  getRows().add({1.0f, 2.0f, 0.0f, -1.0f, 0.5f, 0.0f}, patches);
  moments.getContractions()["a"] = patches;
  moments.getContractions()["b c"] = PatchMoments::create(0, 1.0f);
  PatchMoments paired = PatchMoments::create(3, 2.0f).createPaired();
  getRows().addPaired({1.0f, 2.0f, 0.0f, -1.0f, 0.5f, 0.0f},
                      getRows().read({1.0f, 1.5f, 0.0f, -1.0f, 0.5f, 0.0f}, paired.exponent), paired);
  moments.getContractions()["d"] = paired;
  llvm::Expected<Moments> read = Moments::parse(print(moments), "m");
  ASSERT_TRUE(static_cast<bool>(read));
  EXPECT_EQ(print(*read), print(moments));
  EXPECT_EQ(read->getProgramHash(), "hash");
  EXPECT_EQ(read->lookup("a")->products, patches.products);
  EXPECT_EQ(read->lookup("a")->largest, (std::vector<float>{1.0f, 2.0f, 0.0f}));
  EXPECT_EQ(read->lookup("c"), nullptr);
  EXPECT_FALSE(read->lookup("a")->isPaired());
  EXPECT_EQ(read->lookup("d")->targetSums, paired.targetSums);
  EXPECT_EQ(read->lookup("d")->targetProducts, paired.targetProducts);
}

TEST(Moments, RefusesDamage) {
  Moments moments("hash");
  moments.getContractions()["a"] = PatchMoments::create(2, 1.0f);
  const std::string text = print(moments);
  EXPECT_EQ(getError(""), "m: expected a file of moments");
  EXPECT_EQ(getError("{}"), "m: expected a file of moments");
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_NE(getError(StringRef(text).take_front(size)), "");
  for (size_t index = 0; index < text.size(); ++index) {
    std::string damaged = text;
    damaged[index] ^= 1;
    EXPECT_NE(getError(damaged), "") << index;
  }
}
