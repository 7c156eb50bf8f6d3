#include "lowbit/Calibrate/Recorder.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::lowbit;

static std::string print(const CalibrationTable &table) {
  std::string text;
  llvm::raw_string_ostream os(text);
  table.print(os);
  return text;
}

TEST(Recorder, RecordsByIndexWithinAScope) {
  Recorder outer("hash", {"a", "b"}), inner("hash", {"a"});
  const float values[] = {1.0f, 2.0f, 3.0f};
  Recorder::observe(0, values, 3); // no scope
  {
    Recorder::Scope outerScope(outer);
    Recorder::observe(0, values, 2);
    {
      Recorder::Scope innerScope(inner);
      Recorder::observe(0, values, 1);
    }
    Recorder::observe(1, values, 3);
  }
  EXPECT_EQ(*outer.getTable().lookup("a"), Histogram::of({1.0f, 2.0f}));
  EXPECT_EQ(*outer.getTable().lookup("b"), Histogram::of(values));
  EXPECT_EQ(*inner.getTable().lookup("a"), Histogram::of({1.0f}));
}

TEST(Recorder, IgnoresWhatHasNoName) {
  Recorder recorder("hash", {"a"});
  const float value = 1.0f;
  recorder.record(-1, &value, 1);
  recorder.record(1, &value, 1);
  recorder.record(0, nullptr, 0);
  recorder.record(0, &value, -1);
  EXPECT_TRUE(recorder.getTable().lookup("a")->empty());
}

TEST(Recorder, AddsUpANameThatOccursTwice) {
  Recorder recorder("hash", {"a", "a"});
  const float values[] = {1.0f, 2.0f};
  recorder.record(0, values, 1);
  recorder.record(1, values + 1, 1);
  EXPECT_EQ(*recorder.getTable().lookup("a"), Histogram::of(values));
}

TEST(Recorder, GivesTheSameBytesHoweverSamplesAreSplit) {
  const float values[] = {1.0f, -2.0f, 3.0f, 4.5f};
  Recorder whole("hash", {"a", "b"}), first("hash", {"a", "b"}), second("hash", {"a", "b"});
  for (int i = 0; i < 4; ++i) {
    for (Recorder *recorder : {&whole, i % 2 ? &first : &second}) {
      recorder->record(i / 2, &values[i], 1);
      recorder->countSample();
    }
  }
  CalibrationTable merged = second.getTable();
  ASSERT_FALSE(llvm::errorToBool(merged.merge(first.getTable())));
  EXPECT_EQ(print(merged), print(whole.getTable()));
  EXPECT_EQ(merged.getNumSamples(), 4u);
}
