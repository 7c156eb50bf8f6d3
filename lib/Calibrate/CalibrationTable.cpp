#include "lowbit/Calibrate/CalibrationTable.h"
#include "CalibrationTableFormat.h"
#include "lowbit/Support/AtomicFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mlir::lowbit;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

/// One line for each run of bins without a gap: short lines make readable differences of tables.
static void printBins(llvm::json::OStream &json, ArrayRef<Histogram::Bin> bins) {
  for (size_t begin = 0, end; begin < bins.size(); begin = end) {
    json.rawValue([&](raw_ostream &os) {
      os << '[' << bins[begin].index;
      for (end = begin; end < bins.size() && bins[end].index - bins[begin].index == end - begin; ++end)
        os << ',' << bins[end].count;
      os << ']';
    });
  }
}

static void printTensor(llvm::json::OStream &json, StringRef name, const Histogram &histogram) {
  const Histogram::NonFinite &nonFinite = histogram.getNonFinite();
  json.attribute(table_keys::name, name);
  json.attribute(table_keys::min, histogram.getMin());
  json.attribute(table_keys::max, histogram.getMax());
  json.attribute(table_keys::nans, nonFinite.nans);
  json.attribute(table_keys::negativeInfinities, nonFinite.negativeInfinities);
  json.attribute(table_keys::positiveInfinities, nonFinite.positiveInfinities);
  json.attributeArray(table_keys::bins, [&] { printBins(json, histogram.getBins()); });
}

static void printTable(raw_ostream &os, const CalibrationTable &table, StringRef checksum) {
  llvm::json::OStream json(os, /*IndentSize=*/1);
  json.object([&] {
    json.attribute(table_keys::format, table_keys::formatName);
    json.attribute(table_keys::version, table_keys::formatVersion);
    json.attribute(table_keys::program, table.getProgramHash());
    json.attribute(table_keys::samples, table.getNumSamples());
    json.attribute(table_keys::checksum, checksum);
    json.attributeArray(table_keys::tensors, [&] {
      for (const auto &entry : table.getHistograms())
        json.object([&] { printTensor(json, entry.first, entry.second); });
    });
  });
  os << '\n';
}

std::string lowbit::computeTableChecksum(const CalibrationTable &table) {
  std::string text;
  llvm::raw_string_ostream os(text);
  printTable(os, table, /*checksum=*/"");
  return llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true, /*Width=*/16);
}

void CalibrationTable::print(raw_ostream &os) const { printTable(os, *this, computeTableChecksum(*this)); }

Error CalibrationTable::write(StringRef path) const {
  for (const auto &[name, histogram] : histograms)
    if (!llvm::json::isUTF8(name))
      return createStringError(path + ": the name of tensor '" + name + "' is no UTF-8");
  return writeFileAtomically(path, [&](raw_ostream &os) { print(os); });
}

Expected<CalibrationTable> CalibrationTable::read(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createFileError(path, buffer.getError());
  return parse((*buffer)->getBuffer(), path);
}

static Error createOverflowError(StringRef name) {
  return createStringError("the number of samples of tensor '" + name + "' overflows");
}

Error CalibrationTable::add(StringRef name, const Histogram &histogram) {
  auto it = histograms.try_emplace(name.str()).first;
  return succeeded(it->second.merge(histogram)) ? Error::success() : createOverflowError(name);
}

Error CalibrationTable::merge(const CalibrationTable &other) {
  if (programHash != other.programHash)
    return createStringError("the tables belong to different programs: " + programHash + " and " + other.programHash);
  CalibrationTable merged = *this;
  for (const auto &[name, histogram] : other.histograms)
    if (Error error = merged.add(name, histogram))
      return error;
  bool overflow = false;
  merged.numSamples = llvm::SaturatingAdd(numSamples, other.numSamples, &overflow);
  if (overflow)
    return createStringError("the number of samples overflows");
  *this = std::move(merged);
  return Error::success();
}

const Histogram *CalibrationTable::lookup(StringRef name) const {
  auto it = histograms.find(name);
  return it == histograms.end() ? nullptr : &it->second;
}

Expected<FloatRange> lowbit::getRange(const CalibrationTable &table, StringRef name, StringRef method,
                                      const RangeOptions &options) {
  const RangeMethod *rangeMethod = getRangeMethod(method);
  if (!rangeMethod)
    return createStringError("expected a range method of " +
                             llvm::join(llvm::map_range(getRangeMethods(), [](auto &row) { return row.name; }), ", ") +
                             ", but got '" + method + "'");
  const Histogram *histogram = table.lookup(name);
  if (!histogram)
    return createStringError("the calibration table has no tensor '" + name + "'");
  if (histogram->empty())
    return createStringError("tensor '" + name + "' has no finite sample in the calibration table");
  return rangeMethod->getRange(*histogram, options);
}
