#include "lowbit/Calibrate/CalibrationTable.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace mlir;
using namespace mlir::lowbit;

static std::string print(const CalibrationTable &table) {
  std::string text;
  llvm::raw_string_ostream os(text);
  table.print(os);
  return text;
}

static CalibrationTable getTable() {
  CalibrationTable table("0123456789abcdef");
  table.setNumSamples(3);
  llvm::cantFail(table.add("x", Histogram::of({1.0f, 1.01f, -2.5f, 0.1f, -0.0f, std::nanf("")})));
  llvm::cantFail(table.add("conv \"quoted\" \xc3\xa9\n", Histogram::of({std::numeric_limits<float>::max(), 1e-45f})));
  llvm::cantFail(table.add("nothing", Histogram::of({std::numeric_limits<float>::infinity()})));
  return table;
}

/// The error of reading `text`, or "".
static std::string getError(StringRef text) {
  auto table = CalibrationTable::parse(text, "t.calib");
  return table ? "" : toString(table.takeError());
}

/// The printed table with the first `from` replaced.
static std::string replace(StringRef from, StringRef to) {
  std::string text = print(getTable());
  size_t at = text.find(from.str());
  EXPECT_NE(at, std::string::npos) << from.str();
  return text.replace(at, from.size(), to.str());
}

TEST(CalibrationTable, ReadsWhatItWrites) {
  CalibrationTable table = getTable();
  std::string text = print(table);
  auto again = CalibrationTable::parse(text, "t.calib");
  ASSERT_TRUE(bool(again)) << toString(again.takeError());
  EXPECT_EQ(print(*again), text);
  EXPECT_EQ(again->getProgramHash(), table.getProgramHash());
  EXPECT_EQ(again->getNumSamples(), 3u);
  EXPECT_EQ(again->getHistograms(), table.getHistograms());
}

TEST(CalibrationTable, ReadsAnyExactFloat) {
  std::mt19937 random(5);
  for (unsigned trial = 0; trial < 2000; ++trial) {
    float value = llvm::bit_cast<float>(uint32_t(random()));
    CalibrationTable table("hash");
    llvm::cantFail(table.add("x", Histogram::of({value})));
    auto again = CalibrationTable::parse(print(table), "t.calib");
    ASSERT_TRUE(bool(again)) << toString(again.takeError());
    EXPECT_EQ(*again->lookup("x"), *table.lookup("x"));
  }
}

TEST(CalibrationTable, IsTheSameBytesHoweverSamplesAreSplit) {
  std::mt19937 random(6);
  const char *names[] = {"a", "b", "c"};
  for (unsigned trial = 0; trial < 50; ++trial) {
    CalibrationTable whole("hash");
    std::vector<CalibrationTable> parts(1 + random() % 5, CalibrationTable("hash"));
    for (unsigned i = 0; i < 100; ++i) {
      Histogram histogram = Histogram::of({llvm::bit_cast<float>(uint32_t(random()))});
      const char *name = names[random() % 3];
      CalibrationTable &part = parts[random() % parts.size()];
      llvm::cantFail(whole.add(name, histogram));
      llvm::cantFail(part.add(name, histogram));
      whole.setNumSamples(whole.getNumSamples() + 1);
      part.setNumSamples(part.getNumSamples() + 1);
    }
    std::shuffle(parts.begin(), parts.end(), random);
    CalibrationTable merged("hash");
    for (const CalibrationTable &part : parts)
      llvm::cantFail(merged.merge(part));
    EXPECT_EQ(print(merged), print(whole));
  }
}

TEST(CalibrationTable, MergesOnlyTablesOfOneProgram) {
  CalibrationTable table = getTable();
  EXPECT_EQ(toString(table.merge(CalibrationTable("other"))),
            "the tables belong to different programs: 0123456789abcdef and other");
  EXPECT_EQ(print(table), print(getTable()));
}

TEST(CalibrationTable, ChangesNothingWhereAMergeOverflows) {
  CalibrationTable table = getTable(), other("0123456789abcdef");
  llvm::cantFail(other.add("a", Histogram::of({1.0f})));
  uint16_t one = Histogram::getBinIndex(1.0f);
  llvm::cantFail(other.add("x", *Histogram::create(Histogram::Bin{one, UINT64_MAX}, 1.0f, 1.0f, {})));
  EXPECT_EQ(toString(table.merge(other)), "the number of samples of tensor 'x' overflows");
  EXPECT_EQ(print(table), print(getTable()));
  CalibrationTable many("0123456789abcdef");
  many.setNumSamples(UINT64_MAX);
  EXPECT_EQ(toString(table.merge(many)), "the number of samples overflows");
  EXPECT_EQ(print(table), print(getTable()));
}

TEST(CalibrationTable, FindsRanges) {
  CalibrationTable table = getTable();
  auto range = getRange(table, "x", "minmax");
  ASSERT_TRUE(bool(range)) << toString(range.takeError());
  EXPECT_EQ(range->min, -2.5f);
  EXPECT_EQ(range->max, 1.01f);
  EXPECT_EQ(toString(getRange(table, "y", "minmax").takeError()), "the calibration table has no tensor 'y'");
  EXPECT_EQ(toString(getRange(table, "x", "mean").takeError()),
            "expected a range method of minmax, percentile, mse, entropy, but got 'mean'");
  EXPECT_EQ(toString(getRange(table, "nothing", "minmax").takeError()),
            "tensor 'nothing' has no finite sample in the calibration table");
}

TEST(CalibrationTable, SaysWhereTheSyntaxIsWrong) {
  EXPECT_EQ(getError(""), "t.calib:1:0: unexpected EOF");
  EXPECT_EQ(getError("{\n \"format\": ?}"), "t.calib:2:12: invalid JSON value");
}

TEST(CalibrationTable, RefusesWhatIsNoTable) {
  EXPECT_EQ(getError("[]"), "t.calib: expected an object");
  EXPECT_EQ(getError("{}"), "t.calib: expected 'format' to be 'lowbit-calibration'");
  EXPECT_EQ(getError(replace("\"version\": 1", "\"version\": 2")), "t.calib: expected 'version' to be 1");
  EXPECT_EQ(getError(replace("\"samples\"", "\"sample\"")), "t.calib: expected the key 'samples'");
  EXPECT_EQ(getError(replace("\"samples\"", "\"a\": 1, \"samples\"")), "t.calib: unknown key 'a'");
  EXPECT_EQ(getError(replace("\"samples\": 3", "\"samples\": -3")),
            "t.calib: expected 'samples' to be an integer of 64 bits without sign");
  EXPECT_EQ(getError(replace("\"0123456789abcdef\"", "7")), "t.calib: expected 'program' to be a string");
  EXPECT_EQ(
      getError(R"({"format":"lowbit-calibration","version":1,"program":"","samples":0,"checksum":"","tensors":3})"),
      "t.calib: expected 'tensors' to be an array");
  EXPECT_EQ(
      getError(R"({"format":"lowbit-calibration","version":1,"program":"","samples":0,"checksum":"","tensors":[3]})"),
      "t.calib: tensors[0]: expected an object");
}

TEST(CalibrationTable, RefusesWhatIsNoTensor) {
  EXPECT_EQ(getError(replace("\"nans\": 0", "\"nan\": 0")), "t.calib: tensors[0]: expected the key 'nans'");
  EXPECT_EQ(getError(replace("\"min\": 1.4012984643248171e-45", "\"min\": 1e-60")),
            "t.calib: tensors[0]: expected 'min' to be a finite f32 number");
  EXPECT_EQ(getError(replace("\"max\": 3.4028234663852886e+38", "\"max\": 3.5e+38")),
            "t.calib: tensors[0]: expected 'max' to be a finite f32 number");
  EXPECT_EQ(getError(replace("\"nans\": 0", "\"nans\": 18446744073709551616")),
            "t.calib: tensors[0]: expected 'nans' to be an integer of 64 bits without sign");
  EXPECT_EQ(getError(replace("[32768,1]", "[32768]")),
            "t.calib: tensors[0]: expected 'bins[0]' to be an array of the index of a bin and counts");
  EXPECT_EQ(getError(replace("[32768,1]", "[65535,1,1]")),
            "t.calib: tensors[0]: expected 'bins[0]' to lie in the bins 0 to 65535");
  EXPECT_EQ(getError(replace("[32768,1]", "[32768,-1]")),
            "t.calib: tensors[0]: expected 'bins[0]' to hold counts of 64 bits without sign");
  EXPECT_EQ(getError(replace("[32768,1]", "[32769,1]")),
            "t.calib: tensors[0]: expected ascending bins of positive counts, whose first holds 'min' and last holds "
            "'max', and fewer than 2^64 samples");
}

TEST(CalibrationTable, RefusesATensorTwice) {
  EXPECT_EQ(getError(replace("\"name\": \"nothing\"", "\"name\": \"x\"")),
            "t.calib: tensors[2]: the tensor 'x' occurs twice");
}

TEST(CalibrationTable, RefusesWhatWasChanged) {
  std::string message = getError(replace("\"samples\": 3", "\"samples\": 4"));
  EXPECT_TRUE(StringRef(message).starts_with("t.calib: expected 'checksum' to be ")) << message;
  EXPECT_TRUE(StringRef(message).ends_with("': the table was changed after it was written")) << message;
}

TEST(CalibrationTable, RefusesDeepNesting) {
  EXPECT_EQ(getError("\n " + std::string(1000000, '[')), "t.calib:2:7: expected nesting of at most 5 levels");
  EXPECT_EQ(getError(std::string(65, ' ') + "{\"[[[[[[[[\\\"[[[[[[\": {}"),
            "t.calib:1:88: expected , or } after object property");
}

TEST(CalibrationTable, RefusesAHugeFile) {
  EXPECT_EQ(getError(std::string((64 << 20) + 1, ' ')), "t.calib: expected at most 67108864 bytes");
}

TEST(CalibrationTable, WritesAFile) {
  llvm::SmallString<128> directory;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("lowbit-test", directory));
  std::string path = (directory + "/t.calib").str();
  ASSERT_FALSE(llvm::errorToBool(getTable().write(path)));
  auto table = CalibrationTable::read(path);
  ASSERT_TRUE(bool(table)) << toString(table.takeError());
  EXPECT_EQ(print(*table), print(getTable()));

  CalibrationTable bad("hash");
  llvm::cantFail(bad.add("\xff", Histogram()));
  EXPECT_NE(toString(bad.write(path)).find("is no UTF-8"), std::string::npos);
  EXPECT_NE(toString(CalibrationTable::read(path + ".missing").takeError()).find(path + ".missing"), std::string::npos);
  EXPECT_TRUE(bool(CalibrationTable::read(path))) << "the file that was there is kept";
  llvm::sys::fs::remove_directories(directory);
}

// Whatever is done to the bytes of a table, reading it ends in an error or in a table, and in the same one if it is
// one.
TEST(CalibrationTable, SurvivesMutations) {
  std::mt19937 random(8);
  const std::string text = print(getTable());
  StringRef pieces[] = {"[",    "]",       "{", "}", "\"", ",", ":", "-", "1e999", "18446744073709551616",
                        "null", "\\u0000", "\n"};
  for (unsigned trial = 0; trial < 5000; ++trial) {
    std::string mutated = text;
    for (unsigned change = 0, end = 1 + random() % 3; change < end && !mutated.empty(); ++change) {
      size_t at = random() % mutated.size();
      switch (random() % 5) {
      case 0:
        mutated[at] ^= char(1 << (random() % 8));
        break;
      case 1:
        mutated.resize(at);
        break;
      case 2:
        mutated.erase(at, random() % 20);
        break;
      case 3:
        mutated.insert(at, mutated.substr(random() % mutated.size(), random() % 40));
        break;
      case 4:
        mutated.insert(at, pieces[random() % std::size(pieces)].str());
        break;
      }
    }
    auto table = CalibrationTable::parse(mutated, "t.calib");
    if (!table) {
      EXPECT_TRUE(StringRef(toString(table.takeError())).starts_with("t.calib:"));
      continue;
    }
    EXPECT_EQ(print(*table), text) << "the checksum lets nothing but white space change";
  }
}
