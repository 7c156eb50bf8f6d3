#include "CalibrationTableFormat.h"
#include "lowbit/Calibrate/CalibrationTable.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
namespace json = llvm::json;

/// Far above any table of a network, far below what would exhaust memory (parsed JSON is some 20 times its text).
static constexpr size_t kMaxBytes = size_t(64) << 20;
/// The nesting of a table: object, tensors, tensor, bins, run.
static constexpr unsigned kMaxDepth = 5;

/// llvm::json recurses on every bracket and would run out of stack. Returns an error at the first one too deep.
static Error checkDepth(StringRef text, StringRef path) {
  unsigned depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) {
        StringRef before = text.take_front(i);
        return createStringError(path + ":" + Twine(before.count('\n') + 1) + ":" +
                                 Twine(i - (before.rfind('\n') + 1) + 1) + ": expected nesting of at most " +
                                 Twine(kMaxDepth) + " levels");
      }
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return Error::success();
}

namespace {
/// Reads the parts of a table; the first thing that is wrong becomes the error, with the path of keys that leads there.
class TableReader {
public:
  TableReader(StringRef path) : path(path) {}

  Expected<CalibrationTable> read(const json::Value &value);

private:
  std::optional<Histogram> readTensor(const json::Object &tensor);
  bool readBins(const json::Array &runs, SmallVectorImpl<Histogram::Bin> &bins);

  std::nullopt_t fail(const Twine &message) {
    error = (path + ": " + place + message).str();
    return std::nullopt;
  }
  /// Whether `object` has the keys `keys` and no other.
  bool checkKeys(const json::Object &object, ArrayRef<StringRef> keys);
  std::optional<uint64_t> readCount(const json::Object &object, StringRef key);
  std::optional<float> readFloat(const json::Object &object, StringRef key);
  std::optional<StringRef> readString(const json::Object &object, StringRef key);
  const json::Array *readArray(const json::Object &object, StringRef key);

  StringRef path;
  /// Where in the table the reader is, as "tensors[3]: ".
  std::string place;
  std::string error;
};
} // namespace

bool TableReader::checkKeys(const json::Object &object, ArrayRef<StringRef> keys) {
  for (StringRef key : keys)
    if (!object.get(key))
      return fail("expected the key '" + key + "'"), false;
  if (object.size() == keys.size())
    return true;
  SmallVector<StringRef> unknown;
  for (const auto &entry : object)
    if (!llvm::is_contained(keys, StringRef(entry.first)))
      unknown.push_back(entry.first);
  llvm::sort(unknown);
  return fail("unknown key '" + unknown.front() + "'"), false;
}

std::optional<uint64_t> TableReader::readCount(const json::Object &object, StringRef key) {
  std::optional<uint64_t> count = object.get(key)->getAsUINT64();
  return count ? count : fail("expected '" + key + "' to be an integer of 64 bits without sign");
}

std::optional<float> TableReader::readFloat(const json::Object &object, StringRef key) {
  std::optional<double> value = object.get(key)->getAsNumber();
  // Written from a float, so it is one: also rules out what overflows a float.
  if (!value || double(float(*value)) != *value || !std::isfinite(float(*value)))
    return fail("expected '" + key + "' to be a finite f32 number");
  return float(*value);
}

std::optional<StringRef> TableReader::readString(const json::Object &object, StringRef key) {
  std::optional<StringRef> string = object.get(key)->getAsString();
  return string ? string : fail("expected '" + key + "' to be a string");
}

const json::Array *TableReader::readArray(const json::Object &object, StringRef key) {
  const json::Array *array = object.get(key)->getAsArray();
  if (!array)
    fail("expected '" + key + "' to be an array");
  return array;
}

bool TableReader::readBins(const json::Array &runs, SmallVectorImpl<Histogram::Bin> &bins) {
  for (auto [position, value] : llvm::enumerate(runs)) {
    std::string run = (Twine(table_keys::bins) + "[" + Twine(position) + "]").str();
    const json::Array *numbers = value.getAsArray();
    if (!numbers || numbers->size() < 2)
      return fail("expected '" + run + "' to be an array of the index of a bin and counts"), false;
    std::optional<uint64_t> index = numbers->front().getAsUINT64();
    if (!index || *index >= Histogram::kNumBins || numbers->size() - 1 > Histogram::kNumBins - *index)
      return fail("expected '" + run + "' to lie in the bins 0 to " + Twine(Histogram::kNumBins - 1)), false;
    for (const json::Value &number : llvm::drop_begin(*numbers)) {
      std::optional<uint64_t> count = number.getAsUINT64();
      if (!count)
        return fail("expected '" + run + "' to hold counts of 64 bits without sign"), false;
      bins.push_back({uint16_t((*index)++), *count});
    }
  }
  return true;
}

std::optional<Histogram> TableReader::readTensor(const json::Object &tensor) {
  using namespace table_keys;
  if (!checkKeys(tensor, {name, min, max, nans, negativeInfinities, positiveInfinities, table_keys::bins}))
    return std::nullopt;
  std::optional<float> least = readFloat(tensor, min), greatest;
  if (!least || !(greatest = readFloat(tensor, max)))
    return std::nullopt;
  Histogram::NonFinite nonFinite;
  for (auto [key, count] : {std::make_pair(StringRef(nans), &nonFinite.nans),
                            {negativeInfinities, &nonFinite.negativeInfinities},
                            {positiveInfinities, &nonFinite.positiveInfinities}}) {
    std::optional<uint64_t> value = readCount(tensor, key);
    if (!value)
      return std::nullopt;
    *count = *value;
  }
  SmallVector<Histogram::Bin, 0> bins;
  const json::Array *runs = readArray(tensor, table_keys::bins);
  if (!runs || !readBins(*runs, bins))
    return std::nullopt;
  std::optional<Histogram> histogram = Histogram::create(bins, *least, *greatest, nonFinite);
  return histogram ? histogram
                   : fail("expected ascending bins of positive counts, whose first holds 'min' and last holds 'max', "
                          "and fewer than 2^64 samples");
}

Expected<CalibrationTable> TableReader::read(const json::Value &value) {
  using namespace table_keys;
  auto failure = [&](const Twine &message) {
    if (error.empty())
      fail(message);
    return createStringError(error);
  };
  const json::Object *root = value.getAsObject();
  if (!root)
    return failure("expected an object");
  // The version comes first: another version may have other keys.
  if (root->getString(format) != StringRef(formatName))
    return failure("expected '" + format + "' to be '" + formatName + "'");
  if (root->getInteger(version) != formatVersion)
    return failure("expected '" + version + "' to be " + Twine(formatVersion));
  if (!checkKeys(*root, {format, version, program, samples, checksum, tensors}))
    return failure("");
  std::optional<StringRef> hash = readString(*root, program), sum;
  std::optional<uint64_t> numSamples;
  const json::Array *entries = nullptr;
  if (!hash || !(sum = readString(*root, checksum)) || !(numSamples = readCount(*root, samples)) ||
      !(entries = readArray(*root, tensors)))
    return failure("");

  CalibrationTable table(hash->str());
  table.setNumSamples(*numSamples);
  for (auto [position, entry] : llvm::enumerate(*entries)) {
    place = (tensors + "[" + Twine(position) + "]: ").str();
    const json::Object *tensor = entry.getAsObject();
    if (!tensor)
      return failure("expected an object");
    std::optional<Histogram> histogram = readTensor(*tensor);
    std::optional<StringRef> tensorName;
    if (!histogram || !(tensorName = readString(*tensor, name)))
      return failure("");
    if (table.lookup(*tensorName))
      return failure("the tensor '" + *tensorName + "' occurs twice");
    if (Error overflow = table.add(*tensorName, *histogram))
      return overflow;
  }
  place.clear();
  if (*sum != computeTableChecksum(table))
    return failure("expected '" + checksum + "' to be " + computeTableChecksum(table) + ", but got '" + *sum +
                   "': the table was changed after it was written");
  return table;
}

/// Turns "[line:column, byte=offset]: Message" of llvm::json into "path:line:column: message".
static Error createSyntaxError(StringRef message, StringRef path) {
  auto [place, text] = message.split("]: ");
  if (!place.consume_front("[") || text.empty())
    return createStringError(path + ": " + message);
  return createStringError(path + ":" + place.split(',').first + ": " + Twine(llvm::toLower(text.front())) +
                           text.drop_front());
}

Expected<CalibrationTable> CalibrationTable::parse(StringRef text, StringRef path) {
  if (text.size() > kMaxBytes)
    return createStringError(path + ": expected at most " + Twine(kMaxBytes) + " bytes");
  if (Error error = checkDepth(text, path))
    return error;
  Expected<json::Value> value = json::parse(text);
  if (value)
    return TableReader(path).read(*value);
  return createSyntaxError(toString(value.takeError()), path);
}
