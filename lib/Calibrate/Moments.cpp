#include "lowbit/Calibrate/Moments.h"
#include "lowbit/Support/AtomicFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;
using llvm::createStringError;

static constexpr StringLiteral kFormat = "lowbit-moments";
static constexpr unsigned kVersion = 3;
/// Elements are rounded to integers of at most this magnitude.
static constexpr int32_t kLargest = 2047;

PatchMoments PatchMoments::create(int64_t size, float largest) {
  PatchMoments moments;
  moments.size = size;
  // The smallest step with which `largest` is no more than kLargest; frexp gives largest < 2^exponent.
  int exponent = 0;
  if (largest > 0.0f && std::isfinite(largest))
    std::frexp(largest, &exponent);
  moments.exponent = exponent - 11;
  moments.sums.resize(size);
  moments.products.resize(size * size);
  moments.largest.resize(size);
  return moments;
}

PatchMoments PatchMoments::createPaired() const {
  PatchMoments moments;
  moments.size = size;
  moments.exponent = exponent;
  moments.sums.resize(size);
  moments.products.resize(size * size);
  moments.targetSums.resize(size);
  moments.targetProducts.resize(size * size);
  moments.largest.resize(size);
  return moments;
}

/// `sum / count` in units of `2^exponent`.
static double getMeanOf(int64_t sum, uint64_t count, int32_t exponent) {
  return count == 0 ? 0.0 : std::ldexp(static_cast<double>(sum) / static_cast<double>(count), exponent);
}

double PatchMoments::getMean(int64_t i) const { return getMeanOf(sums[i], count, exponent); }

double PatchMoments::getProduct(int64_t i, int64_t j) const {
  return getMeanOf(products[i * size + j], count, 2 * exponent);
}

double PatchMoments::getCovariance(int64_t i, int64_t j) const { return getProduct(i, j) - getMean(i) * getMean(j); }

double PatchMoments::getTargetMean(int64_t i) const {
  return isPaired() ? getMeanOf(targetSums[i], count, exponent) : getMean(i);
}

double PatchMoments::getTargetProduct(int64_t i, int64_t j) const {
  return isPaired() ? getMeanOf(targetProducts[i * size + j], count, 2 * exponent) : getProduct(i, j);
}

double PatchMoments::getTargetCovariance(int64_t i, int64_t j) const {
  return getTargetProduct(i, j) - getMean(i) * getTargetMean(j);
}

const PatchMoments *Moments::lookup(StringRef name) const {
  auto it = contractions.find(name);
  return it == contractions.end() ? nullptr : &it->second;
}

/// The magnitudes of one element of a patch at all positions.
void PatchReader::addLargest(ArrayRef<float> data, PatchMoments &moments) const {
  SmallVector<int64_t, 0> starts;
  for (int64_t index = 0, count = positions.getCount(); index < count; ++index)
    starts.push_back(positions.getOffset(index));
  for (auto [element, largest] : llvm::enumerate(moments.largest)) {
    const int64_t offset = elements.getOffset(element);
    for (int64_t start : starts) {
      const int64_t at = start + offset;
      const float magnitude = at >= 0 && at < static_cast<int64_t>(data.size()) ? std::fabs(data[at]) : 0.0f;
      if (magnitude > largest && std::isfinite(magnitude))
        largest = magnitude;
    }
  }
}

ArrayRef<int16_t> PatchRows::getRow(int64_t element) const {
  return ArrayRef(rows).slice(element * PatchReader::kMaxPositions, PatchReader::kMaxPositions);
}

PatchRows PatchReader::read(ArrayRef<float> data, int32_t exponent) const {
  const int64_t positionCount = positions.getCount(), size = elements.getCount();
  const int64_t taken = std::min(positionCount, kMaxPositions);
  SmallVector<int64_t> offsets;
  for (int64_t element = 0; element < size; ++element)
    offsets.push_back(elements.getOffset(element));
  // Element by element, a row for each: sums of products are then over contiguous rows.
  PatchRows patches{taken, std::vector<int16_t>(size * kMaxPositions, 0)};
  for (int64_t index = 0; index < taken; ++index) {
    const int64_t start = positions.getOffset(index * positionCount / taken);
    for (int64_t element = 0; element < size; ++element) {
      const int64_t at = start + offsets[element];
      if (at < 0 || at >= static_cast<int64_t>(data.size()))
        return {};
      const float steps = std::ldexp(data[at], -exponent);
      const float bounded = std::isnan(steps) ? 0.0f : std::clamp<float>(steps, -kLargest, kLargest);
      patches.rows[element * kMaxPositions + index] = static_cast<int16_t>(std::nearbyint(bounded));
    }
  }
  return patches;
}

static int32_t sumOf(ArrayRef<int16_t> row) {
  int32_t sum = 0;
  for (int16_t value : row)
    sum += value;
  return sum;
}

static int32_t sumOfProducts(ArrayRef<int16_t> left, ArrayRef<int16_t> right) {
  // 64 products of 22 bits fit 28.
  int32_t sum = 0;
  for (int64_t index = 0; index < PatchReader::kMaxPositions; ++index)
    sum += static_cast<int32_t>(left[index]) * right[index];
  return sum;
}

void PatchReader::addRows(ArrayRef<float> data, const PatchRows &patches, PatchMoments &moments) const {
  moments.count += patches.count;
  addLargest(data, moments);
  for (int64_t i = 0; i < moments.size; ++i) {
    moments.sums[i] += sumOf(patches.getRow(i));
    for (int64_t j = i; j < moments.size; ++j) {
      const int32_t product = sumOfProducts(patches.getRow(i), patches.getRow(j));
      moments.products[i * moments.size + j] += product;
      if (j != i)
        moments.products[j * moments.size + i] += product;
    }
  }
}

void PatchReader::add(ArrayRef<float> data, PatchMoments &moments) const {
  if (const PatchRows patches = read(data, moments.exponent); patches.count > 0)
    addRows(data, patches, moments);
}

void PatchReader::addPaired(ArrayRef<float> data, const PatchRows &target, PatchMoments &moments) const {
  const PatchRows patches = read(data, moments.exponent);
  if (patches.count == 0 || patches.count != target.count || patches.rows.size() != target.rows.size())
    return;
  addRows(data, patches, moments);
  for (int64_t j = 0; j < moments.size; ++j) {
    moments.targetSums[j] += sumOf(target.getRow(j));
    for (int64_t i = 0; i < moments.size; ++i)
      moments.targetProducts[i * moments.size + j] += sumOfProducts(patches.getRow(i), target.getRow(j));
  }
}

void Moments::print(raw_ostream &os) const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::support::endian::Writer writer(stream, llvm::endianness::little);
  stream << kFormat << ' ' << kVersion << ' ' << programHash << ' ' << contractions.size() << '\n';
  for (const auto &[name, moments] : contractions) {
    stream << name.size() << ' ' << moments.size << ' ' << moments.exponent << ' ' << moments.count << ' '
           << (moments.isPaired() ? 1 : 0) << '\n'
           << name;
    for (int64_t sum : moments.sums)
      writer.write(sum);
    for (int64_t i = 0; i < moments.size; ++i)
      for (int64_t j = i; j < moments.size; ++j)
        writer.write(moments.products[i * moments.size + j]);
    for (const std::vector<int64_t> &targets : {moments.targetSums, moments.targetProducts})
      for (int64_t sum : targets)
        writer.write(sum);
    for (float largest : moments.largest)
      writer.write(largest);
  }
  const uint64_t hash = llvm::xxh3_64bits(text);
  writer.write(hash);
  os << text;
}

llvm::Error Moments::write(StringRef path) const {
  return writeFileAtomically(path, [&](raw_ostream &os) { print(os); });
}

namespace {
/// Takes a file apart; every read is checked against what is left.
class MomentsReader {
public:
  explicit MomentsReader(StringRef bytes) : rest(bytes) {}

  /// The words of the next line; nothing where there is no line.
  std::optional<SmallVector<StringRef, 4>> readLine() {
    const size_t end = rest.take_front(256).find('\n');
    if (end == StringRef::npos)
      return std::nullopt;
    SmallVector<StringRef, 4> words;
    rest.take_front(end).split(words, ' ');
    rest = rest.drop_front(end + 1);
    return words;
  }
  std::optional<StringRef> readBytes(uint64_t count) {
    if (count > rest.size())
      return std::nullopt;
    StringRef bytes = rest.take_front(count);
    rest = rest.drop_front(count);
    return bytes;
  }
  bool readNumbers(MutableArrayRef<int64_t> numbers) {
    std::optional<StringRef> bytes = readBytes(numbers.size() * sizeof(int64_t));
    if (!bytes)
      return false;
    for (auto [index, number] : llvm::enumerate(numbers))
      number = llvm::support::endian::read64le(bytes->data() + index * sizeof(int64_t));
    return true;
  }
  bool isAtEnd() const { return rest.empty(); }

private:
  StringRef rest;
};
} // namespace

/// The next contraction of the file; nothing where it is none.
static std::optional<std::pair<std::string, PatchMoments>> readContraction(MomentsReader &reader) {
  auto line = reader.readLine();
  PatchMoments moments;
  uint64_t nameSize = 0;
  unsigned isPaired = 0;
  if (!line || line->size() != 5 || (*line)[0].getAsInteger(10, nameSize) ||
      (*line)[1].getAsInteger(10, moments.size) || (*line)[2].getAsInteger(10, moments.exponent) ||
      (*line)[3].getAsInteger(10, moments.count) || (*line)[4].getAsInteger(10, isPaired) || isPaired > 1 ||
      moments.size < (isPaired ? 1 : 0) || moments.size > PatchReader::kMaxSize || std::abs(moments.exponent) > 1024)
    return std::nullopt;
  std::optional<StringRef> name = reader.readBytes(nameSize);
  moments.sums.resize(moments.size);
  if (!name || !reader.readNumbers(moments.sums))
    return std::nullopt;
  moments.products.resize(moments.size * moments.size);
  std::vector<int64_t> row;
  for (int64_t i = 0; i < moments.size; ++i) {
    row.resize(moments.size - i);
    if (!reader.readNumbers(row))
      return std::nullopt;
    for (int64_t j = i; j < moments.size; ++j)
      moments.products[i * moments.size + j] = moments.products[j * moments.size + i] = row[j - i];
  }
  if (isPaired) {
    moments.targetSums.resize(moments.size);
    moments.targetProducts.resize(moments.size * moments.size);
    if (!reader.readNumbers(moments.targetSums) || !reader.readNumbers(moments.targetProducts))
      return std::nullopt;
  }
  moments.largest.resize(moments.size);
  for (float &largest : moments.largest) {
    std::optional<StringRef> bytes = reader.readBytes(sizeof(float));
    if (!bytes)
      return std::nullopt;
    largest = llvm::bit_cast<float>(llvm::support::endian::read32le(bytes->data()));
    if (!std::isfinite(largest) || largest < 0.0f)
      return std::nullopt;
  }
  return std::make_pair(name->str(), std::move(moments));
}

llvm::Expected<Moments> Moments::parse(StringRef bytes, StringRef path) {
  auto refuse = [&](const Twine &what) { return createStringError(path + ": " + what); };
  if (bytes.size() < sizeof(uint64_t) || !bytes.starts_with(kFormat))
    return refuse("expected a file of moments");
  const uint64_t hash = llvm::support::endian::read64le(bytes.end() - sizeof(uint64_t));
  StringRef content = bytes.drop_back(sizeof(uint64_t));
  if (llvm::xxh3_64bits(content) != hash)
    return refuse("the file was changed or cut off");
  MomentsReader reader(content);
  auto header = reader.readLine();
  unsigned version = 0;
  uint64_t count = 0;
  if (!header || header->size() != 4 || (*header)[1].getAsInteger(10, version) || (*header)[3].getAsInteger(10, count))
    return refuse("expected a file of moments");
  if (version != kVersion)
    return refuse("expected version " + Twine(kVersion) + ", but got " + Twine(version));
  Moments moments((*header)[2].str());
  for (uint64_t index = 0; index < count; ++index) {
    auto contraction = readContraction(reader);
    if (!contraction)
      return refuse("contraction " + Twine(index) + " is malformed");
    if (!moments.contractions.insert(std::move(*contraction)).second)
      return refuse("contraction " + Twine(index) + " occurs twice");
  }
  if (!reader.isAtEnd())
    return refuse("expected nothing after contraction " + Twine(count));
  return moments;
}

bool Moments::isMoments(StringRef bytes) { return bytes.starts_with(kFormat); }

/// Adds `other` to `sums`; false where a sum overflows.
static bool addSums(std::vector<int64_t> &sums, ArrayRef<int64_t> other) {
  for (auto [sum, term] : llvm::zip_equal(sums, other))
    if (llvm::AddOverflow(sum, term, sum))
      return false;
  return true;
}

llvm::Error Moments::merge(const Moments &other) {
  if (programHash != other.programHash)
    return createStringError("the moments are of program " + other.programHash + ", not of " + programHash);
  if (contractions.size() != other.contractions.size())
    return createStringError("the moments were measured with other ranges");
  auto sum = contractions;
  for (const auto &[name, moments] : other.contractions) {
    auto it = sum.find(name);
    if (it == sum.end() || it->second.size != moments.size || it->second.exponent != moments.exponent)
      return createStringError("the moments were measured with other ranges");
    if (it->second.isPaired() != moments.isPaired())
      return createStringError("some of the moments were measured through a quantized program, others were not");
    PatchMoments &total = it->second;
    if (!addSums(total.sums, moments.sums) || !addSums(total.products, moments.products) ||
        !addSums(total.targetSums, moments.targetSums) || !addSums(total.targetProducts, moments.targetProducts) ||
        total.count + moments.count < total.count)
      return createStringError("a sum of moments overflows");
    total.count += moments.count;
    for (auto [largest, theirs] : llvm::zip_equal(total.largest, moments.largest))
      largest = std::max(largest, theirs);
  }
  contractions = std::move(sum);
  return llvm::Error::success();
}

llvm::Expected<Moments> Moments::read(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createFileError(path, buffer.getError());
  return parse((*buffer)->getBuffer(), path);
}
